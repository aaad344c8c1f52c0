"""What a connection costs in resident memory while nothing, or little, moves.

Memory is no wall clock: these numbers hold on a slow machine too.  The
shadow memory of sanitizers hides them, so there only the behaviour counts.
"""

import socket

from harness import eventually, limit, scripts, wire
from harness.descriptors import raise_descriptors
from harness.programs import SANITIZER

IDLE_BYTES = 1024
SLOW_READER_BYTES = 64 * 1024
GIB = 1 << 30


def connect(t, number, receive=None):
    """A plain socket; source addresses differ so that ports do not run out."""
    s = socket.socket()
    if receive:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    s.settimeout(60)
    s.bind((f"127.0.0.{2 + number % 8}", 0))
    s.connect(t.proxy.address)
    t.h.keep(s)
    return s


def ask(s):
    """One small request on a plain socket."""
    s.sendall(wire.request("GET", "/", [("x-user-id", "u"), ("user-agent", "test")]))
    answer = b""
    while not answer.endswith(b"ok"):
        data = s.recv(4096)
        assert data, answer
        answer += data


def warm(t, requests=2000):
    """Fill what is filled once: buffers, rings, counters."""
    with t.client() as c:
        for _ in range(requests):
            ask(c.sock)


def grown_bytes(t, before_kib):
    """Resident bytes since then."""
    return (t.proxy.rss_kib() - before_kib) * 1024


@limit(180)
def test_idle_connection(h):
    count = raise_descriptors(10000)
    t = h.stand(legacy=scripts.fixed(b"ok"), config={
        "limits": {"connections": 30000}, "timeouts": {"idle": "10m"}})
    warm(t, 12000)
    before = t.proxy.rss_kib()
    kept = [connect(t, i) for i in range(count)]
    for s in kept:
        ask(s)
    assert t.metric("understudy_client_connections") == count
    each = grown_bytes(t, before) / count
    assert SANITIZER or each <= IDLE_BYTES, f"{each:.0f} bytes for each of {count}"
    for s in kept[::100]:
        ask(s)


def endless(x):
    """A stream of 1 GiB, as far as anybody takes it."""
    x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIB)
    block = b"b" * 65536
    for _ in range(GIB // len(block)):
        x.send(block)


@limit(120)
def test_slow_reader(h):
    count = 100
    t = h.stand(legacy=scripts.routes({"/big": endless}, scripts.fixed(b"ok")),
                config={"timeouts": {"idle": "10m"},
                        "backends": {"legacy": {"timeouts": {"idle": "10m"}}}})
    warm(t)
    before = t.proxy.rss_kib()
    slow = [connect(t, i, receive=4096) for i in range(count)]
    for s in slow:
        s.sendall(wire.request("GET", "/big"))
    seen = []
    for _ in range(20):
        for s in slow:
            assert s.recv(2048)
        seen.append(grown_bytes(t, before) / count)
        eventually(lambda: t.get().status == 200, "others are served")
    assert SANITIZER or max(seen) <= SLOW_READER_BYTES, [f"{n:.0f}" for n in seen]


@limit(120)
def test_bodies_of_shadows_that_hang(h):
    """One copy of each, and that is counted: what their backend has not taken
    waits where it lies."""
    count, size = 60, 1 << 20
    body = b"b" * size
    t = h.stand(shadow=100, legacy=scripts.fixed(b"ok"), enhanced=h.unreachable(), config={
        "workers": 1, "shadow": {"timeout": "10m"},
        "limits": {"capture": "2MiB", "shadow_bytes": "256MiB", "shadow_inflight": 200},
        "backends": {"enhanced": {"timeouts": {"connect": "5m"}}}})
    with t.client() as c:
        for _ in range(3):
            c.ask("POST", "/", body=body)
        before = t.proxy.rss_kib()
        for _ in range(count):
            assert c.ask("POST", "/", body=body).status == 200
    assert t.metric("understudy_shadow_inflight") == count + 3
    t.wait_metric("understudy_shadow_captured_bytes", count * size)
    grown = grown_bytes(t, before)
    assert SANITIZER or grown < 1.3 * count * size, f"{grown} bytes for {count} bodies"
    t.enhanced.stop()
