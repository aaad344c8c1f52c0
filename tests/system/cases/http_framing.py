"""Bodies arrive whole whichever way they are framed."""

import threading

from harness import scripts, wire


def test_request_bodies_by_length_and_chunked(h):
    t = h.stand(legacy=scripts.mirror())
    c = t.client()
    for size in (0, 1, 1000, 65536, 300000):
        for chunked in (False, True):
            with h.check(f"{size} bytes, chunked {chunked}"):
                body = bytes(i % 251 for i in range(size))
                assert c.ask("POST", "/", body=body, chunked=chunked).body == body
                assert t.legacy.seen()[-1].body == body


def test_get_has_no_body_and_no_framing(h):
    t = h.stand()
    t.get()
    names = t.legacy.seen()[0].fields.names()
    assert "content-length" not in names and "transfer-encoding" not in names


def test_empty_post_keeps_its_length(h):
    t = h.stand()
    t.ask("POST", "/", body=b"")
    assert t.legacy.seen()[0].header("content-length") == "0"


def test_answers_by_length_chunked_and_close(h):
    body = bytes(i % 251 for i in range(100000))
    t = h.stand(legacy=scripts.routes({
        "/length": scripts.fixed(body), "/chunked": scripts.fixed(body, chunked=True),
        "/close": scripts.raw(b"HTTP/1.1 200 OK\r\n\r\n" + body, close=True),
        "/close10": scripts.raw(b"HTTP/1.0 200 OK\r\n\r\n" + body, close=True)}))
    c = t.client()
    for path in ("/length", "/chunked", "/close", "/close10", "/length"):
        with h.check(path):
            a = c.ask("GET", path)
            assert a.body == body and a.header("connection") is None
            assert a.chunked == (path != "/length")


def test_chunk_extensions_and_trailers_end_here(h):
    t = h.stand(legacy=scripts.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;a=b;c=\"d\"\r\nabc\r\n0;last\r\nX-Checksum: 1\r\n\r\n"))
    c = t.client()
    c.send(wire.request("POST", "/", [("Transfer-Encoding", "chunked")])
           + b"2;x=y\r\nhi\r\n0\r\nX-After: 1\r\n\r\n")
    a = c.read_answer()
    assert a.body == b"abc"
    seen = t.legacy.wait_requests(1)[0]
    assert seen.body == b"hi" and b";" not in seen.raw_body and b"X-After" not in seen.raw_body


def test_head_204_304(h):
    t = h.stand(legacy=scripts.routes({
        "/head": scripts.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n"),
        "/headchunked": scripts.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        "/204": scripts.raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
        "/304": scripts.raw(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n"
                            b"ETag: \"x\"\r\n\r\n")}))
    c = t.client()
    a = c.ask("HEAD", "/head")
    assert a.status == 200 and a.header("content-length") == "123"
    assert c.ask("HEAD", "/headchunked").status == 200
    a = c.ask("GET", "/204")
    assert a.status == 204 and a.header("content-length") is None
    assert a.header("transfer-encoding") is None
    a = c.ask("GET", "/304")
    assert a.status == 304 and a.header("etag") == '"x"'
    # the connection is still in step
    assert c.ask("GET", "/else").json()["target"] == "/else"


def test_expect_100_continue(h):
    ready = threading.Event()

    @scripts.early
    def backend(x):
        assert x.request.header("expect") == "100-continue"
        x.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        ready.set()
        x.read_body()
        x.answer(200, body=x.request.body)
    t = h.stand(legacy=backend)
    c = t.client()
    c.send(wire.request("POST", "/", [("Expect", "100-continue"), ("Content-Length", "5")]))
    assert c.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
    c.send(b"hello")
    assert c.read_answer().body == b"hello"


def test_expect_without_content_ends_here(h):
    # nobody may say it of a request that nothing follows, a proxy neither
    t = h.stand(rules={"identity": [{"body": "/userId"}]})
    for length in (), [("Content-Length", "0")]:
        a = t.ask("GET", "/", [("Expect", "100-continue"), *length])
        assert a.status == 200 and a.interim == []
        assert t.legacy.seen()[-1].header("expect") is None


def test_answer_before_the_body_has_ended(h):
    @scripts.early
    def impatient(x):
        x.answer(413, body=b"too much", fields=[("Connection", "close")])
        x.close()
    t = h.stand(legacy=impatient)
    c = t.client()
    c.send(wire.request("POST", "/", [("Content-Length", "1000000")]) + b"x" * 1000)
    a = c.read_answer()
    assert a.status == 413 and a.body == b"too much"
    c.send_quietly(b"x" * 1000)
    c.expect_reset_or_cut()
