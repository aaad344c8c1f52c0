"""Thousands of slow clients beside normal load: who is honest is served."""

import hashlib
import re
import select
import shutil
import socket
import subprocess
import threading
import time

from harness import Load, alone, eventually, limit, long, scripts, wire
from harness.descriptors import raise_descriptors
from harness.programs import SANITIZER
from harness.wait import SLACK, deadline

MIB = 1 << 20
BLOCK = bytes(i * 7 % 256 for i in range(65536))


def strict(**more):
    """Limits under which a slow client does not last."""
    config = {"limits": {"connections": 12000, "body_rate": "1KiB", "send_rate": "64KiB"},
              "timeouts": {"head": "3s", "rate": "2s", "idle": "20s"},
              # a Python backend needs its time to accept a thousand at once
              "backends": {"legacy": {"timeouts": {"connect": "60s", "first_byte": "5m",
                                                   "idle": "5m"}}}}
    config.update(more)
    return config


def big_or_small():
    """/big is more than any kernel buffer; the rest is small."""
    return scripts.routes({"/big": scripts.huge_body()}, scripts.echo())


def served(load):
    """Normal load has gone on, without one failure."""
    at = load.done()
    eventually(lambda: load.done() >= at + 50, "normal load goes on", 60)
    assert load.failures == [], load.failures[:5]


# -- slowhttptest ----------------------------------------------------------------

def attack(h, t, count, *mode):
    """Run slowhttptest until every connection has ended, or for two minutes;
    what it said at the end, and whether its own probe was always served."""
    program = shutil.which("slowhttptest")
    assert program, "slowhttptest is not installed (deploy/install-packages test)"
    folder = h.folder("slow")
    host, port = t.proxy.address
    seconds = int(120 * SLACK)
    done = subprocess.run(
        [program, "-c", str(count), "-r", str(count), "-l", str(seconds), "-p",
         str(int(20 * SLACK)), "-g",
         "-o", str(folder / "out"), *mode, "-u", f"http://{host}:{port}/big"],
        capture_output=True, text=True, timeout=seconds + 60, check=False)
    said = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", done.stdout + done.stderr)
    rows = [line.split(",") for line in (folder / "out.csv").read_text().splitlines()[1:]]
    return said, rows


MODES = {
    "slow head": (["-H", "-i", "1"], "client_head_timeout"),
    "slow body": (["-B", "-i", "1", "-s", "100000"], "client_slow_body"),
    "slow read": (["-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "512", "-k", "1"],
                  "client_slow_reader"),
}


def three_attacks(h, count):
    """Each of the tool's modes: all of its clients end by our deadline."""
    raise_descriptors(count + 1000)
    t = h.stand(legacy=big_or_small(), config=strict())
    with Load(t.proxy.address, threads=2, pause=0.02, timeout=60) as load:
        eventually(lambda: load.done() > 20, "normal load")
        for name, (mode, outcome) in MODES.items():
            with h.check(name):
                said, rows = attack(h, t, count, *mode)
                assert "No open connections left" in said, said[-1500:]
                # a look a second; the machine may be late for one of ten
                late = [r for r in rows if int(r[4]) == 0]
                assert rows and len(late) <= 1 + len(rows) // 10, "its probe was not served"
                metrics = t.proxy.admin().metrics()
                ended = sum(v for k, v in metrics.items() if f'outcome="{outcome}"' in k)
                assert ended >= count * 0.8, {k: v for k, v in metrics.items()
                                              if "outcome" in k and v}
        served(load)


@alone
@limit(400)
def test_slowhttptest(h):
    three_attacks(h, 400)


@long
@limit(900)
def test_slowhttptest_with_thousands(h):
    three_attacks(h, 5000)


# -- our own, all kinds at once ------------------------------------------------------

class Crowd:
    """Thousands of sockets in one thread, each slow in its own way."""

    KINDS = ("head", "body", "read", "idle")

    def __init__(self, address, count):
        self.closed = 0
        self.socks = {}
        self.poll = select.epoll()
        self._stop = threading.Event()
        for i in range(count):
            kind = self.KINDS[i % len(self.KINDS)]
            s = socket.socket()
            if kind == "read":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.bind((f"127.0.0.{2 + i % 8}", 0))
            s.settimeout(60 * SLACK)
            s.connect(address)
            s.setblocking(False)
            self._begin(s, kind)
            self.socks[s.fileno()] = (s, kind)
            self.poll.register(s, select.EPOLLRDHUP | select.EPOLLHUP)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _begin(s, kind):
        if kind == "head":
            s.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        elif kind == "body":
            s.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nb")
        elif kind == "read":
            s.send(wire.request("GET", "/big"))

    def _run(self):
        while not self._stop.is_set():
            # not faster: it is understudy that is to be busy, not we
            end = time.monotonic() + 1
            while (left := end - time.monotonic()) > 0 and not self._stop.is_set():
                for fd, _ in self.poll.poll(left):
                    self.poll.unregister(fd)
                    self.socks.pop(fd)[0].close()
                    self.closed += 1
            for s, kind in list(self.socks.values()):
                self._drip(s, kind)

    @staticmethod
    def _drip(s, kind):
        try:
            if kind == "head":
                s.send(b"X-Drip: 1\r\n")
            elif kind == "body":
                s.send(b"b")
            elif kind == "read":
                s.recv(16)
        except OSError:
            pass

    def stop(self):
        """Close what is left."""
        self._stop.set()
        self._thread.join(30 * SLACK)
        for s, _ in self.socks.values():
            s.close()
        self.poll.close()


@alone
@limit(300)
def test_five_thousand_slow_clients(h):
    count = raise_descriptors(5000) // 4 * 4
    t = h.stand(legacy=big_or_small(), config=strict())
    t.get()
    before = t.proxy.rss_kib()
    with Load(t.proxy.address, threads=2, pause=0.02, timeout=60) as load:
        crowd = h.keep(Crowd(t.proxy.address, count))
        most = t.proxy.rss_kib()
        eventually(lambda: crowd.closed >= count * 3 // 4, "those who are slow are ended", 120)
        most = max(most, t.proxy.rss_kib())
        served(load)
        eventually(lambda: crowd.closed == count, "and who only waits, a little later", 60)
    assert SANITIZER or most - before < count * 64, f"{most - before} KiB"
    assert load.failures == []
    metrics = t.proxy.admin().metrics()
    for outcome in ("client_head_timeout", "client_slow_body", "client_slow_reader"):
        ended = sum(v for k, v in metrics.items() if f'outcome="{outcome}"' in k)
        # one that was slow to begin may have ended otherwise
        assert 0.95 * count // 4 <= ended <= count // 4, (outcome, {k: v for k, v in metrics.items()
                                               if "outcome" in k and v})


# -- honest ones, and many -------------------------------------------------------------

@limit(200)
def test_h2load_pipelined(h):
    program = shutil.which("h2load")
    assert program, "h2load is not installed (deploy/install-packages test)"
    t = h.stand(legacy=scripts.fixed(b"ok"))
    host, port = t.proxy.address
    done = subprocess.run(
        [program, "--h1", "-n", "4000", "-c", "200", "-m", "8", f"http://{host}:{port}/"],
        capture_output=True, text=True, timeout=150 * SLACK, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"4000 total, 4000 started, 4000 done, 4000 succeeded, 0 failed, 0 errored",
                     done.stdout), done.stdout
    assert "status codes: 4000 2xx, 0 3xx, 0 4xx, 0 5xx" in done.stdout, done.stdout


@alone
def test_wrk_as_fast_as_it_goes(h):
    """Two seconds, two workers, recording and mirroring: not one error."""
    program = shutil.which("wrk")
    assert program, "wrk is not installed (deploy/install-packages test)"
    t = h.stand(percent=50, shadow=10, legacy=scripts.fixed(b"ok"),
                enhanced=scripts.fixed(b"ok"))
    host, port = t.proxy.address
    done = subprocess.run(
        [program, "-t", "2", "-c", "64", "-d", "2s", "--timeout", f"{30 * SLACK:g}s",
         "-H", "x-user-id: somebody", f"http://{host}:{port}/"],
        capture_output=True, text=True, timeout=60 * SLACK, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Socket errors" not in done.stdout and "Non-2xx" not in done.stdout, done.stdout
    asked = int(re.search(r"(\d+) requests in", done.stdout)[1])
    assert asked > 100, done.stdout
    assert t.metric("understudy_requests_total") >= asked
    metrics = t.proxy.admin().metrics()
    assert metrics["understudy_fallbacks_total"] == 0
    assert not [k for k, v in metrics.items() if k.startswith("understudy_legs_total{") and v
                and 'outcome="done"' not in k and 'outcome="client_gone"' not in k], metrics


@long
@limit(600)
def test_a_gib_both_ways(h):
    total = 1 << 30

    @scripts.early
    def duplex(x):
        got, digest = 0, hashlib.sha256()
        while got < total:
            data = x.reader.some(1 << 20)
            digest.update(data)
            got += len(data)
            x.reader.taken.clear()
        x.request.complete = True
        x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Digest: %s\r\n\r\n"
               % (total, digest.hexdigest().encode()))
        for _ in range(total // len(BLOCK)):
            x.send(BLOCK)
    t = h.stand(legacy=scripts.routes({"/small": scripts.echo()}))
    t.get("/small")
    before = t.proxy.rss_kib()
    t.legacy.script = duplex
    c = t.client(timeout=120)
    c.send(wire.request("POST", "/", [("Content-Length", str(total))]))
    want = hashlib.sha256()
    for _ in range(total // len(BLOCK)):
        c.send(BLOCK)
        want.update(BLOCK)
    a = c.read_head()
    assert a.header("x-digest") == want.hexdigest()
    got, digest, most, end = 0, hashlib.sha256(), 0, deadline(400)
    while got < total:
        data = c.reader.some(1 << 20)
        digest.update(data)
        got += len(data)
        c.reader.taken.clear()
        most = max(most, t.proxy.rss_kib() - before) if got % (64 * MIB) < len(data) else most
    assert digest.hexdigest() == want.hexdigest()
    assert SANITIZER or most < 2048, f"{most} KiB for one connection"
