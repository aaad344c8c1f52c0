"""A session keeps the version it began with while its user's bucket moves."""

from harness import eventually, limit

STICKY = {"rollout": {"sticky": "session"}}


def ask(t, session, user="user-1"):
    """A request of that user in that session."""
    return t.ask("GET", "/", [("x-user-id", user), ("x-session-id", session)])


def set_percent(t, percent):
    """By an operator."""
    t.proxy.admin().ok("POST", "/api/v1/rollout", {"percent": percent, "reason": "test"})


def test_raising_and_lowering(h):
    t = h.stand(rules=STICKY)
    assert ask(t, "old").version == "legacy"
    set_percent(t, 100)
    assert ask(t, "old").version == "legacy", "it began there"
    assert ask(t, "new").version == "enhanced"
    assert t.get().version == "enhanced", "without a session the bucket decides"
    set_percent(t, 0)
    assert ask(t, "new").version == "enhanced", "it began there"
    assert ask(t, "old").version == "legacy"
    assert t.metric("understudy_sticky_requests_total") == 2
    t.settle()
    why = [r["decision"] for r in t.store().rows("SELECT decision FROM exchanges ORDER BY ts")]
    assert why.count("sticky") == 2 and why.count("bucket") == 4, why
    assert t.status()["sticky"] == {"by": "session", "sessions": 2, "requests": 2}


def test_without_it_the_bucket_decides(h):
    t = h.stand()
    assert ask(t, "s").version == "legacy"
    set_percent(t, 100)
    assert ask(t, "s").version == "enhanced"
    assert t.status()["sticky"]["sessions"] == 0


def test_overrides_go_before(h):
    t = h.stand(percent=100, rules=STICKY)
    assert ask(t, "s").version == "enhanced"
    path = "/api/v1/users/user-1/override"
    t.proxy.admin().ok("PUT", path, {"version": "legacy", "reason": "asked"})
    assert ask(t, "s").version == "legacy"
    t.proxy.admin().ok("DELETE", path + "?reason=done")
    assert ask(t, "s").version == "enhanced"


def test_a_latch_beats_it_and_ends_it(h):
    t = h.stand(percent=100, rules=STICKY)
    assert ask(t, "s").version == "enhanced"
    t.proxy.admin().ok("POST", "/api/v1/rollback", {"reason": "bad"})
    assert ask(t, "s").version == "legacy"
    t.proxy.restart()
    t.proxy.admin().rearm()
    assert t.status()["rollout"]["percent"] == 0
    assert ask(t, "s").version == "legacy", "nobody comes back by his session"


def test_a_restart_and_an_upgrade_keep_them(h):
    t = h.stand(percent=100, rules=STICKY)
    assert ask(t, "s").version == "enhanced"
    set_percent(t, 0)
    t.proxy.restart()
    assert ask(t, "s").version == "enhanced", "lost by the restart"
    set_percent(t, 100)
    for i in range(20):
        assert ask(t, f"s-{i}", f"user-{i}").version == "enhanced"
    set_percent(t, 0)
    t.proxy.upgrade()
    for i in range(20):
        assert ask(t, f"s-{i}", f"user-{i}").version == "enhanced", "lost by the upgrade"
    t.proxy.wait_former()


@limit(120)
def test_a_crash_keeps_what_was_written(h):
    t = h.stand(percent=100, rules=STICKY)
    # the first write comes with the first tick that finds a session
    assert ask(t, "s").version == "enhanced"
    eventually(lambda: t.store().count("sticky") == 1, "it is written down", 60)
    set_percent(t, 0)
    t.proxy.kill()
    t.proxy.start()
    assert ask(t, "s").version == "enhanced"


def test_switched_on_by_a_reload(h):
    t = h.stand()
    t.proxy.change(rules=STICKY)
    t.proxy.admin().reload()
    assert ask(t, "s").version == "legacy"
    set_percent(t, 100)
    assert ask(t, "s").version == "legacy"


def test_an_id_in_the_body(h):
    t = h.stand(rules={"session": [{"body": "/session"}], **STICKY})
    assert t.post(b'{"session": "s"}').version == "legacy"
    set_percent(t, 100)
    assert t.post(b'{"session": "s"}').version == "legacy"
    assert t.post(b'{"session": "t"}').version == "enhanced"


def test_a_session_does_not_flip(h):
    """What isolation would count."""
    t = h.stand(rules={"isolation": {"on": ["flip"]}, **STICKY})
    ask(t, "s")
    set_percent(t, 100)
    ask(t, "s")
    set_percent(t, 0)
    ask(t, "s")
    isolation = t.status()["isolation"]
    assert isolation["legacy"]["flip"] == isolation["enhanced"]["flip"] == 0, isolation


def test_the_sample_ratio_goes_by_the_draw(h):
    """Sessions that stay where they were are no users that are lost."""
    t = h.stand(rules={"rollout": {"sticky": "session", "stage": "off", "stages": [
        {"name": "off"}, {"name": "half", "percent": 50}, {"name": "full", "percent": 100}]}})
    for i in range(200):
        ask(t, f"s-{i}", f"user-{i}")
    t.proxy.admin().ok("POST", "/api/v1/rollout", {"stage": "half", "reason": "test"})
    for i in range(200):
        assert ask(t, f"s-{i}", f"user-{i}").version == "legacy"
    plan = t.proxy.admin().get("/api/v1/plan")
    assert "sample_ratio" not in [g["name"] for g in plan["gates"]], plan["gates"]


@limit(120)
def test_it_is_of_one_instance(h):
    """As docs/decisions.md has it of several behind one balancer."""
    config = {"store": h.cluster().conninfo}
    one, two = (h.stand(rules=STICKY, config=config) for _ in range(2))
    assert ask(one, "s").version == ask(two, "both").version == ask(one, "both").version == "legacy"
    set_percent(one, 100)
    eventually(lambda: two.status()["rollout"]["percent"] == 100, "both know", 30)
    assert ask(two, "s").version == "enhanced", "it was not there before the move"
    assert ask(one, "s").version == "legacy" and ask(two, "s").version == "enhanced", "to and fro"
    assert ask(one, "both").version == ask(two, "both").version == "legacy"
    two.proxy.admin().rollback("bad")
    eventually(lambda: one.status()["rollout"]["latched"], "both are latched", 30)
    one.proxy.admin().rearm("mended", resume=True)
    eventually(lambda: not two.status()["rollout"]["latched"], "both are not", 30)
    assert ask(one, "s").version == ask(two, "both").version == "enhanced", "all is forgotten"
