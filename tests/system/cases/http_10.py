"""HTTP/1.0 clients are served as such."""

from harness import scripts, wire


def test_close_is_the_default(h):
    t = h.stand()
    c = t.client()
    a = c.ask("GET", "/", version="1.0")
    assert a.status == 200
    c.expect_closed()


def test_keep_alive_when_asked(h):
    t = h.stand()
    c = t.client()
    for _ in range(3):
        a = c.ask("GET", "/", [("Connection", "keep-alive")], version="1.0")
        assert a.header("connection").lower() == "keep-alive"


def test_no_host_needed_and_the_backend_gets_one(h):
    t = h.stand()
    a = t.ask("GET", "/", version="1.0", host=None)
    assert a.status == 200
    seen = t.legacy.seen()[0]
    assert seen.minor == 1 and len(seen.fields.all("host")) == 1


def test_chunked_answer_becomes_close_delimited(h):
    t = h.stand(legacy=scripts.fixed(b"some body", chunked=True))
    c = t.client()
    a = c.ask("GET", "/", [("Connection", "keep-alive")], version="1.0")
    assert not a.chunked and a.header("content-length") is None
    assert a.body == b"some body"


def test_answer_says_11(h):
    # RFC 9110 6.2: the version of the server, not of the request
    t = h.stand()
    c = t.client()
    c.send(wire.request(version="1.0"))
    assert c.read_answer().minor == 1
