"""admin -- the control API, spoken over TCP or a Unix socket.

Every call is a connection of its own, so a case sees no state of another;
`session()` keeps one for the cases that ask ten thousand things.  Every answer is
held against docs/openapi.json.
"""

import http.client
import json
import socket

from . import answers
from .wait import SLACK


class AdminAnswer:
    """Status, body and content type of one call."""

    def __init__(self, response):
        self.status = response.status
        self.type = response.getheader("content-type", "")
        self.allow = response.getheader("allow", "")
        self.body = response.read()

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Admin:
    """Calls to one admin listener, with or without a bearer token."""

    def __init__(self, address, token=None, tls=None):
        self.address = address
        self.tls = tls          # a context of tls.py
        self.token = token
        self.kept = None
        self.answers = answers.shared()

    def _connect(self):
        if isinstance(self.address, str):
            return _UnixConnection(self.address, 15 * SLACK)
        if self.tls:
            return http.client.HTTPSConnection(*self.address, timeout=15 * SLACK,
                                               context=self.tls)
        return http.client.HTTPConnection(*self.address, timeout=15 * SLACK)

    def session(self):
        """An Admin that keeps its connection."""
        other = Admin(self.address, self.token, self.tls)
        other.kept = self._connect()
        return other

    def call(self, method, path, value=None, headers=None):
        """Any call, any outcome."""
        connection = self.kept or self._connect()
        fields = dict(headers or {})
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        body = None
        if value is not None:
            body = value if isinstance(value, (bytes, str)) else json.dumps(value)
            fields.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, fields)
            a = AdminAnswer(connection.getresponse())
        finally:
            if connection is not self.kept:
                connection.close()
        self.answers.check(method, path, a.status, a.type, a.body)
        return a

    def ok(self, method, path, value=None):
        """A call that must succeed; its JSON."""
        a = self.call(method, path, value)
        assert 200 <= a.status < 300, f"{method} {path}: {a}"
        return a.json() if a.body else None

    def get(self, path):
        """GET that must succeed; its JSON."""
        return self.ok("GET", path)

    def rollout(self, reason="test", **change):
        """Set stage, percent or enabled."""
        return self.ok("POST", "/api/v1/rollout", {**change, "reason": reason})

    def rollback(self, reason="test"):
        """Latch by hand."""
        return self.ok("POST", "/api/v1/rollback", {"reason": reason})

    def rearm(self, reason="test", **more):
        """Clear the latch."""
        return self.ok("POST", "/api/v1/rearm", {"reason": reason, **more})

    def reload(self, reason="test"):
        """Have the configuration read again."""
        return self.ok("POST", "/api/v1/reload", {"reason": reason})

    def explain(self, user):
        """bucket, version, why of a user."""
        return self.get(f"/api/v1/users/{user}")

    def metrics(self):
        """/metrics as {name{labels}: value}."""
        a = self.call("GET", "/metrics")
        assert a.status == 200, a
        return parse_metrics(a.body.decode())


def parse_metrics(text):
    """The Prometheus text format, strictly: {"name{labels}": float}."""
    samples, typed = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in typed, f"two TYPE lines for {name}"
            assert kind in ("counter", "gauge", "histogram", "summary"), line
            typed[name] = kind
        elif line.startswith("#") or not line:
            continue
        else:
            series, _, value = line.rpartition(" ")
            name = series.partition("{")[0]
            base = name
            for suffix in ("_bucket", "_sum", "_count"):
                if name not in typed and name.endswith(suffix):
                    base = name[:-len(suffix)]
            assert base in typed, f"sample without TYPE: {line}"
            assert series not in samples, f"twice: {series}"
            samples[series] = float(value)
    assert text.endswith("\n"), "no newline at the end"
    return samples
