"""A latch is final until a person clears it."""

import signal

from harness import eventually, scripts

RULE = {"name": "errors", "metric": "error_rate", "above": "20%", "window": "60s",
        "min_requests": 10, "action": "rollback", "severity": "critical"}


def trip(h, **kw):
    """A stand whose guard has just tripped."""
    t = h.stand(percent=100, enhanced=scripts.status(500), rules={
        "guard": [RULE], "rollout": {"fallback": {"on": []}}}, **kw)
    for i in range(15):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the latch")
    t.enhanced.script = scripts.echo()
    return t


def held(t):
    """All traffic is on legacy, and the status says why."""
    rollout = t.status()["rollout"]
    assert rollout["latched"] is True and rollout["reason"], rollout
    assert t.get().version == "legacy"
    assert t.proxy.admin().explain("user-1")["why"] == "latched"
    return rollout


def test_survives_a_restart(h):
    t = trip(h)
    before = held(t)
    t.proxy.restart()
    after = held(t)
    assert (after["epoch"], after["reason"]) == (before["epoch"], before["reason"])


def test_survives_kill_9(h):
    t = trip(h)
    before = held(t)
    t.proxy.kill()
    t.proxy.start()
    assert held(t)["epoch"] == before["epoch"]


def test_beats_a_reload(h):
    t = trip(h)
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    t.proxy.signal(signal.SIGHUP)
    t.proxy.wait_log("reload")
    held(t)
    t.proxy.admin().reload()
    held(t)


def test_beats_the_operators_changes(h):
    t = trip(h)
    for change in ({"stage": "full"}, {"percent": 50}):
        a = t.proxy.admin().call("POST", "/api/v1/rollout", {**change, "reason": "go"})
        assert a.status == 409 and "rearm" in a.json()["error"], a
    held(t)


def test_beats_overrides(h):
    t = trip(h)
    t.proxy.admin().ok("PUT", "/api/v1/users/user-1/override",
                       {"version": "enhanced", "reason": "x"})
    held(t)


def test_rearm_needs_a_reason(h):
    t = trip(h)
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": 7}):
        with h.check(repr(body)):
            assert t.proxy.admin().call("POST", "/api/v1/rearm", body).status == 400
    held(t)


def test_rearm_goes_to_the_first_stage(h):
    t = trip(h)
    t.proxy.admin().rearm("it was the network")
    rollout = t.status()["rollout"]
    assert rollout["latched"] is False and rollout["stage"] == "off", rollout
    assert rollout["reason"] == "it was the network" and rollout["percent"] == 0
    assert t.get().version == "legacy"
    t.proxy.admin().rollout(stage="full")
    assert t.get().version == "enhanced"


def test_rearm_can_resume(h):
    t = trip(h)
    t.proxy.admin().rearm("fixed", resume=True)
    rollout = t.status()["rollout"]
    assert rollout["stage"] == "test" and rollout["percent"] == 100, rollout
    assert t.get().version == "enhanced"


def test_old_failures_do_not_trip_again(h):
    t = trip(h)
    t.proxy.admin().rearm("fixed", resume=True)
    for i in range(40):
        assert t.get(user=f"u{i}").version == "enhanced"
    assert t.status()["rollout"]["latched"] is False


def test_new_failures_trip_again(h):
    t = trip(h)
    t.proxy.admin().rearm("fixed", resume=True)
    t.enhanced.script = scripts.status(500)
    for i in range(15):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the second latch")
    kinds = [e["kind"] for e in t.proxy.admin().get("/api/v1/events")["events"]]
    assert kinds.count("trip") == 2 and kinds.count("rearm") == 1, kinds


def test_rollback_by_hand(h):
    t = h.stand(percent=100, shadow=100)
    assert t.get().version == "enhanced"
    for body in ({}, {"reason": ""}):
        assert t.proxy.admin().call("POST", "/api/v1/rollback", body).status == 400
    t.proxy.admin().rollback("gut feeling")
    rollout = held(t)
    assert rollout["reason"] == "gut feeling", rollout
    epoch = rollout["epoch"]
    t.proxy.admin().rollback("again")
    assert t.status()["rollout"]["epoch"] == epoch, "latched is latched"
    t.proxy.restart()
    held(t)


def test_rearm_without_a_latch(h):
    t = h.stand(percent=100)
    assert t.proxy.admin().call("POST", "/api/v1/rearm", {"reason": "x"}).status == 409
    assert t.get().version == "enhanced"


def test_breaker_latch_survives_kill_9(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), rules={
        "breaker": {"enabled": True, "consecutive": 5}, "rollout": {"fallback": {"on": []}}})
    for i in range(30):
        t.get(user=f"u{i}")
    eventually(lambda: t.store().count("rollout_events", "kind = 'trip'") == 1, "it is written")
    t.proxy.kill()
    t.proxy.start()
    held(t)
