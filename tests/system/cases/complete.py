"""Enhanced alone: the stage that is complete."""

from harness import eventually, scripts
from harness.ctl import Ctl


def rules(stage="full", guard=(), **alone):
    return {"rollout": {"stages": [
        {"name": "off"}, {"name": "half", "percent": 50}, {"name": "full", "percent": 100},
        {"name": "alone", "percent": 100, "complete": True, **alone}], "stage": stage},
        "guard": list(guard)}


def move(t, what, status=200):
    a = t.proxy.admin().call("POST", f"/api/v1/{what}", {"reason": "because"})
    assert a.status == status, a
    return a.json()


def completed(h, **kw):
    t = h.stand(rules=rules(**kw))
    move(t, "complete")
    return t


def stage(t):
    s = t.status()["rollout"]
    return s["stage"], s["latched"]


def test_only_from_all_and_by_its_name(h):
    t = h.stand(rules=rules(stage="half"))
    said = move(t, "complete", 409)["error"]
    assert "stands at 50%; advance it to 100% first" in said, said
    move(t, "advance")
    assert "open it with" in move(t, "advance", 409)["error"]
    assert move(t, "complete")["changed"] is True
    assert move(t, "complete")["changed"] is False
    assert stage(t) == ("alone", False)
    event = next(e for e in t.proxy.admin().get("/api/v1/events")["events"]
                 if e["kind"] == "complete")
    assert event["reason"] == "because" and "alone at 100%" in event["to"], event


def test_the_plan_marks_it(h):
    t = h.stand(rules=rules())
    ctl = Ctl.of(t.proxy)
    plan = ctl.json("plan")
    assert [s["complete"] for s in plan["stages"]] == [False, False, False, True], plan
    assert plan["complete"] is False
    assert "enhanced is alone" not in ctl.run("plan")[0]
    move(t, "complete")
    assert ctl.json("plan")["complete"] is True
    text, _ = ctl.run("plan")
    assert '"alone" is the last stage of the plan, and complete: enhanced is alone' in text, text
    # A percentage by hand takes it back (docs/decisions.md).
    ctl.run("set", "percent", "50", "--reason", "less")
    assert ctl.json("plan")["complete"] is False


def test_no_identity_goes_to_enhanced(h):
    t = h.stand(rules=rules())
    assert t.ask("GET", "/").status == 200
    assert len(t.legacy.wait_requests(1)) == 1
    move(t, "complete")
    assert t.ask("GET", "/").status == 200
    assert len(t.enhanced.wait_requests(1)) == 1
    told = t.proxy.admin().call("POST", "/api/v1/explain", {"path": "/"}).json()
    assert (told["version"], told["why"]) == ("enhanced", "complete"), told


def test_nobody_falls_back(h):
    t = h.stand(rules=rules())
    t.enhanced.script = scripts.status(503)
    assert t.get().status == 200, "the rules' fallback, before"
    before = len(t.legacy.requests)
    move(t, "complete")
    assert t.get().status == 503
    assert t.ask("GET", "/").status == 503
    assert len(t.legacy.requests) == before


def test_legacy_is_the_shadow(h):
    t = completed(h, shadow=100)
    assert t.get().status == 200
    t.enhanced.wait_requests(1)
    t.legacy.wait_requests(1)
    s = t.settle()
    assert s["shadow"]["sent"] == 1 and s["comparisons"]["offered"] == 1, s


def test_a_restart_keeps_it(h):
    t = completed(h)
    t.proxy.restart()
    assert stage(t) == ("alone", False)
    assert t.ask("GET", "/").status == 200
    t.enhanced.wait_requests(1)
    assert not t.legacy.requests


def test_back_is_by_hand_alone(h):
    rule = {"name": "errors", "metric": "error_rate", "above": "20%", "window": "60s",
            "min_requests": 10, "action": "rollback", "blind": True}
    t = completed(h, guard=[rule])
    t.enhanced.script = scripts.status(500)
    for i in range(30):
        t.get(user=f"u{i}")
    eventually(lambda: [e for e in t.proxy.admin().get("/api/v1/events")["events"]
                        if e["kind"] == "alert"], "the alert")
    assert stage(t) == ("alone", False)
    assert t.get().status == 500
    move(t, "rollback")
    assert stage(t) == ("alone", True)
    assert t.get().status == 200
    assert t.legacy.requests
    move(t, "complete", 409)


def test_a_guarded_one_goes_back(h):
    rule = {"name": "errors", "metric": "error_rate", "above": "20%", "window": "60s",
            "min_requests": 10, "action": "rollback", "blind": True}
    plan = rules(guard=[rule])
    plan["rollout"]["stages"][-1]["guard"] = True
    t = h.stand(rules=plan)
    move(t, "complete")
    t.enhanced.script = scripts.status(500)
    for i in range(30):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")


def breaks(h, is_guarded=False):
    plan = rules()
    plan["rollout"]["stages"][-1]["guard"] = is_guarded
    t = h.stand(rules={**plan, "breaker": {"enabled": True, "consecutive": 5,
                                           "min_requests": 1000}})
    move(t, "complete")
    t.enhanced.script = scripts.status(500)
    for i in range(30):
        t.get(user=f"u{i}")
    return t


def test_a_workers_breaker_holds_still(h):
    t = breaks(h)
    assert stage(t) == ("alone", False)
    assert t.get().status == 500


def test_and_acts_where_it_is_guarded(h):
    t = breaks(h, is_guarded=True)
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")


def test_legacy_may_be_gone(h):
    health = {"health": {"path": "/health", "interval": "100ms", "timeout": "100ms",
                         "fall": 1, "rise": 1}}
    t = h.stand(config={"backends": {"legacy": health, "enhanced": health}}, rules=rules())

    def seen():
        a = t.proxy.admin().call("GET", "/api/v1/health")
        return a.status, a.json()["status"]

    eventually(lambda: seen() == (200, "healthy"), "all is well")
    t.legacy.script = scripts.status(503)
    eventually(lambda: seen() == (503, "unhealthy"), "legacy is down")
    move(t, "complete")
    assert seen() == (200, "healthy")
    assert t.proxy.admin().call("GET", "/readyz").status == 200
    t.enhanced.script = scripts.status(503)
    eventually(lambda: seen() == (503, "unhealthy"), "nobody is there")
