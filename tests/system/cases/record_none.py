"""`"store": "none"`: nothing on any disk, and the promises hold while it runs."""

import subprocess

from harness import scripts
from harness.programs import UNDERSTUDY, environment

RULE = {"name": "errors", "metric": "error_rate", "above": "20%", "window": "60s",
        "min_requests": 10, "action": "rollback", "severity": "critical"}
NONE = {"store": "none"}


def files_of(t):
    """What lies in the process's folder."""
    return {p.name for p in t.proxy.dir.iterdir()}


def test_serves_mirrors_and_compares(h):
    t = h.stand(shadow=100, config=NONE)
    for i in range(20):
        assert t.get(user=f"u{i}").status == 200
    s = t.wait_status(lambda s: sum(s["comparisons"][v] for v in (
        "same", "different", "incomparable")) >= 20, "20 pairs judged")
    assert s["store"] == {"kind": "none", "ok": True, "written": 0, "spooled": 0,
                          "dropped": 0, "error": None}
    assert t.metric("understudy_records_dropped_total") == 0
    assert files_of(t) == {"understudy.json", "rules.json"}


def test_latch_holds_until_the_end_of_the_process(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), config=NONE, rules={
        "guard": [RULE], "rollout": {"fallback": {"on": []}}})
    warning = t.proxy.wait_log("store")
    assert "does not survive a restart" in warning["msg"], warning
    for i in range(15):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the latch")
    assert t.get().version == "legacy"
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    t.proxy.admin().reload()
    assert t.get().version == "legacy", "a reload beat the latch"
    assert "trip" in [e["kind"] for e in t.proxy.admin().ok("GET", "/api/v1/events")["events"]]


def test_operator_changes_hold_until_the_end_of_the_process(h):
    t = h.stand(config=NONE)
    admin = t.proxy.admin()
    admin.ok("POST", "/api/v1/rollout", {"percent": 100, "reason": "go"})
    assert t.get().version == "enhanced"
    t.proxy.restart()
    assert t.get().version == "legacy", "the files say 0%"


def test_migrate_has_nothing_to_do(h):
    t = h.stand(start=False, config=NONE)
    done = subprocess.run([UNDERSTUDY, "-c", str(t.proxy.dir / "understudy.json"), "--migrate"],
                          capture_output=True, text=True, env=environment(), timeout=60,
                          check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "store: none, nothing to migrate\n", "")
    assert files_of(t) == {"understudy.json", "rules.json"}
