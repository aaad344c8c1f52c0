"""Bodies and streams over TLS: as fast as they come, as slow as they are
read, and nothing held in between."""

import hashlib
import re
import signal
import ssl
import threading
import time

from harness import eventually, limit, scripts, wire
from harness.programs import SANITIZER
from harness.tls import Bare, Console, client_context, server_context

MIB = 1 << 20
TOTAL = 64 * MIB
# What may be under way: four kernel buffers and two of ours.  Far below TOTAL.
IN_FLIGHT = 40 * MIB
BLOCK = bytes(i * 7 % 256 for i in range(65536))
EVENTS = [f"event {i}".encode() for i in range(10)]


def stand(h, version, legacy):
    """TLS on both sides; and a way to connect."""
    ca = h.authority()
    t = h.stand(
        legacy=h.backend(legacy, "legacy",
                         tls=server_context(ca.issue("127.0.0.1"), version=version)),
        config={"listen": [{"address": "127.0.0.1:0", "tls": ca.issue("api.example").config()}],
                "backends": {"legacy": {"tls": {"ca": str(ca.certificate)}}}})
    context = client_context(ca, version=version)
    return t, lambda: t.client(tls=context, name="api.example")


def stalled(counter):
    """Wait until the counter has stood still for a while; its value."""
    history = []

    def still():
        history.append(counter["n"])
        return len(history) > 10 and len(set(history[-10:])) == 1 and history[-1] > 0
    eventually(still, "the sender is stopped", 30, every=0.05)
    return counter["n"]


def wanted():
    """The digest of the whole body."""
    digest = hashlib.sha256()
    for _ in range(TOTAL // len(BLOCK)):
        digest.update(BLOCK)
    return digest.digest()


def digest_of(reader):
    """Read TOTAL bytes; their digest."""
    digest, got = hashlib.sha256(), 0
    while got < TOTAL:
        data = reader.some(min(1 << 20, TOTAL - got))
        assert data, f"cut after {got}"
        digest.update(data)
        got += len(data)
        reader.taken.clear()
    return digest.digest()


def check_memory(t, before_kib):
    """Resident memory has grown by little (shadow memory of sanitizers hides it)."""
    if not SANITIZER:
        grown = t.proxy.rss_kib() - before_kib
        assert grown < 16 * 1024, f"grew by {grown} KiB"


@limit(180)
def test_download_waits_for_the_client(h):
    for version in "1.2", "1.3":
        sent = {"n": 0}

        def backend(x, sent=sent):
            x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TOTAL)
            for _ in range(TOTAL // len(BLOCK)):
                x.send(BLOCK)
                sent["n"] += len(BLOCK)
        t, connect = stand(h, version, scripts.routes({"/big": backend}))
        with h.check(version):
            assert connect().ask(target="/warm").status == 200
            before = t.proxy.rss_kib()
            c = connect()
            c.send(wire.request("GET", "/big"))
            assert stalled(sent) < IN_FLIGHT
            check_memory(t, before)
            assert connect().ask(target="/other").status == 200
            assert wire.content_length(c.read_head().fields) == TOTAL
            assert digest_of(c.reader) == wanted()
            check_memory(t, before)
            assert c.ask(target="/next").status == 200


@limit(180)
def test_upload_waits_for_the_backend(h):
    for version in "1.2", "1.3":
        gate = threading.Event()

        @scripts.early
        def backend(x, gate=gate):
            x.wait(gate)
            x.answer(200, body=digest_of(x.reader).hex().encode())
        t, connect = stand(h, version, backend)
        with h.check(version):
            sent = {"n": 0}
            c = connect()
            c.send(b"POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % TOTAL)

            def upload(c=c, sent=sent):
                for _ in range(TOTAL // len(BLOCK)):
                    c.send(BLOCK)
                    sent["n"] += len(BLOCK)
            sender = threading.Thread(target=upload, daemon=True)
            sender.start()
            assert stalled(sent) < IN_FLIGHT
            gate.set()
            sender.join(120)
            assert c.read_answer().body == wanted().hex().encode()


def test_events_come_one_by_one(h):
    for version in "1.2", "1.3":
        with h.check(version):
            gate = threading.Event()
            _, connect = stand(h, version, scripts.sse(EVENTS, gate))
            c = connect()
            c.send(wire.request("POST", "/chat", body=b'{"stream":true}'))
            assert c.read_head().header("content-type") == "text/event-stream"
            for event in EVENTS:
                assert c.read_chunk() == b"data: " + event + b"\n\n"
                gate.set()      # only now the backend sends the next
            assert c.read_chunk() is None


def test_records_of_all_sizes(h):
    """Bodies around what a record, a read and our buffers hold."""
    sizes = [1, 16383, 16384, 16385, 32767, 32768, 32769, 49152, 65536, 65537, 262144, 1000003]
    for version in "1.2", "1.3":
        _, connect = stand(h, version, scripts.mirror())
        c = connect()
        for size in sizes:
            for chunked in False, True:
                with h.check(f"{version} {size} {chunked}"):
                    body = (BLOCK * (size // len(BLOCK) + 1))[:size]
                    assert c.ask("POST", "/", body=body, chunked=chunked).body == body


def test_bytes_that_have_left_the_socket(h):
    """What TLS has read ahead makes no event: small records, which came at once
    and whose sum is a little more than what is read at once."""
    for version in "1.2", "1.3":
        t, _ = stand(h, version, scripts.mirror())
        for size in range(33000, 40000, 500):
            with h.check(f"{version} {size}"):
                bare = Bare(t.client(), client_context(version=version), "api.example")
                bare.shake()
                body = BLOCK[:size]
                request = wire.request("POST", "/", body=body)
                for at in range(0, len(request), 40):
                    bare.tls.write(request[at:at + 40])
                t.proxy.signal(signal.SIGSTOP)      # so that it finds all of it
                bare.client.send(bare.outgoing())
                t.proxy.signal(signal.SIGCONT)
                got = b""
                while len(got.partition(b"\r\n\r\n")[2]) < size:
                    got += bare.until(bare.tls.read, 65536)
                assert got.partition(b"\r\n\r\n")[2] == body
                bare.client.close()


def test_new_keys_from_a_client(h):
    ca = h.authority()
    t = h.stand(config={"workers": 1, "listen": [
        {"address": "127.0.0.1:0", "tls": ca.issue("api.example").config()}]})
    host, port = t.proxy.address
    c = h.keep(Console("s_client", "-connect", f"{host}:{port}", "-tls1_3", "-crlf",
                       "-servername", "api.example", "-CAfile", ca.certificate))
    for i in range(4):
        c.say(b"GET /%d HTTP/1.1\nHost: x\n\n" % i)
        c.wait(b"HTTP/1.1 200", i + 1)
        c.wait(b'"target": "/%d"' % i)
        c.say(b"K\n")      # new keys here, and new ones wanted from there
        c.wait(b"KEYUPDATE", i + 1)
    assert t.metric("understudy_client_connections_total") == 1


def test_new_keys_from_an_idle_backend(h):
    """Not bytes of an answer: the connection is used again."""
    ca = h.authority()
    pair = ca.issue("127.0.0.1")
    b = h.keep(Console("s_server", "-accept", "127.0.0.1:0", "-tls1_3", "-crlf",
                       "-msg", "-cert", pair.certificate, "-key", pair.key))
    b.wait(b"ACCEPT 127.0.0.1:")
    eventually(lambda: re.search(rb"ACCEPT \S+:(\d+)\n", b.seen), "the port")
    port = int(re.search(rb"ACCEPT \S+:(\d+)\n", b.seen)[1])
    b.url, b.faults = f"https://127.0.0.1:{port}", []
    t = h.stand(legacy=b, config={"workers": 1, "backends": {"legacy": {"tls": {
        "ca": str(ca.certificate)}}}})
    c = t.client()
    for i in range(4):
        c.send(wire.request("POST", f"/{i}", body=b"x"))
        b.wait(b"POST /%d HTTP/1.1" % i)
        b.say(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n")
        assert c.read_answer().status == 200
        b.say(b"K\n")
        b.wait(b">>> TLS 1.3, Handshake [length 0005], KeyUpdate", i + 1)
        time.sleep(0.25)    # longer than a connection goes without being looked at
    assert t.metric("understudy_upstream_connects_total") == 1


def test_tunnel_and_its_half_close(h):
    """A websocket over TLS on both sides; the end of one direction is passed on
    as TLS's own, and the other still carries bytes."""
    def backend(x):
        x.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
               b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
               b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        while data := x.reader.some(1 << 16):
            x.send(b"<" + data + b">")
        x.send(b"bye")      # behind the client's close_notify
        x.close()
    for version in "1.2", "1.3":
        t, _ = stand(h, version, backend)
        with h.check(version):
            bare = Bare(t.client(), client_context(version=version), "api.example")
            bare.shake()
            bare.tls.write(wire.request("GET", "/ws", [
                ("Connection", "Upgrade"), ("Upgrade", "websocket"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("Sec-WebSocket-Version", "13")]))
            assert bare.until(bare.tls.read, 65536).startswith(b"HTTP/1.1 101 ")
            bare.tls.write(b"one")
            assert bare.until(bare.tls.read, 65536) == b"<one>"
            try:
                bare.tls.unwrap()
            except ssl.SSLWantReadError:
                bare.client.send(bare.outgoing())
            assert bare.until(bare.tls.read, 65536) == b"bye"
            try:
                assert bare.until(bare.tls.read, 65536) == b""
            except ssl.SSLZeroReturnError:
                pass
