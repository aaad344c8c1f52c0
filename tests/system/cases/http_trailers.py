"""Trailers end here, or are passed on where the configuration says so; either
way none may frame, route or authenticate."""

from harness import Closed, scripts, wire

PASS = {"trailers": "pass"}
ASK = [("TE", "trailers"), ("Connection", "TE")]
ANSWER = (b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
          b"3\r\nabc\r\n0\r\nX-Sum:  7 \r\nX-More: a\r\n\r\n")


def post(trailers, fields=()):
    """A chunked POST with these trailers."""
    head = wire.request("POST", "/", [*fields, ("Transfer-Encoding", "chunked")])
    return head + b"2\r\nhi\r\n0\r\n" + trailers + b"\r\n"


def raw_end(c, a):
    """What stands behind the last chunk's size, and the body."""
    body = b""
    c.reader.taken_reset()
    while True:
        line = c.reader.until(b"\r\n")
        if line == b"0\r\n":
            break
        body += c.reader.take(int(line, 16))
        c.reader.take(2)
    end = b""
    while (line := c.reader.until(b"\r\n")) != b"\r\n":
        end += line
    assert a.chunked
    return body, end


def test_dropped_by_default(h):
    t = h.stand(legacy=scripts.raw(ANSWER))
    c = t.client()
    c.send(post(b"X-After: 1\r\n", [("Trailer", "X-After"), *ASK]))
    a = c.read_head()
    assert a.header("trailer") is None
    assert raw_end(c, a) == (b"abc", b"")
    seen = t.legacy.wait_requests(1)[0]
    assert seen.raw_body.endswith(b"\r\n0\r\n\r\n")
    assert seen.header("te") is None and seen.header("trailer") is None


def test_passed_both_ways_to_both_versions(h):
    t = h.stand(shadow=100, legacy=scripts.raw(ANSWER), config=PASS)
    c = t.client()
    c.send(post(b"X-After:1\r\nX-Empty:\r\n", [("Trailer", "X-After"), *ASK]))
    a = c.read_head()
    assert a.header("trailer") == "X-Sum"
    assert raw_end(c, a) == (b"abc", b"X-Sum: 7\r\nX-More: a\r\n")
    for backend in (t.legacy, t.enhanced):
        seen = backend.wait_requests(1)[0]
        assert seen.raw_body.endswith(b"\r\n0\r\nX-After: 1\r\nX-Empty: \r\n\r\n"), seen.raw_body
        assert seen.header("te") == "trailers" and seen.header("connection") == "TE"
        assert seen.header("trailer") == "X-After"
    # the connection is in step behind them
    assert c.ask("GET", "/2").body == b"abc"


def test_only_to_who_wants_them(h):
    t = h.stand(legacy=scripts.raw(ANSWER), config=PASS)
    c = t.client()
    a = c.ask("GET", "/")
    assert a.body == b"abc" and a.header("trailer") is None
    assert t.legacy.seen()[0].header("te") is None
    c = t.client()
    c.send(wire.request("GET", "/", ASK, version="1.0"))
    a = c.read_answer()
    assert a.body == b"abc" and not a.chunked


def test_a_fallback_gets_them_too(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), config=PASS)
    c = t.client()
    c.send(post(b"X-After: 1\r\n", [("x-user-id", "u")]))
    assert c.read_answer().version == "legacy"
    for backend in (t.legacy, t.enhanced):
        assert backend.wait_requests(1)[0].raw_body.endswith(b"0\r\nX-After: 1\r\n\r\n")


FORBIDDEN = ["Content-Length: 3", "Transfer-Encoding: chunked", "Host: b", "Authorization: x",
             "Cookie: a=b", "Connection: close", "Content-Type: a/b", "Trailer: x", "TE: x",
             "X-Forwarded-For: 1.2.3.4", "Forwarded: for=x", "Via: 1.1 x",
             "X-Understudy-Leg: shadow", "X-Request-Id: 1",
             "X-Client-Cert-Subject: CN=admin", "X_Real_IP: 1.2.3.4"]


def test_what_may_not_be_one_is_refused_either_way(h):
    for config in ({}, PASS):
        t = h.stand(legacy=scripts.early(scripts.hang()), config=config)
        for line in FORBIDDEN:
            with h.check(f"{line}, {config}"):
                c = t.client()
                c.send(post(line.encode() + b"\r\n"))
                assert c.read_answer().status == 400
                c.expect_closed()


def test_what_may_not_be_one_cuts_an_answer(h):
    t = h.stand(config=PASS)
    for line in FORBIDDEN:
        with h.check(line):
            t.legacy.script = scripts.raw(ANSWER.replace(b"X-More: a", line.encode()))
            c = t.client()
            c.send(wire.request("GET", "/", ASK))
            try:
                a = c.read_answer()
            except (Closed, ConnectionResetError):
                continue
            assert a.status == 502, a


def test_more_than_8_kib_is_refused(h):
    t = h.stand(legacy=scripts.mirror(), config=PASS)
    c = t.client()
    c.send(post(b"".join(b"X-%04d: %s\r\n" % (i, b"v" * 90) for i in range(75))))
    assert c.read_answer().status == 200
    c.send(post(b"".join(b"X-%04d: %s\r\n" % (i, b"v" * 90) for i in range(90))))
    assert c.read_answer().status == 400
    assert len(t.legacy.wait_requests(1)[0].raw_body) > 7000
