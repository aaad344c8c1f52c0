"""Users and sessions that are mixed up: counted per version, told with
evidence, and reason enough to take all traffic back."""

import json

from harness import eventually, scripts
from harness.guard import last_trip, tripped

LEGACY, ENHANCED = "legacy", "enhanced"


def stand(h, isolation=None, percent=100, **kw):
    """Everybody on enhanced, with isolation watched."""
    rules = {"isolation": isolation or {}, **kw.pop("rules", {})}
    return h.stand(percent=percent, rules=rules, **kw)


def ask(t, user, session, target="/", **kw):
    """A request of that user in that session."""
    fields = [("x-user-id", user)] + ([("x-session-id", session)] if session else [])
    return t.ask("GET", target, fields, **kw)


def counted(t, kind, version=ENHANCED):
    """How many violations of that kind."""
    return t.metric(f'understudy_isolation_violations_total{{version="{version}",kind="{kind}"}}')


def quiet(t):
    """Nothing has been counted."""
    return sum(counted(t, kind, version) for version in (LEGACY, ENHANCED)
               for kind in ("two_users", "foreign_answer", "flip")) == 0


def event(t, kind="isolation"):
    """The newest event of that kind."""
    def look():
        events = t.proxy.admin().get("/api/v1/events")["events"]
        return next((e for e in events if e["kind"] == kind), None)
    return eventually(look, f"an event {kind}")


def test_a_session_with_two_users(h):
    t = stand(h)
    for _ in range(3):
        ask(t, "ann", "s-1")
        ask(t, "bob", "s-2")
    assert quiet(t)
    ask(t, "bob", "s-1")
    t.wait_metric('understudy_isolation_violations_total{version="enhanced",kind="two_users"}', 1)
    assert counted(t, "two_users", LEGACY) == 0
    told = event(t)
    evidence = told["evidence"]
    assert evidence["kind"] == "two_users" and evidence["version"] == ENHANCED, evidence
    t.settle()
    row = t.store().rows("SELECT * FROM exchanges WHERE pair = '%s'" % evidence["pair"])[0]
    assert (row["user_hash"], row["session_hash"]) == (evidence["user"], evidence["session"])
    shared = t.store().rows("SELECT * FROM v_sessions_shared")
    assert [r["session_hash"] for r in shared] == [evidence["session"]], shared
    assert "bob" not in json.dumps(told)
    isolation = t.status()["isolation"]
    assert isolation["on"] and isolation["sessions"] == 2, isolation
    assert isolation[ENHANCED]["two_users"] == 1, isolation


def test_over_workers_and_connections(h):
    t = stand(h, config={"workers": 4})
    for i in range(40):
        ask(t, f"user-{i % 20}", f"s-{i % 20}")
    assert quiet(t)
    for i in range(20):
        ask(t, f"other-{i}", f"s-{i}")
    t.wait_status(lambda s: s["isolation"][ENHANCED]["two_users"] == 20, "each of them")


def named(**fields):
    """A backend whose answers name ids from a table of paths."""
    def script(x):
        name = x.request.path.strip("/") or "own"
        user = x.request.header("x-user-id") if name == "own" else name
        body = json.dumps({"meta": {"user": {"id": user}}, **fields}).encode()
        x.answer(200, [("Content-Type", "application/json"), ("X-User", user)], body)
    return script


def test_an_answer_for_somebody_else(h):
    for place in ({"json": "/meta/user/id"}, {"header": "X-User"}):
        with h.check(place):
            t = stand(h, {"answer_user": place}, enhanced=named())
            ask(t, "ann", "s-1")
            ask(t, "ann", None)
            assert quiet(t)
            ask(t, "ann", "s-1", "/bob")
            told = event(t)["evidence"]
            assert told["kind"] == "foreign_answer" and told["version"] == ENHANCED, told
            assert len(told["answer_user"]) == 32 != told["user"], told
            assert counted(t, "foreign_answer") == 1 and counted(t, "two_users") == 0


def test_an_address_is_nobody_s_name(h):
    """Who is known by where he asks from alone may well be called something."""
    t = stand(h, {"answer_user": {"json": "/meta/user/id"}}, enhanced=named(), rules={
        "identity": [{"header": "x-user-id"}, {"client": "address"}]})
    a = t.ask("GET", "/bob", [])
    assert a.status == 200 and a.version == ENHANCED, a
    ask(t, "ann", None, "/bob")
    t.wait_status(lambda s: s["isolation"][ENHANCED]["foreign_answer"] > 0, "the one of a name")
    assert counted(t, "foreign_answer") == 1


def test_an_event_for_somebody_else(h):
    def stream(*users):
        return scripts.sse([json.dumps({"user": u}).encode() for u in users])
    t = stand(h, {"answer_user": {"json": "/user"}}, enhanced=scripts.routes(
        {"/good": stream("ann", "ann"), "/bad": stream("ann", "bob", "bob")}))
    ask(t, "ann", "s-1", "/good")
    assert quiet(t)
    ask(t, "ann", "s-1", "/bad")
    t.wait_status(lambda s: s["isolation"][ENHANCED]["foreign_answer"] == 1,
                  "once an answer")


def test_a_session_that_an_answer_gave(h):
    """The backend hands one session to two users: seen without a request that
    names it."""
    def script(x):
        x.answer(200, [("X-Session", "s-shared")], b"ok")
    t = stand(h, {"answer_session": {"header": "X-Session"}}, enhanced=script)
    ask(t, "ann", None)
    assert quiet(t)
    ask(t, "bob", None)
    t.wait_status(lambda s: s["isolation"][ENHANCED]["two_users"] == 1, "given twice")
    ask(t, "bob", "s-other")
    t.wait_status(lambda s: s["isolation"][ENHANCED]["foreign_answer"] == 1,
                  "another session's answer")


def test_a_shadow_is_blamed_too(h):
    t = stand(h, {"answer_user": {"json": "/meta/user/id"}}, percent=0, shadow=100,
              enhanced=named())
    ask(t, "ann", "s-1", "/bob")
    told = event(t)["evidence"]
    assert (told["version"], told["leg"]) == (ENHANCED, "shadow"), told
    assert counted(t, "foreign_answer", LEGACY) == 0


def test_a_flip_within_a_session(h):
    t = stand(h, {"on": ["flip"]})
    ask(t, "ann", "s-1")
    t.proxy.admin().ok("POST", "/api/v1/rollout", {"percent": 0, "reason": "down"})
    ask(t, "ann", "s-2")
    ask(t, "bob", "s-2")    # another user: not looked for here
    assert quiet(t)
    ask(t, "ann", "s-1")
    t.wait_status(lambda s: s["isolation"][LEGACY]["flip"] == 1, "a flip to legacy")
    # who is moved on purpose has not flipped
    t.proxy.admin().ok("POST", "/api/v1/rollout", {"percent": 100, "reason": "up"})
    ask(t, "cid", "s-3")
    t.proxy.admin().ok("POST", "/api/v1/rollback", {"reason": "back"})
    ask(t, "cid", "s-3")
    assert counted(t, "flip", LEGACY) == 1 and counted(t, "flip") == 0


def test_one_takes_all_traffic_back(h):
    t = stand(h, {"answer_user": {"json": "/meta/user/id"}}, enhanced=named(), rules={
        "guard": [{"name": "mixed", "metric": "isolation_violations", "above": 0,
                   "action": "rollback", "severity": "critical"}]})
    assert ask(t, "ann", "s-1").version == ENHANCED
    ask(t, "ann", "s-1", "/bob")
    assert "isolation_violations" in tripped(t)["reason"]
    assert ask(t, "ann", "s-1").version == LEGACY
    evidence = last_trip(t)["evidence"]
    assert evidence["value"] == 1 and evidence["limit"] == 0, evidence
    events = [e["kind"] for e in t.proxy.admin().get("/api/v1/events")["events"]]
    assert events.index("trip") < events.index("isolation"), events


def test_what_hides_its_body_is_counted(h):
    t = stand(h, {"answer_user": {"json": "/user"}}, enhanced=scripts.fixed(
        b"\x1f\x8b", 200, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]))
    ask(t, "ann", "s-1")
    t.wait_metric("understudy_isolation_answers_unread_total", 1)


def test_not_watched_unless_asked(h):
    t = h.stand(percent=100)
    ask(t, "ann", "s-1")
    ask(t, "bob", "s-1")
    isolation = t.status()["isolation"]
    assert not isolation["on"] and isolation["sessions"] == 0 and quiet(t), isolation
    t.proxy.change(rules={"isolation": {}})
    t.proxy.admin().reload()
    ask(t, "ann", "s-1")
    ask(t, "bob", "s-1")
    t.wait_status(lambda s: s["isolation"][ENHANCED]["two_users"] == 1, "after a reload")
