"""understudyctl: each command does what it says, for people and for scripts."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from datetime import datetime, timezone

from harness import SLACK, eventually, scripts
from harness.ctl import OK, REFUSED, USAGE, Ctl, interrupt


def test_status(h):
    t = h.stand(percent=5, shadow=100)
    for i in range(20):
        t.get(user=f"user-{i}")
    ctl = Ctl.of(t.proxy)
    text, _ = ctl.run("status")
    for word in ("test", "5%", "legacy", "enhanced", "p95"):
        assert word in text, text
    document = ctl.json("status")
    assert set(document) >= {"rollout", "versions", "shadow", "comparisons", "store"}
    assert document["rollout"]["stage"] == "test"


def test_set(h):
    t = h.stand(percent=0)
    ctl = Ctl.of(t.proxy)
    text, _ = ctl.run("set", "stage", "full", "--reason", "all in")
    assert "full" in text, text
    assert t.get().version == "enhanced"
    ctl.run("set", "percent", "0.001", "--reason", "less")
    assert t.status()["rollout"]["percent"] == 0.001
    ctl.run("set", "percent", "5%", "--reason", "more")
    assert t.status()["rollout"]["percent"] == 5
    document = ctl.json("set", "enabled", "false", "--reason", "off")
    assert document["rollout"]["enabled"] is False and document["changed"] is True, document
    document = ctl.json("set", "enabled", "false", "--reason", "off")
    assert document["changed"] is False


def test_set_refused_and_misused(h):
    t = h.stand()
    ctl = Ctl.of(t.proxy)
    _, why = ctl.run("set", "stage", "nosuch", "--reason", "x", exit_status=REFUSED)
    assert "nosuch" in why, why
    ctl.run("set", "percent", "101", "--reason", "x", exit_status=REFUSED)
    for words in (("set", "stage", "full"), ("set", "percent", "much", "--reason", "x"),
                  ("set", "colour", "red", "--reason", "x"), ("set", "--reason", "x"),
                  ("set", "stage", "full", "--reason", " "), ("sett", "stage", "full"), (),
                  ("status", "extra"), ("status", "--reason", "x"), ("status", "--nosuch"),
                  ("explain",), ("events", "--limit", "0"), ("explain", ""),
                  *(("set", "percent", n, "--reason", "x")
                    for n in ("nan", "inf", "0x10", "1.2.3", "5 %", "."))):
        with h.check(" ".join(words)):
            _, why = ctl.run(*words, exit_status=USAGE)
            assert why, "says nothing"
    assert t.status()["rollout"]["stage"] == "test"


def test_moves_within_the_plan(h):
    t = h.stand(percent=5)
    ctl = Ctl.of(t.proxy)
    for command, says, stage, paused in (
            ("pause", "5% of users on enhanced, 0% mirrored; paused (epoch 2)", "test", True),
            ("resume", "0% mirrored (epoch 3)", "test", False),
            ("advance", "stage full, 100% of users", "full", False),
            ("back", "stage test, 5% of users on enhanced, 0% mirrored; paused", "test", True)):
        with h.check(command):
            _, why = ctl.run(command, exit_status=USAGE)
            assert f"{command}: --reason is missing" in why, why
            text, _ = ctl.run(command, "--reason", f"to {command}")
            assert says in text, text
            now = t.status()["rollout"]
            assert (now["stage"], now["paused"]) == (stage, paused), now
            event = t.proxy.admin().get("/api/v1/events")["events"][0]
            assert (event["kind"], event["reason"]) == (command, f"to {command}"), event
    assert "paused    no stage opens by itself" in ctl.run("status")[0]
    assert "nothing to change" in ctl.run("pause", "--reason", "again")[0]
    assert "not ready" in ctl.run("drain", "on", "--reason", "a new kernel")[0]
    assert t.proxy.admin().call("GET", "/readyz").status == 503
    ctl.run("drain", "off", "--reason", "done")
    assert t.proxy.admin().call("GET", "/readyz").status == 200
    log = t.proxy.admin().get("/api/v1/events")["events"][:2]
    assert [(e["kind"], e["to"], e["actor"], e["reason"]) for e in log] == [
        ("drain", "off", "operator:local", "done"),
        ("drain", "on", "operator:local", "a new kernel")], log
    assert "drain" not in ctl.run("why")[0], "it says nothing of where the rollout stands"


def test_rollback_and_rearm(h):
    t = h.stand(percent=100)
    ctl = Ctl.of(t.proxy)
    ctl.run("rollback", exit_status=USAGE)
    text, _ = ctl.run("rollback", "--reason", "smells funny")
    assert t.get().version == "legacy"
    assert "smells funny" in ctl.run("status")[0]
    _, why = ctl.run("set", "percent", "50", "--reason", "go", exit_status=REFUSED)
    assert "rearm" in why, why
    ctl.run("rearm", exit_status=USAGE)
    ctl.run("rearm", "--reason", "was the cat", "--resume")
    assert t.get().version == "enhanced", text


def test_reload(h):
    t = h.stand(percent=0)
    ctl = Ctl.of(t.proxy)
    ctl.run("reload", exit_status=USAGE)
    assert "in force" in ctl.run("reload", "--reason", "test")[0]
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    assert "full" in ctl.run("reload", "--reason", "test")[0]
    t.proxy.change(rules={"rollout": {"stage": "nosuch"}})
    _, why = ctl.run("reload", "--reason", "test", exit_status=REFUSED)
    assert "rules.json:" in why and "nosuch" in why, why


def test_explain(h):
    t = h.stand(percent=100)
    ctl = Ctl.of(t.proxy)
    text, _ = ctl.run("explain", "user-1")
    assert "enhanced" in text and "bucket" in text, text
    document = ctl.json("explain", "user-1")
    assert document["version"] == "enhanced" and 0 <= document["bucket"] < 100000
    odd = "a/b c?d#é%"
    assert ctl.json("explain", odd)["user"] == odd


def test_override(h):
    t = h.stand(percent=0)
    ctl = Ctl.of(t.proxy)
    ctl.run("override", "vip", "enhanced", "--reason", "he pays")
    assert t.get(user="vip").version == "enhanced"
    ctl.run("override", "vip", "third", "--reason", "x", exit_status=USAGE)
    ctl.run("override", "vip", "none", "--reason", "no more")
    assert t.get(user="vip").version == "legacy"
    ctl.run("override", "vip", "none", "--reason", "twice", exit_status=REFUSED)


def test_overrides_by_a_criterion(h):
    t = h.stand(percent=0)
    ctl = Ctl.of(t.proxy)
    beta = [("x-beta", "1")]
    named = ("override", "--name", "beta")
    assert "none was set" in ctl.run("overrides")[0]
    ctl.run(*named, "--when", '{"header": "x-beta"}', "enhanced", "--for", "2h", "--reason", "demo")
    ctl.run("override", "vip", "enhanced", "--until", "2120-01-01", "--reason", "he pays")
    assert t.ask("GET", "/", beta).version == t.get(user="vip").version == "enhanced"
    text, _ = ctl.run("overrides")
    assert '{"header":"x-beta"}' in text and "2120-01-01 00:00:00" in text, text
    document = ctl.json("overrides")
    assert document["criteria"][0]["in_force"] is True, document
    left = datetime.fromisoformat(document["criteria"][0]["expires"]) - datetime.now(timezone.utc)
    assert 7000 < left.total_seconds() < 7201, document
    ctl.run(*named, "none", "--reason", "it is over")
    assert t.ask("GET", "/", beta).version == "legacy"
    ctl.run(*named, "none", "--reason", "twice", exit_status=REFUSED)
    when = ("--when", '{"header": "x-beta"}')
    for words, says in (
            ((*named, "enhanced"), "--when is missing"),
            ((*named, *when, "none"), "none takes neither"),
            ((*named, "u", "enhanced"), "either USER or"),
            ((*named, "--when", "{header", "enhanced"), "--when is no JSON"),
            (("override", "enhanced"), "say USER"),
            (("override", "u", *when, "enhanced"), "needs a --name"),
            (("override", "u", "enhanced", "--for", "2h", "--until", "2120-01-01"), "either"),
            (("override", "u", "none", "--for", "2h"), "none takes neither"),
            ((*named, *when, "third"), "must be legacy")):
        with h.check(" ".join(words)):
            _, why = ctl.run(*words, "--reason", "x", exit_status=USAGE)
            assert says in why, why
    for when in ('{"heeder": "x"}', "{}"):
        _, why = ctl.run(*named, "--when", when, "enhanced", "--reason", "x", exit_status=REFUSED)
        assert why
    assert ctl.json("overrides")["criteria"] == []


def test_diffs(h):
    t = h.stand(shadow=100, legacy=scripts.as_json({"price": 1}),
                enhanced=scripts.as_json({"price": 2}))
    ctl = Ctl.of(t.proxy)
    assert "/price" not in ctl.run("diffs")[0]
    for i in range(3):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["comparisons"]["different"] == 3, "verdicts")
    text, _ = ctl.run("diffs")
    assert "/price" in text and "3" in text, text
    assert ctl.json("diffs", "--limit", "1")["differences"][0]["count"] == 3


def test_events(h):
    t = h.stand()
    ctl = Ctl.of(t.proxy)
    ctl.run("set", "percent", "3", "--reason", "a first\tstep".replace("\t", " "))
    text, _ = ctl.run("events")
    assert "a first step" in text and "percent" in text, text
    assert [e["kind"] for e in ctl.json("events")["events"]] == ["percent", "start"]


def test_watch(h):
    t = h.stand(percent=50)
    t.get()
    ctl = Ctl.of(t.proxy)
    text, _ = ctl.run("watch", "--count", "2", "--interval", "100ms")
    assert text.count("enhanced") >= 2, text
    assert "\x1b" not in text, "escape codes, and nobody is looking"
    process = ctl.start("watch", "--interval", "100ms")
    assert process.stdout.readline()
    code, _ = interrupt(process)
    assert code in (0, 130), code


class Terminal:
    """understudyctl with a terminal of its own for its output."""

    def __init__(self, command, rows, columns, env):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs,
                                        stderr=theirs, env=env)
        os.close(theirs)
        self.text = ""

    def wait_for(self, probe, why):
        """Read until probe(text) is true."""
        def look():
            while select.select([self.ours], [], [], 0)[0]:
                try:
                    self.text += os.read(self.ours, 65536).decode()
                except OSError:     # it has ended
                    break
            return probe(self.text)
        return eventually(look, why)

    def stop(self):
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


def test_watch_on_a_terminal(h):
    """Pictures are drawn over each other and never scroll; a server that is away
    is waited for; Ctrl-C ends it in good order."""
    t = h.stand(percent=50)
    t.get()
    ctl = Ctl.of(t.proxy)
    rows = 12
    screen = h.keep(Terminal(ctl.command("watch", "--interval", "100ms"), rows, 90,
                             {**ctl.env, "TERM": "xterm"}))
    screen.wait_for(lambda text: text.count("\x1b[H") >= 3, "three pictures")
    first, *pictures = screen.text.split("\x1b[H")
    assert first == "\x1b[2J", first
    for picture in pictures[:2]:
        lines = picture.removesuffix("\x1b[0m\x1b[J").split("\r\n")
        assert len(lines) <= rows and all("\x1b[K" in line for line in lines[:-1]), lines
    assert "\x1b[" in pictures[0].replace("\x1b[0m", "").replace("\x1b[K", ""), "no colour"
    assert "enhanced" in pictures[0] and "legacy" in pictures[0]
    t.proxy.stop()
    screen.wait_for(lambda text: "no answer: " in text, "it says that nobody answers")
    screen.process.send_signal(signal.SIGINT)
    assert screen.process.wait(10 * SLACK) == OK


def test_watch_without_colour(h):
    t = h.stand()
    ctl = Ctl.of(t.proxy)
    screen = h.keep(Terminal(ctl.command("watch", "--count", "1"), 24, 80,
                             {**ctl.env, "NO_COLOR": "1"}))
    screen.wait_for(lambda text: "\x1b[J" in text, "a picture")
    assert not re.search(r"\x1b\[[1-9][0-9;]*m", screen.text), screen.text


def test_text_of_others_cannot_steer_the_terminal(h):
    t = h.stand(shadow=100, legacy=scripts.as_json({"a": "x"}),
                enhanced=scripts.as_json({"a": "\x1b]0;owned\x07\x1b[2J"}))
    t.get()
    t.wait_status(lambda s: s["comparisons"]["different"] == 1, "a verdict")
    text, _ = Ctl.of(t.proxy).run("diffs")
    assert "\x1b" not in text and "\x07" not in text, text
