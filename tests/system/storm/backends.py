"""backends -- a script for Backend that behaves differently every time.

What it does is drawn from the seed, the token and the role, so a seed plays
the same piece again as far as threads allow.
"""

from harness import scripts, wire

# Longer than the timeouts that the case configures, or well below them.
SHORT_HANG = 0.15
FILLER = bytes(range(97, 123)) * 400


class Play:
    """One request to be answered, well or badly."""

    def __init__(self, x, ledger, ask, arrival):
        self.x = x
        self.ledger = ledger
        self.ask = ask
        self.arrival = arrival
        self.rng = ledger.draw(ask.token, arrival.version, arrival.shadow)
        self.fields = [("x-token", ask.token), ("x-served", arrival.version),
                       ("Content-Type", "text/plain")]

    def read(self):
        """The request's body, checked."""
        body = self.x.read_body()
        self.ledger.body_arrived(self.ask, self.arrival, body)

    def send(self, data):
        """Bytes of an answer."""
        self.arrival.said = True
        self.x.send(data)

    def body(self, size=None):
        """A body that says whose it is, and where it ends."""
        if size is None:
            size = self.rng.choice((0, 10, 500, 500, 5000, 40000, 90000))
        begin = f"{self.ask.token}|{self.arrival.version}|".encode()
        return begin + _filler(size) + f"|{self.ask.token}|end".encode()

    def chunks(self, body):
        """The body in chunks of random sizes, without the last one."""
        out, at = [], 0
        while at < len(body):
            n = self.rng.choice((1, 7, 100, 4096, 30000))
            extension = self.rng.choice((b"", b"", b"", b";a=b"))
            data = body[at:at + n]
            out.append(b"%x%s\r\n%s\r\n" % (len(data), extension, data))
            at += n
            if len(out) > 60:
                out.append(wire.chunk(body[at:]))
                break
        return [c for c in out if c != wire.chunk(b"")]

    def pieces(self, body, status=200, close=None):
        """A whole answer as a list of writes."""
        fields = list(self.fields)
        how = "length" if close is False else self.rng.choice(("length", "chunked", "close"))
        if self.ask.method == "HEAD":
            fields.append(("Content-Length", len(body)))
            return [wire.answer(status, fields, None)]
        if how == "length":
            fields.append(("Content-Length", len(body)))
            return [wire.answer(status, fields, None), body]
        if how == "chunked":
            fields.append(("Transfer-Encoding", "chunked"))
            end = self.rng.choice((wire.LAST_CHUNK, b"0\r\nx-sum: 1\r\n\r\n"))
            return [wire.answer(status, fields, None), *self.chunks(body), end]
        self.x.close()
        version = self.rng.choice(("1.0", "1.1"))
        return [wire.answer(status, fields, None, version=version), body]

    def broken_head(self, length=50000):
        """A head with a body to come, which will not; and how it goes on."""
        if self.rng.random() < 0.5:
            fields = [*self.fields, ("Content-Length", length)]
            return wire.answer(200, fields, None), lambda data: data
        fields = [*self.fields, ("Transfer-Encoding", "chunked")]
        return wire.answer(200, fields, None), wire.chunk


def _filler(size):
    return (FILLER * (size // len(FILLER) + 1))[:size]


# -- good ways: the answer is whole, its client must get it --------------------

def normal(p):
    """In one write."""
    p.read()
    p.send(b"".join(p.pieces(p.body())))


def in_pieces(p):
    """Write by write, with pauses."""
    p.read()
    for piece in p.pieces(p.body()):
        p.send(piece)
        if p.rng.random() < 0.3:
            p.x.pause(p.rng.random() * 0.03)


def dripped(p):
    """Byte by byte at first."""
    p.read()
    data = b"".join(p.pieces(p.body(200)))
    for i in range(40):
        p.send(data[i:i + 1])
        p.x.pause(0.002)
    p.send(data[40:])


def short_hang(p):
    """Late, but in time."""
    p.read()
    p.x.pause(p.rng.random() * SHORT_HANG)
    p.send(b"".join(p.pieces(p.body())))


def huge(p):
    """Over every capture and every buffer."""
    p.read()
    for piece in p.pieces(p.body(p.rng.choice((300000, 1000000, 5000000)))):
        p.send(piece)


def interim(p):
    """1xx first."""
    p.read()
    for code in p.rng.choices((100, 102, 103), k=p.rng.randrange(1, 4)):
        p.send(b"HTTP/1.1 %d Wait\r\nx-interim: 1\r\n\r\n" % code)
        p.x.pause(p.rng.random() * 0.02)
    p.send(b"".join(p.pieces(p.body())))


def no_content(p):
    """204, or 304 that tells a length."""
    p.read()
    if p.rng.random() < 0.5:
        p.send(wire.answer(204, p.fields, None))
    else:
        p.send(wire.answer(304, [*p.fields, ("Content-Length", "77")], None))


def error(p):
    """A status of 4xx or 5xx."""
    p.read()
    p.send(b"".join(p.pieces(p.body(50), p.rng.choice((400, 404, 429, 500, 503)))))


def early_then_read(p):
    """The answer before the body is read; then it is."""
    p.send(b"".join(p.pieces(p.body(1000), 413, close=False)))
    p.x.read_body()


def early_then_close(p):
    """The answer before the body is read, and no ear for the rest."""
    p.send(b"".join(p.pieces(p.body(1000), 413, close=False)))
    if p.ask.body:
        p.x.pause(0.05)     # closing at once would make the kernel take it back
    p.x.close()


def extra(p):
    """Bytes behind the answer that nobody asked for."""
    p.read()
    evil = wire.answer(200, [("x-token", "evil"), ("x-served", "evil")], b"evil|end")
    p.send(b"".join(p.pieces(p.body(300), close=False)) + p.rng.choice((evil, b"\r\n", b"x")))
    p.x.close()


def closes_after(p):
    """Says keep-alive and closes, at once or a moment later."""
    p.read()
    p.send(b"".join(p.pieces(p.body(300), close=False)))
    if p.rng.random() < 0.5:
        p.x.pause(p.rng.random() * 0.02)
    p.x.close()


# -- bad ways: an answer that must not be seen as a whole one -------------------

def reset_at_once(p):
    """Before the body was read."""
    p.x.reset()


def reset_before(p):
    """Instead of an answer."""
    p.read()
    p.x.reset()


def closed_before(p):
    """FIN instead of an answer."""
    p.read()
    p.x.close()


def within_head(p):
    """The head does not end."""
    p.read()
    head = wire.answer(200, [*p.fields, ("Content-Length", "5")], None)
    p.send(head[:p.rng.randrange(1, len(head))])
    p.rng.choice((p.x.reset, p.x.close))()


def within_body(p):
    """The body does not end; by FIN or RST, after a pause or none."""
    p.read()
    head, frame = p.broken_head()
    p.send(head)
    if p.rng.random() < 0.8:
        p.send(frame(p.body(p.rng.choice((10, 5000, 30000)))[:-6]))
    p.x.pause(p.rng.choice((0, 0, 0.01, 0.05)))
    p.rng.choice((p.x.reset, p.x.close))()


def reset_instead_of_close(p):
    """A body that ends by closing, and is reset."""
    p.read()
    p.send(wire.answer(200, p.fields, None, version="1.0"))
    p.send(p.body(2000)[:-6])
    p.x.pause(0.02)
    p.x.reset()


def long_hang(p):
    """Not a word."""
    p.read()
    p.x.wait_gone()


def hang_within(p):
    """Silence within the head or the body."""
    p.read()
    head, frame = p.broken_head()
    p.send(p.rng.choice((head[:-5], head, head + frame(p.body(3000)[:-6]))))
    p.x.wait_gone()


def garbage(p):
    """No HTTP, or not by the strict grammar."""
    p.read()
    tail = b"x-served: evil\r\n\r\n"
    p.send(p.rng.choice((
        b"\x00\x01\xff no http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n" + tail + b"ok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n" + tail + b"ok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n" + tail,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n" + tail,
        b"HTTP/1.1 200 OK\r\n folded: 1\r\n" + tail)))
    p.x.close()


def bad_chunks(p):
    """A chunked body that is none."""
    p.read()
    p.send(wire.answer(200, [*p.fields, ("Transfer-Encoding", "chunked")], None))
    p.send(p.rng.choice((b"zz\r\n", b"5\r\nhello!\r\n", b"5\nhello\r\n", b"-1\r\n",
                         b"ffffffffffffffffff\r\n", b"0\r\nContent-Length: 1\r\n\r\n")))
    p.x.close()


def huge_head(p):
    """Over limits.head, or over limits.fields."""
    p.read()
    many = b"".join(b"x-%d: 1\r\n" % i for i in range(300))
    p.send(b"HTTP/1.1 200 OK\r\n" + p.rng.choice((many, b"x-p: " + b"p" * 70000 + b"\r\n")))
    p.x.close()


GOOD = {normal: 30, in_pieces: 10, dripped: 3, short_hang: 5, huge: 2, interim: 6,
        no_content: 5, error: 6, early_then_read: 4, early_then_close: 3, extra: 3,
        closes_after: 6}
BAD = {reset_at_once: 2, reset_before: 2, closed_before: 2, within_head: 2, within_body: 5,
       reset_instead_of_close: 2, long_hang: 1, hang_within: 1, garbage: 2, bad_chunks: 2,
       huge_head: 1}
WAYS = list({**GOOD, **BAD}.items())


def scripted(ledger, version):
    """The script of that version's backend."""
    @scripts.early
    def script(x):
        first = x.request.connection not in served
        served.add(x.request.connection)
        found = ledger.arrived(version, x.request, first)
        if found is None:
            x.close()
            return
        play = Play(x, ledger, *found)
        way = play.rng.choices([w for w, _ in WAYS], [n for _, n in WAYS])[0]
        if x.request.header("x-want") == "huge":
            way = huge
        play.arrival.way = way.__name__
        play.arrival.clean = way in GOOD
        ledger.count(f"{version} {way.__name__}")
        way(play)
    served = set()
    return script
