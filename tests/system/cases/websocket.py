"""A websocket is tunnelled by its user's version: asked for afresh, granted or
not, then bytes both ways until both sides have ended."""

import signal
import socket
import threading

from harness import SLACK, eventually, limit, scripts, wire
from harness.backend import Gone
from harness.tls import client_context, server_context

ASK = [("Connection", "keep-alive, Upgrade"), ("Upgrade", "WebSocket"),
       ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13")]
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
          b"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
MIB = 1 << 20


def grants(then, first=b""):
    """A backend that agrees, says `first` with the 101, and goes on with then(x)."""
    def script(x):
        x.send(SWITCH + first)
        then(x)
        x.ended = True
    return script


def some(x):
    """Bytes that came, b"" at the end, or Gone."""
    try:
        return x.reader.some(1 << 16)
    except OSError as fault:
        raise Gone from fault


def echo(x):
    """Everything back, until the client has ended."""
    while data := some(x):
        x.send(b"<" + data + b">")
    x.send(b"bye")


def opened(t, user="user-1", more=b"", fields=()):
    """A client whose tunnel stands, and the head of the 101."""
    c = t.client()
    c.send(wire.request("GET", "/ws", [("x-user-id", user), *ASK, *fields]) + more)
    a = c.read_head()
    assert a.status == 101, a
    return c, a


def until(c, wanted):
    """Exactly these bytes come."""
    got = c.reader.take(len(wanted))
    assert got == wanted, got


def test_bytes_both_ways(h):
    t = h.stand(legacy=grants(echo))
    c, _ = opened(t)
    for piece in (b"one", b"\x00\xff\r\n\r\n", b"GET /evil HTTP/1.1\r\n\r\n"):
        c.send(piece)
        until(c, b"<" + piece + b">")
    assert len(t.legacy.seen()) == 1
    c.finish_sending()
    until(c, b"bye")
    c.expect_closed()


def test_both_heads_are_written_afresh(h):
    t = h.stand(legacy=grants(echo))
    c, a = opened(t, fields=[("Sec-WebSocket-Protocol", "chat"), ("Keep-Alive", "5"),
                             ("Upgrade", "h2c"), ("Connection", "x-hop"), ("X-Hop", "1")])
    asked = t.legacy.seen()[0].fields
    assert asked.all("connection") == ["upgrade"] and asked.all("upgrade") == ["websocket"]
    assert asked.get("sec-websocket-key") and asked.get("sec-websocket-protocol") == "chat"
    assert asked.get("keep-alive") is None and asked.get("x-hop") is None
    assert asked.get("via") and asked.get("x-request-id")
    assert a.fields.all("connection") == ["upgrade"]
    assert a.fields.all("upgrade") == ["websocket"]
    assert a.header("sec-websocket-accept") and a.version == "legacy"
    assert a.header("x-request-id") == asked.get("x-request-id")
    assert a.header("content-length") is None and a.header("transfer-encoding") is None
    c.close()


def test_bytes_behind_either_head_belong_to_the_tunnel(h):
    t = h.stand(legacy=grants(echo, first=b"hello"))
    c, _ = opened(t, more=b"early")
    until(c, b"hello<early>")
    c.close()


def test_the_users_version_gets_it_and_no_shadow(h):
    t = h.stand(shadow=100, legacy=grants(echo), enhanced=grants(echo), rules={
        "rollout": {"overrides": [{"users": ["new"], "version": "enhanced"}]}})
    for user, version in (("old", "legacy"), ("new", "enhanced")):
        c, a = opened(t, user)
        assert a.version == version
        c.close()
    assert len(t.legacy.seen()) == 1 and len(t.enhanced.seen()) == 1
    t.wait_metric("understudy_shadow_dropped_websocket_total", 2)
    assert t.metric("understudy_shadow_sent_total") == 0


def test_one_row_with_bytes_of_both_directions(h):
    t = h.stand(legacy=grants(echo, first=b"12345"))
    c, _ = opened(t, more=b"678")
    until(c, b"12345<678>")
    t.wait_metric("understudy_tunnels", 1)
    s = t.status()["versions"]["legacy"]
    assert s["requests"] == 1 and s["failures"] == 0, "counted when it stands"
    c.finish_sending()
    until(c, b"bye")
    c.expect_closed()
    row, = t.legs(1)
    assert row["status"] == 101 and row["outcome"] == "tunnelled" and not row["failure"]
    assert row["request_bytes"] == 3 and row["response_bytes"] == 5 + 5 + 3
    assert row["error"].startswith("closed by both after "), row["error"]
    assert t.metric("understudy_tunnels") == 0 and t.metric("understudy_tunnels_total") == 1


def test_half_close_is_passed_on_either_way(h):
    ended = threading.Event()

    def talk_on(x):
        assert some(x) == b"x" and not some(x)
        ended.set()
        x.send(b"still here")

    def end_first(x):
        x.send(b"last words")
        x.sock.shutdown(socket.SHUT_WR)
        assert some(x) == b"answer"
    t = h.stand(legacy=grants(talk_on))
    c, _ = opened(t, more=b"x")
    c.finish_sending()
    assert ended.wait(15)
    until(c, b"still here")
    c.expect_closed()
    t.legacy.script = grants(end_first)
    c, _ = opened(t)
    until(c, b"last words")
    c.expect_closed()       # its half, that is
    c.send(b"answer")
    c.close()
    t.legs(2, "error LIKE 'closed by both%'")


def stalled(counter):
    """Wait until the counter stands still; its value."""
    history = []

    def still():
        history.append(counter["n"])
        return len(history) > 10 and len(set(history[-10:])) == 1 and history[-1] > 0
    eventually(still, "the sender is stopped", 30, every=0.05)
    return counter["n"]


@limit(120)
def test_a_side_that_does_not_read_stops_the_other(h):
    total, block = 128 * MIB, bytes(range(256)) * 256
    gate, sent = threading.Event(), {"n": 0}

    def flood(x):
        for _ in range(total // len(block)):
            x.send(block)
            sent["n"] += len(block)

    def deaf(x):
        x.wait(gate)
        got = 0
        while data := some(x):
            got += len(data)
            x.reader.taken.clear()
        x.send(b"%d" % got)
    t = h.stand(legacy=grants(flood), config={"workers": 1})
    c, _ = opened(t)
    assert stalled(sent) < total // 2
    assert t.proxy.rss_kib() < 200 * 1024
    got = 0
    while data := c.reader.some(MIB):
        got += len(data)
        c.reader.taken.clear()
    assert got == total

    t.legacy.script = grants(deaf)
    c, _ = opened(t)
    c.sock.settimeout(90)
    sent["n"] = 0

    def upload():
        for _ in range(total // len(block)):
            c.send(block)
            sent["n"] += len(block)
        c.finish_sending()
    sender = threading.Thread(target=upload, daemon=True)
    sender.start()
    assert stalled(sent) < total // 2
    gate.set()
    sender.join(60)
    until(c, b"%d" % total)


def test_a_silent_tunnel_is_closed(h):
    t = h.stand(legacy=grants(echo), config={"timeouts": {"tunnel": "300ms"}})
    c, _ = opened(t)
    c.expect_closed()
    row, = t.legs(1)
    assert row["outcome"] == "tunnelled" and row["error"].startswith("silent for too long")
    eventually(lambda: t.legacy.open == 0, "the backend's side is closed too")


def test_a_half_closed_tunnel_has_the_short_limit(h):
    # a backend that never ends its side does not keep a tunnel for an hour
    t = h.stand(legacy=grants(lambda x: x.wait(threading.Event())),
                config={"timeouts": {"idle": "300ms"}})
    c, _ = opened(t)
    c.finish_sending()
    c.expect_closed()
    t.legs(1, "error LIKE 'silent for too long%'")


def test_a_reset_of_either_side_ends_the_other(h):
    def breaks(x):
        x.send(b"word")
        assert some(x) == b"go"
        x.reset()
    t = h.stand(legacy=grants(breaks))
    c, _ = opened(t)
    until(c, b"word")
    c.send(b"go")
    c.expect_closed()
    t.legs(1, "error LIKE 'reset by the backend%' AND outcome = 'tunnelled'")
    t.legacy.script = grants(lambda x: x.wait_gone())
    c, _ = opened(t)
    c.reset()
    eventually(lambda: t.legacy.open == 0, "the backend's side is closed")
    t.legs(2)


def test_another_answer_is_an_ordinary_one(h):
    t = h.stand(legacy=scripts.status(426))
    c = t.client()
    for _ in range(2):
        a = c.ask("GET", "/ws", ASK)
        assert a.status == 426 and a.header("connection") is None
    assert t.legacy.connections == 1 or t.legacy.connections == 2
    assert t.legs(2)[0]["outcome"] == "done"


def test_bytes_for_a_tunnel_that_was_not_granted_are_no_request(h):
    t = h.stand(legacy=scripts.status(403))
    c = t.client()
    c.send(wire.request("GET", "/ws", ASK) + wire.request("GET", "/evil"))
    a = c.read_answer()
    assert a.status == 403 and a.header("connection") == "close"
    c.expect_closed()
    assert [r.target for r in t.legacy.seen()] == ["/ws"]


def test_fallback_before_the_101(h):
    for why, enhanced in (("refused", h.refusing()), ("500", scripts.status(500)),
                          ("reset", scripts.reset()), ("another protocol", scripts.raw(
                              b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n")),
                          ("two protocols", scripts.raw(
                              b"HTTP/1.1 101 X\r\nUpgrade: websocket, h2c\r\n"
                              b"Connection: upgrade\r\n\r\n")),
                          ("no Connection", scripts.raw(
                              b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n")),
                          ("a body announced", scripts.raw(
                              b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nContent-Length: 5\r\n"
                              b"Connection: upgrade\r\n\r\nhello"))):
        with h.check(why):
            t = h.stand(percent=100, legacy=grants(echo), enhanced=enhanced)
            c, a = opened(t, more=b"early")
            assert a.version == "legacy"
            until(c, b"<early>")
            c.close()


def test_no_fallback_once_it_stands(h):
    t = h.stand(percent=100, enhanced=grants(lambda x: x.reset()))
    c, a = opened(t)
    assert a.version == "enhanced"
    c.expect_closed()
    assert not t.legacy.seen() and t.metric("understudy_fallbacks_total") == 0


def test_only_a_whole_question_is_passed_on(h):
    up = [("Upgrade", "websocket")]
    con = [("Connection", "upgrade")]
    t = h.stand()
    for why, method, fields, kw in (
            ("another protocol", "GET", con + [("Upgrade", "h2c")], {}),
            ("no Connection", "GET", up, {}),
            ("POST", "POST", up + con, {}),
            ("a body", "GET", up + con, {"body": b"x"}),
            ("HTTP/1.0", "GET", up + con, {"version": "1.0"}),
            ("close", "GET", up + [("Connection", "upgrade, close")], {})):
        with h.check(why):
            assert t.ask(method, "/", fields, **kw).status == 200
            seen = t.legacy.seen()[-1].fields
            assert seen.get("upgrade") is None and seen.get("connection") is None


def test_a_101_nobody_asked_for(h):
    t = h.stand(legacy=scripts.raw(SWITCH))
    a = t.get()
    assert a.status == 502
    t.legs(1, "outcome = 'upstream_bad_head'")


def test_a_rollback_does_not_cut_it(h):
    t = h.stand(percent=100, enhanced=grants(echo), legacy=grants(echo))
    c, a = opened(t)
    assert a.version == "enhanced"
    t.proxy.admin().rollback("a test")
    other, b = opened(t)
    assert b.version == "legacy"
    c.send(b"still")
    until(c, b"<still>")
    c.close()
    other.close()


def test_a_drain_waits_for_it_within_its_bound(h):
    t = h.stand(legacy=grants(echo), config={"timeouts": {"drain": f"{2 * SLACK:g}s"}})
    c, _ = opened(t)
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping")
    c.send(b"x")
    until(c, b"<x>")
    assert c.expect_reset_or_cut() == b""
    t.proxy.join(10)
    row, = t.store().rows("SELECT * FROM exchanges")
    assert row["outcome"] == "tunnelled" and row["error"].startswith("drained")


def test_a_drain_ends_with_the_last_one(h):
    t = h.stand(legacy=grants(echo))
    c, _ = opened(t)
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping")
    c.finish_sending()
    until(c, b"bye")
    c.expect_closed()
    t.proxy.join(10)


def test_over_tls_on_both_sides(h):
    ca = h.authority()
    legacy = h.backend(grants(echo, first=b"hello"), "legacy",
                       tls=server_context(ca.issue("127.0.0.1")))
    t = h.stand(legacy=legacy, config={
        "listen": [{"address": "127.0.0.1:0", "tls": ca.issue("api.example").config()}],
        "backends": {"legacy": {"tls": {"ca": str(ca.certificate)}}}})
    c = t.client(tls=client_context(ca), name="api.example")
    c.send(wire.request("GET", "/ws", ASK) + b"early")
    assert c.read_head().status == 101
    until(c, b"hello<early>")
    block = bytes(range(256)) * 256     # more than one record, and than one read
    for _ in range(4):  # in turns: Python may not send and receive at once by TLS
        c.send(block)
        got = b""
        while len(got.replace(b"><", b"")) < len(block):
            got += c.reader.some(1 << 20)
    c.close()
    assert t.legs(1)[0]["request_bytes"] == 4 * len(block) + 5


def test_hundreds_at_once(h):
    t = h.stand(legacy=grants(echo))
    clients = [opened(t, user=f"u{i}")[0] for i in range(200)]
    t.wait_metric("understudy_tunnels", 200)
    for i, c in enumerate(clients):
        c.send(b"%d" % i)
    for i, c in enumerate(clients):
        until(c, b"<%d>" % i)
    for c in clients:
        c.close()
    t.wait_metric("understudy_tunnels_total", 200)
    eventually(lambda: t.metric("understudy_tunnels") == 0, "all are closed")
