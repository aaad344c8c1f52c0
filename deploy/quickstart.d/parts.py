"""parts -- what a run is made of: folders, processes, configuration, ports.

Everything here that starts something can end it, and Parts ends all of it in
the reverse order, whatever happened in between.  Processes are ended by
their own pid.  Each runs in a session of its own, so that Ctrl-C in the
terminal reaches the quickstart only, which then ends them in order; if the
quickstart itself is killed the kernel ends them (PR_SET_PDEATHSIG).
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Broken(Exception):
    """The run cannot go on; the text is for the person in front of it."""


def tail(path, lines=15):
    """The last lines of a log."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


# -- ports ---------------------------------------------------------------------

def is_free(port):
    """Can 127.0.0.1:port be listened on?"""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        # A listener with SO_REUSEPORT lets bind() through: ask for an answer.
        with socket.socket() as c:
            c.settimeout(0.2)
            return c.connect_ex(("127.0.0.1", port)) != 0


def choose_port(wanted, preferred, option, taken=()):
    """The port that was asked for, or the first free one from preferred."""
    if wanted is not None:
        if wanted in taken or not is_free(wanted):
            raise Broken(f"port {wanted} is taken; choose another with {option}")
        return wanted
    for port in range(preferred, preferred + 200):
        if port not in taken and is_free(port):
            return port
    raise Broken(f"no free port from {preferred} on; choose one with {option}")


# -- processes -----------------------------------------------------------------

def _die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A process of ours, its output in a log file."""

    def __init__(self, name, argv, log, cwd=None, env=None, stdout=None):
        self.name, self.log = name, log
        with open(log, "ab") as out:
            # exception: preexec_fn is unsafe beside threads that hold locks,
            # because only prctl() runs there, which takes none.
            self.process = subprocess.Popen(
                [str(word) for word in argv], stdin=subprocess.DEVNULL,
                stdout=stdout or out, stderr=out, cwd=cwd, env=env,
                start_new_session=True, preexec_fn=_die_with_parent)

    def check(self):
        """Raise Broken if it has ended."""
        code = self.process.poll()
        if code is not None:
            raise Broken(f"{self.name} ended by itself (status {code}):\n{tail(self.log)}")

    def stop(self, seconds=5):
        """SIGTERM, then SIGKILL; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


def wait_for_line(child, path, event, seconds):
    """The JSON line with that "event" in a log that child is writing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and row.get("event") == event:
                return row
        child.check()
        time.sleep(0.05)
    raise Broken(f"{child.name} was not ready within {seconds} s:\n{tail(path)}")


class Traffic:
    """tests/demo/talk.py; its newest report."""

    def __init__(self, root, url, log, rate):
        self.child = Child("the chat traffic",
                           ["/usr/bin/python3", "-B", root / "tests/demo/talk.py",
                            "--json", "--rate", rate, url],
                           log, stdout=subprocess.PIPE)
        self.report = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.process.stdout:
            self.report = json.loads(line)

    def check(self):
        """Raise Broken if it has ended by itself."""
        self.child.check()

    def stop(self, seconds=10):
        """Finish what runs; the last report."""
        self.child.stop(seconds)
        self._reader.join(2)
        return self.report


class Postgres:
    """A private cluster, made by tests/system/pgcluster from Debian's
    programs: Unix socket only, nothing of the system's is touched."""

    def __init__(self, root, log):
        self.script = root / "tests/system/pgcluster"
        self.log = log
        # Not below the private folder: when we are root the server runs as
        # postgres and must be able to walk to its files.  Nobody else may:
        # whoever reaches the socket is let in.
        self.parent = tempfile.mkdtemp(prefix="understudy-pg-")
        if os.geteuid() == 0:
            shutil.chown(self.parent, group="postgres")
            os.chmod(self.parent, 0o710)
        self.folder = os.path.join(self.parent, "cluster")
        os.mkdir(self.folder)
        self.conninfo = ""

    def _run(self, verb):
        # Into a file, not a pipe: the server would inherit the pipe.
        with open(self.log, "ab") as err, tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen([str(self.script), verb, self.folder],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True)
            try:
                code = process.wait()
            except BaseException:
                # Interrupted: a server that is half started cannot be stopped.
                process.wait(60)
                raise
            out.seek(0)
            text = out.read()
        if code != 0:
            raise Broken(f"pgcluster {verb} failed:\n{text}{tail(self.log)}")
        return text

    def start(self):
        """Create and start it; the connection string."""
        lines = self._run("start").strip().splitlines()
        if not lines:
            raise Broken("pgcluster start printed no connection string")
        self.conninfo = lines[-1].strip()
        return self.conninfo

    def stop(self):
        """Stop it and remove its files."""
        try:
            self._run("stop")
        finally:
            shutil.rmtree(self.parent, ignore_errors=True)


# -- configuration ---------------------------------------------------------------

def write_config(root, folder, listen, admin, backends, store):
    """deploy/understudy.json and the rule files it names, copied into folder
    with the addresses and paths of this run; the path of the copy."""
    source = root / "deploy/understudy.json"
    config = json.loads(source.read_text(encoding="utf-8"))
    config["listen"] = [{"address": listen}]
    config["admin"] = {"address": admin}
    for version, url in backends.items():
        config["backends"].setdefault(version, {})["urls"] = [url]
    config["store"] = store
    config["spool"] = "understudy-spool.db"
    names = []
    for rule in config["rules"]:
        target = folder / "rules" / Path(rule).name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source.parent / rule, target)   # as understudy resolves it
        names.append(f"rules/{target.name}")
    config["rules"] = names
    # Editors find the schema by a path relative to the file; here it is not.
    config.pop("$schema", None)
    path = folder / "understudy.json"
    path.write_text(json.dumps(config, indent="\t") + "\n", encoding="utf-8")
    return path


# -- the whole -----------------------------------------------------------------

class Parts:
    """Owns the private folder and everything that was started."""

    def __init__(self, keep):
        self.keep = keep
        self.folder = Path(tempfile.mkdtemp(prefix="understudy-"))
        self._owned = []

    def own(self, thing):
        """Stop thing at the end (after what was added later)."""
        self._owned.append(thing)
        return thing

    def check(self):
        """Raise Broken if a process has ended by itself."""
        for thing in self._owned:
            if hasattr(thing, "check"):
                thing.check()

    def give_up(self, thing):
        """Stop it now."""
        self._owned.remove(thing)
        return thing.stop()

    def close(self):
        """End everything; again is fine.  What could not be ended is told."""
        faults = []
        while self._owned:
            thing = self._owned.pop()
            try:
                thing.stop()
            except Exception as fault:   # the others must be ended all the same
                faults.append(str(fault))
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if faults:
            raise Broken("\n".join(faults))
