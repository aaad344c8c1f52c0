"""wire -- bytes of HTTP/1.1, read strictly and written on purpose.

Both ends of the tests use these: the client reads answers with them, the
fake backends read requests with them.  Strictness is the point: whatever
understudy writes must be readable by a parser that forgives nothing.
"""

import re

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([^\x00-\x08\x0a-\x1f\x7f]*)\r\n")
_REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/1\.([01])\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\r\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")


class ProtocolError(AssertionError):
    """The peer's bytes are not HTTP by the strict grammar."""


class Closed(AssertionError):
    """The peer closed where bytes were still due."""


class Fields(list):
    """(name, value) pairs in the order received; lookups ignore case."""

    def get(self, name, default=None):
        """The value of the first field of that name."""
        for n, v in self:
            if n.lower() == name.lower():
                return v
        return default

    def all(self, name):
        """Every value of that name, in order."""
        return [v for n, v in self if n.lower() == name.lower()]

    def names(self):
        """The names in lower case, in order."""
        return [n.lower() for n, _ in self]


class Reader:
    """Buffered exact reads from a socket; keeps every byte it gave out."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.eof = False
        self.taken = bytearray()  # everything consumed, until taken_reset()

    def taken_reset(self):
        """The bytes consumed since the last call."""
        raw, self.taken = bytes(self.taken), bytearray()
        return raw

    def more(self):
        """Wait for bytes; False at the end of the stream."""
        if self.eof:
            return False
        data = self.sock.recv(65536)
        if not data:
            self.eof = True
            return False
        self.buffer += data
        return True

    def take(self, n):
        """Exactly n bytes."""
        while len(self.buffer) < n:
            if not self.more():
                raise Closed(f"closed {n - len(self.buffer)} bytes too early")
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        self.taken += data
        return data

    def some(self, limit):
        """At least one byte, at most limit; b"" at the end."""
        if not self.buffer and not self.more():
            return b""
        return self.take(min(limit, len(self.buffer)))

    def until(self, mark, limit=1 << 20):
        """Everything up to and including mark."""
        at = 0
        while True:
            found = self.buffer.find(mark, at)
            if found >= 0:
                return self.take(found + len(mark))
            if len(self.buffer) > limit:
                raise ProtocolError(f"no {mark!r} within {limit} bytes")
            at = max(0, len(self.buffer) - len(mark) + 1)
            if not self.more():
                raise Closed(f"closed before {mark!r}; had {self.buffer[:200]!r}")

    def rest(self):
        """Everything until the peer closes."""
        while self.more():
            pass
        return self.take(len(self.buffer))


def parse_fields(lines):
    """Field lines (bytes, each ending in CRLF) to Fields."""
    fields = Fields()
    at = 0
    while at < len(lines):
        m = _FIELD.match(lines, at)
        if not m:
            raise ProtocolError(f"bad field line: {lines[at:at + 120]!r}")
        fields.append((m[1].decode("ascii"), m[2].decode("latin-1")))
        at = m.end()
    return fields


def parse_status_line(head):
    """(minor, status, reason, Fields) of an answer's head."""
    m = _STATUS.match(head)
    if not m:
        raise ProtocolError(f"bad status line: {head[:120]!r}")
    return int(m[1]), int(m[2]), m[3].decode("latin-1"), parse_fields(head[m.end():-2])


def parse_request_line(head):
    """(method, target, minor, Fields) of a request's head."""
    m = _REQUEST.match(head)
    if not m:
        raise ProtocolError(f"bad request line: {head[:120]!r}")
    return (m[1].decode(), m[2].decode(), int(m[3]), parse_fields(head[m.end():-2]))


def content_length(fields):
    """The one valid Content-Length, or None; never beside Transfer-Encoding."""
    lengths = fields.all("content-length")
    codings = fields.all("transfer-encoding")
    if codings and lengths:
        raise ProtocolError("both Transfer-Encoding and Content-Length")
    if len(lengths) > 1:
        raise ProtocolError(f"{len(lengths)} Content-Length fields")
    if lengths and not re.fullmatch(r"[0-9]+", lengths[0]):
        raise ProtocolError(f"bad Content-Length {lengths[0]!r}")
    return int(lengths[0]) if lengths else None


def is_chunked(fields):
    """Is the body chunked?  Any other transfer coding is an error here."""
    codings = fields.all("transfer-encoding")
    if not codings:
        return False
    if codings != ["chunked"]:
        raise ProtocolError(f"unexpected Transfer-Encoding {codings!r}")
    return True


def read_chunk(reader):
    """The data of the next chunk; None after the last, trailers read away."""
    line = reader.until(b"\r\n", 1024)
    m = _CHUNK.fullmatch(line)
    if not m:
        raise ProtocolError(f"bad chunk line: {line!r}")
    size = int(m[1], 16)
    if size == 0:
        while reader.until(b"\r\n", 65536) != b"\r\n":
            pass
        return None
    data = reader.take(size)
    if reader.take(2) != b"\r\n":
        raise ProtocolError("chunk data without its CRLF")
    return data


def chunk(data):
    """One chunk, framed."""
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def fields_bytes(fields):
    """Fields (a list of pairs or a dict) as they go on the wire."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    return b"".join(f"{n}: {v}\r\n".encode("latin-1") for n, v in pairs)


def request(method="GET", target="/", fields=(), body=None, host="test", version="1.1",
            chunked=False):
    """A well-formed request.  host None leaves Host out."""
    head = f"{method} {target} HTTP/{version}\r\n".encode("latin-1")
    if host is not None:
        head += f"Host: {host}\r\n".encode()
    head += fields_bytes(fields)
    if body is None:
        return head + b"\r\n"
    if chunked:
        tail = (chunk(body) if body else b"") + LAST_CHUNK
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + tail
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answer(status=200, fields=(), body=b"", reason="X", chunked=False, version="1.1"):
    """A well-formed answer; chunked splits the body into two chunks."""
    head = f"HTTP/{version} {status} {reason}\r\n".encode() + fields_bytes(fields)
    if body is None:
        return head + b"\r\n"
    if chunked:
        half = (len(body) + 1) // 2
        parts = b"".join(chunk(p) for p in (body[:half], body[half:]) if p)
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + parts + LAST_CHUNK
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
