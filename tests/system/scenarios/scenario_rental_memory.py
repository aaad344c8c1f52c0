"""Plan E: an enhanced memory service behind a safety layer."""

import json

from harness import eventually, scripts
from scenarios import story as s

SLOW = 0.03     # of legacy: the new one is faster


def answer(engine, request, n):
    """What is remembered of a user; in a bad mood, something else."""
    text = "wants a garden" if s.share(n, engine.diverge) else "wants a balcony"
    return 200, [], {"memories": [
        {"id": "m-1", "content": text, "score": n % 7, "createdAt": f"2026-01-01T00:00:{n % 60:02}Z"},
        {"id": "m-2", "content": "has a dog", "score": 1, "createdAt": "2026-01-02T00:00:00Z"}],
        "requestId": f"r-{n}"}


def request(n):
    """The user is in the path, or in the body."""
    if n % 2:
        return "GET", f"/api/memory/user-{n}/search", [], None
    return "POST", "/api/context", [], {"userId": f"user-{n}", "sessionId": f"s-{n}"}


def story(h, quiet=(), loud=(), seconds=SLOW, **kw):
    """The plan, well."""
    legacy, enhanced = s.Engine(answer, diverge=0), s.Engine(answer, diverge=0)
    legacy.be(seconds=seconds)
    return s.Story(h, "rental-memory.json", (legacy, enhanced), request, quiet, loud,
                   **{"threads": 24, "users": 5000, **kw})


def still(h, quiet=(), loud=()):
    """No stage opens by itself: what is told of is the rule's alone."""
    return story(h, quiet, loud, rules={"rollout": {"advance": "manual"}})


def test_it_climbs_and_comes_back(h):
    t = story(h)
    s.all_gates_wait(t)
    for stage in "setup", "integration":
        t.open(stage)
        assert t.plan()["approval"]["state"] == "waiting", "a person goes on"
    s.climb(t, "shadow")
    t.admin.rollback("enough")
    with t.crowd() as crowd:
        crowd.wait(200)
    assert {v for _, _, v in crowd.answers} == {"legacy"}
    assert not crowd.failures, crowd.failures[:3]
    t.rearm()
    s.walk_back(t)


SUCCESS, FALLBACKS, GAIN, INTEGRITY = (
    ("success", {"errors": 0.08}), ("fallbacks", {"errors": 0.08}),
    ("gain", {"seconds": 0.1}), ("integrity", {"diverge": 0.1}))


def test_every_gate_of_the_beginning_holds(h):
    s.play_gates(h, [("shadow", *row) for row in (SUCCESS, GAIN, INTEGRITY)] + [
        (stage, *row) for stage in ("canary-1", "canary-10")
        for row in (SUCCESS, FALLBACKS, GAIN, INTEGRITY)], story)


def test_every_gate_of_the_rest_holds(h):
    s.play_gates(h, [(stage, *row) for stage in ("quarter", "half", "full")
                     for row in (SUCCESS, FALLBACKS, GAIN)], story)


def test_the_tables_are_whole(_):
    rows = [("shadow", name) for name, _ in (SUCCESS, GAIN, INTEGRITY)] + [
        (stage, name) for stage in ("canary-1", "canary-10")
        for name, _ in (SUCCESS, FALLBACKS, GAIN, INTEGRITY)] + [
        (stage, name) for stage in ("quarter", "half", "full")
        for name, _ in (SUCCESS, FALLBACKS, GAIN)]
    s.all_are_played("rental-memory.json", rows, [row[2] for row in ALERTS + ROLLBACKS])


ALERTS = [
    ("half", {"errors": 0.08}, "success-rate", "alert", "critical", ["errors"]),
    ("half", {"errors": 0.08}, "fallbacks", "alert", "warning", ["errors"]),
    ("half", {"seconds": 0.06}, "slower", "alert", "warning", []),
    ("shadow", {"diverge": 0.1}, "integrity", "alert", "critical", []),
    ("half", {"probe": {"service_well": 0}}, "unwell", "alert", "critical", []),
]


def test_every_alert(h):
    s.play_faults(h, ALERTS, still)


ROLLBACKS = [
    ("shadow", {"errors": 0.08}, "errors", "trip", "critical", []),
    ("half", {"errors": 0.08}, "errors", "trip", "critical", []),
    ("quarter", {"seconds": 0.1}, "latency-over-legacy", "trip", "critical", []),
]


def test_every_rollback(h):
    s.play_faults(h, ROLLBACKS, story)


def test_a_fault_at_a_random_stage(h):
    s.play_at_random(h, [
        ({"errors": 0.3}, ["errors", "fallbacks", "breaker"], None),
        ({"seconds": 0.1}, ["latency-over-legacy"], ["canary-10", "quarter", "half"]),
    ], s.stays("rental-memory.json", story))


def ask(t, user):
    """A search of that user."""
    return t.stand.ask("GET", f"/api/memory/{user}/search")


def test_any_error_falls_back(h):
    t = story(h, quiet=["*"], seconds=0,
              config={"backends": {"enhanced": {"timeouts": {"first_byte": "300ms"}}}})
    t.open("full")
    for name, script in {"500": scripts.status(500), "nonsense": scripts.garbage(),
                         "cut": scripts.close(), "silence": scripts.hang()}.items():
        with h.check(name):
            t.stand.enhanced.script = script
            a = ask(t, "user-1")
            assert (a.status, a.version) == (200, "legacy"), a
            assert json.loads(a.body)["memories"][1]["content"] == "has a dog"
    with h.check("refused"):
        t.stand.enhanced.refuse()
        t.stand.enhanced.close_idle()
        a = ask(t, "user-1")
        assert (a.status, a.version) == (200, "legacy"), a
        t.stand.enhanced.accept()
    eventually(lambda: t.proxy.status()["versions"]["enhanced"]["fallbacks"] == 5, "counted")


def test_one_user_and_everybody(h):
    t = story(h, seconds=0)
    t.open("half")
    ours, theirs = [next(u for u in (f"user-{n}" for n in range(1000)) if ask(t, u).version == v)
                    for v in ("legacy", "enhanced")]
    for user, version in ((ours, "enhanced"), (theirs, "legacy")):
        t.admin.ok("PUT", f"/api/v1/users/{user}/override", {"version": version, "reason": "so"})
        assert ask(t, user).version == version, user
    t.admin.rollout("off at once", enabled=False)
    assert ask(t, ours).version == ask(t, theirs).version == "legacy"
    t.admin.rollout("on again", enabled=True)
    assert ask(t, ours).version == "enhanced"
    t.proxy.stop()
    t.proxy.env["UNDERSTUDY_ENABLED"] = "false"
    t.proxy.start()
    assert ask(t, ours).version == "legacy", "an emergency, by the environment"


def test_the_numbers_that_are_shown(h):
    t = story(h)
    t.open("half")
    t.move("pause")
    with t.crowd() as crowd:
        crowd.wait(300)
        status = t.proxy.status()
        assert status["rollout"]["percent"] == 50
        legacy, enhanced = (status["versions"][v] for v in ("legacy", "enhanced"))
        assert enhanced["requests"] >= 50 and enhanced["failures"] == 0, enhanced
        gain = t.rule("slower")
        assert gain["value"] < gain["legacy"], "it gains"
        assert legacy["requests"] >= 50
        well = next(p for p in status["probes"] if p["name"] == "service_well")
        assert well["value"] == 1, well
        health = t.admin.get("/api/v1/health")
        assert health["status"] == "healthy", health
        assert health["versions"]["enhanced"] == {"available": True, "endpoints": 1, "up": 1}


def test_nobody_feels_a_dead_service(h):
    t = story(h)
    t.open("half")
    with t.crowd() as crowd:
        crowd.wait(50, "enhanced")
        t.stand.enhanced.refuse()
        t.stand.enhanced.close_idle()
        s.tripped_by(t, "breaker", "errors")
        s.after_a_trip(t, crowd)
        assert not crowd.failures, crowd.failures[:3]
        t.stand.enhanced.accept()
        t.rearm()
        crowd.wait(50, "enhanced")
