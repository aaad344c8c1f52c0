"""clients -- threads that ask in every way there is, well or badly.

A patient client must get a whole answer or see that it broke off, and the
ledger wants a reason for that.  The others leave, cut, reset and lie; from
them nothing is wanted but that they hurt nobody.
"""

import json
import socket
import threading
import time
import traceback

from harness import Client, Closed, ProtocolError, request, wire

USERS = 400
PATIENCE = 20       # seconds until an answer counts as never coming


class _Connection(Client):
    """A Client that knows what it may expect next."""

    def __init__(self, storm):
        super().__init__(storm.address, timeout=PATIENCE)
        self.ledger = storm.ledger
        self.over = False           # nothing more will be answered here

    def buffer_of(self, size):
        """How much the kernel takes in for us."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def get(self, ask, old=False):
        """Read ask's answer and have it judged.  False: no use to go on."""
        head = None
        try:
            head = self.read_head()
            self.over = (head.header("connection") or "").lower() == "close"
            self.read_body(head, ask.method)
        except (Closed, ConnectionError) as fault:
            self.over = True
            self.ledger.cut(ask, f"{type(fault).__name__}: {fault}; head "
                                 f"{head and head.raw_head}, {len(self.reader.buffer)} bytes")
            return False
        except TimeoutError:
            self.over = True
            self.ledger.violation(f"no answer in {PATIENCE} s to {ask}; head {head}")
            return False
        except ProtocolError as fault:
            self.over = True
            self.ledger.violation(f"{fault} as the answer to {ask}")
            return False
        self.ledger.answered(ask, head)
        return not self.over and not old


class Storm:
    """Threads that do not stop before the ledger says that it is over."""

    def __init__(self, ledger, address, threads=24):
        self.ledger = ledger
        self.address = address
        self._busy = [""] * threads
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True)
                         for i in range(threads)]

    def __enter__(self):
        for t in self._threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.ledger.over.set()
        end = time.monotonic() + 2 * PATIENCE
        for t, way in zip(self._threads, list(self._busy)):
            t.join(max(0.1, end - time.monotonic()))
            if t.is_alive():
                self.ledger.violation(f"a client does not come to its end: {way}")

    def _run(self, number):
        rng = self.ledger.draw("client", number)
        ways, weights = zip(*WAYS.items())
        while not self.ledger.over.is_set():
            way = rng.choices(ways, weights)[0]
            self.ledger.count(f"client {way.__name__}")
            self._busy[number] = threading.current_thread().name = way.__name__
            try:
                way(self, rng)
            except OSError as fault:    # it closed on us: the ledger knows more
                self.ledger.count(f"client {type(fault).__name__}")
                if isinstance(fault, ConnectionRefusedError):
                    return
            except Exception:           # of the test itself
                self.ledger.violation(traceback.format_exc(limit=-4))

    # -- making requests -------------------------------------------------------

    def ask(self, rng, methods=("GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE")):
        """A random request that is as it should be, not sent yet."""
        method = rng.choice(methods)
        user = f"u{rng.randrange(USERS)}" if rng.random() < 0.9 else None
        in_body = method in ("POST", "PUT") and rng.random() < 0.3
        size = rng.choice((0, 20, 1000, 1000, 20000, 100000))

        def make(token):
            if method not in ("POST", "PUT"):
                return b""
            if in_body:
                return json.dumps({"token": token, "pad": "p" * size, "user": user}).encode()
            return (token.encode() + b"." * size)[:size]
        ask = self.ledger.ask(method, user, make)
        ask.fields = [("x-token", ask.token), ("x-request-id", ask.token)]
        if user is not None and not in_body:
            ask.fields.append(("x-user-id", user))
        if in_body:
            ask.fields.append(("Content-Type", "application/json"))
            if len(ask.body) > 16384:
                ask.user = ask.user and "?"     # may be over the capture: either
        if rng.random() < 0.2:
            ask.fields += [("Connection", "x-hop"), ("x-hop", "1")]
        return ask

    @staticmethod
    def raw(ask, rng, fields=(), absolute=None, version="1.1"):
        """Its bytes."""
        target = f"/t/{ask.token}?n=1"
        if rng.random() < 0.1 if absolute is None else absolute:
            target = "http://test" + target
        body = ask.body if ask.method in ("POST", "PUT") else None
        chunked = body is not None and version == "1.1" and rng.random() < 0.5
        if not chunked:
            return request(ask.method, target, [*ask.fields, *fields], body, version=version)
        pieces, at = [], 0
        while at < len(body):
            n = rng.choice((1, 100, 5000, 70000))
            pieces.append(wire.chunk(body[at:at + n]))
            at += n
            if len(pieces) > 30:
                n, pieces = 0, [*pieces, wire.chunk(body[at:])] if body[at:] else pieces
                break
        head = request(ask.method, target, [*ask.fields, *fields,
                                            ("Transfer-Encoding", "chunked")])
        return head + b"".join(pieces) + wire.LAST_CHUNK

    @staticmethod
    def drip(c, rng, data, most=0.25):
        """Send in pieces cut at random places.  The peer may have answered
        and closed already; what it said is read all the same."""
        cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(1, 8)))
        at = 0
        for cut in [*cuts, len(data)]:
            c.send_quietly(data[at:cut])
            at = cut
            time.sleep(rng.random() * most / 8)

    @staticmethod
    def sent(*asks):
        """Their first bytes leave now."""
        for ask in asks:
            ask.sent_at = time.monotonic()


# -- patient ways ---------------------------------------------------------------

def serial(storm, rng):
    """One request after the other on a connection."""
    with _Connection(storm) as c:
        for _ in range(rng.randrange(1, 8)):
            ask = storm.ask(rng)
            data = storm.raw(ask, rng)
            storm.sent(ask)
            if rng.random() < 0.3:
                storm.drip(c, rng, data)
            else:
                c.send_quietly(data)
            if not c.get(ask):
                break


def pipelined(storm, rng):
    """Many at once; answers must come in order."""
    asks = [storm.ask(rng) for _ in range(rng.randrange(2, 9))]
    data = b"".join(storm.raw(a, rng) for a in asks)
    with _Connection(storm) as c:
        storm.sent(*asks)
        feeder = threading.Thread(target=storm.drip, args=(c, rng, data), daemon=True)
        feeder.start()      # not to stand face to face, both writing
        for ask in asks:
            if not c.get(ask):
                break
        feeder.join(PATIENCE)


def last_one(storm, rng):
    """Connection: close, with or without the client's FIN behind it."""
    with _Connection(storm) as c:
        ask = storm.ask(rng)
        data = storm.raw(ask, rng, [("Connection", "close")])
        storm.sent(ask)
        c.send_quietly(data)
        if rng.random() < 0.5:
            time.sleep(rng.choice((0, 0.005, 0.03)))
            c.finish_sending()
        c.get(ask)
        if not c.over:
            storm.ledger.violation(f"stays open behind its last answer: {ask}")


def old(storm, rng):
    """HTTP/1.0: a body may end by closing, so a reset must tell the rest."""
    with _Connection(storm) as c:
        ask = storm.ask(rng, ("GET", "HEAD", "POST"))
        data = storm.raw(ask, rng, version="1.0", absolute=False)
        storm.sent(ask)
        c.send_quietly(data)
        if rng.random() < 0.5:
            c.finish_sending()
        c.get(ask, old=True)


def slow_reader(storm, rng):
    """Reads little by little what is large; its last one or not."""
    with _Connection(storm) as c:
        c.buffer_of(32768)      # less, and the kernel's tiny windows take minutes
        ask = storm.ask(rng, ("GET", "POST"))
        ask.fields.append(("x-want", "huge"))
        fields = [("Connection", "close")] if rng.random() < 0.5 else []
        data = storm.raw(ask, rng, fields)
        storm.sent(ask)
        c.send_quietly(data)
        if fields and rng.random() < 0.5:
            c.finish_sending()
        end = time.monotonic() + rng.choice((0.3, 4))
        while time.monotonic() < end and not c.reader.eof:
            time.sleep(0.03)
            try:
                c.reader.buffer += c.sock.recv(6000)
            except OSError:
                break
        c.get(ask)


def expecting(storm, rng):
    """Expect: 100-continue, and the body after it or after a while."""
    with _Connection(storm) as c:
        ask = storm.ask(rng, ("POST", "PUT"))
        if not ask.body:
            return
        data = storm.raw(ask, rng, [("Expect", "100-continue")])
        head, _, body = data.partition(b"\r\n\r\n")
        storm.sent(ask)
        c.send_quietly(head + b"\r\n\r\n")
        c.sock.settimeout(rng.choice((0.02, 0.3)))
        try:
            c.reader.more()
        except OSError:
            pass
        c.sock.settimeout(PATIENCE)
        refused = c.reader.buffer and not c.reader.buffer.startswith(b"HTTP/1.1 1")
        if not refused or rng.random() < 0.5:
            storm.drip(c, rng, body)
        c.get(ask)


# -- impatient ways -----------------------------------------------------------------

def leaves(storm, rng):
    """Sends some, reads some, and is gone by FIN or RST."""
    asks = [storm.ask(rng) for _ in range(rng.randrange(1, 4))]
    data = b"".join(storm.raw(a, rng) for a in asks)
    for a in asks:
        a.patient = False
    cut = rng.choice((len(data), len(data), rng.randrange(len(data))))
    c = _Connection(storm)
    storm.sent(*asks)
    c.send_quietly(data[:cut])
    time.sleep(rng.choice((0, 0, 0.002, 0.02, 0.1)))
    if rng.random() < 0.3:
        c.sock.settimeout(0.05)
        try:
            c.reader.more()
        except OSError:
            pass
    rng.choice((c.close, c.reset))()


def half_closed(storm, rng):
    """Closes its side without a word; then whatever comes must be right."""
    asks = [storm.ask(rng) for _ in range(rng.randrange(1, 4))]
    for a in asks:
        a.patient = False
    with _Connection(storm) as c:
        storm.sent(*asks)
        data = b"".join(storm.raw(a, rng) for a in asks)
        c.send_quietly(data[:rng.choice((len(data), rng.randrange(len(data))))])
        c.finish_sending()
        for a in asks:
            if not c.get(a):
                break


def stops(storm, rng):
    """A head or a body that does not go on: 408, or an early answer."""
    ask = storm.ask(rng, ("POST", "PUT"))
    ask.patient, ask.unfinished = False, True
    data = storm.raw(ask, rng, absolute=False)
    with _Connection(storm) as c:
        storm.sent(ask)
        c.send_quietly(data[:rng.randrange(1, len(data))])
        c.reader.rest()


def lies(storm, rng):
    """A body that is not what its framing says."""
    ask = storm.ask(rng, ("POST",))
    ask.patient, ask.unfinished = False, True
    bad = rng.choice((
        b"zz\r\n", b"3\r\nabcd\r\n", b"3\nabc\r\n", b"3\r\nabc\n", b"3 \r\nabc\r\n",
        b"ffffffffffffffffff\r\n", b"0\r\nTransfer-Encoding: x\r\n\r\n",
        b"0\r\nHost: x\r\n\r\n", b"0\r\n x\r\n\r\n"))
    head = request("POST", f"/t/{ask.token}", [*ask.fields, ("Transfer-Encoding", "chunked")])
    with _Connection(storm) as c:
        storm.sent(ask)
        c.send_quietly(head + wire.chunk(b"x" * rng.choice((1, 3000, 50000))) + bad)
        c.reader.rest()     # must be closed, whatever was said before


def refused(storm, rng):
    """What the strict grammar refuses: 400 or 431, closed, seen by nobody."""
    ask = storm.ask(rng, ("GET", "POST"))
    ask.forbidden = True
    own = f"x-token: {ask.token}\r\nx-request-id: {ask.token}\r\n"
    line = f"{ask.method} /t/{ask.token} HTTP/1.1\r\nHost: test\r\n{own}"
    many = "".join(f"x-{i}: 1\r\n" for i in range(120))
    text = rng.choice((
        f"{line}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"{line}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        f"{line}Content-Length : 5\r\n\r\nhello", f"{line}x: 1\r\n folded\r\n\r\n",
        f"{line}Transfer-Encoding: xchunked\r\n\r\n", f"{line}x: \0\r\n\r\n",
        f"{line}Host: other\r\n\r\n", f"{line}: empty\r\n\r\n", f"{line}x: 1\n\r\n",
        f"{line}Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello",
        f"{line}{many}\r\n", f"{line}x-long: {'l' * 70000}\r\n\r\n",
        f"GET /t/{ask.token} HTTP/1.0\r\n{own}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"GET t/{ask.token} HTTP/1.1\r\nHost: test\r\n{own}\r\n",
        f"GET /t/{ask.token} HTTP/2.0\r\nHost: test\r\n{own}\r\n"))
    behind = f"GET /t/{ask.token} HTTP/1.1\r\nHost: test\r\n{own}\r\n"
    with _Connection(storm) as c:
        storm.sent(ask)
        c.send_quietly((text + behind).encode("latin-1"))
        a = c.read_answer(ask.method)
        if a.status not in (400, 431, 505) or a.header("connection") != "close":
            storm.ledger.violation(f"{a} to {text[:300]!r}")
        c.expect_reset_or_cut()


def noise(storm, rng):
    """Bytes."""
    with _Connection(storm) as c:
        c.send_quietly(rng.choice((
            rng.randbytes(rng.randrange(1, 3000)), b"\r\n" * 9,
            b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM")))
        if rng.random() < 0.5:
            c.finish_sending()
        c.expect_reset_or_cut()


def silent(storm, rng):
    """Connects and says nothing for a while."""
    with _Connection(storm) as c:
        if rng.random() < 0.3:
            c.reader.rest()     # until the idle timeout
        else:
            time.sleep(rng.random() * 0.1)


WAYS = {serial: 30, pipelined: 25, last_one: 12, old: 10, slow_reader: 4, expecting: 8,
        leaves: 25, half_closed: 8, stops: 2, lies: 6, refused: 8, noise: 4, silent: 2}
