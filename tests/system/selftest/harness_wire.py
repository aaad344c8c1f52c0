"""The harness against itself: backend.py answers client.py directly.

If a tool of the tests is wrong, every verdict of the tests is; so the tools
have tests, without understudy in between.
"""

import threading

from harness import Client, Closed, ProtocolError, ask, eventually, scripts, wire


def address(backend):
    """Where a client reaches it."""
    return ("127.0.0.1", backend.port)


def test_echo_and_keepalive(h):
    b = h.backend(name="one")
    with Client(address(b)) as c:
        for i in range(3):
            a = c.ask("GET", f"/x{i}", [("a", "b")])
            assert a.status == 200 and a.json()["target"] == f"/x{i}", a
    assert b.connections == 1
    assert [r.target for r in b.seen()] == ["/x0", "/x1", "/x2"]
    assert b.seen()[0].raw_head == b"GET /x0 HTTP/1.1\r\nHost: test\r\na: b\r\n\r\n"


def test_bodies_both_framings(h):
    b = h.backend(scripts.mirror())
    for chunked in (False, True):
        a = ask(address(b), "POST", "/", body=b"hello", chunked=chunked)
        assert a.body == b"hello"
    assert b.seen()[1].raw_body == b"5\r\nhello\r\n0\r\n\r\n"
    assert all(r.complete for r in b.seen())


def test_head_204_304_interim(h):
    b = h.backend(scripts.routes({
        "/204": scripts.raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
        "/304": scripts.raw(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        "/103": scripts.interim(103, 102)}))
    with Client(address(b)) as c:
        assert c.ask("HEAD", "/").body == b""
        assert c.ask("GET", "/204").status == 204
        assert c.ask("GET", "/304").status == 304
        a = c.ask("GET", "/103")
        assert [s for s, _ in a.interim] == [103, 102] and a.body == b"ok"


def test_sse_gate_holds_back(h):
    gate = threading.Event()
    b = h.backend(scripts.sse([b"1", b"2", b"3"], gate))
    with Client(address(b)) as c:
        c.send(wire.request())
        head = c.read_head()
        assert head.chunked
        assert c.read_chunk() == b"data: 1\n\n"
        for n in (b"2", b"3"):
            gate.set()
            assert c.read_chunk() == b"data: " + n + b"\n\n"
        assert c.read_chunk() is None


def test_misbehaviour_is_as_advertised(h):
    b = h.backend()
    table = [("reset", scripts.reset(), ConnectionResetError),
             ("close", scripts.close(), Closed),
             ("garbage", scripts.garbage(), ProtocolError),
             ("cut", scripts.cut(), Closed),
             ("cut chunked", scripts.cut_chunked(), Closed),
             ("close after head", scripts.close_after_head(), Closed),
             ("huge head", scripts.huge_head(2 << 20), ProtocolError)]
    for why, script, wanted in table:
        with h.check(why):
            b.script = script
            try:
                ask(address(b))
            except wanted:
                continue
            raise AssertionError("no fault seen")


def test_drip_is_whole(h):
    b = h.backend(scripts.drip(b"drops", every=0.001))
    assert ask(address(b)).body == b"drops"


def test_hang_ends_with_the_client(h):
    b = h.backend(scripts.hang())
    c = Client(address(b))
    c.send(wire.request())
    b.wait_requests(1)
    c.close()
    eventually(lambda: b.open == 0, "the script ends")


def test_refusing_and_unreachable(h):
    try:
        Client(("127.0.0.1", h.refusing().port))
    except ConnectionRefusedError:
        pass
    else:
        raise AssertionError("connected to a refusing port")
    try:
        Client(("127.0.0.1", h.unreachable().port), timeout=0.5)
    except TimeoutError:
        pass
    else:
        raise AssertionError("connected to an unreachable port")


def test_backend_notes_wrong_requests(h):
    b = h.backend()
    with Client(address(b)) as c:
        c.send(b"GET / HTTP/1.1\r\nA : b\r\n\r\n")
        eventually(lambda: b.faults, "the fault is noted")
    b.faults.clear()


def test_strict_reader(h):
    table = [
        (b"HTTP/1.1 200 OK\nA: b\r\n\r\n", "bare LF"),
        (b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "space before colon"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "fold"),
        (b"HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", "NUL"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1", "two lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", "both"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\n\r\n", "ext"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc0\r\n\r\n", "no CRLF"),
    ]
    b = h.backend()
    for data, why in table:
        with h.check(why):
            b.script = scripts.raw(data, close=True)
            try:
                a = ask(address(b))
            except ProtocolError:
                continue
            raise AssertionError(f"read {a}")
