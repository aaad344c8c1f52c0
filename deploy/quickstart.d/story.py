#!/usr/bin/python3
"""story -- the second half of deploy/quickstart: run everything and tell it.

deploy/quickstart has installed and built; here the backends, understudy and
the traffic are started, the rollout is walked through its stages, enhanced
is made to fail, and each step is checked against what should have happened.
Options come from that script, which documents them.  Exit status: 0 all was
seen as it should be, 1 something was not, 130 interrupted before the end.
"""

import argparse
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

import api        # noqa: E402
import parts      # noqa: E402
import screen     # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
STORY_SECONDS = 85     # without --seconds
END_SECONDS = 6        # of --seconds: kept for the summary and for stopping
RATE = 25              # requests a second
REFRESH_SECONDS = 0.5

# Parts of the story's time.  The failure takes what it takes, at most this.
SHARES = {"shadow": 0.28, "canary": 0.22, "half": 0.20, "failure": 0.15}

CHAT_CURL = """curl -s {url}/v1/chat/completions -H 'content-type: application/json' \\
      -H 'x-user-id: alice' -d '{{"model": "demo-chat-1", "messages":
      [{{"role": "user", "content": "Hello!"}}]}}'"""

QUERIES = [
    ("requests, errors and latency by version",
     "SELECT version, requests, errors, error_rate, p95_latency_ms "
     "FROM v_requests_by_version"),
    ("what went wrong", "SELECT version, leg, outcome, status, errors FROM v_errors_by_version"),
    ("where the versions differ",
     "SELECT field, kind, pairs FROM v_differences_by_field LIMIT 5"),
    ("the rollout's log",
     "SELECT epoch, kind, from_value, to_value, actor FROM rollout_events ORDER BY id"),
]


class Stop(BaseException):
    """A signal asked us to end.  Not an Exception: nothing may swallow it."""


class Checks:
    """What should be seen, and was or was not."""

    def __init__(self, out):
        self.out = out
        self.failed = []

    def expect(self, holds, text, otherwise):
        """One line either way."""
        if holds:
            self.out.say(f"    ok  {text}", "green")
        else:
            self.failed.append(otherwise)
            self.out.say(f"    NOT SEEN: {otherwise}", "red")


class Run:
    """One run from start to end."""

    def __init__(self, options, owned, out):
        self.options, self.parts, self.out = options, owned, out
        self.checks = Checks(out)
        self.began = time.monotonic()
        self.urls = {}           # version -> backend
        self.own_backends = options.legacy is not None
        self.understudy = self.admin = self.traffic = self.postgres = None
        self.proxy_url = self.store = None
        self.status, self.differences = None, []
        self.told = False        # the story is over, and all that follows is extra

    # -- starting ----------------------------------------------------------------

    def log(self, name):
        """The log file of a part."""
        return self.parts.folder / f"{name}.log"

    def start(self):
        """Everything, in the order of need."""
        self.start_store()
        if self.own_backends:
            self.urls = {"legacy": self.options.legacy, "enhanced": self.options.enhanced}
        else:
            for flavour in ("legacy", "enhanced"):
                self.start_backend(flavour)
        self.start_understudy()
        if not self.own_backends or self.options.traffic:
            self.traffic = self.parts.own(parts.Traffic(
                ROOT, self.proxy_url, self.log("traffic"), RATE))
        self.refresh()

    def start_store(self):
        """SQLite needs nothing; PostgreSQL a cluster of its own."""
        self.store = "sqlite:understudy.db"
        if self.options.postgres:
            self.out.say("    starting a private PostgreSQL cluster", "dim")
            self.postgres = self.parts.own(parts.Postgres(ROOT, self.log("postgres")))
            self.store = self.postgres.start()

    def start_backend(self, flavour):
        """A demo backend on a free port."""
        log = self.log(f"demo-{flavour}")
        child = self.parts.own(parts.Child(
            f"the demo backend {flavour}",
            [Path(self.options.bin) / "tests/demo/understudy-demo-chat",
             "--flavour", flavour], log))
        port = parts.wait_for_line(child, log, "ready", 10)["port"]
        self.urls[flavour] = f"http://127.0.0.1:{port}"

    def start_understudy(self):
        """understudy itself, on a configuration made from the shipped one."""
        port = parts.choose_port(self.options.port, 8080, "--port")
        admin_port = parts.choose_port(self.options.admin_port, 9900, "--admin-port", {port})
        config = parts.write_config(ROOT, self.parts.folder, f"127.0.0.1:{port}",
                                    f"127.0.0.1:{admin_port}", self.urls, self.store)
        program = Path(self.options.bin) / "understudy"
        env = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSTUDY_")}
        self.understudy = self.parts.own(parts.Child(
            "understudy", [program, "-c", config], self.log("understudy"), env=env))
        parts.wait_for_line(self.understudy, self.log("understudy"), "ready", 30)
        self.proxy_url = f"http://127.0.0.1:{port}"
        self.admin = api.Admin(f"127.0.0.1:{admin_port}",
                               Path(self.options.bin) / "understudyctl")

    # -- watching ----------------------------------------------------------------

    @property
    def report(self):
        """What the clients saw so far; {} without traffic of ours."""
        return self.traffic.report if self.traffic else {}

    def elapsed(self):
        """Seconds since the start."""
        return time.monotonic() - self.began

    def refresh(self):
        """Ask for the numbers again; a missed answer is no reason to stop."""
        self.parts.check()
        try:
            self.status = self.admin.status()
            self.differences = self.admin.differences()
        except api.Failed:
            if self.status is None:
                raise

    def wait_for_report(self):
        """The clients' numbers begin after a second; the story reads them."""
        end = time.monotonic() + 5
        while not self.report.get("answered") and not self.report.get("failures"):
            self.parts.check()
            if time.monotonic() > end:
                raise parts.Broken("the chat traffic has not begun:\n" +
                                   parts.tail(self.log("traffic")))
            time.sleep(0.05)
        self.refresh()

    def draw(self, must):
        """Show the table."""
        self.out.draw(screen.table(self.status, self.differences, self.report,
                                   self.elapsed(), self.out.blocks), must)

    def watch(self, seconds, until=None):
        """Show the table for so long, or until something holds; did it?  The
        last table stays in the story."""
        end = time.monotonic() + seconds
        while True:
            self.refresh()
            holds = until is not None and until()
            left = end - time.monotonic()
            if holds or left <= 0:
                self.draw(must=True)
                self.out.leave_table()
                return holds
            # In a log, not one more just before the last.
            if self.out.tty or left > 2:
                self.draw(must=False)
            time.sleep(min(left, REFRESH_SECONDS if until is None else 0.1))

    def counted(self, version, key="requests"):
        """A number of a version from the status page."""
        return self.status["versions"][version][key]

    # -- the story ---------------------------------------------------------------

    def set_stage(self, stage, reason):
        """Through understudyctl, as a person would."""
        self.out.say(f"    $ understudyctl set stage {stage} --reason {shlex.quote(reason)}",
                     "bold")
        self.admin.set_stage(stage, reason)

    def play(self, seconds):
        """All acts."""
        times = {name: share * seconds for name, share in SHARES.items()}
        end = time.monotonic() + seconds
        self.play_shadow(times["shadow"])
        self.play_canary(times["canary"])
        self.play_half(times["half"])
        self.play_failure(times["failure"], end)

    def play_shadow(self, seconds):
        """Mirrored, compared, never shown."""
        self.out.tell("1  shadow: enhanced plays in the dark", """
            Every request goes to both versions at the same moment. Clients get
            legacy's answer only; the two answers are compared field by field.""")
        self.set_stage("shadow", "first look")
        self.watch(seconds)
        compared = sum(self.status["comparisons"][k] for k in ("same", "noise", "different"))
        self.checks.expect(self.counted("enhanced") > 0 and compared > 0,
                           f"{self.counted('enhanced')} requests mirrored to enhanced, "
                           f"{compared} pairs compared",
                           "requests mirrored to enhanced and compared with legacy")
        self.checks.expect(not self.report["versions"].get("enhanced"),
                           "no client was answered by enhanced",
                           "legacy alone answering clients in the shadow stage")

    def play_canary(self, seconds):
        """A tenth of the users."""
        self.out.tell("2  canary-10: one user in ten", """
            The user id decides, so each user stays with one version from
            request to request. Those on enhanced are mirrored to legacy.""")
        self.set_stage("canary-10", "shadow looks good")
        self.watch(seconds)
        self.expect_both_served("10%")

    def play_half(self, seconds):
        """Every second user."""
        self.out.tell("3  half: every second user", """
            Raising the share only adds users: nobody who was on enhanced goes
            back to legacy.""")
        self.set_stage("half", "canary looks good")
        self.watch(seconds)
        self.expect_both_served("50%")
        self.checks.expect(self.report["went_back"] == 0,
                           "no user went back from enhanced to legacy",
                           f"users staying on enhanced ({self.report['went_back']} went back)")

    def expect_both_served(self, share):
        """Clients got answers of both versions in the last seconds."""
        recent, users = self.report["recent"], self.report["users"]
        self.checks.expect(recent.get("legacy") and recent.get("enhanced"),
                           f"{self.report['users_on_enhanced']} of {users} users are on "
                           f"enhanced ({share} was asked for)",
                           f"both versions answering clients at {share}")

    def is_latched(self):
        """Has understudy gone back to legacy by itself?"""
        return self.status["rollout"]["latched"]

    def play_failure(self, seconds, end):
        """Enhanced breaks; understudy must notice without us."""
        self.out.tell("4  enhanced breaks", """
            The demo backend now answers every chat request with status 500.
            Nobody tells understudy. Requests that fail on enhanced are answered by
            legacy while the failures are counted.""")
        body = '{"mode": "error500", "share": 1}'
        self.out.say(f"    $ curl -d '{body}' {self.urls['enhanced']}/demo/fault", "bold")
        broken_at = time.monotonic()
        api.set_fault(self.urls["enhanced"], "error500")
        dropped = self.watch(max(seconds, 8), self.is_latched)
        took = time.monotonic() - broken_at
        self.checks.expect(dropped, f"understudy took all traffic off enhanced, {took:.1f} s "
                           "after it broke", "the automatic drop to legacy")
        if dropped:
            self.show_trip()
        dropped_at = time.time()
        self.watch(max(3.0, end - time.monotonic()))
        last = self.report["last_answer_of"]
        # An answer that was running at the drop may still end.
        self.checks.expect(dropped and last.get("enhanced", 0) < dropped_at + 1 and
                           last.get("legacy", 0) > dropped_at + 1,
                           "legacy alone answers since then",
                           "legacy alone answering after the drop")

    def show_trip(self):
        """The reason and the numbers behind it, as written in the log."""
        self.out.say()
        self.out.paragraph(self.status["rollout"]["reason"], "yellow", "reason    ")
        with contextlib.suppress(api.Failed):
            for event in self.admin.events():
                if event.get("kind") not in ("trip", "rollback"):
                    continue
                numbers = flatten(event.get("evidence"))
                self.out.paragraph(", ".join(f"{name} {value}" for name, value in numbers),
                                   "dim", "evidence  ")
                break
        self.out.say()

    # -- afterwards --------------------------------------------------------------

    def endpoints(self):
        """Where everything is."""
        folder = self.parts.folder
        lines = [("proxy", self.proxy_url),
                 ("admin", f"{self.admin.url}/api/v1/status  (differences, events, config)"),
                 ("metrics", f"{self.admin.url}/metrics"),
                 ("legacy", self.urls["legacy"]), ("enhanced", self.urls["enhanced"]),
                 ("store", self.store_command()),
                 ("config", f"{folder}/understudy.json  (from deploy/understudy.json)"),
                 ("rules", f"{folder}/rules/  (from rules/)"),
                 ("logs", f"{folder}/*.log")]
        self.out.say("\n".join(f"    {name:<10}{value}" for name, value in lines))

    def store_command(self, sql=None):
        """A command that opens the store, or runs sql on it."""
        if self.postgres:
            words = ["psql", self.store] + (["-c", sql] if sql else [])
        else:
            path = str(self.parts.folder / "understudy.db")
            words = ["sqlite3", "-box", path, sql] if sql else ["sqlite3", path]
        return " ".join(map(quoted, words))

    def query(self, sql, plain=False):
        """What the store says, by the command a person would use."""
        if self.postgres:
            argv = ["psql", "-X", self.store, "-c", sql] + (["-At"] if plain else [])
        else:
            argv = ["sqlite3"] + ([] if plain else ["-box"]) + \
                ["-readonly", str(self.parts.folder / "understudy.db"), sql]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30, check=False)
        return done.stdout.rstrip() if done.returncode == 0 else f"({done.stderr.strip()})"

    def finish_traffic(self):
        """Let the clients end, and hold rows against requests."""
        report = self.traffic.report = self.parts.give_up(self.traffic)
        wanted = self.admin.status().get("clients", {}).get("requests", report["sent"])
        sql = "SELECT count(DISTINCT pair) FROM exchanges WHERE leg = 'primary'"
        end = time.monotonic() + 10
        while (rows := self.query(sql, plain=True)) != str(wanted) and time.monotonic() < end:
            time.sleep(0.2)
        self.checks.expect(rows == str(wanted),
                           f"{wanted} requests, and a row in the store for each",
                           f"a row for each request ({wanted} requests, {rows} rows)")

    def expect_no_failures(self):
        """The promise that matters most."""
        report = self.report
        total = report["answered"] + report["failures"]
        self.checks.expect(report["failures"] == 0,
                           f"client-visible failures: 0 of {screen.count(total)} requests",
                           f"client-visible failures: 0 (there were {report['failures']} of "
                           f"{total}: {report['failures_by_reason']})")

    def ask_the_store(self):
        """Questions in SQL with their answers."""
        self.out.tell("5  what has been written down",
                      "Every leg of every request is a row. Ask in one line:")
        for what, sql in QUERIES:
            self.out.say(f"\n    # {what}\n    {self.store_command(sql)}", "bold")
            self.out.say(self.query(sql))

    def show_commands(self):
        """What to try next."""
        ctl = shlex.join(self.admin.command())
        self.out.tell("try it yourself", "While this runs, in another terminal:")
        self.out.say(f"    {CHAT_CURL.format(url=self.proxy_url)}\n")
        self.out.say(f"    CTL={quoted(ctl)}")
        lines = ["$CTL status", "$CTL diffs", "$CTL events", "$CTL explain alice", "$CTL watch"]
        if self.is_latched():
            lines += [f"curl -d '{{\"mode\": \"none\"}}' {self.urls['enhanced']}/demo/fault",
                      "$CTL rearm --reason 'enhanced is repaired'"]
        if self.own_backends:
            lines += ["$CTL reload --reason 'other routes'"]
        lines += ["$CTL set stage canary-10 --reason 'one user in ten'"]
        self.out.say("\n".join(f"    {line}" for line in lines))


def quoted(word):
    """For a shell; SQL has single quotes of its own, so with double ones."""
    return f'"{word}"' if " " in word and not set(word) & set('"$`\\') else shlex.quote(word)


def flatten(value, prefix=""):
    """[("breaker.failures", 12)] of nested evidence."""
    if not isinstance(value, dict):
        return [(prefix or "evidence", value)] if value not in (None, "") else []
    rows = []
    for name, item in value.items():
        rows += flatten(item, f"{prefix}.{name}" if prefix else name)
    return rows


# -- the two kinds of run --------------------------------------------------------

def run_demo(run, seconds):
    """The story on the demo backends."""
    run.out.tell("0  two chat backends and understudy in front of them", """
        Sixty users chat through the proxy (JSON, streams, two APIs). All of
        them are on legacy. Everything runs on this machine only:""")
    run.endpoints()
    if seconds is None:
        story = STORY_SECONDS
    else:
        story = seconds - run.elapsed() - END_SECONDS
    run.play(story)
    if seconds is not None:
        run.finish_traffic()
    run.expect_no_failures()
    run.ask_the_store()
    if seconds is None:
        run.show_commands()
    run.out.say()
    run.checks.expect(not run.checks.failed, "everything was seen as it should be",
                      f"{len(run.checks.failed)} of the things above")


def run_own(run):
    """The user's own backends: nothing is broken on purpose."""
    run.out.tell("understudy in front of your two backends", """
        Clients get legacy's answers; each request is also sent to enhanced, and
        the answers are compared. Send requests to the proxy instead of to your
        API, with a header x-user-id that names the user. rules/chat.json takes
        POST /v1/chat/completions and /api/chat; whatever else comes goes to
        legacy and is not mirrored. For other paths edit "routes" in the copy
        below and have it read again by the reload at the end.""")
    run.endpoints()
    run.set_stage("shadow", "quickstart")
    run.refresh()
    run.show_commands()


def stay(run, seconds):
    """Show the table until the time is over or we are stopped."""
    if seconds is not None:
        run.watch(max(0.0, seconds - run.elapsed() - END_SECONDS / 2))
        return
    run.out.tell("it goes on", "Press Ctrl-C to end it; nothing is left running" +
                 ("." if run.parts.keep else ", and the folder is removed (--keep keeps it)."))
    run.out.plain_seconds = 30   # a log need not say every few seconds that all is well
    while True:
        run.watch(3600)


def tell_all(run, options):
    """The whole run; True: all was as it should be."""
    own = run.own_backends
    run.out.say("    starting: " + ("" if own else "demo backends, ") + "understudy" +
                (", PostgreSQL" if options.postgres else ""), "dim")
    run.start()
    if run.traffic:
        run.wait_for_report()
    if own:
        run_own(run)
    else:
        run_demo(run, options.seconds)
    run.told = True
    if own or options.seconds is None:
        stay(run, options.seconds)
    if own and run.traffic:
        run.expect_no_failures()
    return not run.checks.failed


def read_options():
    """As given by deploy/quickstart."""
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--bin", required=True, help="where the built programs are")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--legacy")
    parser.add_argument("--enhanced")
    parser.add_argument("--traffic", action="store_true")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--port", type=int)
    parser.add_argument("--admin-port", type=int)
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def on_signal(number, _frame):
    """The first one ends the run; close() is not to be disturbed by more."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stop(number)


def main():
    """The program."""
    options = read_options()
    out = screen.Screen(sys.stdout)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    owned = parts.Parts(options.keep)
    code, run = 1, None
    try:
        run = Run(options, owned, out)
        code = 0 if tell_all(run, options) else 1
    except Stop:
        # After the story Ctrl-C is how it is meant to end.
        code = 130 if run is None or not run.told else int(bool(run.checks.failed))
    except (parts.Broken, api.Failed, OSError, subprocess.SubprocessError, KeyError) as fault:
        with contextlib.suppress(OSError):
            out.clear_table()
        print(f"quickstart: {fault}", file=sys.stderr)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        code = end(owned, out, code)
    return code


def end(owned, out, code):
    """End everything; the exit status."""
    # Whoever reads what we print may be gone; the rest is done all the same.
    with contextlib.suppress(OSError):
        out.say("\n    stopping everything", "dim")
    try:
        owned.close()
    except parts.Broken as fault:
        print(f"quickstart: {fault}", file=sys.stderr)
        code = code or 1
    if owned.keep:
        with contextlib.suppress(OSError):
            out.say(f"    kept: {owned.folder}")
    return code


if __name__ == "__main__":
    STATUS = main()
    try:
        sys.stdout.flush()
    except OSError:
        # Nobody reads any more; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(STATUS)
