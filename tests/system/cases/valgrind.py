"""The real program under valgrind's memcheck: what no sanitizer build sees is
uninitialised memory, and what runs here is the program that is installed."""

import signal
import threading
from pathlib import Path

from harness import Client, limit, native, scripts, wire
from harness.tls import client_context

MEMCHECK = ["valgrind", "--error-exitcode=86", "--leak-check=full",
            "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
            "--num-callers=30", "--trace-children=yes", "--fair-sched=yes"]
USER = ("x-user-id", "user-1")


def traffic(t, tls_port, context, gate):
    """Something of everything that a worker does."""
    for i in range(6):
        assert t.get(f"/{i}", user=f"user-{i}").status == 200
        assert t.post(b'{"messages":[]}', user=f"user-{i}").status == 200
    with t.client() as c:   # kept, chunked, pipelined, refused
        assert c.ask("POST", "/c", [USER], b"x" * 70000, chunked=True).status == 200
        c.send(wire.request("GET", "/p1", [USER]) + wire.request("GET", "/p2", [USER]))
        assert c.read_answer().status == c.read_answer().status == 200
        c.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert c.read_answer().status == 400
    with Client(("127.0.0.1", tls_port), tls=context, name="127.0.0.1") as c:
        assert c.ask("POST", "/tls", [USER], b"y" * 5000).status == 200
    gate.set()
    assert len(t.get("/stream").chunks) == 3
    assert t.get("/fails", user="user-2").status in (200, 500)
    with t.client() as c:   # leaves in the middle
        c.send(wire.request("POST", "/gone", [USER], b"z" * 9000)[:3000])
        c.reset()
    admin = t.proxy.admin()
    for path in ("/metrics", "/api/v1/status", "/api/v1/config", "/api/v1/differences"):
        assert admin.call("GET", path).status == 200
    admin.rollout(percent=60)


@native
@limit(300)
def test_no_error_and_no_leak(h):
    """Start, traffic, reload, upgrade, trip, drain, stop."""
    gate = threading.Event()
    ca = h.authority()

    def backend(name):
        return scripts.routes({"/stream": scripts.sse([b"1", b"2", b"3"]),
                               "/fails": scripts.status(500)}, scripts.echo(name))
    t = h.stand(percent=50, shadow=100, legacy=backend("legacy"), enhanced=backend("enhanced"),
                start=False, config={"listen": [
                    {"address": "127.0.0.1:0"},
                    {"address": "127.0.0.1:0", "tls": ca.issue("127.0.0.1").config()}],
                    "timeouts": {"drain_idle": "500ms", "upgrade": "5m"}})
    log = Path(t.proxy.dir) / "memcheck"
    t.proxy.start(launcher=[*MEMCHECK, f"--log-file={log}-%p"], seconds=200)
    port = int(t.proxy.ready["listen"][1].rpartition(":")[2])
    context = client_context(ca)
    traffic(t, port, context, gate)
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark, seconds=100)["level"] == "info"
    traffic(t, port, context, gate)
    t.proxy.upgrade(seconds=200)
    traffic(t, port, context, gate)
    t.proxy.admin().rollback("enough")
    assert t.get().version == "legacy"
    idle = t.client()
    assert idle.ask().status == 200
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping", since=mark, seconds=60)
    t.proxy.join(100)       # exit status 86 would be an error, or a leak
    reports = list(Path(t.proxy.dir).glob("memcheck-*"))
    assert len(reports) >= 2, "both processes were looked at"
    for report in reports:
        text = report.read_text()
        with h.check(report.name):
            assert "ERROR SUMMARY: 0 errors" in text, text[-3000:]
