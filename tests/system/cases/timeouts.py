"""Who is too slow is given up, with a status, an outcome and a counter."""

import threading
import time

from harness import SLACK, deadline, eventually, scripts, wire


def config(**timeouts):
    """Short timeouts on the client's side."""
    return {"timeouts": timeouts}


def backends(**timeouts):
    """Short timeouts on both backends."""
    return {"backends": {v: {"timeouts": timeouts} for v in ("legacy", "enhanced")}}


NO_FALLBACK = {"rollout": {"fallback": {"on": []}}}


def test_head_that_never_ends(h):
    t = h.stand(config=config(head="300ms"))
    c = t.client()
    c.send(b"GET / HTTP/1.1\r\nHost:")
    a = c.read_answer()
    assert a.status == 408 and a.header("connection") == "close", a
    c.expect_closed()
    assert t.metric("understudy_requests_refused_total") == 1
    assert t.legacy.connections == 0


def test_head_that_drips_gets_no_more_time(h):
    t = h.stand(config=config(head="500ms"))
    c = t.client()
    began = time.monotonic()
    c.send(b"GET / HTTP/1.1\r\n")
    c.sock.settimeout(0.05)
    while time.monotonic() - began < 20:
        c.send_quietly(b"X-Drip: 1\r\n")
        try:
            if c.reader.more():
                break
            break
        except TimeoutError:
            continue
    c.sock.settimeout(5)
    assert c.read_answer().status == 408
    assert time.monotonic() - began < 15


def test_idle_connection_is_closed_without_a_word(h):
    t = h.stand(config=config(idle="1s"))
    c = t.client()
    assert c.ask().status == 200
    c.expect_closed()
    c = t.client()
    c.expect_closed()
    assert t.metric("understudy_requests_refused_total") == 0
    assert t.metric("understudy_client_connections_idle_closed_total") == 2


def test_an_empty_line_is_no_head(h):
    # what some send behind a body begins no request, so there is none to wait for
    t = h.stand(config=config(head="200ms", idle="1s"))
    c = t.client()
    c.send(wire.request("POST", "/", body=b"x") + b"\r\n")
    assert c.read_answer().status == 200
    c.expect_closed()
    assert t.metric("understudy_requests_refused_total") == 0
    assert t.metric("understudy_client_connections_idle_closed_total") == 1
    c = t.client()
    for piece in (b"\r", b"\n", b"GET / HTTP/1.1\r\n", b"Host: a\r\n\r\n"):
        c.send(piece)
    assert c.read_answer().status == 200
    c.send(b"\r\nG")
    assert c.read_answer().status == 408


def test_body_that_stops(h):
    t = h.stand(config=config(idle="300ms"))
    c = t.client()
    c.send(wire.request("POST", "/", [("Content-Length", "10")]) + b"abc")
    a = c.read_answer()
    assert a.status == 408, a
    c.expect_closed()
    assert t.legs(1)[0]["outcome"] == "client_idle"
    assert not [r for r in t.legacy.seen() if r.complete]


def test_no_first_byte(h):
    t = h.stand(legacy=scripts.hang(), config=backends(first_byte="300ms"))
    a = t.get()
    assert a.status == 504, a
    leg = t.legs(1)[0]
    assert leg["outcome"] == "first_byte_timeout" and leg["latency_us"] >= 250000
    eventually(lambda: t.legacy.open == 0, "the backend's connection is closed")


def test_first_byte_counts_from_the_end_of_the_request(h):
    # a slow upload is the client's time, not the backend's
    t = h.stand(config=backends(first_byte="2s"))
    c = t.client()
    c.send(wire.request("POST", "/", [("Content-Length", "12")]))
    for _ in range(12):
        time.sleep(0.2)  # real time must pass: that is what is tested
        c.send(b"x")
    assert c.read_answer().status == 200


def test_no_connection(h):
    t = h.stand(legacy=h.unreachable(), config=backends(connect="300ms"))
    a = t.get()
    assert a.status == 504, a
    assert t.legs(1)[0]["outcome"] == "connect_timeout"


def test_connection_refused(h):
    t = h.stand(legacy=h.refusing())
    assert t.get().status == 502
    assert t.legs(1)[0]["outcome"] == "connect_failed"


def test_backend_that_stops_within_its_answer(h):
    t = h.stand(legacy=scripts.head_then_hang(), config=backends(idle="300ms"))
    c = t.client()
    c.send(wire.request())
    a = c.read_head()
    assert a.status == 200
    assert c.expect_reset_or_cut() == b"some"
    assert t.legs(1)[0]["outcome"] == "upstream_idle"


def test_slow_but_steady_answer_is_no_timeout(h):
    t = h.stand(legacy=scripts.drip(b"d" * 10, every=0.02), config=backends(idle="1s"))
    assert t.get().body == b"d" * 10


def test_counters_by_outcome(h):
    t = h.stand(legacy=scripts.hang(), config=backends(first_byte="200ms"))
    for _ in range(3):
        t.get()
    metrics = t.proxy.admin().metrics()
    found = {k: v for k, v in metrics.items() if "first_byte_timeout" in k}
    assert sum(found.values()) == 3, found


# -- too slow, though never still ---------------------------------------------------

def rates(span="500ms", **limits):
    """Rates judged over a short span; nothing else ends anybody."""
    return {"limits": limits, "timeouts": {"rate": span, "idle": "60s"},
            "backends": {v: {"timeouts": {"idle": "60s"}} for v in ("legacy", "enhanced")}}


def drip_until_answered(c, byte=b"x", every=0.05):
    """Send a byte now and then until an answer comes (or half a minute)."""
    end = deadline(30)
    c.sock.settimeout(every)
    while time.monotonic() < end:
        c.send_quietly(byte)
        try:
            c.reader.more()
            break
        except TimeoutError:
            continue
    c.sock.settimeout(15)


def test_body_that_drips(h):
    t = h.stand(config=rates(body_rate="1KiB"))
    for fields, byte in (([("Content-Length", "100000")], b"x"),
                         ([("Transfer-Encoding", "chunked")], wire.chunk(b"x"))):
        with h.check(fields[0][0]):
            c = t.client()
            c.send(wire.request("POST", "/", fields))
            drip_until_answered(c, byte)
            a = c.read_answer()
            assert a.status == 408 and a.json()["error"] == "client_slow_body", a
            c.expect_closed()
    legs = t.legs(2)
    assert {l["outcome"] for l in legs} == {"client_slow_body"}, legs
    assert t.metric("understudy_clients_too_slow_total") == 2
    assert not [r for r in t.legacy.seen() if r.complete]


# Long enough for a machine that stands still for a moment, in milliseconds.
SPAN = int(1000 * SLACK)


def test_body_that_is_fast_enough(h):
    t = h.stand(config=rates(f"{SPAN}ms", body_rate="100B"))
    c = t.client()
    c.send(wire.request("POST", "/", [("Content-Length", "30000")]))
    for _ in range(30):
        time.sleep(0.1 * SLACK)  # several spans must pass: that is what is tested
        c.send(b"x" * 1000)
    assert c.read_answer().status == 200


def test_body_held_up_by_the_backend_is_not_slow(h):
    gate = threading.Event()

    @scripts.early
    def takes_nothing(x):
        x.wait(gate)
        x.read_body()
        x.answer(body=b"ok")
    t = h.stand(legacy=takes_nothing, config=rates(f"{SPAN}ms", body_rate="1KiB"))
    c = t.client(timeout=60)
    body = b"b" * (24 << 20)
    sender = threading.Thread(target=c.send, args=(wire.request("POST", "/", body=body),))
    sender.start()
    time.sleep(3 * SLACK)   # some spans
    gate.set()
    sender.join(60 * SLACK)
    assert c.read_answer().status == 200


def test_body_behind_its_answer_may_be_slow(h):
    @scripts.early
    def duplex(x):
        x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while (data := wire.read_chunk(x.reader)) is not None:
            x.send(wire.chunk(data.upper()))
        x.request.complete = True
        x.send(wire.LAST_CHUNK)
    t = h.stand(legacy=duplex, config=rates("400ms", body_rate="1KiB"))
    c = t.client()
    c.send(wire.request("POST", "/", [("Transfer-Encoding", "chunked")]))
    c.read_head()
    for word in (b"a", b"b", b"c", b"d"):
        time.sleep(0.5)
        c.send(wire.chunk(word))
        assert c.read_chunk() == word.upper()
    c.send(wire.LAST_CHUNK)
    assert c.read_chunk() is None


@scripts.early
def grants(x):
    """100, and then the whole body is waited for."""
    x.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    x.read_body()


@scripts.early
def says_nothing(x):
    x.wait_gone()


@scripts.early
def answers_first(x):
    x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + wire.chunk(b"go on"))
    x.wait_gone()


def test_who_sends_nothing_of_a_body_is_given_up(h):
    """Whatever its rate is excused by; timeouts.rate is shorter than idle, as
    it is by default."""
    expect = ("Expect", "100-continue")
    for why, script, fields, status in (
            ("no 100", says_nothing, [expect], 408),
            ("100", grants, [expect], 408),
            ("its answer has begun", answers_first, [], 200)):
        for rate in ("300B", "0B"):
            with h.check(f"{why}, {rate}"):
                t = h.stand(legacy=script, config={
                    "limits": {"body_rate": rate},
                    "timeouts": {"rate": "200ms", "idle": "500ms"}})
                c = t.client()
                c.send(wire.request("POST", "/", [("Content-Length", "10"), *fields]))
                a = c.read_head()
                assert a.status == status, a
                if status == 200:
                    assert c.read_chunk() == b"go on"
                    assert c.expect_reset_or_cut() == b""
                else:
                    assert [i[0] for i in a.interim] == ([100] if why == "100" else [])
                    assert c.read_body(a).json()["error"] == "client_idle"
                    c.expect_closed()
                assert t.legs(1)[0]["outcome"] == "client_idle"
                eventually(lambda: t.legacy.open == 0, "the backend is let go")


def test_a_body_that_is_echoed_to_nobody_is_given_up(h):
    """Its client reads nothing: so its backend takes no more, so it is held."""
    @scripts.early
    def echoes(x):
        x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while (data := wire.read_chunk(x.reader)) is not None:
            x.send(wire.chunk(data))
    t = h.stand(legacy=echoes, config={"timeouts": {"rate": "200ms", "idle": "1s"},
                                       "backends": {"legacy": {"timeouts": {"idle": "60s"}}}})
    c = t.client(receive=4096, timeout=60)
    c.send(wire.request("POST", "/", [("Transfer-Encoding", "chunked")]))
    piece = wire.chunk(b"e" * 65536)
    try:
        for _ in range(1000):
            c.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert t.legs(1)[0]["outcome"] == "client_idle"


def slow_reader(t, path="/"):
    """A client with a small buffer that has asked for much."""
    c = t.client(receive=4096)
    c.send(wire.request("GET", path))
    return c


def test_reader_that_is_too_slow(h):
    t = h.stand(legacy=scripts.huge_body(), config=rates(send_rate="256KiB"))
    c = slow_reader(t)
    end = deadline(30)
    try:
        while time.monotonic() < end and c.sock.recv(512):
            time.sleep(0.05)
    except ConnectionResetError:
        pass
    assert time.monotonic() < end, "it is never cut"
    assert t.legs(1)[0]["outcome"] == "client_slow_reader"
    assert t.metric("understudy_clients_too_slow_total") == 1
    eventually(lambda: t.legacy.open == 0, "the backend is let go")


def test_reader_that_stands_still(h):
    t = h.stand(legacy=scripts.huge_body(), config={
        "timeouts": {"idle": "500ms"},
        "backends": {"legacy": {"timeouts": {"idle": "60s"}}}})
    slow_reader(t)
    assert t.legs(1)[0]["outcome"] == "client_idle"
    assert t.metric("understudy_clients_too_slow_total") == 1


def test_a_stream_that_has_nothing_to_say_has_no_slow_reader(h):
    def rare(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(5):
            x.pause(0.4)
            x.send(wire.chunk(b"data: x\n\n"))
        x.send(wire.LAST_CHUNK)
    t = h.stand(legacy=rare, config=rates("200ms", send_rate="1MiB"))
    assert t.get().body == b"data: x\n\n" * 5
    assert t.metric("understudy_clients_too_slow_total") == 0
