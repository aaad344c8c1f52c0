"""Whoever reads the log may stop reading: nothing waits for that, and what was
said meanwhile is heard afterwards."""

import signal

from harness import Client, eventually, wire
from harness.tls import server_context

RULE = {"name": "errors", "metric": "error_rate", "above": "20%", "window": "5s",
        "min_requests": 10, "action": "rollback", "severity": "critical"}


def toggle(t, n):
    """Something that the control thread says a line about."""
    t.proxy.admin().ok("POST", "/api/v1/drain", {"drain": n % 2 == 1, "reason": f"time {n}"})


def test_traffic_guard_and_operators_go_on(h):
    # A backend whose certificate does not verify, and a listener whose clients
    # send no header: workers have something to say.
    enhanced = h.backend(tls=server_context(h.authority().issue("127.0.0.1")))
    t = h.stand(percent=100, enhanced=enhanced, rules={"guard": [RULE]}, config={
        "listen": [{"address": "127.0.0.1:0"}, {"address": "127.0.0.2:0", "proxy_protocol": True}]})
    host, _, port = t.proxy.ready["listen"][1].rpartition(":")
    mark = t.proxy.mark()
    with t.proxy.stalled_log():
        for n in range(20):
            toggle(t, n)
        for _ in range(5):
            with Client((host, int(port))) as c:
                c.send(wire.request())
                assert c.expect_reset_or_cut() == b""
        for n in range(15):
            assert t.get(user=f"u{n}").version == "legacy"
        t.wait_status(lambda s: s["rollout"]["latched"], "the guard has tripped")
        # The log has not said so.
        assert not t.proxy.logged("trip", mark)
        for _ in range(10):
            assert t.get().version == "legacy"
    t.proxy.wait_log("trip", since=mark)
    t.proxy.wait_log("proxy_header", since=mark)
    t.proxy.wait_log("tls", since=mark, level="warn")
    said = [l["msg"].rpartition(": ")[2] for l in t.proxy.logged("drain", mark)]
    assert said == [f"time {n}" for n in range(20)], said
    assert not t.proxy.logged("log", mark), "nothing was lost"


def test_what_is_lost_is_counted(h):
    t = h.stand()
    mark = t.proxy.mark()
    with t.proxy.stalled_log():
        for n in range(1100):
            toggle(t, n)
        assert t.get().status == 200
    line = t.proxy.wait_log("log", since=mark)
    heard = eventually(lambda: len(t.proxy.logged("drain", mark)), "the lines")
    assert f": {1100 - heard} lines were lost" in line["msg"], (heard, line)
    assert heard >= 1000


def test_a_stop_waits_for_nobody(h):
    t = h.stand()
    with t.proxy.stalled_log():
        t.proxy.signal(signal.SIGTERM)
        assert t.proxy.process.wait(20) == 0
    t.proxy.join()
