"""The switches above the percentage: the environment, enabled, stages."""


def test_environment_is_the_last_resort(h):
    t = h.stand(percent=100, shadow=100, env={"UNDERSTUDY_ENABLED": "false"},
                rules={"rollout": {"overrides": [{"users": ["u"], "version": "enhanced"}]}})
    for user in ("u", "v"):
        assert t.get(user=user).version == "legacy"
    assert t.proxy.admin().explain("u")["why"] == "env"
    t.legs(2)
    assert not t.enhanced.seen(), "mirrored though switched off"
    assert t.status()["rollout"]["held_by"] == "environment"


def test_environment_true_changes_nothing(h):
    t = h.stand(percent=100, env={"UNDERSTUDY_ENABLED": "true"})
    assert t.get().version == "enhanced"


def test_enabled_false_in_the_rules(h):
    t = h.stand(percent=100, shadow=100, rules={"rollout": {"enabled": False}})
    assert t.get().version == "legacy"
    assert t.proxy.admin().explain("user-1")["why"] == "off"
    t.legs(1)
    assert not t.enhanced.seen()


def test_switched_at_run_time(h):
    t = h.stand(percent=100)
    admin = t.proxy.admin()
    assert t.get().version == "enhanced"
    admin.rollout(enabled=False, reason="lunch")
    assert t.get().version == "legacy"
    rollout = t.status()["rollout"]
    assert rollout["enabled"] is False and rollout["reason"] == "lunch", rollout
    admin.rollout(enabled=True)
    assert t.get().version == "enhanced"


def test_stages_and_percent_at_run_time(h):
    t = h.stand(percent=0)
    admin = t.proxy.admin()
    admin.rollout(stage="full")
    assert t.get().version == "enhanced"
    rollout = t.status()["rollout"]
    assert rollout["stage"] == "full" and rollout["percent"] == 100, rollout
    epoch = rollout["epoch"]
    admin.rollout(percent=0.001)
    rollout = t.status()["rollout"]
    assert rollout["percent"] == 0.001 and rollout["epoch"] > epoch, rollout
    admin.rollout(stage="off")
    assert t.get().version == "legacy"
    assert t.status()["rollout"]["percent"] == 0


def test_wrong_changes_change_nothing(h):
    t = h.stand(percent=50)
    admin = t.proxy.admin()
    before = t.status()["rollout"]
    table = [{"stage": "nosuch", "reason": "x"}, {"percent": 101, "reason": "x"},
             {"percent": -1, "reason": "x"}, {"percent": 0.0001, "reason": "x"},
             {"percent": "many", "reason": "x"}, {"stage": "full"}, {"reason": "x"},
             {"stage": "full", "reason": ""}, {"stage": 7, "reason": "x"},
             {"enabled": "yes", "reason": "x"}, {"stagge": "full", "reason": "x"},
             [], "x", b"{", b""]
    for value in table:
        with h.check(repr(value)):
            a = admin.call("POST", "/api/v1/rollout", value)
            assert a.status == 400 and a.json()["error"], a
    assert t.status()["rollout"] == before


def test_shadow_share_without_percent(h):
    t = h.stand(shadow=100)
    assert t.get().version == "legacy"
    t.enhanced.wait_requests(1)
    rollout = t.status()["rollout"]
    assert rollout["percent"] == 0 and rollout["shadow"] == 100, rollout
