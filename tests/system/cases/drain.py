"""SIGTERM: no new connections, what runs is finished, rows are flushed,
exit 0."""

import contextlib
import json
import signal
import sqlite3
import threading
from pathlib import Path

from harness import Client, eventually, scripts, wire


def test_a_running_request_is_finished(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.slow(gate))
    c = t.client()
    idle = t.client()
    c.send(wire.request())
    t.legacy.wait_requests(1)
    address = t.proxy.address
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping")

    def refused():
        try:
            Client(address).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return True     # reset: connected at the very moment of the close
        return False
    eventually(refused, "new connections are refused")
    idle.expect_closed()
    assert t.proxy.running()
    gate.set()
    a = c.read_answer()
    assert a.status == 200 and a.header("connection") == "close"
    c.expect_closed()
    t.proxy.join()
    assert t.store().count(where="outcome = 'done'") == 1


def test_a_stream_is_finished(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.sse([b"1", b"2", b"3"], gate))
    c = t.client()
    c.send(wire.request())
    c.read_head()
    assert c.read_chunk() == b"data: 1\n\n"
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping")
    for n in (b"2", b"3"):
        gate.set()
        assert c.read_chunk() == b"data: " + n + b"\n\n"
    assert c.read_chunk() is None
    t.proxy.join()


def test_what_never_ends_is_cut_at_the_bound(h):
    t = h.stand(legacy=scripts.hang(), config={"timeouts": {"drain": "500ms"}})
    c = t.client()
    c.send(wire.request())
    t.legacy.wait_requests(1)
    t.proxy.signal(signal.SIGTERM)
    a = c.read_answer()
    assert a.status == 503, a
    t.proxy.join(10)
    assert t.store().rows("SELECT outcome FROM exchanges")[0]["outcome"] == "drained"


def test_what_has_no_version_yet_is_answered_at_the_bound(h):
    """Its identity is in a body that does not come."""
    t = h.stand(config={"timeouts": {"drain": "500ms"}, "access_log": {"path": "access.log"}},
                rules={"identity": [{"body": "/user"}]})
    c = t.client()
    c.send(wire.request("POST", "/", [("Content-Length", "100")]) + b'{"user":')
    t.wait_metric("understudy_requests_inflight", 1)
    t.proxy.signal(signal.SIGTERM)
    a = c.read_answer()
    assert a.status == 503 and a.json()["error"] == "drained", a
    assert int(a.header("retry-after")) >= 1 and a.header("connection") == "close", a.fields
    c.expect_closed()
    t.proxy.join(10)
    line = json.loads((t.proxy.dir / "access.log").read_text())
    assert line["outcome"] == "drained" and line["status"] == 503, line


def test_sigint_is_the_same(h):
    t = h.stand()
    t.get()
    t.proxy.signal(signal.SIGINT)
    t.proxy.join()
    assert t.store().count() == 1


def test_rows_are_flushed(h):
    t = h.stand(shadow=100)
    c = t.client()
    for i in range(200):
        assert c.ask("GET", f"/{i}", [("x-user-id", f"u{i}")]).status == 200
    t.proxy.stop()
    assert t.store().count(where="leg = 'primary'") == 200


def has_workers(t):
    """Does one of its threads still serve?"""
    for task in Path(f"/proc/{t.proxy.process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if (task / "comm").read_text().startswith("worker"):
                return True
    return False


def test_another_signal_does_not_cut_the_flush_short(h):
    t = h.stand()
    db = sqlite3.connect(t.proxy.dir / "understudy.db", isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")   # so that the rows of the end must wait
    assert t.get().status == 200
    t.proxy.signal(signal.SIGTERM)
    eventually(lambda: not has_workers(t), "it has stopped serving")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2):
        t.proxy.signal(number)
    db.execute("ROLLBACK")
    db.close()
    t.proxy.join()
    assert t.store().count() == 1


def test_readyz_says_no_while_draining(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.slow(gate))
    assert t.proxy.admin().call("GET", "/readyz").status == 200
    c = t.client()
    c.send(wire.request())
    t.legacy.wait_requests(1)
    admin = t.proxy.admin()
    t.proxy.signal(signal.SIGTERM)
    eventually(lambda: admin.call("GET", "/readyz").status == 503, "not ready any more")
    assert admin.call("GET", "/healthz").status == 200
    gate.set()
    assert c.read_answer().status == 200
    t.proxy.join()


def test_shadows_do_not_hold_up_the_end(h):
    t = h.stand(shadow=100, enhanced=scripts.hang(), config={
        "timeouts": {"drain": "30s"}, "shadow": {"timeout": "60s"}})
    assert t.get().status == 200
    t.enhanced.wait_requests(1)
    t.proxy.stop(15)
