"""Moves within the plan: by operators, and by rules that pause or step back."""

from harness import eventually, scripts

STAGES = [{"name": "off"}, {"name": "ten", "percent": 10}, {"name": "half", "percent": 50},
          {"name": "full", "percent": 100}]


def rules(guard=(), stage="half", **more):
    return {"rollout": {"stages": STAGES, "stage": stage, "fallback": {"on": []}},
            "guard": list(guard), **more}


def rule(action, **more):
    return {"name": "errors", "metric": "error_rate", "above": "20%", "window": "60s",
            "min_requests": 10, "action": action, **more}


def move(t, what, status=200):
    a = t.proxy.admin().call("POST", f"/api/v1/{what}", {"reason": "because"})
    assert a.status == status, a
    return a.json()


def state(t):
    s = t.status()["rollout"]
    return s["stage"], s["percent"], s["paused"], s["latched"]


def fail_some(t, n=60):
    t.enhanced.script = scripts.status(500)
    for i in range(n):
        t.get(user=f"u{i}")


def events(t, kind):
    return [e for e in t.proxy.admin().get("/api/v1/events")["events"] if e["kind"] == kind]


def test_by_an_operator(h):
    t = h.stand(rules=rules())
    move(t, "advance")
    assert state(t) == ("full", 100, False, False)
    move(t, "advance", 400)         # there is no stage behind it
    move(t, "back")
    assert state(t) == ("half", 50, True, False)
    move(t, "back")
    move(t, "back")
    assert state(t) == ("off", 0, True, False)
    assert move(t, "back")["changed"] is False
    move(t, "resume")
    assert state(t) == ("off", 0, False, False)
    move(t, "pause")
    assert move(t, "pause")["changed"] is False
    move(t, "advance")              # pausing is for what happens by itself
    assert state(t) == ("ten", 10, True, False)
    assert {e["kind"] for e in t.proxy.admin().get("/api/v1/events")["events"]} >= {
        "advance", "back", "pause", "resume"}
    a = t.proxy.admin().call("POST", "/api/v1/back", {})
    assert a.status == 400 and "reason" in a.json()["error"], a


def test_back_never_gives_enhanced_more(h):
    t = h.stand(rules=rules([rule("back")], stage="full"))
    t.proxy.admin().rollout("less, within the stage", percent=1)
    move(t, "back")
    assert state(t) == ("half", 1, True, False)
    t.proxy.admin().rollout("nearly nobody, but u0", percent=0.5)
    t.proxy.admin().ok("PUT", "/api/v1/users/u0/override", {"version": "enhanced", "reason": "x"})
    t.enhanced.script = scripts.status(500)
    for _ in range(14):     # not enough for a second step
        t.get(user="u0")
    t.wait_status(lambda s: s["rollout"]["stage"] == "ten", "a rule goes back")
    assert state(t) == ("ten", 0.5, True, False)


def test_why_it_is_latched_stays_to_be_read(h):
    t = h.stand(rules=rules())
    t.proxy.admin().rollback("it smells")
    for what in "pause", "resume":
        move(t, what)
        assert t.status()["rollout"]["reason"] == "it smells"
    t.proxy.admin().rollout("off as well", enabled=False)
    s = t.status()["rollout"]
    assert (s["reason"], s["actor"]) == ("it smells", "operator:local"), s
    assert events(t, "enabled")[0]["reason"] == "off as well"


def test_not_while_latched(h):
    t = h.stand(rules=rules())
    move(t, "rollback")
    move(t, "advance", 409)
    move(t, "back", 409)


def test_a_move_survives_a_restart(h):
    t = h.stand(rules=rules())
    move(t, "back")
    before = t.status()["rollout"]
    t.proxy.restart()
    after = t.status()["rollout"]
    for key in ("stage", "percent", "paused", "epoch", "stage_since"):
        assert before[key] == after[key], (before, after)


def test_a_rule_steps_back_once(h):
    t = h.stand(rules=rules([rule("back")], stage="full"))
    fail_some(t, 10)
    t.wait_status(lambda s: s["rollout"]["stage"] == "half", "one stage back")
    t.enhanced.script = scripts.echo()
    for i in range(40):
        t.get(user=f"u{i}")
    assert state(t) == ("half", 50, True, False)
    # It goes on failing there: one more.
    fail_some(t, 40)
    t.wait_status(lambda s: s["rollout"]["stage"] != "half", "another stage back")
    event = events(t, "back")[-1]
    assert event["actor"] == "guard" and "error_rate" in event["reason"], event
    assert event["evidence"]["action"] == "back", event


def test_a_rule_pauses(h):
    t = h.stand(rules=rules([rule("pause")], stage="full"))
    fail_some(t)
    t.wait_status(lambda s: s["rollout"]["paused"], "the pause")
    assert state(t) == ("full", 100, True, False)
    assert len(events(t, "pause")) == 1


def test_a_rule_that_observes_does_nothing(h):
    t = h.stand(rules=rules([rule("rollback", mode="observe")], stage="full"))
    fail_some(t)
    event = eventually(lambda: events(t, "observed"), "the event")[0]
    assert event["reason"].startswith("would rollback: errors: "), event
    assert state(t) == ("full", 100, False, False)
    for i in range(10):
        t.get(user=f"u{i}")
    assert len(events(t, "observed")) == 1


def test_a_shared_cause_is_held_and_said(h):
    t = h.stand(rules=rules([rule("rollback")]))
    t.legacy.script = scripts.status(500)
    fail_some(t, 120)
    event = eventually(lambda: events(t, "held"), "the event")[0]
    assert "legacy is as bad" in event["reason"], event
    assert state(t) == ("half", 50, False, False)
    # Legacy is well again, and enhanced is not.
    t.legacy.script = scripts.echo()
    for i in range(600):
        t.get(user=f"v{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")


def test_a_blind_rule_does_not_look_at_legacy(h):
    t = h.stand(rules=rules([rule("rollback", blind=True)]))
    t.legacy.script = scripts.status(500)
    fail_some(t, 120)
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")


def test_a_sequential_rule(h):
    t = h.stand(rules=rules([{"name": "worse", "metric": "error_rate",
                              "above_legacy_times": 1.5, "test": "sequential",
                              "action": "rollback"}]))
    for i in range(100):
        t.get(user=f"u{i}")
    assert not t.status()["rollout"]["latched"]
    fail_some(t, 100)
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")
    evidence = events(t, "trip")[0]["evidence"]
    assert evidence["evidence"] >= 1000 and evidence["alpha"] == 0.001, evidence
