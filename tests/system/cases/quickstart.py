"""deploy/quickstart, as a script runs it: the whole story, and nothing left of it."""

import os
import re
import signal
import socket
import subprocess
import threading
import uuid
from pathlib import Path

from harness import SLACK, eventually, limit, native, programs
from harness.client import Client
from harness.demo import Demo
from harness.tls import server_context

QUICKSTART = programs.TOP / "deploy" / "quickstart"
MARK = "QUICKSTART_OF_THIS_CASE"


class Quickstart:
    """One run, and what it prints."""

    def __init__(self, h, *options, **env):
        # Whoever inherits its environment, or works in its folder, is of this run.
        self.mark = f"{MARK}={uuid.uuid4().hex}"
        self.tmp = h.folder("tmp")
        os.chmod(self.tmp, 0o777)    # PostgreSQL runs as another user
        bin_dir = Path(programs.UNDERSTUDY).parent
        name, value = self.mark.split("=")
        self.process = subprocess.Popen(
            [str(QUICKSTART), "--bin", str(bin_dir), *options], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env=programs.environment(**{"TMPDIR": str(self.tmp), name: value, **env}))
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        h.keep(self)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def text(self):
        """All it has said."""
        return "".join(self.lines)

    def wait_said(self, words, seconds=60):
        """Until it has said that."""
        eventually(lambda: words in self.text or self.process.poll() is not None, words, seconds)
        assert words in self.text, self.text[-2000:]

    def url(self, name):
        """An address of its list of endpoints."""
        return re.search(rf"^ +{name} +(http://[0-9.:]+)", self.text, re.M)[1]

    def join(self, seconds=90):
        """Until it has ended; its exit status."""
        code = self.process.wait(seconds * SLACK)
        self._reader.join(10)
        return code

    def relatives(self):
        """Commands of the processes that are of this run."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environ = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if self.mark.encode() in environ or str(self.tmp).encode() in command:
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
        return found

    def check_nothing_is_left(self):
        """No process, no file, no listening port."""
        assert self.relatives() == []
        assert os.listdir(self.tmp) == []
        ports = set(re.findall(r"http://127\.0\.0\.1:(\d+)", self.text))
        assert len(ports) >= 2, self.text
        for port in ports:
            with socket.socket() as s:
                assert s.connect_ex(("127.0.0.1", int(port))) != 0, f"{port} is listened on"

    def stop(self):
        """The case is over; what it started ends with it."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60 * SLACK)
        self.process.stdout.close()


def check_story(run):
    """All acts, and that traffic was taken off by understudy itself."""
    assert run.join() == 0, run.text
    assert re.search(r"understudy took all traffic off enhanced, [\d.]+ s after it broke",
                     run.text), run.text
    assert re.search(r"client-visible failures: 0 of \d+ requests", run.text), run.text
    assert re.search(r"(\d+) requests, and a row in the store for each", run.text), run.text
    assert "NOT SEEN" not in run.text
    run.check_nothing_is_left()


@native
@limit(150)
def test_the_whole_story(h):
    run = Quickstart(h, "--seconds", "24")
    run.wait_said("1  shadow")
    assert any("understudy -c" in command for command in run.relatives()), run.relatives()
    check_story(run)
    assert "sqlite3 -box" in run.text


@native
@limit(180)
def test_the_whole_story_on_postgresql(h):
    run = Quickstart(h, "--postgres", "--seconds", "28")
    run.wait_said("1  shadow")
    assert any("/cluster/data" in command for command in run.relatives()), run.relatives()
    check_story(run)
    assert "psql 'postgresql://" in run.text


@native
@limit(120)
def test_an_interrupt_leaves_nothing(h):
    run = Quickstart(h, "--postgres", "--seconds", "30")
    run.wait_said("2  canary-10")
    run.process.send_signal(signal.SIGINT)
    assert run.join() == 130, run.text
    run.check_nothing_is_left()


@native
@limit(120)
def test_two_backends_of_ones_own(h):
    """Traffic by --traffic, and the end by Ctrl-C: there is no other."""
    backends = [h.keep(Demo(flavour)) for flavour in ("legacy", "enhanced")]
    run = Quickstart(h, "--legacy", backends[0].url, "--enhanced", backends[1].url, "--traffic")
    run.wait_said("it goes on")
    eventually(lambda: re.search(r"compared: [1-9]", run.text), "pairs are compared", 60)
    run.process.send_signal(signal.SIGINT)
    assert run.join() == 0, run.text
    assert "enhanced breaks" not in run.text and "client-visible failures: 0" in run.text
    for backend in backends:
        backend.stop()
    run.check_nothing_is_left()


@native
@limit(120)
def test_backends_may_speak_tls(h):
    ca = h.authority()
    backends = [h.backend(name=name, tls=server_context(ca.issue("127.0.0.1")))
                for name in ("legacy", "enhanced")]
    run = Quickstart(h, "--legacy", backends[0].url, "--enhanced", backends[1].url,
                     SSL_CERT_FILE=str(ca.certificate))
    run.wait_said("it goes on")
    host, port = run.url("proxy").removeprefix("http://").split(":")
    client = h.keep(Client((host, int(port))))
    answer = client.ask("POST", "/v1/chat/completions", [("x-user-id", "u")], b"{}")
    assert answer.status == 200 and answer.version == "legacy", answer
    backends[1].wait_requests(1)
    run.process.send_signal(signal.SIGINT)
    assert run.join() == 0, run.text


def test_wrong_options(h):
    rows = (
        (["--legacy", "http://127.0.0.1:1"], "--legacy needs --enhanced too"),
        (["--enhanced", "http://127.0.0.1:1"], "--enhanced needs --legacy too"),
        (["--legacy", "ftp://127.0.0.1"], "must be an address like"),
        (["--seconds", "5"], "from 20 to"),
        (["--seconds"], "needs a value"),
        (["--port", "http"], "from 1 to 65535"),
        (["--bogus"], "unknown option"),
    )
    for options, words in rows:
        with h.check(" ".join(options)):
            done = subprocess.run([str(QUICKSTART), *options], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=30 * SLACK, check=False)
            assert done.returncode == 2 and words in done.stderr, done
