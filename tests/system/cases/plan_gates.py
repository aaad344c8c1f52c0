"""Stages that open by themselves, when all that they wait for is done."""

import datetime

from harness import eventually, scripts
from harness.ctl import Ctl


def stages(*more):
    return [{"name": "off"}, *more, {"name": "full", "percent": 100}]


def rules(*more, stage, guard=(), **rollout):
    return {"rollout": {"stages": stages(*more), "stage": stage, "advance": "auto",
                        "fallback": {"on": []}, **rollout}, "guard": list(guard)}


def events(t, kind):
    return [e for e in t.proxy.admin().get("/api/v1/events")["events"] if e["kind"] == kind]


def move(t, what):
    t.proxy.admin().ok("POST", f"/api/v1/{what}", {"reason": "because"})


def stage(t):
    return t.status()["rollout"]["stage"]


def gates(t):
    return {g["name"]: g for g in t.proxy.admin().get("/api/v1/plan")["gates"]}


def ask(t, n, name="u"):
    for i in range(n):
        t.get(user=f"{name}{i}")


ERRORS = {"name": "errors", "metric": "error_rate", "below": "5%"}


def test_climbs_by_itself(h):
    t = h.stand(rules=rules({"name": "ten", "percent": 10, "min_requests": 5},
                            {"name": "half", "percent": 50, "gates": [ERRORS]}, stage="ten"))
    ask(t, 100)
    t.wait_status(lambda s: s["rollout"]["stage"] == "half", "the second stage")
    ask(t, 200)
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "the last stage")
    log = events(t, "advance")
    assert [e["to"] for e in log] == ["full at 100%", "half at 50%"], log
    assert log[0]["actor"] == "plan" and log[0]["evidence"]["gates"][0]["state"] == "done", log


def test_dwell_is_over_a_restart(h):
    t = h.stand(rules=rules({"name": "half", "percent": 50, "dwell": "1h"}, stage="half"))
    row = gates(t)["dwell"]
    assert row["state"] == "waiting" and 3500000 < row["wait_ms"] <= 3600000, row
    since = t.status()["rollout"]["stage_since"]
    t.proxy.restart()
    assert t.status()["rollout"]["stage_since"] == since
    assert gates(t)["dwell"]["state"] == "waiting"


def test_unknown_and_bad_gates_hold(h):
    t = h.stand(rules=rules({"name": "half", "percent": 50, "gates": [ERRORS]}, stage="half"))
    assert gates(t)["errors"]["state"] == "waiting"
    t.enhanced.script = scripts.status(500)
    ask(t, 100)
    eventually(lambda: gates(t)["errors"]["state"] == "failing", "the gate fails")
    assert stage(t) == "half"
    assert "error_rate of enhanced is 100%" in gates(t)["errors"]["text"]


def test_a_pause_holds(h):
    t = h.stand(rules=rules({"name": "half", "percent": 50, "min_requests": 5}, stage="half"))
    move(t, "pause")
    ask(t, 60)
    eventually(lambda: gates(t)["min_requests"]["state"] == "done", "enough requests")
    assert gates(t)["pause"]["state"] == "waiting" and stage(t) == "half"
    move(t, "resume")
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "the next stage")


def test_a_critical_rule_holds(h):
    rule = {"name": "slow", "metric": "latency_p50", "above": "0ms", "min_requests": 5,
            "severity": "critical"}
    t = h.stand(rules=rules({"name": "half", "percent": 50, "dwell": "1s"}, stage="half",
                            guard=[rule]))
    ask(t, 60)
    eventually(lambda: gates(t).get("alerts"), "the alert")
    eventually(lambda: gates(t)["dwell"]["state"] == "done", "the time")
    assert stage(t) == "half" and gates(t)["alerts"]["state"] == "failing"


def test_an_operator_approves(h):
    t = h.stand(rules=rules({"name": "half", "percent": 50, "advance": "manual"}, stage="half"))
    assert gates(t)["approval"]["state"] == "waiting"
    move(t, "advance")
    assert stage(t) == "full"


def test_a_freeze_and_a_scheduled_start(h):
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    freeze = {"from": (now - day).strftime("%Y-%m-%d"), "to": (now + 2 * day).strftime("%Y-%m-%d"),
              "why": "the winter sale"}
    t = h.stand(rules={"rollout": {
        "stages": [{"name": "off"}, {"name": "half", "percent": 50},
                   {"name": "full", "percent": 100,
                    "not_before": (now + day).strftime("%Y-%m-%dT%H:%M:%SZ")}],
        "stage": "half", "advance": "auto", "freezes": [freeze]}})
    rows = gates(t)
    assert rows["hours"]["text"] == "the winter sale" and rows["hours"]["wait_ms"] > 0, rows
    assert rows["not_before"]["state"] == "waiting"
    assert stage(t) == "half"


def test_seen_by_people(h):
    t = h.stand(rules=rules({"name": "half", "percent": 50, "gates": [ERRORS]}, stage="half"))
    ask(t, 10)
    text, _ = Ctl.of(t.proxy).run("plan")
    assert "> " in text and "half" in text and 'before "full" opens:' in text, text
    assert "errors: error_rate of enhanced is not known yet" in text, text
    move(t, "pause")
    text, _ = Ctl.of(t.proxy).run("why")
    assert "pause by operator:local" in text and "because" in text, text
    assert "pause: paused; resume it first" in text, text
