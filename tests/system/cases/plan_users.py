"""One user is one user, and users are where they were drawn."""

import threading

from harness import scripts, wire

SEQUENTIAL = {"name": "worse", "metric": "error_rate", "above_legacy_times": 1.5,
              "test": "sequential", "action": "rollback"}


def half(guard=(), **more):
    return {"rollout": {"stages": [{"name": "half", "percent": 50}, {"name": "full", "percent": 100}],
                        "stage": "half", "fallback": {"on": []}, **more}, "guard": list(guard)}


def on(t, version, n, name="u"):
    """The first n users of that name whom their bucket gives to a version."""
    admin, users, i = t.proxy.admin().session(), [], 0
    while len(users) < n:
        if admin.explain(f"{name}{i}")["version"] == version:
            users.append(f"{name}{i}")
        i += 1
    return users


def fails_for(t, user):
    """Enhanced fails this user, whatever he asks, and nobody else."""
    good, bad = scripts.echo(), scripts.status(500)
    t.enhanced.script = lambda e: (bad if e.request.header("x-user-id") == user else good)(e)


def test_one_user_who_always_fails_is_not_a_version_that_fails(h):
    t = h.stand(rules=half([SEQUENTIAL]))
    users = on(t, "enhanced", 30)
    fails_for(t, users[0])
    for user in users + on(t, "legacy", 30):
        t.get(user=user)
    for _ in range(200):
        t.get(user=users[0])
    status = t.wait_status(lambda s: s["versions"]["enhanced"]["failures"] >= 200, "counted")
    assert not status["rollout"]["latched"]
    t.enhanced.script = scripts.status(500)
    for user in users:
        t.get(user=user)
    t.wait_status(lambda s: s["rollout"]["latched"], "many users are")


def test_users_that_are_lost_on_one_side_hold_the_plan(h):
    t = h.stand(rules=half(advance="auto", stages=[
        {"name": "half", "percent": 50, "min_requests": 60}, {"name": "full", "percent": 100}]))
    for user in on(t, "legacy", 60):
        t.get(user=user)
    lost = on(t, "enhanced", 10)
    for i in range(60):
        t.get(user=lost[i % 10])
    plan = t.proxy.admin().get("/api/v1/plan")
    row = next(g for g in plan["gates"] if g["name"] == "sample_ratio")
    assert row["state"] == "failing" and "10 of 70 users" in row["text"], row
    assert t.status()["rollout"]["stage"] == "half"
    for user in on(t, "enhanced", 60):
        t.get(user=user)
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "they are back")


def test_users_of_before_are_not_of_the_stage(h):
    """What began at another percentage, and ends in this one, was not drawn by it."""
    gate = threading.Event()
    t = h.stand(legacy=scripts.slow(gate), rules=half(stages=[
        {"name": "half", "percent": 10}, {"name": "most", "percent": 90},
        {"name": "full", "percent": 100}]))
    clients = []
    for user in on(t, "legacy", 60):
        clients.append(t.client())
        clients[-1].send(wire.request(fields=[("x-user-id", user)]))
    t.wait_metric("understudy_requests_total", 60)
    t.proxy.admin().rollout(stage="most")
    gate.set()
    assert {c.read_answer().status for c in clients} == {200}
    for i in range(80):
        t.get(user=f"v{i}")
    t.legs(140)
    gates = t.proxy.admin().get("/api/v1/plan")["gates"]
    assert "sample_ratio" not in [g["name"] for g in gates], gates
