"""Big bodies flow through without being held: a side that does not read
stops the side that sends, and understudy keeps little in between."""

import hashlib
import threading

from harness import eventually, limit, scripts, wire
from harness.programs import SANITIZER

MIB = 1 << 20
TOTAL = 192 * MIB
# What may be under way: four kernel buffers and two of ours.  Far below TOTAL.
IN_FLIGHT = 64 * MIB
BLOCK = bytes(i * 7 % 256 for i in range(65536))


def stalled(counter):
    """Wait until the counter has stood still for a while; its value."""
    history = []

    def still():
        history.append(counter["n"])
        return len(history) > 10 and len(set(history[-10:])) == 1 and history[-1] > 0
    eventually(still, "the sender is stopped", 30, every=0.05)
    return counter["n"]


def check_memory(t, before_kib):
    """Resident memory has grown by little (shadow memory of sanitizers hides it)."""
    if not SANITIZER:
        grown = t.proxy.rss_kib() - before_kib
        assert grown < 16 * 1024, f"grew by {grown} KiB"


@limit(120)
def test_download_waits_for_the_client(h):
    sent = {"n": 0}

    def backend(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TOTAL)
        for _ in range(TOTAL // len(BLOCK)):
            x.send(BLOCK)
            sent["n"] += len(BLOCK)
    t = h.stand(legacy=scripts.routes({"/big": backend}), config={
        "timeouts": {"idle": "60s"}})
    t.get("/warm")
    before = t.proxy.rss_kib()
    c = t.client()
    c.send(wire.request("GET", "/big"))
    assert stalled(sent) < IN_FLIGHT
    check_memory(t, before)
    assert t.get("/other").status == 200, "a stalled download holds up others"
    a = c.read_head()
    assert wire.content_length(a.fields) == TOTAL
    digest, got = hashlib.sha256(), 0
    while got < TOTAL:
        data = c.reader.some(1 << 20)
        assert data, f"cut after {got}"
        digest.update(data)
        got += len(data)
        c.reader.taken.clear()
    want = hashlib.sha256()
    for _ in range(TOTAL // len(BLOCK)):
        want.update(BLOCK)
    assert digest.digest() == want.digest()
    check_memory(t, before)


@limit(120)
def test_upload_waits_for_the_backend(h):
    gate = threading.Event()

    @scripts.early
    def backend(x):
        x.wait(gate)
        got, digest = 0, hashlib.sha256()
        while got < TOTAL:
            data = x.reader.some(1 << 20)
            digest.update(data)
            got += len(data)
            x.reader.taken.clear()
        x.request.complete = True
        x.answer(200, body=digest.hexdigest().encode())
    t = h.stand(legacy=scripts.routes({"/warm": scripts.echo()}))
    t.get("/warm")
    t.legacy.script = backend
    before = t.proxy.rss_kib()
    c = t.client(timeout=60)
    sent = {"n": 0}
    want = hashlib.sha256()
    for _ in range(TOTAL // len(BLOCK)):
        want.update(BLOCK)

    def upload():
        c.send(wire.request("POST", "/up", [("Content-Length", str(TOTAL))]))
        for _ in range(TOTAL // len(BLOCK)):
            c.send(BLOCK)
            sent["n"] += len(BLOCK)
    sender = threading.Thread(target=upload, daemon=True)
    sender.start()
    assert stalled(sent) < IN_FLIGHT
    check_memory(t, before)
    gate.set()
    sender.join(60)
    assert c.read_answer().body == want.hexdigest().encode()
    check_memory(t, before)


def test_chunked_both_ways_at_once(h):
    @scripts.early
    def duplex(x):
        x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while (data := wire.read_chunk(x.reader)) is not None:
            x.send(wire.chunk(data.upper()))
        x.request.complete = True
        x.send(wire.LAST_CHUNK)
    t = h.stand(legacy=duplex)
    c = t.client()
    c.send(wire.request("POST", "/", [("Transfer-Encoding", "chunked")]))
    a = None
    for word in (b"one", b"two", b"three"):
        c.send(wire.chunk(word))
        a = a or c.read_head()
        assert c.read_chunk() == word.upper()
    c.send(wire.LAST_CHUNK)
    assert c.read_chunk() is None
