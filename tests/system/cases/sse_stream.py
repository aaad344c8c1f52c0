"""Streams reach the client event by event, the moment each comes."""

import threading

from harness import eventually, scripts, wire

ASK = wire.request("POST", "/chat", [("x-user-id", "u"), ("Accept", "text/event-stream")],
                   b'{"stream":true}')
EVENTS = [f"event {i}".encode() for i in range(10)]


def read_events(c, gate=None, n=len(EVENTS)):
    """n events, opening the gate only after each has arrived."""
    for i in range(n):
        assert c.read_chunk() == b"data: " + EVENTS[i] + b"\n\n"
        if gate:
            gate.set()


def check_stream(h, **kw):
    """The first event is here before the backend sends the second."""
    gate = threading.Event()
    t = h.stand(**{k: (scripts.sse(EVENTS, gate) if v == "stream" else v)
                   for k, v in kw.items()})
    c = t.client()
    c.send(ASK)
    a = c.read_head()
    assert a.status == 200 and a.header("content-type") == "text/event-stream"
    assert a.header("content-length") is None
    read_events(c, gate)
    assert c.read_chunk() is None
    return t, a


def test_from_legacy(h):
    _, a = check_stream(h, legacy="stream")
    assert a.version == "legacy"


def test_from_enhanced(h):
    _, a = check_stream(h, percent=100, enhanced="stream")
    assert a.version == "enhanced"


def test_with_a_shadow(h):
    t, _ = check_stream(h, shadow=100, legacy="stream", enhanced=scripts.sse(EVENTS))
    t.wait_status(lambda s: s["comparisons"]["same"] == 1, "compared as the same")


def test_by_fallback(h):
    _, a = check_stream(h, percent=100, legacy="stream", enhanced=scripts.status(503))
    assert a.version == "legacy"


def test_head_comes_before_the_first_event(h):
    gate = threading.Event()

    def backend(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n")
        x.wait(gate)
        x.send(wire.chunk(b"data: 1\n\n") + wire.LAST_CHUNK)
    table = (
        ("alone", {"legacy": backend}),
        ("with a shadow", {"shadow": 100, "legacy": backend, "enhanced": scripts.sse(EVENTS)}),
        ("with a shadow that is as late", {"shadow": 100, "legacy": backend, "enhanced": backend}),
        ("with a shadow that hangs", {"shadow": 100, "legacy": backend,
                                      "enhanced": scripts.hang()}),
        ("of enhanced, mirrored to legacy", {"percent": 100, "shadow": 100, "enhanced": backend,
                                             "legacy": scripts.sse(EVENTS)}),
        ("by fallback", {"percent": 100, "legacy": backend, "enhanced": scripts.status(503)}),
    )
    for why, stand in table:
        with h.check(why):
            gate.clear()
            t = h.stand(config={"shadow": {"timeout": "1s"}}, **stand)
            c = t.client()
            c.send(ASK)
            assert c.read_head().status == 200
            gate.set()
            assert c.read_chunk() == b"data: 1\n\n"
            c.close()
            t.proxy.stop()


def test_close_delimited_stream(h):
    gate = threading.Event()

    def backend(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        x.send(b"data: 1\n\n")
        x.wait(gate)
        x.send(b"data: 2\n\n")
        x.close()
    t = h.stand(legacy=backend)
    c = t.client()
    c.send(ASK)
    c.read_head()
    assert c.read_chunk() == b"data: 1\n\n"
    gate.set()
    assert c.read_chunk() == b"data: 2\n\n"
    assert c.read_chunk() is None


def test_pieces_smaller_than_an_event(h):
    gate = threading.Event()

    def backend(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n")
        for piece in (b"da", b"ta: ", b"x", b"\n\n"):
            x.send(wire.chunk(piece))
            x.wait(gate)
            gate.clear()
        x.send(wire.LAST_CHUNK)
    t = h.stand(legacy=backend)
    c = t.client()
    c.send(ASK)
    c.read_head()
    for piece in (b"da", b"ta: ", b"x", b"\n\n"):
        assert c.read_chunk() == piece
        gate.set()
    assert c.read_chunk() is None


def test_many_streams_at_once(h):
    gates = [threading.Event() for _ in range(20)]

    def backend(x):
        scripts.sse(EVENTS, gates[int(x.request.path[1:])])(x)
    t = h.stand(legacy=backend)
    clients = [t.client() for _ in gates]
    for i, c in enumerate(clients):
        c.send(wire.request("GET", f"/{i}"))
    for c in clients:
        c.read_head()
    for n in range(len(EVENTS)):            # all in step, none waits for another
        for c, gate in zip(clients, gates):
            assert c.read_chunk() == b"data: " + EVENTS[n] + b"\n\n"
            gate.set()
    assert all(c.read_chunk() is None for c in clients)


def test_client_that_leaves_ends_the_stream(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.sse(EVENTS * 100, gate))
    c = t.client()
    c.send(ASK)
    c.read_head()
    read_events(c, n=1)
    c.reset()

    def closed():
        gate.set()
        return t.legacy.open == 0
    eventually(closed, "the backend's connection is closed")
    assert t.legs(1)[0]["outcome"] == "client_gone"


def test_record_of_a_stream(h):
    t, _ = check_stream(h, legacy="stream")
    row = t.legs(1)[0]
    assert row["streamed"] in (1, True)
    assert 0 < row["first_byte_us"] <= row["first_content_us"] <= row["latency_us"], row


def test_how_it_came_is_recorded(h):
    """First byte, first content, the longest gap and the number of events stand
    beside a stream, and nothing of it beside other answers."""
    gate = threading.Event()
    t = h.stand(legacy=scripts.routes({"/stream": scripts.sse([b"1", b"2", b"3"], gate)}))
    c = t.client()
    c.send(wire.request("GET", "/stream", [("x-user-id", "u")]))
    assert c.read_head().status == 200
    for n in (b"1", b"2", b"3"):
        assert c.read_chunk() == b"data: " + n + b"\n\n"
        gate.set()
    assert c.read_chunk() is None
    t.get("/whole", user="u")
    row, = t.store().wait_count(1, where="path = '/stream'")
    assert row["streamed"] and row["events"] == 3, row
    assert 0 < row["first_byte_us"] <= row["first_content_us"], row
    assert 0 < row["longest_gap_us"] < row["latency_us"], row
    row, = t.store().wait_count(1, where="path = '/whole'")
    assert row["events"] is None and row["longest_gap_us"] is None, row
    view, = t.store().rows("SELECT * FROM v_streams_by_version")
    assert (view["version"], view["streams"]) == ("legacy", 1), view
