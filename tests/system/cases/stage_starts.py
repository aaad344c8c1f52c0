"""Numbers that are held against what they were as the stage began."""

from harness import scripts

TOKENS = {"name": "tokens", "json": "/usage/total_tokens", "kind": "number"}
STAGES = {"stage": "half", "stages": [
    {"name": "off"}, {"name": "half", "percent": 50}, {"name": "most", "percent": 80}]}


def saying(n):
    return scripts.as_json({"usage": {"total_tokens": n}})


def stand(h, condition, **rules):
    return h.stand(legacy=saying(100), enhanced=saying(100), rules={
        "rollout": STAGES, "guard": [{"name": "r", "action": "pause", **condition}], **rules})


def ask(t, n):
    for i in range(n):
        t.get(user=f"u{i}")


def rule(t, probe=lambda r: True, why="the rule"):
    return t.wait_status(lambda s: probe(s["rules"][0]), why)["rules"][0]


def advance(t):
    t.proxy.admin().ok("POST", "/api/v1/advance", {"reason": "on"})


def paused(t):
    return t.wait_status(lambda s: s["rollout"]["paused"], "the pause")["rollout"]["reason"]


def test_a_signal_and_a_restart(h):
    t = stand(h, {"signal": "tokens", "above_start_times": 1.4, "min_requests": 10,
                  "window": "60s"}, signals=[TOKENS])
    ask(t, 60)
    seen = rule(t, lambda r: r["n"] >= 20, "numbers")
    assert seen["judgement"] == "unknown", "nothing was known at the first start"
    advance(t)
    rule(t, lambda r: r["n"] == 0, "the new stage")
    t.proxy.restart()
    t.enhanced.script = saying(120)
    ask(t, 60)
    seen = rule(t, lambda r: r["judgement"] == "fine", "known after the restart")
    assert seen["start"] == 100 and seen["limit"] == 140, seen
    t.enhanced.script = saying(1000)
    ask(t, 60)
    assert "above 140, that is the start's 100 (of " in paused(t)


def test_users_who_have_none_are_held_against_legacy(h):
    """Nobody was on enhanced before: legacy's number stands in."""
    t = stand(h, {"signal": "tokens", "above_start_by": 50, "min_requests": 10, "window": "60s"},
              signals=[TOKENS], rollout={**STAGES, "stage": "off"})
    ask(t, 40)
    t.wait_status(lambda s: s["versions"]["legacy"]["requests"] == 40, "legacy's requests")
    advance(t)
    t.enhanced.script = saying(200)
    ask(t, 60)
    assert "tokens of enhanced is 200 (of " in paused(t)
    assert "that is legacy's at the start, 100 (of 40) + 50" in t.status()["rollout"]["reason"]
