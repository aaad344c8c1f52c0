"""client -- an HTTP client made of a raw socket, so cases see exact bytes.

Nothing is retried, decoded or repaired: what understudy sent is what the
case gets, and anything that is not strict HTTP/1.1 raises ProtocolError.
"""

import json
import socket
import struct

from . import wire
from .wait import SLACK


class Answer:
    """A final answer as it came."""

    def __init__(self):
        self.minor = 1
        self.status = 0
        self.reason = ""
        self.fields = wire.Fields()
        self.body = b""
        self.chunks = []        # data of each chunk, when chunked
        self.chunked = False
        self.interim = []       # (status, Fields) of each 1xx before it
        self.raw_head = b""

    def header(self, name, default=None):
        """The first value of that field."""
        return self.fields.get(name, default)

    @property
    def version(self):
        """Which version understudy says has answered."""
        return self.header("x-understudy-version")

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def __repr__(self):
        return f"<Answer {self.status} {self.version} {self.body[:80]!r}>"


class Client:
    """One connection.  address is (host, port) or the path of a Unix socket;
    tls: a context of tls.py, then name is the server's and session resumes."""

    def __init__(self, address, timeout=15, source=None, receive=None, tls=None, name=None,
                 session=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(timeout * SLACK)
        if receive:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        if source:
            self.sock.bind((source, 0))
        self.sock.connect(address)
        if family == socket.AF_INET:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname=name, session=session,
                                        suppress_ragged_eofs=False)
        self.reader = wire.Reader(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        """Send exactly these bytes."""
        self.sock.sendall(data)

    def send_quietly(self, data):
        """Send, unbothered by a peer that has had enough already."""
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def finish_sending(self):
        """Half-close: no more bytes from us."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass    # the peer has closed already

    def read_head(self):
        """The head of the final answer; interim ones are collected."""
        a = Answer()
        while True:
            raw = self.reader.until(b"\r\n\r\n")
            a.minor, a.status, a.reason, a.fields = wire.parse_status_line(raw)
            a.raw_head = raw
            if a.status >= 200 or a.status == 101:
                break
            a.interim.append((a.status, a.fields))
        a.chunked = wire.is_chunked(a.fields)
        return a

    def read_chunk(self):
        """The next chunk of a chunked body; None at its end."""
        return wire.read_chunk(self.reader)

    def read_body(self, a, method="GET"):
        """The rest of the answer, by its framing."""
        length = wire.content_length(a.fields)
        if method == "HEAD" or a.status in (204, 304):
            return a
        if a.chunked:
            while (data := self.read_chunk()) is not None:
                a.chunks.append(data)
            a.body = b"".join(a.chunks)
        elif length is not None:
            a.body = self.reader.take(length)
        else:
            a.body = self.reader.rest()
        return a

    def read_answer(self, method="GET"):
        """A whole final answer."""
        return self.read_body(self.read_head(), method)

    def ask(self, method="GET", target="/", fields=(), body=None, **kw):
        """Send a request and read its answer."""
        self.send(wire.request(method, target, fields, body, **kw))
        return self.read_answer(method)

    def expect_closed(self):
        """The peer closes, and sends nothing more before that."""
        try:
            rest = self.reader.rest()
        except ConnectionResetError:
            # we sent what the peer did not read: its kernel says so by RST
            rest = self.reader.buffer
        except TimeoutError:
            raise AssertionError("the connection stays open") from None
        assert rest == b"", f"bytes behind the answer: {rest[:200]!r}"

    def expect_reset_or_cut(self):
        """The peer ends the connection, however; returns what still came."""
        try:
            return self.reader.rest()
        except ConnectionResetError:
            return self.reader.buffer

    def is_open(self):
        """Still open, as far as can be seen without waiting?"""
        self.sock.setblocking(False)
        try:
            return self.sock.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        finally:
            self.sock.settimeout(15 * SLACK)

    def close(self):
        """Close in the ordinary way."""
        self.sock.close()

    def reset(self):
        """Close with a RST, as a client that crashed."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def ask(address, method="GET", target="/", fields=(), body=None, **kw):
    """One request on a connection of its own."""
    with Client(address) as c:
        return c.ask(method, target, fields, body, **kw)
