"""Plan A: a dynamic context engine beside a legacy context generator."""

import base64

from scenarios import story as s

HEALTHY = {"hit": 0.93, "assembly": 60, "slowest": 80, "db": 0, "fails": False}


def answer(engine, _request, n):
    """A chat message, with what the engine says of its context."""
    took = engine.slowest if s.share(n, 0.1) else engine.assembly
    fields = [("x-context-error", "database")] if s.share(n, engine.db) else []
    if fields and engine.fails:
        return 503, fields, {"error": "no database"}
    return 200, fields, {"reply": "good morning", "context": {
        "fresh": s.share(n, engine.hit), "assemblyMs": took}}


def legacy_answer(_engine, _request, _n):
    """The generator has nothing to say of itself."""
    return 200, [], {"reply": "good morning"}


def request(n):
    """The user is in the body; of every tenth in the path."""
    if n % 10 == 0:
        return "GET", f"/presence/user-{n}", [], None
    return "POST", "/chat/messages", [], {"userId": f"user-{n}", "conversationId": f"c-{n}",
                                          "message": "hello"}


def story(h, quiet=(), loud=(), **kw):
    """The plan, well."""
    engines = s.Engine(legacy_answer), s.Engine(answer, **HEALTHY)
    return s.Story(h, "context-engine.json", engines, request, quiet, loud,
                   numbers={"dirty_bundles": 3}, **kw)


def test_it_climbs_and_comes_back(h):
    t = story(h)
    s.all_gates_wait(t)
    t.open("off")
    assert t.plan()["approval"]["state"] == "waiting", "a person begins"
    s.climb(t, "alpha")
    s.walk_back(t)


def test_who_gets_it(h):
    t = story(h)
    t.open("alpha")

    def version(body=None, header=None, path="/chat/messages"):
        fields = [("Content-Type", "application/json"), *([header] if header else [])]
        return t.stand.ask("POST", path, fields, body or b'{"userId": "somebody"}').version
    on, off = ("x-use-dynamic-context", "true"), ("x-use-dynamic-context", "false")
    assert version() == "legacy"
    assert version(b'{"userId": "alpha-2"}') == "enhanced", "an explicit list"
    assert version(header=on) == "enhanced", "per request"
    assert version(b'{"userId": "alpha-2"}', off) == "legacy", "and back"
    assert version(b'{"userId": "x", "features": {"dynamicContext": true}}') == "enhanced"
    assert t.stand.ask("POST", "/presence/alpha-1").version == "enhanced", "in the path"
    claims = base64.urlsafe_b64encode(b'{"sub": "alpha-3"}').decode().rstrip("=")
    bearer = ("Authorization", f"Bearer e30.{claims}.x")
    assert version(b'{"message": "hello"}', bearer) == "enhanced", "in a token"
    assert version(header=on, path="/elsewhere") == "legacy", "no route"
    t.admin.rollback("enough")
    assert version(header=on) == "legacy", "a latch beats all of it"


def test_switched_off_by_hand(h):
    t = story(h, tokens={"the-operator": "operator", "a-viewer": "viewer"})
    t.open("full")
    off = {"feature": "dynamic-context", "enabled": False, "reason": "the cache is cold"}
    with t.crowd() as crowd:
        crowd.wait(100, "enhanced")
        for token, status in ("nobody", 401), ("a-viewer", 403), ("the-operator", 200):
            a = t.proxy.admin(token).call("PATCH", "/admin/config", off)
            assert a.status == status, a
        crowd.wait(50)
        mark = len(crowd.answers)
        crowd.wait(100)
        assert {v for _, _, v in crowd.answers[mark:]} == {"legacy"}
        assert t.admin.get("/admin/config")["features"][0]["enabled"] is False
        assert "the cache is cold" in str(t.events("enabled")), t.events("enabled")
        health = t.admin.get("/api/v1/health")
        assert health["status"] == "healthy", health
        assert all(v["available"] for v in health["versions"].values()), health
        t.admin.ok("PATCH", "/admin/config", {**off, "enabled": True, "reason": "warm"})
        crowd.wait(100, "enhanced")
    assert not crowd.failures, crowd.failures[:3]


def test_a_hundred_users_at_once(h):
    t = story(h)
    t.open("whole-load")
    with t.crowd(threads=100, pause=0.1) as crowd:
        t.wait_stage("full", 30)
        crowd.wait(200, "enhanced")
        s.calm(t)
    assert not crowd.failures, crowd.failures[:3]


GATES = [
    ("alpha", "errors", {"errors": 0.03}),
    ("alpha", "cache-hit", {"hit": 0.6}),
    ("alpha", "legacy-available", {"probe": {"legacy_available": 0}}),
    ("beta", "cache-hit", {"hit": 0.65}),
    ("beta", "assembly-p95", {"slowest": 170}),
    ("beta", "errors", {"errors": 0.03}),
    ("beta", "fallbacks", {"errors": 0.3}),
    ("whole-load", "cache-hit", {"hit": 0.80}),
    ("whole-load", "assembly-p95", {"slowest": 120}),
    ("whole-load", "errors", {"errors": 0.01}),
    ("whole-load", "legacy-available", {"probe": {"legacy_available": 0}}),
]


def test_every_gate_holds(h):
    s.play_gates(h, GATES, story)


ALERTS = [
    ("beta", {"hit": 0.65}, "cache-hit-low", "alert", "critical", []),
    ("full", {"assembly": 210, "slowest": 250}, "assembly-slow", "alert", "warning", []),
    ("alpha", {"probe": {"dirty_bundles": 21}}, "dirty-bundles", "alert", "warning", []),
    ("full", {"probe": {"dirty_bundles": 51}}, "dirty-bundles-production", "alert", "critical", []),
    ("beta", {"slowest": 320}, "investigate-latency", "alert", "warning", []),
    ("full", {"probe": {"enhanced_available": 0}}, "enhanced-unavailable", "alert", "critical", []),
]


def test_every_alert(h):
    s.play_faults(h, ALERTS, story)


def test_the_tables_are_whole(_):
    s.all_are_played("context-engine.json", [row[:2] for row in GATES],
                     [row[2] for row in ALERTS + ROLLBACKS])


SURE = ["errors", "errors-5-surely", "breaker"]
ROLLBACKS = [
    ("beta", {"hit": 0.55}, "cache-hit-lost", "trip", "critical", []),
    ("full", {"errors": 0.07}, "errors-5", "trip", "critical", SURE),
    ("beta", {"errors": 0.10}, "errors-5-surely", "trip", "critical",
     ["errors", "errors-5", "breaker"]),
    ("beta", {"errors": 0.05}, "errors", "trip", "critical", []),
    ("whole-load", {"db": 0.04}, "database-errors", "trip", "critical", []),
    ("full", {"db": 0.04, "fails": True}, "database-errors", "trip", "critical", SURE),
    ("whole-load", {"seconds": 0.05}, "latency-over-legacy", "trip", "critical", []),
]


def test_every_rollback(h):
    s.play_faults(h, ROLLBACKS, story)


STAGES = ["beta", "whole-load", "full"]


def test_a_fault_at_a_random_stage(h):
    s.play_at_random(h, [
        ({"errors": 0.3}, ["errors", "errors-5-surely", "errors-5", "breaker"], STAGES),
        ({"hit": 0.5}, ["cache-hit-lost"], STAGES),
        ({"db": 0.1}, ["database-errors"], STAGES),
    ], s.stays("context-engine.json", story))


def test_nobody_feels_a_dead_engine(h):
    t = story(h)
    t.open("beta")
    with t.crowd() as crowd:
        crowd.wait(50, "enhanced")
        t.stand.enhanced.refuse()
        t.stand.enhanced.close_idle()
        s.tripped_by(t, "breaker", "errors", "errors-5", "errors-5-surely")
        s.after_a_trip(t, crowd)
        assert not crowd.failures, crowd.failures[:3]
        t.stand.enhanced.accept()
        t.rearm()
        crowd.wait(50, "enhanced")
