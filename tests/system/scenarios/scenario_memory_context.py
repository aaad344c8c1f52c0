"""Plan B: a memory and context system behind one flag."""

import time

from scenarios import story as s

from harness import eventually

WELL = {"memory": 300e6, "cpu": 0.3, "database_bytes": 1e9, "smoke": 1}


def answer(engine, request, n):
    """A chat message; what only enhanced has; what must be alike."""
    if request.path.startswith("/context-pack/") and engine.sick:
        return 500, [], {"error": "no context pack"}
    if not request.path.startswith("/chat/"):
        return 200, [], {"items": []}
    reply = "something else" if s.share(n, engine.strange) else "good morning"
    return 200, [], {"reply": reply, "contextPackMs": engine.pack, "memory": ["a walk"]}


def legacy_answer(_engine, request, _n):
    """It has no memory, and no such routes."""
    if not request.path.startswith("/chat/"):
        return 500, [], {"error": "legacy was asked for what only enhanced has"}
    return 200, [], {"reply": "good morning"}


def request(n):
    """The user is in a header."""
    return "POST", "/chat/messages", [("x-user-id", f"user-{n}"), ("x-session-id", f"s-{n}")], {
        "message": "hello"}


def story(h, quiet=(), loud=(), **kw):
    """The plan, well."""
    engines = s.Engine(legacy_answer), s.Engine(answer, pack=400, strange=0, sick=False)
    return s.Story(h, "memory-context.json", engines, request, quiet, loud, numbers=WELL, **kw)


def test_it_climbs_and_comes_back(h):
    t = story(h)
    s.all_gates_wait(t)
    s.climb(t, "off")
    s.walk_back(t)


def test_what_is_asked_before_each_stage(h):
    t = story(h, quiet=["*"])
    s.climb(t, "off")
    asked = [x for x in t.stand.enhanced.seen() if x.header("x-understudy-leg") == "smoke"]
    once = ["/chat/messages", "/memory/items", "/context-pack/latest"]
    assert [x.target for x in asked] == once * (len(t.stages) - 1), [x.target for x in asked]
    assert {x.header("x-user-id") for x in asked} == {"smoke-test"}
    assert not t.stand.legacy.seen(path="/memory/items")


def test_the_rollout_log(h):
    """Stage, planned and actual time, status, notes."""
    t = story(h, quiet=["*"])
    t.open("off")
    with t.crowd():
        t.wait_stage("canary-10")
    t.move("pause")
    plan = {stage["name"]: stage for stage in t.admin.get("/api/v1/plan")["stages"]}
    assert [plan[n]["state"] for n in ("off", "internal")] == ["done", "done"], plan
    log = t.events("advance")
    assert [e["from"].split(" ")[0] for e in log][:2] == ["off", "internal"], log
    for event in log:
        stage = plan[event["from"].split(" ")[0]]
        rows = {row["name"]: row for row in event["evidence"]["gates"]}
        planned = f"{stage['dwell_ms']}ms"
        assert rows["dwell"]["text"].endswith(f" of {planned}"), (rows["dwell"], planned)
        assert event["time"] and event["actor"] and event["reason"], event
    note = t.events("pause")[-1]
    assert note["actor"] == "operator:local" and note["reason"] == "the story goes on", note


def test_off_means_off(h):
    t = story(h, rules={"rollout": {"advance": "manual"}})
    flag = t.admin.get("/admin/config")["features"][0]
    assert flag["feature"] == "memory-context" and flag["stage"] == "off", flag
    assert flag["percent"] == 0, flag

    def get(user, path="/memory/items", header=()):
        return t.stand.ask("GET", path, [("x-user-id", user), *header])
    on = [("X-Feature-Memory-Context", "enabled")]
    for path in "/memory/items", "/context-pack/latest":
        with h.check(path):
            assert get("somebody", path).status == 404, "off"
            assert get("internal-2", path).status == 200, "a test user"
            assert get("somebody", path, on).status == 200, "per request"
            off = [("X-Feature-Memory-Context", "disabled")]
            assert get("internal-2", path, off).status == 404, "and off again"
    t.open("full")
    assert get("somebody").status == 200
    began = time.monotonic()
    t.admin.rollback("an emergency")
    eventually(lambda: get("somebody").status == 404, "everything is off", 10)
    assert get("internal-2", header=on).status == 404, "for everybody"
    assert time.monotonic() - began < 60, "disabled in under a minute"
    assert t.stand.legacy.seen(path="/memory/items") == []
    assert t.rollout()["latched"] and t.events("rollback")[0]["reason"] == "an emergency"


PROCESS = [
    ("memory", {"probe": {"memory": 513e6}}),
    ("cpu", {"probe": {"cpu": 0.85}}),
    ("smoke", {"sick": True}),
]
TRAFFIC = [
    ("errors", {"errors": 0.004}),
    ("errors-over-legacy", {"errors": 0.01}),
    ("latency", {"seconds": 0.51}),
    ("latency-over-legacy", {"seconds": 0.1}),
    ("divergence", {"strange": 0.03}),
]


def test_every_gate_of_off_and_internal_holds(h):
    s.play_gates(h, [("off", *row) for row in PROCESS], story)
    s.play_gates(h, [("internal", *row) for row in TRAFFIC + PROCESS], story)


def test_the_tables_are_whole(_):
    rows = [("off", name) for name, _ in PROCESS] + [
        (stage, name) for stage in ("internal", "canary-10", "full")
        for name, _ in TRAFFIC + PROCESS]
    s.all_are_played("memory-context.json", rows, [row[2] for row in ALERTS + ROLLBACKS])


def test_every_gate_of_the_canary_holds(h):
    s.play_gates(h, [("canary-10", *row) for row in TRAFFIC + PROCESS], story)


def test_every_gate_of_full_holds(h):
    s.play_gates(h, [("full", *row) for row in TRAFFIC + PROCESS], story)


def growing():
    """A database that grows by 30 MB a day."""
    began = time.monotonic()
    return lambda: 1e9 + 30e6 / 86400 * (time.monotonic() - began)


ALERTS = [
    ("canary-10", {"errors": 0.004}, "errors-high", "alert", "critical", ["errors"]),
    ("canary-10", {"seconds": 0.51}, "latency-high", "alert", "critical", []),
    ("full", {"pack": 2100}, "context-pack-slow", "alert", "warning", []),
    ("internal", {"probe": {"memory": 451e6}}, "memory-high", "alert", "warning", []),
    ("full", {"probe": {"cpu": 0.81}}, "cpu-high", "alert", "warning", []),
    ("canary-10", {"probe": {"database_bytes": growing()}}, "database-growth", "alert",
     "warning", []),
    ("canary-10", {"probe": {"smoke": 0}}, "smoke-fails", "alert", "critical", []),
]


def test_every_alert(h):
    s.play_faults(h, ALERTS, story)


ROLLBACKS = [
    ("canary-10", {"errors": 0.02}, "errors", "trip", "critical", []),
    ("full", {"errors": 0.10}, "errors-5-surely", "trip", "critical", ["errors", "breaker"]),
    ("canary-10", {"seconds": 0.05}, "latency-over-legacy", "trip", "critical", []),
    ("full", {"strange": 0.10}, "divergence", "back", "critical", []),
]


def test_every_way_back(h):
    s.play_faults(h, ROLLBACKS, story)


def test_a_fault_at_a_random_stage(h):
    s.play_at_random(h, [
        ({"errors": 0.3}, ["errors", "errors-5-surely", "breaker"], None),
        ({"seconds": 0.05}, ["latency-over-legacy"], ["canary-10", "full"]),
    ], s.stays("memory-context.json", story))


def test_a_critical_alert_holds_the_plan(h):
    t = story(h, quiet=["errors"])
    t.open("canary-10")
    with t.crowd():
        t.numbers.say["smoke"] = 0
        t.told("alert", "smoke-fails")
        eventually(lambda: t.plan()["alerts"]["state"] == "failing", "no P0 alerts")
        assert t.rollout()["stage"] == "canary-10"
        t.numbers.say["smoke"] = 1
        t.told("resolved", "smoke-fails", "end")
        t.wait_stage("success")


def test_nobody_feels_a_dead_system(h):
    t = story(h)
    t.open("canary-10")
    with t.crowd() as crowd:
        crowd.wait(50, "enhanced")
        t.stand.enhanced.refuse()
        t.stand.enhanced.close_idle()
        s.tripped_by(t, "breaker", "errors", "errors-5-surely")
        s.after_a_trip(t, crowd)
    assert not crowd.failures, crowd.failures[:3]
