"""Backends are held to the same grammar: a broken answer is 502, or legacy's.

What the client has not seen can still be replaced; once the answer's head is
on its way, the only honest end of a broken body is a cut connection.
"""

import os
import signal
from pathlib import Path

from harness import Closed, ProtocolError, eventually, scripts, wire
from harness.tls import server_context

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

HEADS = [
    ("folded field", OK + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n"),
    ("space before a colon", OK + b"A : b\r\nContent-Length: 0\r\n\r\n"),
    ("space before the colon of a length", OK + b"Content-Length : 3\r\n\r\nabc"),
    ("empty name", OK + b": b\r\nContent-Length: 0\r\n\r\n"),
    ("NUL in a value", OK + b"A: b\0c\r\nContent-Length: 0\r\n\r\n"),
    ("CR in a value", OK + b"A: b\rc\r\nContent-Length: 0\r\n\r\n"),
    ("bare LF after the status line", b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"),
    ("bare LF after a field", OK + b"Content-Length: 0\n\r\n"),
    ("LF LF ends the head", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    ("CR CR LF X ends the head", OK + b"Content-Length: 0\r\n\r\r\nX"),
    ("HTTP/2.0", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status of two digits", b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status of four digits", b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status 000", b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n"),
    ("two spaces before the status", b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("two lengths", OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    ("a list of lengths", OK + b"Content-Length: 3, 3\r\n\r\nabc"),
    ("negative length", OK + b"Content-Length: -1\r\n\r\n"),
    ("length in hex", OK + b"Content-Length: 0x3\r\n\r\nabc"),
    ("length over 64 bits", OK + b"Content-Length: 18446744073709551617\r\n\r\na"),
    ("chunked beside a length",
     OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
    ("empty coding beside a length", OK + b"Transfer-Encoding:\r\nContent-Length: 3\r\n\r\nabc"),
    ("unknown coding", OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("gzip, chunked", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked with HTTP/1.0",
     b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("not HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    ("garbage", b"\x00\x01\xff\xfe no http \r\n\r\n"),
    ("LF only", b"\n\n\n\n"),
]

BODIES = [
    ("bare LF behind a size", b"3\nabc\r\n0\r\n\r\n"),
    ("stray CR in a chunk line", b"3\r\r\nabc\r\n0\r\n\r\n"),
    ("space before a size", b" 3\r\nabc\r\n0\r\n\r\n"),
    ("no hex", b"xyz\r\nabc\r\n0\r\n\r\n"),
    ("size over 64 bits", b"10000000000000003\r\nabc\r\n0\r\n\r\n"),
    ("data without its CRLF", b"3\r\nabc0\r\n\r\n"),
    ("bare LF behind the data", b"3\r\nabc\n0\r\n\r\n"),
    ("Content-Length in a trailer", b"0\r\nContent-Length: 3\r\n\r\n"),
    ("NUL in a trailer", b"0\r\nA: b\0\r\n\r\n"),
    ("bare LF at the end", b"3\r\nabc\r\n0\r\n\n"),
]


def answered_by(t, script):
    """A user of enhanced asks while it behaves so."""
    t.enhanced.script = script
    return t.get("/x")


def test_broken_heads_fall_back(h):
    t = h.stand(percent=100)
    for why, data in HEADS:
        for ending in (False, True):
            with h.check(f"{why}, {'closed' if ending else 'left open'}"):
                a = answered_by(t, scripts.raw(data, close=ending))
                assert a.status == 200 and a.version == "legacy", a
                assert a.json()["target"] == "/x"


def test_broken_heads_are_502_without_fallback(h):
    t = h.stand(percent=100, rules={"rollout": {"fallback": {"on": []}}})
    for why, data in HEADS:
        with h.check(why):
            a = answered_by(t, scripts.raw(data, close=True))
            assert a.status == 502 and a.version == "enhanced", a
    bad = t.store().wait_count(len(HEADS), where="outcome = 'upstream_bad_head'")
    assert all(r["status"] in (0, 200, 502) for r in bad)


def test_broken_heads_of_legacy_are_502(h):
    t = h.stand(legacy=scripts.raw(HEADS[0][1], close=True))
    a = t.get()
    assert a.status == 502 and a.version == "legacy"


def test_heads_over_the_limits_are_broken(h):
    t = h.stand(percent=100, config={"limits": {"head": "1KiB", "fields": 10}})
    for why, data in (("bytes", OK + b"A: " + b"b" * 1024),     # and no end of it
                      ("fields", OK + b"A: b\r\n" * 11 + b"\r\n")):
        with h.check(why):
            a = answered_by(t, scripts.raw(data))
            assert a.status == 200 and a.version == "legacy", a
    t.legs(2, "outcome = 'upstream_bad_head' AND error LIKE 'head over %'")


def test_broken_bodies_never_look_whole(h):
    t = h.stand(percent=100)
    for why, data in BODIES:
        with h.check(why):
            try:
                a = answered_by(t, scripts.raw(CHUNKED + data, close=True))
            except (Closed, ProtocolError, ConnectionResetError):
                continue    # cut: the client knows that it is not whole
            assert a.version == "legacy" and a.status == 200, a
    t.settle()
    assert t.store().count(where="version = 'enhanced'") == len(BODIES)
    assert t.store().count(where="outcome = 'done' AND version = 'enhanced'") == 0


def test_cut_bodies_never_look_whole(h):
    t = h.stand(percent=100)
    for why, script in (("length", scripts.cut(b"x" * 50, 100)),
                        ("chunked", scripts.cut_chunked(b"x" * 50)),
                        ("big", scripts.cut(b"x" * 200000, 300000))):
        with h.check(why):
            try:
                a = answered_by(t, script)
            except (Closed, ConnectionResetError):
                continue
            assert a.version == "legacy", a


def test_bytes_behind_an_answer_do_not_become_the_next(h):
    extra = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
             b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    t = h.stand(legacy=scripts.sequence(scripts.raw(extra), scripts.fixed(b"good")),
                config={"workers": 1})
    c = t.client()
    assert c.ask().body == b"ok"
    assert c.ask().body == b"good"
    assert t.legacy.connections == 2


class Forger:
    """An answer of /N bytes with its head, and one to a question not asked
    yet; both are there before understudy reads the first byte."""

    def __init__(self):
        self.proxy = None

    def __call__(self, x):
        if x.request.path == "/next":
            x.answer(body=b"good")
            return
        n = int(x.request.path[1:])
        head = OK + b"Content-Length: %d\r\n\r\n"
        length = n - len(head % 10000)
        pid = self.proxy.process.pid
        os.kill(pid, signal.SIGSTOP)
        eventually(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "T", "it stands")
        try:
            x.send(head % length + b"b" * length)
            x.send(wire.answer(200, [], b"evil"))
        finally:
            os.kill(pid, signal.SIGCONT)


def test_bytes_that_were_not_read_do_not_either(h):
    """The answer fills what is read at once: 32 KiB, or OpenSSL's buffer,
    which two records of a certain size fill to the last byte."""
    ca = h.authority()
    script = Forger()
    secure = h.backend(script, "legacy", tls=server_context(ca.issue("127.0.0.1")))
    for why, legacy, sizes in (
            ("plain", h.backend(script, "legacy"), range(32766, 32771)),
            ("TLS", secure, [*range(16655, 16675), *range(32766, 32771)])):
        t = h.stand(legacy=legacy, config={"workers": 1, "backends": {
            "legacy": {"tls": {"ca": str(ca.certificate)} if legacy is secure else None}}})
        script.proxy = t.proxy
        for n in sizes:
            with h.check(f"{why}, {n}"):
                c = t.client()
                c.send(wire.request("GET", f"/{n}") + wire.request("GET", "/next"))
                assert set(c.read_answer().body) == set(b"b")
                assert c.read_answer().body == b"good"
                c.close()
