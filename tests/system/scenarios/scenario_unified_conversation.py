"""Plan C: conversation memory moved from per-role stores to one."""

import base64
import json

from harness import eventually
from scenarios import story as s

HEALTHY = {"new": 0.5, "degraded": 0}
MEMORY = {"store_memory": 1000}


def token(**claims):
    """What a caller shows; who he is stands in it."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return [("Authorization", f"Bearer {part({'alg': 'none'})}.{part(claims)}.x")]


def answer(engine, request, n):
    """A chat message begins a conversation or goes on with one."""
    fields = [("x-memory-degraded", "1")] if s.share(n, engine.degraded) else []
    if request.method == "GET":
        return 200, fields, {"messages": ["hello", "good morning"]}
    return 200, fields, {"reply": "good morning", "conversation": {"new": s.share(n, engine.new)}}


def request(n):
    """Customers talk; an administrator reads every tenth conversation.  Each
    has a conversation of his own."""
    if n % 10 == 0:
        return "GET", f"/api/admin/conversations/c-{n}", token(admin_id=f"admin-{n}"), None
    return "POST", "/api/customer/chat", token(customer_id=f"customer-{n}"), {
        "conversationId": f"c-{n}", "message": "hello"}


def story(h, quiet=(), loud=(), **kw):
    """The plan, well; with so many users that most conversations are new."""
    engines = s.Engine(answer, **HEALTHY), s.Engine(answer, **HEALTHY)
    return s.Story(h, "unified-conversation.json", engines, request, quiet, loud,
                   numbers=MEMORY, **{"users": 35000, "threads": 12, **kw})


def still(h, quiet=(), loud=()):
    """No stage opens by itself: what is told of is the rule's alone."""
    return story(h, quiet, loud, rules={"rollout": {"advance": "manual"}}, threads=24)


def test_it_climbs_and_comes_back(h):
    t = story(h)
    s.all_gates_wait(t)
    t.open("off")
    assert t.plan()["approval"]["state"] == "waiting", "a person begins"
    s.climb(t, "canary-10")
    t.admin.rollback("enough")
    with t.crowd() as crowd:
        crowd.wait(300)
    assert {v for _, _, v in crowd.answers} == {"legacy"}, "conversations of enhanced, too"
    assert not crowd.failures, crowd.failures[:3]


def version(t, n):
    """Who serves the n-th conversation now."""
    method, target, fields, value = request(n)
    body = None if value is None else json.dumps(value).encode()
    return t.stand.ask(method, target, [("Content-Type", "application/json"), *fields], body).version


def test_a_conversation_keeps_its_version(h):
    """Over every step up and down, for either kind of caller; and whoever
    reads along sees the side that the conversation is on."""
    t = story(h)
    seen = {}
    for stage in "canary-10", "half", "full", "half", "canary-10", "off":
        t.open(stage)
        for n in seen:
            assert version(t, n) == seen[n], (stage, n)
        for n in range(len(seen), len(seen) + 20):
            seen[n] = version(t, n)
    assert set(seen.values()) == {"legacy", "enhanced"}
    for n in range(1, 60, 9):
        if n % 10:
            a = t.stand.ask("GET", f"/api/admin/conversations/c-{n}", token(admin_id="root"))
            assert a.version == seen[n], n
    isolation = t.proxy.status()["isolation"]
    assert isolation["legacy"]["flip"] == isolation["enhanced"]["flip"] == 0, isolation


GATES = [
    ("errors", {"errors": 0.03}),
    ("p95", {"seconds": 0.21}),
    ("p95-over-before", {"seconds": 0.1}),
]


def test_every_gate_of_the_canary_holds(h):
    s.play_gates(h, [("canary-10", *row) for row in GATES], still)


def test_every_gate_of_half_holds(h):
    s.play_gates(h, [("half", *row) for row in GATES], still)


# Held against the stage's start: the stage before has to be played.
STARTING_GATES = [
    ("full", "p95", {"seconds": 0.21}),
    ("full", "errors", {"errors": 0.03}),
    ("full", "p95-over-before", {"seconds": 0.1}),
]


def test_every_gate_of_the_start_holds(h):
    for stage, gate, mood in STARTING_GATES:
        with h.check(f"gate {gate} of {stage}: {mood}"):
            t = still(h, quiet=["*"])
            t.open("half")
            with t.crowd() as crowd:
                crowd.wait(200, "enhanced")
                t.open(stage)
                s.misbehave(t, mood)
                eventually(lambda t=t, g=gate: t.plan()[g]["state"] == "failing", "it fails", 20)
                assert t.rollout()["stage"] == stage
            t.end()


ALERTS = [
    ("half", {"errors": 0.02}, "errors-over-1", "alert", "critical", ["errors"]),
    ("half", {"seconds": 0.13}, "latency-over-before", "alert", "critical", []),
    ("half", {"new": 0.3}, "fewer-conversations", "alert", "critical", []),
    ("half", {"degraded": 0.05}, "degraded", "alert", "warning", []),
    ("full", {"probe": {"store_well": 0}}, "store-gone", "alert", "critical", []),
]


def test_every_alert(h):
    s.play_faults(h, ALERTS, still)


STARTING_ALERTS = [
    ({"seconds": 0.4}, "latency-over-start"),
    ({"new": 0.3}, "fewer-than-before"),
    ({"probe": {"store_memory": 1501}}, "store-memory"),
]


def test_every_alert_of_the_start(h):
    for mood, rule in STARTING_ALERTS:
        with h.check(f"{rule}: {mood}"):
            t = still(h)
            with t.crowd() as crowd:
                crowd.wait(100)
                eventually(lambda t=t: all(p["known"] for p in t.proxy.status()["probes"]),
                           "the probes have answered")
                t.open("full")
                crowd.wait(200, "enhanced")
                s.calm(t)
                eventually(lambda t=t, r=rule: t.rule(r)["judgement"] == "fine", "it is known")
                s.misbehave(t, mood)
                t.acted("alert", rule, "critical")
                assert not t.rollout()["latched"]
            t.end()


def test_the_tables_are_whole(_):
    rows = [(stage, name) for stage in ("canary-10", "half") for name, _ in GATES] + [
        row[:2] for row in STARTING_GATES + FLIPS]
    s.all_are_played("unified-conversation.json", rows, [
        *(row[2] for row in ALERTS + ROLLBACKS), *(row[1] for row in STARTING_ALERTS), "flips"])


ROLLBACKS = [
    ("half", {"errors": 0.05}, "errors", "trip", "critical", []),
    ("canary-10", {"seconds": 0.1}, "latency-over-legacy", "trip", "critical", []),
    ("half", {"errors": 0.3}, "fallbacks", "trip", "critical", ["errors", "breaker"]),
]


def test_every_rollback(h):
    s.play_faults(h, ROLLBACKS, story)


def test_a_fault_at_a_random_stage(h):
    s.play_at_random(h, [
        ({"errors": 0.5}, ["errors", "fallbacks", "breaker"], None),
        ({"seconds": 0.1}, ["latency-over-legacy"], ["canary-10", "half"]),
    ], s.stays("unified-conversation.json", story))


FLIPS = [("canary-10", "flips"), ("half", "flips")]


def test_the_gate_of_flips_holds(h):
    """Conversations of the stage that were forgotten go on elsewhere."""
    for stage, gate in FLIPS:
        with h.check(f"gate {gate} of {stage}"):
            t = story(h, quiet=["*"],
                      rules={"rollout": {"sticky_max": 1000, "advance": "manual"}})
            t.open(stage)
            for n in range(21, 50):
                version(t, n)
            with t.crowd(threads=7) as crowd:
                crowd.wait(7000)
            t.admin.rollout("everybody", percent=100)
            for n in range(21, 50):
                version(t, n)
            row = eventually(lambda t=t, g=gate: (r := t.plan()[g])["state"] == "failing" and r,
                             "it fails")
            assert "isolation_violations of enhanced is" in row["text"], row
            assert t.rollout()["stage"] == stage
            t.end()


def test_more_conversations_than_room(h):
    """Those that are forgotten may flip; that stops the plan."""
    t = story(h, rules={"rollout": {"sticky_max": 1000}})
    for n in range(21, 50):
        assert version(t, n) == "legacy"
    with t.crowd(threads=7) as crowd:   # each with users of its own
        crowd.wait(7000)
    t.open("full")
    for n in range(21, 50):
        version(t, n)
    t.acted("pause", "flips", "warning")


def test_the_new_store_is_gone(h):
    """It degrades and does not fail: everybody is answered."""
    t = story(h)
    t.open("half")
    with t.crowd() as crowd:
        crowd.wait(50, "enhanced")
        t.stand.enhanced.refuse()
        t.stand.enhanced.close_idle()
        s.tripped_by(t, "breaker", "errors", "fallbacks")
        s.after_a_trip(t, crowd)
        assert not crowd.failures, crowd.failures[:3]
        t.stand.enhanced.accept()
        t.rearm()
        crowd.wait(50, "enhanced")
