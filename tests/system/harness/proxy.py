"""proxy -- the real understudy, started on a configuration of the case.

Ports are never chosen here: the configuration asks for port 0 and the
"ready" log line tells what they became.  Standard error is read all the
time; every line must be a JSON object, and a sanitizer's report fails the
case whatever it was about.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from . import programs
from .admin import Admin
from .client import Client
from .wait import SLACK, Timeout, deadline


_PR_SET_CHILD_SUBREAPER = 36


class ProxyFailed(AssertionError):
    """understudy did not start, or did not stop as it should."""


def merged(base, over):
    """base with over laid on it; None removes a key."""
    out = dict(base)
    for key, value in (over or {}).items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        else:
            out[key] = value
    return out


class Adopted:
    """A process that our own child has started and left to us: what Popen
    offers, as far as it is used here.  One that its parent has waited for
    counts as 0: the parent logs any other."""

    def __init__(self, pid):
        self.pid = pid
        self.returncode = None

    def poll(self):
        """The exit status, or None while it runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
            except ChildProcessError:   # its parent still lives
                if not os.path.exists(f"/proc/{self.pid}"):
                    self.returncode = 0
        return self.returncode

    def wait(self, timeout=None):
        """Wait for its end."""
        end = time.monotonic() + (timeout or 3600)
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout)
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number):
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Proxy:
    """A folder with understudy.json and rules.json, and a process on it."""

    def __init__(self, folder, config, rules, env=None, token=None, prefix=()):
        self.dir = Path(folder)
        self.prefix = list(prefix)
        self.env = env or {}
        self.admin_tls = None   # a context of tls.py, if the admin listener has TLS
        self.token = token      # bearer token of the default admin client
        self.process = None
        self.program = programs.UNDERSTUDY
        self.former = []        # those that this one has succeeded
        self._pipe = None
        self.lines = []         # parsed log objects
        self.raw = []           # every line of standard error
        self.ready = None       # the "ready" object
        self._changed = threading.Condition()
        self._first_line = 0    # of this run; a restart keeps the old lines
        self._reader = None
        self._is_read = threading.Event()
        self._is_read.set()
        self.write(config, rules)

    # -- configuration -------------------------------------------------------

    def write(self, config=None, rules=None):
        """Write the files; what is not given stays as it is."""
        if config is not None:
            self.config = config
            self._put("understudy.json", config)
        if rules is not None:
            self.rules = rules
            self._put("rules.json", rules)

    def change(self, config=None, rules=None):
        """Write the files with these changes laid over them."""
        self.write(merged(self.config, config), merged(self.rules, rules))

    def _put(self, name, value):
        text = value if isinstance(value, str) else json.dumps(value, indent=1)
        path = self.dir / name
        temporary = path.with_suffix(".new")
        temporary.write_text(text)
        os.replace(temporary, path)

    # -- the process ---------------------------------------------------------

    def start(self, wait=True, launcher=(), pass_fds=(), seconds=20):
        """Start it, and wait until it says that it serves.  launcher: a
        command that executes it."""
        self.ready = None
        self.process = subprocess.Popen(
            [*self.prefix, *launcher, str(self.program), "-c",
             str(self.dir / "understudy.json")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=self.dir, pass_fds=pass_fds,
            env=programs.environment(**self.env))
        self._pipe = self.process.stderr
        self._reader = threading.Thread(target=self._read_log,
                                        args=(self.process,), daemon=True)
        self._reader.start()
        if wait:
            self.ready = self.wait_log("ready", seconds=seconds)
            if programs.SANITIZER == "thread":
                self._let_it_wait()
        return self

    def _let_it_wait(self):
        """Until the first thread waits for events: TSan lost signals that came
        between "ready" and that, as no plain build did in 1,500 starts."""
        end = time.monotonic() + 2
        waits = {"232", "281", "22"}    # epoll_wait, epoll_pwait here and on ARM
        with contextlib.suppress(OSError):
            while time.monotonic() < end:
                text = Path(f"/proc/{self.ready['pid']}/syscall").read_text("ascii")
                if text.split()[0] in waits:
                    return
                time.sleep(0.005)

    def _read_log(self, process):
        for line in self._pipe:
            self._is_read.wait()
            text = line.decode("utf-8", "replace").rstrip("\n")
            with self._changed:
                self.raw.append(text)
                try:
                    self.lines.append(json.loads(text))
                except ValueError:
                    self.lines.append({"event": "not-json", "msg": text})
                self._changed.notify_all()
        process.wait()
        with self._changed:
            self._changed.notify_all()

    def start_fails(self):
        """Start it on files that it must refuse: exit status 1.  Returns
        what it said, which is for people here and need not be JSON."""
        done = subprocess.run(
            [programs.UNDERSTUDY, "-c", str(self.dir / "understudy.json")],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.dir,
            timeout=30 * SLACK, env=programs.environment(**self.env), check=False)
        if done.returncode != 1 or programs.sanitizer_report(done.stderr):
            raise ProxyFailed(f"exit status {done.returncode}: {done.stderr}")
        return done.stdout + done.stderr

    def wait_log(self, event, since=None, seconds=20, **want):
        """Wait for a log line of this run with that event and members."""
        since = self._first_line if since is None else since
        end = deadline(seconds)
        while True:
            with self._changed:
                for line in self.lines[since:]:
                    if line.get("event") == event and all(
                            line.get(k) == v for k, v in want.items()):
                        return line
                ended = self.process.poll() is not None and not self._reader.is_alive()
                if ended:
                    raise ProxyFailed(f"ended ({self.process.returncode}) before "
                                      f"{event!r}:\n" + self.log_tail())
                left = end - time.monotonic()
                if left <= 0:
                    raise Timeout(f"no log line {event!r} {want}:\n" + self.log_tail())
                self._changed.wait(min(left, 0.2))

    @contextlib.contextmanager
    def stalled_log(self):
        """Nobody reads standard error, and its pipe is full."""
        page = b'{"event":"filler","msg":"' + b"x" * (4096 - 28) + b'"}\n'
        fd = os.open(f"/proc/self/fd/{self._pipe.fileno()}", os.O_WRONLY | os.O_NONBLOCK)
        self._is_read.clear()
        try:
            full = 0
            while full < 10:    # its reader still takes what it has begun to read
                try:
                    os.write(fd, page)
                    full = 0
                except BlockingIOError:
                    full += 1
                    time.sleep(0.01)
            yield
        finally:
            os.close(fd)
            self._is_read.set()

    def mark(self):
        """The place in the log now, for wait_log(since=)."""
        with self._changed:
            return len(self.lines)

    def logged(self, event, since=None):
        """Log lines of this run with that event."""
        since = self._first_line if since is None else since
        with self._changed:
            return [l for l in self.lines[since:] if l.get("event") == event]

    def log_tail(self, n=30):
        """The end of standard error, for messages."""
        with self._changed:
            return "\n".join(self.raw[-n:])

    def running(self):
        """Is the process alive?"""
        return self.process is not None and self.process.poll() is None

    def upgrade(self, seconds=30):
        """SIGUSR2, until the next process serves; it is .process then."""
        # What a process of ours leaves behind is ours to wait for.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        mark = self.mark()
        self.process.send_signal(signal.SIGUSR2)
        self.adopt(self.wait_log("ready", since=mark, seconds=seconds))

    def adopt(self, ready):
        """The process that has said so is the one to talk to."""
        self.ready = ready
        self.former.append(self.process)
        self.process = Adopted(ready["pid"])

    def wait_former(self, seconds=20):
        """Every process that was succeeded has ended as it should."""
        for process in self.former:
            try:
                code = process.wait(seconds * SLACK)
            except subprocess.TimeoutExpired:
                raise ProxyFailed(f"process {process.pid} did not end after an "
                                  "upgrade:\n" + self.log_tail()) from None
            logged = any(l.get("level") == "error" and
                         f"process {process.pid} " in l["msg"]
                         for l in self.logged("upgrade"))
            if code != 0 or logged:
                raise ProxyFailed(f"process {process.pid}: exit status {code} after an "
                                  "upgrade:\n" + self.log_tail(60))
        self.former.clear()

    def signal(self, number):
        """Send a signal to the process."""
        self.process.send_signal(number)

    def stop(self, seconds=20):
        """SIGTERM; it must exit 0, in time, and without a report."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        if programs.SANITIZER == "thread":
            self._insist()
        self.join(seconds)

    def _insist(self):
        """TSan hands signals on when it sees fit, and on a busy machine one of
        a hundred never arrived (of 1,500 to a plain build, each did).  A second
        SIGTERM changes nothing where the first was heard."""
        try:
            self.process.wait(5 * SLACK)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGTERM)

    def join(self, seconds=20):
        """Wait for an exit that was asked for, and judge it."""
        process = self.process
        try:
            code = process.wait(seconds * SLACK)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProxyFailed("did not stop:\n" + self.log_tail()) from None
        try:
            self.wait_former(seconds)
        finally:
            self._ended()
        if code != 0:
            raise ProxyFailed(f"exit status {code}:\n" + self.log_tail(60))
        self.check_log()

    def kill(self):
        """SIGKILL: the machine died under it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._ended()

    def _ended(self):
        for process in self.former:
            process.kill()
            process.wait()
        self.former.clear()
        self._reader.join(5)
        self._pipe.close()
        self.process = None
        self._first_line = len(self.lines)

    def restart(self):
        """Stop and start on the same files."""
        self.stop()
        return self.start()

    def check_log(self):
        """No sanitizer report, and nothing but JSON on standard error."""
        text = "\n".join(self.raw)
        report = programs.sanitizer_report(text)
        if report:
            raise ProxyFailed(f"sanitizer: {report}\n" + self.log_tail(120))
        for line in self.lines:
            if line.get("event") == "not-json":
                raise ProxyFailed(f"log line is not JSON: {line['msg']!r}")

    # -- talking to it ---------------------------------------------------------

    @property
    def address(self):
        """(host, port) of the first listener."""
        return split_address(self.ready["listen"][0])

    @property
    def admin_address(self):
        """(host, port), or the path of the Unix socket."""
        return split_address(self.ready["admin"])

    def client(self, **kw):
        """A raw client connection."""
        return Client(self.address, **kw)

    def admin(self, token=None):
        """The admin API, with the proxy's own token by default."""
        return Admin(self.admin_address, token or self.token, self.admin_tls)

    def status(self):
        """GET /api/v1/status."""
        return self.admin().get("/api/v1/status")

    def rss_kib(self):
        """Resident memory now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise ProxyFailed("no VmRSS")


def split_address(text):
    """"127.0.0.1:80" to a pair, "unix:/x" to "/x"."""
    if text.startswith("unix:"):
        return text[5:]
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
