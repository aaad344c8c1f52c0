"""scripts -- what a fake backend does with a request.

Each function returns a script for backend.Backend.  `early` scripts get the
exchange when only the head has been read.
"""

import json

from . import wire


def early(script):
    """Mark a script that wants to run before the request's body is read."""
    script.early = True
    return script


# -- answers in order --------------------------------------------------------

def fixed(body=b"ok", status=200, fields=(), **kw):
    """Always this answer."""
    if isinstance(body, str):
        body = body.encode()
    return lambda x: x.answer(status, fields, body, **kw)


def as_json(value, status=200, fields=(), **kw):
    """Always this JSON value."""
    pairs = [("Content-Type", "application/json")] + list(fields)
    return fixed(json.dumps(value).encode(), status, pairs, **kw)


def echo(name=None, **extra):
    """JSON that says what was asked: the everyday backend."""
    def script(x):
        r = x.request
        value = {"served_by": name or x.backend.name, "method": r.method,
                 "target": r.target, "body": r.body.decode("latin-1"), **extra}
        body = b"" if r.method == "HEAD" else json.dumps(value).encode()
        head = [("Content-Type", "application/json")]
        if r.method == "HEAD":
            x.send(wire.answer(200, head + [("Content-Length", "7")], None))
        else:
            x.answer(200, head, body)
    return script


def mirror():
    """The request's body back, byte for byte."""
    return lambda x: x.answer(200, [("Content-Type", "application/octet-stream")],
                              x.request.body)


def status(code, body=b'{"error":"no"}'):
    """That status with a small JSON body."""
    return fixed(body, code, [("Content-Type", "application/json")])


def routes(table, otherwise=None):
    """Another script by path."""
    def script(x):
        chosen = table.get(x.request.path, otherwise or echo())
        return chosen(x)
    return script


def sequence(*scripts):
    """The first script for the first request, and so on; the last repeats."""
    state = {"n": 0}

    def script(x):
        n = min(state["n"], len(scripts) - 1)
        state["n"] += 1
        return scripts[n](x)
    return script


def raw(data, close=False):
    """Exactly these bytes."""
    def script(x):
        x.send(data)
        if close:
            x.close()
    return script


def interim(*codes, then=None):
    """1xx answers before the final one."""
    def script(x):
        for code in codes:
            x.send(b"HTTP/1.1 %d Wait\r\nX-Interim: %d\r\n\r\n" % (code, code))
        (then or fixed())(x)
    return script


def sse(events, gate=None, first_gate=None):
    """Server-sent events, one chunk each.

    Before every event but the first it waits for gate (a Semaphore-like
    threading.Event is cleared after each), so a case can prove that an
    event arrived before the next existed.
    """
    def script(x):
        if first_gate:
            x.wait(first_gate)
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n")
        for i, event in enumerate(events):
            if gate and i > 0:
                x.wait(gate)
                gate.clear()
            x.send(wire.chunk(b"data: " + event + b"\n\n"))
        x.send(wire.LAST_CHUNK)
    return script


def chat_events(text, ident="chatcmpl-1"):
    """An OpenAI-style stream of that text, a word an event."""
    def event(delta, finish=None):
        return json.dumps({"id": ident, "object": "chat.completion.chunk",
                           "choices": [{"index": 0, "delta": delta,
                                        "finish_reason": finish}]}).encode()
    words = text.split(" ")
    parts = [w if i == 0 else " " + w for i, w in enumerate(words)]
    return ([event({"role": "assistant", "content": ""})]
            + [event({"content": p}) for p in parts]
            + [event({}, "stop"), b"[DONE]"])


# -- misbehaviour ------------------------------------------------------------

def hang():
    """Read the request and never say a word."""
    return lambda x: x.wait_gone()


def reset():
    """RST instead of an answer."""
    return lambda x: x.reset()


def close():
    """FIN instead of an answer."""
    return lambda x: x.close()


def garbage(data=b"\x00\x01\xff not http at all \r\n\r\n"):
    """Bytes that are no HTTP."""
    return raw(data, close=True)


def huge_head(size=1 << 20):
    """A head that does not end within any sane limit."""
    def script(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
        line = b"X-Padding: " + b"p" * 1000 + b"\r\n"
        for _ in range(size // len(line)):
            x.send(line)
        x.send(b"\r\n")
    return script


def huge_body(size=64 << 20):
    """Far more body than anybody keeps."""
    def script(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        block = b"b" * 65536
        for _ in range(size // len(block)):
            x.send(block)
    return script


def cut(sent=b"half", promised=100):
    """A Content-Length that is not kept: closes early."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % promised + sent, close=True)


def cut_chunked(sent=b"half"):
    """A chunked body without its end."""
    return raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + wire.chunk(sent),
               close=True)


def close_after_head():
    """A head that promises a body, and nothing more."""
    return cut(b"", 100)


def head_then_hang():
    """A head and a little body, then silence."""
    def script(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        x.wait_gone()
    return script


def slow(gate, then=None):
    """Answer only once the case sets the gate."""
    def script(x):
        x.wait(gate)
        (then or echo())(x)
    return script


def delay(seconds, then=None):
    """Answer after a while (for latency numbers, which need real time)."""
    def script(x):
        x.pause(seconds)
        (then or echo())(x)
    return script


def drip(body=b"d" * 200, every=0.05):
    """A good answer, one byte at a time."""
    def script(x):
        for b in wire.answer(200, [("Content-Type", "text/plain")], body):
            x.send(bytes([b]))
            x.pause(every)
    return script
