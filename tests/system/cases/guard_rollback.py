"""A rule that trips takes all traffic to legacy: within the bound, and none
of it back afterwards.  The reason and its numbers are written down."""

import time

from harness import Load, SLACK, eventually, limit, scripts
from harness.guard import NO_FALLBACK, crossing, last_trip, rule, tripped

@limit(120)
def test_bound_and_nothing_after(h):
    """The bound of the issue: at most 1 s from the crossing to the last
    request that enhanced serves."""
    t = h.stand(percent=50, rules={"guard": [rule()], "rollout": NO_FALLBACK})
    with Load(t.proxy.address, threads=4, status=None) as load:
        eventually(lambda: load.done() >= 200, "steady traffic")
        broken = time.monotonic()
        t.enhanced.script = scripts.status(500)
        tripped(t)
        seen = time.monotonic()
        at = load.done()
        eventually(lambda: load.done() >= at + 500, "traffic after the trip")
    crossed = crossing(load.answers, broken)
    by_enhanced = [asked for asked, _, version in load.answers if version == "enhanced"]
    assert max(by_enhanced) - crossed <= 1.0 * SLACK, max(by_enhanced) - crossed
    assert not [a for a in by_enhanced if a > seen], "enhanced served after the trip"
    after = [v for asked, _, v in load.answers if asked > seen]
    assert len(after) >= 400 and set(after) == {"legacy"}


@limit(120)
def test_bound_of_the_breaker_with_several_workers(h):
    """Each worker counts its own row of failures, and its latch is everybody's."""
    t = h.stand(percent=50, config={"workers": 4}, rules={
        "breaker": {"enabled": True, "consecutive": 10, "failure_rate": "100%",
                    "min_requests": 1000}, "rollout": NO_FALLBACK})
    with Load(t.proxy.address, threads=8, status=None, keep=False) as load:
        eventually(lambda: load.done() >= 200, "steady traffic")
        t.enhanced.script = scripts.status(500)
        broken = time.monotonic()
        tripped(t)
        seen = time.monotonic()
        at = load.done()
        eventually(lambda: load.done() >= at + 300, "traffic after the trip")
    # of 37 failures in a row one of the four workers has had ten
    failures = sorted(answered for asked, answered, version in load.answers
                      if version == "enhanced" and asked > broken)
    crossed = failures[:37][-1]
    by_enhanced = [asked for asked, _, version in load.answers if version == "enhanced"]
    assert max(by_enhanced) - crossed <= 1.0 * SLACK, max(by_enhanced) - crossed
    assert not [a for a in by_enhanced if a > seen], "enhanced served after the trip"
    assert "in a row" in t.status()["rollout"]["reason"]


def test_reason_and_evidence_are_written(h):
    t = h.stand(percent=100, enhanced=scripts.status(500),
                rules={"guard": [rule()], "rollout": NO_FALLBACK})
    for i in range(25):
        t.get(user=f"u{i}")
    rollout = tripped(t)
    assert "errors" in rollout["reason"] and rollout["enabled"] is True, rollout
    event = last_trip(t)
    assert event["actor"] == "guard" and event["epoch"] == rollout["epoch"], event
    evidence = event["evidence"]
    assert evidence["rule"] == "errors" and evidence["metric"] == "error_rate", evidence
    assert evidence["value"] > evidence["limit"] == 0.2 and evidence["n"] >= 20, evidence
    row = t.store().rows("SELECT * FROM rollout_events WHERE kind = 'trip'")
    assert len(row) == 1 and row[0]["reason"] == event["reason"], row
    state = t.store().rows("SELECT * FROM rollout_state")[0]
    assert state["latched"] in (1, True) and state["epoch"] == rollout["epoch"]
    assert t.proxy.wait_log("trip")["level"] == "error"
    assert t.get().version == "legacy"


def test_no_shadows_after_the_trip(h):
    t = h.stand(percent=100, shadow=100, enhanced=scripts.status(500),
                rules={"guard": [rule()], "rollout": NO_FALLBACK})
    for i in range(25):
        t.get(user=f"u{i}")
    tripped(t)
    t.wait_status(lambda s: s["shadow"]["inflight"] == 0, "shadows end")
    before = len(t.enhanced.seen())
    for i in range(20):
        assert t.get(user=f"u{i}").version == "legacy"
    assert len(t.enhanced.seen()) == before


def test_too_few_requests_never_trip(h):
    t = h.stand(percent=100, enhanced=scripts.status(500),
                rules={"guard": [rule(min_requests=50)], "rollout": NO_FALLBACK})
    for i in range(49):
        assert t.get(user=f"u{i}").status == 500
    rules = t.wait_status(lambda s: s["versions"]["enhanced"]["requests"] == 49, "counted")
    assert not rules["rollout"]["latched"]
    assert rules["rules"][0]["judgement"] == "unknown", rules["rules"]
    t.get(user="the fiftieth")
    tripped(t)


def test_below_the_limit_is_fine(h):
    t = h.stand(percent=100, enhanced=scripts.routes({"/bad": scripts.status(500)}),
                rules={"guard": [rule()], "rollout": NO_FALLBACK})
    for i in range(100):
        t.get("/bad" if i % 10 == 9 else "/")
    s = t.wait_status(lambda s: s["rules"][0]["n"] == 100, "all counted")
    assert not s["rollout"]["latched"] and s["rules"][0]["judgement"] == "fine", s["rules"]


def test_for_must_last(h):
    t = h.stand(percent=100, enhanced=scripts.status(500),
                rules={"guard": [rule(**{"for": "1s"})], "rollout": NO_FALLBACK})
    began = time.monotonic()
    for i in range(25):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rules"][0]["judgement"] in ("pending", "trip"), "pending")
    tripped(t)
    assert time.monotonic() - began >= 1.0, "tripped before it had lasted"


def test_alert_does_not_latch(h):
    t = h.stand(percent=100, enhanced=scripts.status(500),
                rules={"guard": [rule(action="alert", severity="critical")],
                       "rollout": NO_FALLBACK})
    for i in range(25):
        t.get(user=f"u{i}")
    line = t.proxy.wait_log("alert")
    assert line["level"] == "error" and "errors" in line["msg"], line
    assert not t.status()["rollout"]["latched"]
    kinds = [e["kind"] for e in t.proxy.admin().get("/api/v1/events")["events"]]
    assert kinds.count("alert") == 1, kinds
    assert t.get().version == "enhanced"


def test_latency_rule(h):
    t = h.stand(percent=100, enhanced=scripts.delay(0.12), rules={"guard": [
        rule(name="slow", metric="latency_p95", above="100ms", min_requests=10)]})
    for i in range(12):
        t.get(user=f"u{i}")
    assert "slow" in tripped(t)["reason"]
    assert last_trip(t)["evidence"]["value"] >= 100


def test_latency_relative_to_legacy(h):
    t = h.stand(percent=50, enhanced=scripts.delay(0.1), rules={"guard": [
        {k: v for k, v in rule(name="slower", metric="latency_p50", min_requests=10,
                               above_legacy_by="50ms").items() if k != "above"}]})
    for i in range(60):
        t.get(user=f"user-{i}")
    evidence = (tripped(t), last_trip(t))[1]["evidence"]
    assert evidence["relation"] == "above_legacy_by" and evidence["legacy_n"] >= 10, evidence


def test_errors_relative_to_legacy(h):
    relative = rule(name="worse", above_legacy_times=2, min_requests=10)
    del relative["above"]
    bad = scripts.sequence(*[scripts.status(500), scripts.fixed()] * 200)
    t = h.stand(percent=50, legacy=bad, enhanced=scripts.sequence(
        *[scripts.status(500), scripts.fixed()] * 200),
        rules={"guard": [relative], "rollout": NO_FALLBACK})
    for i in range(100):
        t.get(user=f"user-{i}")
    s = t.wait_status(lambda s: s["rules"][0]["n"] >= 30, "counted")
    assert not s["rollout"]["latched"], "both are as bad: no blame"
    t.legacy.script = scripts.fixed()
    t.enhanced.script = scripts.status(500)
    for i in range(600):
        t.get(user=f"user-{i}")
        if t.get(user="user-x").version and t.status()["rollout"]["latched"]:
            break
    tripped(t)


def test_fallback_rate_rule(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), rules={"guard": [
        rule(name="fallbacks", metric="fallback_rate", above="10%")]})
    for i in range(25):
        a = t.get(user=f"u{i}")
        assert a.status == 200
    assert "fallbacks" in tripped(t)["reason"]


def test_divergence_rate_rule(h):
    t = h.stand(percent=0, shadow=100, legacy=scripts.as_json({"a": 1}),
                enhanced=scripts.as_json({"a": 2}), rules={"guard": [
                    rule(name="differs", metric="divergence_rate", above="10%")]})
    for i in range(25):
        t.get(user=f"u{i}")
    assert "differs" in tripped(t)["reason"]


def test_breaker_on_failures_in_a_row(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), config={"workers": 1},
                rules={"breaker": {"enabled": True, "consecutive": 5, "min_requests": 1000},
                       "rollout": NO_FALLBACK})
    versions = [t.get(user=f"u{i}").version for i in range(30)]
    # at most the five, and those that were under way (none here)
    assert versions == ["enhanced"] * 5 + ["legacy"] * 25, versions
    rollout = tripped(t)
    assert "breaker" in rollout["reason"], rollout
    assert last_trip(t)["evidence"]["consecutive"] == 5
    assert t.metric("understudy_breaker_trips_total") == 1


def test_breaker_on_half_a_row_while_legacy_is_well(h):
    t = h.stand(percent=50, enhanced=scripts.status(500), config={"workers": 1},
                rules={"breaker": {"enabled": True, "consecutive": 10, "min_requests": 1000},
                       "rollout": NO_FALLBACK})
    sides = {"legacy": [], "enhanced": []}
    for i in range(200):
        user = f"u{i}"
        sides[t.proxy.admin().explain(user)["version"]].append(user)
    for user in sides["enhanced"][:4]:
        assert t.get(user=user).version == "enhanced"
    for user in sides["legacy"][:20]:
        assert t.get(user=user).version == "legacy"
    assert not t.status()["rollout"]["latched"]
    assert t.get(user=sides["enhanced"][4]).version == "enhanced"
    assert t.get(user=sides["enhanced"][5]).version == "legacy", "half a row is enough"
    rollout = tripped(t)
    assert "5 failures of enhanced in a row" in rollout["reason"], rollout
    assert "while legacy was well" in rollout["reason"], rollout
    assert last_trip(t)["evidence"]["consecutive"] == 5


def test_breaker_on_the_whole_row_while_legacy_fails_too(h):
    t = h.stand(percent=50, enhanced=scripts.status(500), legacy=scripts.status(500),
                config={"workers": 1},
                rules={"breaker": {"enabled": True, "consecutive": 10, "failure_rate": "100%",
                                   "min_requests": 1000}, "rollout": NO_FALLBACK})
    enhanced = 0
    for i in range(200):
        if t.get(user=f"u{i}").version == "enhanced":
            enhanced += 1
        elif enhanced >= 10:
            break
    assert enhanced == 10, enhanced
    assert "10 failures of enhanced in a row" in tripped(t)["reason"]


def test_breaker_on_the_rate(h):
    bad = scripts.sequence(*[scripts.status(500), scripts.fixed()] * 500)
    t = h.stand(percent=100, enhanced=bad, rules={
        "breaker": {"enabled": True, "consecutive": 0, "failure_rate": "20%",
                    "min_requests": 30}, "rollout": NO_FALLBACK})
    versions = [t.get(user=f"u{i}").version for i in range(100)]
    rollout = tripped(t)
    assert "breaker" in rollout["reason"], rollout
    assert versions.count("enhanced") >= 30


def test_one_user_is_no_row(h):
    """Who asks again and again for what fails is one failure in the row; the
    same failures of different users are as many."""
    t = h.stand(percent=100, enhanced=scripts.status(500), config={"workers": 1}, rules={
        "breaker": {"enabled": True, "consecutive": 5, "failure_rate": "100%",
                    "min_requests": 1000}, "rollout": NO_FALLBACK})
    for _ in range(30):
        assert t.get(user="again").version == "enhanced"
    assert not t.status()["rollout"]["latched"]
    for i in range(5):
        t.get(user=f"u{i}")
    assert "in a row" in tripped(t)["reason"]


RATE = {"breaker": {"enabled": True, "consecutive": 0, "failure_rate": "20%",
                    "min_requests": 20}, "rollout": NO_FALLBACK}


def test_one_user_is_no_rate(h):
    """Of his failures one behind the other the first counts; those of others do."""
    t = h.stand(percent=100, enhanced=scripts.status(500), config={"workers": 1}, rules=RATE)
    for _ in range(60):
        assert t.get(user="again").version == "enhanced"
    for i in range(8):
        for n in range(3):
            t.get(user=f"u{i}-{n}")
    assert "breaker: enhanced fails at least" in tripped(t)["reason"]


def test_a_few_users_are_a_rate_however_often_they_have_failed(h):
    """In a small house everybody has failed before, and nobody is left out."""
    bad = scripts.sequence(*[scripts.status(500), *[scripts.fixed()] * 19] * 15)
    t = h.stand(percent=100, enhanced=bad, config={"workers": 1}, rules=RATE)
    for i in range(300):
        assert t.get(user=f"u{i % 3}").version == "enhanced"
    assert not t.status()["rollout"]["latched"]
    t.enhanced.script = scripts.status(500)
    for i in range(300):
        if t.get(user=f"u{i % 3}").version == "legacy":
            break
    assert "breaker: enhanced fails at least" in tripped(t)["reason"]


def test_breaker_leaves_a_shadow_alone(h):
    t = h.stand(shadow=100, enhanced=scripts.status(500), rules={
        "breaker": {"enabled": True, "consecutive": 5, "min_requests": 10}})
    for i in range(40):
        assert t.get(user=f"u{i}").status == 200
    t.store().wait_count(40, where="leg = 'shadow'")
    assert not t.status()["rollout"]["latched"]


def test_client_faults_are_nobodys_failure(h):
    t = h.stand(percent=100, rules={"guard": [rule(min_requests=5)],
                                    "breaker": {"enabled": True, "consecutive": 3}})
    for _ in range(30):
        c = t.client()
        c.send(b"GET / HTTP/1.1\r\nHost : x\r\n\r\n")
        assert c.read_answer().status == 400
        c.close()
    t.enhanced.script = scripts.hang()
    for i in range(10):
        c = t.client()
        c.send(b"GET / HTTP/1.1\r\nHost: x\r\nx-user-id: u\r\n\r\n")
        t.enhanced.wait_requests(i + 1)
        c.reset()
    t.store().wait_count(10, where="outcome = 'client_gone'")
    s = t.status()
    assert not s["rollout"]["latched"] and s["versions"]["enhanced"]["failures"] == 0, s
