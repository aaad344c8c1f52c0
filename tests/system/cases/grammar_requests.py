"""Ambiguous requests are refused with 400 and a closed connection.

Every row is sent once in one piece and once a byte at a time, because a
parser that keeps state between reads has two ways to be wrong.  The backend
must not have seen a request; for faults in a body, not a whole one.
"""

from harness import SLACK, scripts, wire

LINE = b"GET / HTTP/1.1\r\n"
HOST = b"Host: a\r\n"
GET = LINE + HOST
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"\r\n"

# (why, bytes) for 400, (why, bytes, status) for what is right but not served
HEADS = [
    # the grammar of fields (RFC 9112, section 5)
    ("folded field", GET + b"A: b\r\n c\r\n" + END),
    ("folded field by tab", GET + b"A: b\r\n\tc\r\n" + END),
    ("white space before the first field", LINE + b" A: b\r\n" + HOST + END),
    ("space before the colon", GET + b"A : b\r\n" + END),
    ("tab before the colon", GET + b"A\t: b\r\n" + END),
    ("space before the colon of a framing field",
     POST + b"Content-Length : 3\r\n" + END + b"abc"),
    ("empty name", GET + b": b\r\n" + END),
    ("no colon", GET + b"A b\r\n" + END),
    ("name with a space", GET + b"A B: c\r\n" + END),
    ("name with a bracket", GET + b"A(B): c\r\n" + END),
    ("name with a high byte", GET + b"A\xe9: c\r\n" + END),
    ("NUL in a name", GET + b"A\0B: c\r\n" + END),
    ("NUL in a value", GET + b"A: b\0c\r\n" + END),
    ("control character in a value", GET + b"A: b\x01c\r\n" + END),
    ("DEL in a value", GET + b"A: b\x7fc\r\n" + END),
    ("CR in a value", GET + b"A: b\rc\r\n" + END),
    ("CR before a line's end", GET + b"A: b\r\r\n" + END),
    # line ends
    ("bare LF after the request line", b"GET / HTTP/1.1\n" + HOST + END),
    ("bare LF after a field", GET + b"A: b\n" + END),
    ("bare LF ends the head", GET + b"\n"),
    ("LF LF ends the head", b"GET / HTTP/1.1\nHost: a\n\n"),
    ("bare CR for line ends", b"GET / HTTP/1.1\rHost: a\r\r\r\n\r\n"),
    ("CR CR LF X ends the head", GET + b"\r\r\nX"),
    ("CR X ends the head", GET + b"\rX"),
    # the request line (RFC 9112, section 3)
    ("two spaces before the target", b"GET  / HTTP/1.1\r\n" + HOST + END),
    ("two spaces behind the target", b"GET /  HTTP/1.1\r\n" + HOST + END),
    ("tab in the request line", b"GET\t/\tHTTP/1.1\r\n" + HOST + END),
    ("space at the line's end", b"GET / HTTP/1.1 \r\n" + HOST + END),
    ("space before the method", b" GET / HTTP/1.1\r\n" + HOST + END),
    ("no version", b"GET /\r\n" + HOST + END),
    ("HTTP/0.9", b"GET /\r\n" + END),
    ("HTTP/1.2", b"GET / HTTP/1.2\r\n" + HOST + END, 505),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\n" + HOST + END, 505),
    ("HTTP/1.10", b"GET / HTTP/1.10\r\n" + HOST + END),
    ("HTTP/01.1", b"GET / HTTP/01.1\r\n" + HOST + END),
    ("http in lower case", b"GET / http/1.1\r\n" + HOST + END),
    ("another protocol", b"GET / ICE/1.0\r\n" + HOST + END),
    ("method with a bracket", b"GE(T / HTTP/1.1\r\n" + HOST + END),
    ("no method", b"/ HTTP/1.1\r\n" + HOST + END),
    ("an HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n"),
    # the target's form
    ("target without a slash", b"GET x HTTP/1.1\r\n" + HOST + END),
    ("target with a fragment", b"GET /a#b HTTP/1.1\r\n" + HOST + END),
    ("target with a high byte", b"GET /\xe9 HTTP/1.1\r\n" + HOST + END),
    ("target with a control character", b"GET /\x01 HTTP/1.1\r\n" + HOST + END),
    ("asterisk with GET", b"GET * HTTP/1.1\r\n" + HOST + END),
    ("CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n" + END, 501),
    ("TRACE", b"TRACE / HTTP/1.1\r\nCookie: a=1\r\n" + HOST + END, 501),
    ("a method nobody knows", b"FROBNICATE / HTTP/1.1\r\n" + HOST + END, 501),
    ("authority form with GET", b"GET a:443 HTTP/1.1\r\nHost: a:443\r\n" + END),
    ("absolute form of another scheme", b"GET ftp://a/ HTTP/1.1\r\n" + HOST + END),
    ("absolute form, another Host", b"GET http://b/ HTTP/1.1\r\n" + HOST + END),
    ("absolute form, Host with a port", b"GET http://a/ HTTP/1.1\r\nHost: a:80\r\n" + END),
    ("absolute form without a host", b"GET http:///x HTTP/1.1\r\n" + HOST + END),
    ("absolute form with a user", b"GET http://u@a/x HTTP/1.1\r\n" + HOST + END),
    # Host (RFC 9112, section 3.2)
    ("no Host", LINE + END),
    ("two Hosts", LINE + HOST + b"Host: b\r\n" + END),
    ("the same Host twice", LINE + HOST + HOST + END),
    ("Host with a space", LINE + b"Host: a b\r\n" + END),
    ("Host with a path", LINE + b"Host: a/b\r\n" + END),
    ("Host with a user", LINE + b"Host: u@a\r\n" + END),
    ("Host with a list", LINE + b"Host: a, b\r\n" + END),
    ("Host with a bad port", LINE + b"Host: a:8x\r\n" + END),
    # Content-Length (RFC 9112, section 6.2)
    ("two lengths", POST + b"Content-Length: 3\r\nContent-Length: 4\r\n" + END + b"abcd"),
    ("the same length twice", POST + b"Content-Length: 3\r\nContent-Length: 3\r\n" + END + b"abc"),
    ("a list of lengths", POST + b"Content-Length: 3, 3\r\n" + END + b"abc"),
    ("length with a sign", POST + b"Content-Length: +3\r\n" + END + b"abc"),
    ("negative length", POST + b"Content-Length: -3\r\n" + END),
    ("length in hex", POST + b"Content-Length: 0x3\r\n" + END + b"abc"),
    ("length with a point", POST + b"Content-Length: 3.0\r\n" + END + b"abc"),
    ("length with a space", POST + b"Content-Length: 3 3\r\n" + END + b"abc"),
    ("empty length", POST + b"Content-Length:\r\n" + END),
    ("length over 64 bits", POST + b"Content-Length: 18446744073709551617\r\n" + END + b"a"),
    # Transfer-Encoding (RFC 9112, section 6.1)
    ("chunked beside a length",
     POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n"),
    ("a length beside chunked",
     POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n" + END + b"0\r\n\r\n"),
    ("empty coding beside a length",
     POST + b"Transfer-Encoding:\r\nContent-Length: 3\r\n" + END + b"abc"),
    ("empty coding", POST + b"Transfer-Encoding:\r\n" + END),
    ("chunked with HTTP/1.0",
     b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n"),
    ("unknown coding", POST + b"Transfer-Encoding: xchunked\r\n" + END + b"0\r\n\r\n"),
    ("identity", POST + b"Transfer-Encoding: identity\r\n" + END),
    ("gzip, chunked", POST + b"Transfer-Encoding: gzip, chunked\r\n" + END + b"0\r\n\r\n",
     501),
    ("chunked, gzip", POST + b"Transfer-Encoding: chunked, gzip\r\n" + END + b"0\r\n\r\n"),
    ("chunked twice", POST + b"Transfer-Encoding: chunked, chunked\r\n" + END + b"0\r\n\r\n"),
    ("chunked in two fields",
     POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n"),
    ("chunked with a parameter", POST + b"Transfer-Encoding: chunked;a=b\r\n" + END + b"0\r\n\r\n"),
    ("chunked with a vertical tab",
     POST + b"Transfer-Encoding: \x0bchunked\r\n" + END + b"0\r\n\r\n"),
    ("chunked in quotes", POST + b"Transfer-Encoding: \"chunked\"\r\n" + END + b"0\r\n\r\n"),
]

BODIES = [
    ("bare LF behind a size", b"3\nabc\r\n0\r\n\r\n"),
    ("bare CR behind a size", b"3\rabc\r\n0\r\n\r\n"),
    ("stray CR in a chunk line", b"3\r\r\nabc\r\n0\r\n\r\n"),
    ("stray CR in an extension", b"3;a\rb\r\nabc\r\n0\r\n\r\n"),
    ("bare LF in an extension", b"3;a\nabc\r\n0\r\n\r\n"),
    ("NUL in an extension", b"3;a\0b\r\nabc\r\n0\r\n\r\n"),
    ("space before a size", b" 3\r\nabc\r\n0\r\n\r\n"),
    ("space behind a size", b"3 \r\nabc\r\n0\r\n\r\n"),
    ("empty size", b"\r\nabc\r\n0\r\n\r\n"),
    ("size 0x3", b"0x3\r\nabc\r\n0\r\n\r\n"),
    ("negative size", b"-3\r\nabc\r\n0\r\n\r\n"),
    ("signed size", b"+3\r\nabc\r\n0\r\n\r\n"),
    ("size over 64 bits", b"10000000000000003\r\nabc\r\n0\r\n\r\n"),
    ("no hex", b"xyz\r\nabc\r\n0\r\n\r\n"),
    ("data without its CRLF", b"3\r\nabc0\r\n\r\n"),
    ("data longer than its size", b"3\r\nabcd\r\n0\r\n\r\n"),
    ("bare LF behind the data", b"3\r\nabc\n0\r\n\r\n"),
    ("bare CR behind the data", b"3\r\nabc\rX0\r\n\r\n"),
    ("bare LF behind the last chunk", b"3\r\nabc\r\n0\n\r\n"),
    ("bare LF at the end", b"3\r\nabc\r\n0\r\n\n"),
    ("Content-Length in a trailer", b"0\r\nContent-Length: 3\r\n\r\n"),
    ("Transfer-Encoding in a trailer", b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ("Host in a trailer", b"0\r\nHost: b\r\n\r\n"),
    ("folded trailer", b"0\r\nA: b\r\n c\r\n\r\n"),
    ("space before a trailer's colon", b"0\r\nA : b\r\n\r\n"),
    ("empty name in a trailer", b"0\r\n: b\r\n\r\n"),
    ("NUL in a trailer", b"0\r\nA: b\0\r\n\r\n"),
    ("bare LF behind a trailer", b"0\r\nA: b\n\r\n"),
    ("CR CR LF ends the trailers", b"0\r\nA: b\r\n\r\r\nX"),
]

GOOD = [
    ("empty line before", b"\r\n" + GET + END),
    ("tabs around a value", GET + b"A:\t b \t\r\n" + END),
    ("no space before a value", GET + b"A:b\r\n" + END),
    ("empty value", GET + b"A:\r\n" + END),
    ("high bytes in a value", GET + b"A: \xc3\xa9\r\n" + END),
    ("tab within a value", GET + b"A: b\tc\r\n" + END),
    ("odd token names", GET + b"!#$%&'*+-.^_`|~9: c\r\n" + END),
    ("unknown method", b"PURGE / HTTP/1.1\r\n" + HOST + END),
    ("absolute form", b"GET http://a/ HTTP/1.1\r\n" + HOST + END),
    ("absolute form without a path", b"GET http://a HTTP/1.1\r\n" + HOST + END),
    ("Host with a port", LINE + b"Host: a:80\r\n" + END),
    ("Host of IPv6", LINE + b"Host: [::1]:80\r\n" + END),
    ("HTTP/1.0 without Host", b"GET / HTTP/1.0\r\n\r\n"),
    ("length with leading zeros", POST + b"Content-Length: 003\r\n" + END + b"abc"),
    ("Chunked in capitals", POST + b"Transfer-Encoding: Chunked\r\n" + END + b"0\r\n\r\n"),
    ("size with leading zeros", CHUNKED + b"0003\r\nabc\r\n000\r\n\r\n"),
    ("size in both cases", CHUNKED + b"aB\r\n" + b"x" * 171 + b"\r\n0\r\n\r\n"),
    ("chunk extension", CHUNKED + b"3;a=\"b c\"\r\nabc\r\n0;z\r\n\r\n"),
    ("trailer", CHUNKED + b"0\r\nX-Sum: 1\r\n\r\n"),
]


def refuse(t, data, dripped, status=400):
    """Send it; that status, closed, nothing behind."""
    with t.client() as c:
        if dripped:
            for b in data:
                c.send_quietly(bytes([b]))
        else:
            c.send_quietly(data)
        a = c.read_answer()
        assert a.status == status, a
        assert a.header("connection") == "close"
        c.expect_closed()


def test_heads_are_refused(h):
    t = h.stand(config={"timeouts": {"head": f"{10 * SLACK:g}s"}})
    for why, data, *status in HEADS:
        for dripped in (False, True):
            with h.check(f"{why}{' (dripped)' if dripped else ''}"):
                refuse(t, data, dripped, *status)
                assert not t.legacy.seen(), f"forwarded: {t.legacy.requests.pop().raw_head}"
    assert t.legacy.connections == 0
    refused = t.metric("understudy_requests_refused_total")
    assert refused == 2 * len(HEADS), refused


def test_chunked_bodies_are_refused(h):
    t = h.stand(config={"timeouts": {"idle": f"{10 * SLACK:g}s"}})
    for why, data in BODIES:
        for dripped in (False, True):
            with h.check(f"{why}{' (dripped)' if dripped else ''}"):
                refuse(t, CHUNKED + data, dripped)
                whole = [r for r in t.legacy.seen() if r.complete]
                t.legacy.requests.clear()
                assert not whole, f"forwarded whole: {whole[0].raw_body}"


def test_unusual_but_right_requests_pass(h):
    t = h.stand()
    for why, data in GOOD:
        for dripped in (False, True):
            with h.check(f"{why}{' (dripped)' if dripped else ''}"):
                with t.client() as c:
                    for piece in [data[i:i + 1] for i in range(len(data))] if dripped else [data]:
                        c.send(piece)
                    assert c.read_answer().status == 200


def test_smuggling_does_not_reach_the_backend(h):
    # the classic pair: what one parser takes for a body is another's request
    t = h.stand(legacy=scripts.mirror())
    evil = b"GET /evil HTTP/1.1\r\nHost: a\r\n\r\n"
    forms = [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + evil,
        POST + b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + evil,
        POST + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + evil,
        GET + b"X: y\r\rGET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    for i, data in enumerate(forms):
        with h.check(f"form {i}"):
            refuse(t, data, False)
    assert not t.legacy.seen()
    a = t.ask("POST", "/", body=evil)
    assert a.body == evil and [r.target for r in t.legacy.seen()] == ["/"]


def test_a_fault_says_what_is_wrong(h):
    t = h.stand()
    c = t.client()
    c.send(GET + b"A : b\r\n\r\n")
    a = c.read_answer()
    assert a.json()["message"], a.body
    c = t.client()
    c.send(wire.request("GET", "/", host=None))
    assert "host" in c.read_answer().json()["message"].lower()
