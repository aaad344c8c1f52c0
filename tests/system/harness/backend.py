"""backend -- fake upstreams that do exactly what a case tells them to.

A Backend listens on a port of its own and runs a script (scripts.py) for
every request: a function of one Exchange that may send any bytes, wait for
the case, or tear the connection down.  The script can be changed at any
moment.  Requests are read by the strict grammar of wire.py; what understudy
wrote wrongly is kept in .faults and fails the case at its end.
"""

import contextlib
import socket
import struct
import threading
import time

from . import wire
from .wait import SLACK, deadline, Timeout


class Request:
    """A request as it arrived."""

    def __init__(self, head, connection):
        self.raw_head = head
        self.method, self.target, self.minor, self.fields = wire.parse_request_line(head)
        self.body = b""
        self.raw_body = b""     # with its chunk framing
        self.complete = False   # the body has come to its end
        self.connection = connection  # number of the connection, from 1
        self.at = time.monotonic()

    @property
    def path(self):
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name, default=None):
        """The first value of that field."""
        return self.fields.get(name, default)

    @property
    def is_shadow(self):
        """Did understudy mark it as the leg nobody waits for?"""
        return self.header("x-understudy-leg") == "shadow"

    def __repr__(self):
        return f"<{self.method} {self.target}>"


class Gone(Exception):
    """The peer or the test ended the connection; the script ends with it."""


class Exchange:
    """What a script gets: the request, and the connection to answer on."""

    def __init__(self, backend, sock, reader, request):
        self.backend = backend
        self.sock = sock
        self.reader = reader
        self.request = request
        self.ended = False

    def send(self, data):
        """Send bytes as one write; Gone if nobody is there."""
        try:
            self.sock.sendall(data)
        except OSError as fault:
            raise Gone from fault

    def answer(self, status=200, fields=(), body=b"", **kw):
        """Send a well-formed answer."""
        self.send(wire.answer(status, fields, body, **kw))

    def read_body(self):
        """Read the request's body to its end (early scripts only)."""
        r = self.request
        length = wire.content_length(r.fields)
        self.reader.taken_reset()
        if wire.is_chunked(r.fields):
            while (data := wire.read_chunk(self.reader)) is not None:
                r.body += data
        elif length:
            r.body = self.reader.take(length)
        r.raw_body = self.reader.taken_reset()
        r.complete = True
        return r.body

    def pause(self, seconds):
        """Let time pass, but not beyond the end of the case."""
        if self.backend.stopping.wait(seconds):
            raise Gone

    def wait(self, event):
        """Wait for a threading.Event of the case."""
        while not event.wait(0.05):
            if self.backend.stopping.is_set():
                raise Gone

    def wait_gone(self):
        """Say nothing until understudy closes the connection."""
        self.sock.settimeout(0.1)
        while not self.backend.stopping.is_set():
            try:
                if not self.sock.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.ended = True

    def close(self):
        """Close in the ordinary way, once this script returns."""
        self.ended = True

    def drop(self):
        """Close without saying so in TLS, now."""
        self.sock.close()
        raise Gone

    def reset(self):
        """Close with a RST, now."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.ended = True


class Backend:
    """One fake upstream.  script(x) runs for each request.  tls: a context of
    tls.py; then host is what its URL says."""

    def __init__(self, script, name="backend", tls=None, host="127.0.0.1", port=0):
        self.name = name
        self.tls = tls
        self.handshakes = []    # of TLS: (session resumed, SNI, client's subject)
        self.refusals = []      # of TLS: why a handshake failed
        self.script = script
        self.requests = []      # complete or not, in order of their heads
        self.faults = []        # what understudy wrote wrongly
        self.connections = 0    # ever accepted
        self.open = 0           # open now
        self.stopping = threading.Event()
        self._changed = threading.Condition()
        self._socks = set()
        self._threads = []
        # Bound and never listening: the port is ours while nobody accepts.
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._reserved.bind((host, port))
        self.host, self.port = self._reserved.getsockname()
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}"
        if tls:
            tls.sni_callback = _note_name
        self.listener = self._acceptor = None
        self.accept()

    # -- for cases ---------------------------------------------------------

    def seen(self, **want):
        """Requests so far, filtered by attributes (path="/x", method="GET")."""
        with self._changed:
            return [r for r in self.requests
                    if all(getattr(r, k) == v for k, v in want.items())]

    def wait_requests(self, n, seconds=15, **want):
        """Wait until n such requests are complete; returns them."""
        end = deadline(seconds)
        while True:
            with self._changed:
                done = [r for r in self.requests if r.complete
                        and all(getattr(r, k) == v for k, v in want.items())]
                if len(done) >= n:
                    return done
                left = end - time.monotonic()
                if left <= 0:
                    raise Timeout(f"{self.name}: {len(done)} of {n} requests {want}")
                self._changed.wait(min(left, 0.2))

    def close_idle(self):
        """Close every connection, as a server that restarts."""
        with self._changed:
            for s in self._socks:
                _shutdown(s)

    def refuse(self):
        """Refuse connections from now on; those that are there stay, and the
        port stays ours."""
        _shutdown(self.listener)
        self._acceptor.join(5 * SLACK)
        self.listener.close()

    def accept(self):
        """Accept connections; again, behind refuse()."""
        self.listener = socket.socket()
        for option in socket.SO_REUSEPORT, socket.SO_REUSEADDR:
            self.listener.setsockopt(socket.SOL_SOCKET, option, 1)
        self.listener.bind((self.host, self.port))
        self.listener.listen(1024)
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def stop(self):
        """Close everything and wait for the threads."""
        self.stopping.set()
        self.refuse()
        self._reserved.close()
        self.close_idle()
        for t in list(self._threads):
            t.join(5 * SLACK)

    # -- threads -----------------------------------------------------------

    def _accept(self):
        while not self.stopping.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.connections += 1
                self.open += 1
                self._socks.add(sock)
                number = self.connections
                self._changed.notify_all()
            t = threading.Thread(target=self._serve, args=(sock, number), daemon=True)
            self._threads.append(t)
            t.start()

    def _shake(self, plain):
        """The TLS handshake; the socket to go on with."""
        try:
            sock = self.tls.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
        except OSError as fault:
            self.refusals.append(str(fault))
            raise
        with self._changed:
            self._socks.discard(plain)
            self._socks.add(sock)
            subject = dict(pair[0] for pair in (sock.getpeercert() or {}).get("subject", ()))
            self.handshakes.append((sock.session_reused, getattr(sock, "asked_for", None),
                                    subject.get("commonName")))
            self._changed.notify_all()
        return sock

    def _serve(self, sock, number):
        try:
            if self.tls:
                sock = self._shake(sock)
            reader = wire.Reader(sock)
            while not self.stopping.is_set() and self._one(sock, reader, number):
                pass
            if self.tls:
                sock.settimeout(5 * SLACK)
                with contextlib.suppress(ValueError):   # close_idle() was first
                    sock.unwrap()
        except (Gone, wire.Closed, OSError):
            pass
        except Exception as fault:  # a wrong request, or a wrong script
            self.faults.append(f"{self.name}: {type(fault).__name__}: {fault}")
        finally:
            with self._changed:
                self._socks.discard(sock)
                self.open -= 1
                self._changed.notify_all()
            sock.close()

    def _one(self, sock, reader, number):
        """Serve one request; False when the connection is over."""
        if not reader.buffer and not reader.more():
            return False
        reader.taken_reset()
        head = reader.until(b"\r\n\r\n")
        x = Exchange(self, sock, reader, Request(head, number))
        script = self.script
        with self._changed:
            self.requests.append(x.request)
            self._changed.notify_all()
        if not getattr(script, "early", False):
            x.read_body()
            with self._changed:
                self._changed.notify_all()
        script(x)
        close = "close" in (x.request.header("connection") or "").lower()
        return not x.ended and not close and x.request.minor == 1


def _note_name(sock, name, _context):
    sock.asked_for = name


class Refusing:
    """A port that is ours and refuses: bound, never listening."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults = []

    def stop(self):
        """Give the port back."""
        self.sock.close()


class Mute:
    """A port that takes connections and says only what the case says."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(64)
        self.port = self.sock.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self.faults = []

    def accept(self):
        """The next connection."""
        self.sock.settimeout(15 * SLACK)
        return self.sock.accept()[0]

    def stop(self):
        """Give the port back."""
        self.sock.close()


class Unreachable:
    """A port whose handshake never ends: a full accept queue drops SYNs."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(0)
        self.port = self.sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults = []
        self._fill = []
        for _ in range(4):  # a backlog of 0 holds one or two, by kernel
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self._fill.append(s)

    def stop(self):
        """Give the port back."""
        for s in self._fill:
            s.close()
        self.sock.close()


def _shutdown(sock):
    """Wake whoever reads or accepts on it."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
