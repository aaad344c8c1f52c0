"""A second call to legacy for a share of the mirrored pairs: to a backend of its
own or to legacy itself, within the caps of mirroring, and never felt."""

import time

from harness import SLACK, eventually, limit, scripts, wire
from harness.tls import server_context

ALL = {"noise": {"sample": "100%"}}
ANSWER = scripts.as_json({"answer": 42})
DONE = {"shadow": {"timeout": "1s"}}


def is_control(request):
    """Marked as the second call to legacy?"""
    return request.header("x-understudy-leg") == "control"


def stand(h, control=None, rules=None, config=None, **kw):
    """Everything mirrored and asked twice; control: a script of its own."""
    backends = {"control": {"urls": [h.backend(control, "control").url]}} if control else {}
    over = {**DONE, "workers": 1, **(config or {})}
    over["backends"] = {**backends, **over.get("backends", {})}
    t = h.stand(shadow=100, rules={**ALL, **(rules or {})}, config=over, **kw)
    t.control = next((b for b in reversed(h._made) if getattr(b, "name", "") == "control"), None)
    return t


def judged(t, n):
    """Wait until n pairs have a verdict."""
    return t.wait_status(lambda s: sum(s["comparisons"][v] for v in (
        "same", "noise", "different", "incomparable")) == n, f"{n} verdicts")


def test_a_second_legacy_is_asked(h):
    t = stand(h, control=ANSWER, legacy=ANSWER, enhanced=ANSWER)
    for i in range(5):
        assert t.post(b'{"q":1}', target="/chat?x=1", user=f"u{i}").version == "legacy"
    seen = t.control.wait_requests(5)
    assert all(is_control(r) and r.target == "/chat?x=1" and r.body == b'{"q":1}' for r in seen)
    assert len(t.legacy.seen()) == 5 and not any(is_control(r) for r in t.legacy.seen())
    rows = t.store().wait_count(5, "exchanges", "leg = 'control'")
    assert {(r["version"], r["outcome"], r["status"]) for r in rows} == {("legacy", "done", 200)}
    primaries = t.store().rows("SELECT pair FROM exchanges WHERE leg = 'primary'")
    assert {r["pair"] for r in rows} == {r["pair"] for r in primaries}
    s = judged(t, 5)
    assert s["control"]["sent"] == 5 and s["control"]["inflight"] == 0, s["control"]
    # users' numbers are of what users met
    assert s["versions"]["legacy"]["requests"] == 5, s["versions"]["legacy"]
    assert t.metric('understudy_legs_total{version="legacy",leg="control",outcome="done"}') == 5
    assert not any('version="enhanced",leg="control"' in name
                   for name in t.proxy.admin().metrics())
    listed = [e for e in t.status()["endpoints"] if e["version"] == "control"]
    assert [e["exchanges"] for e in listed] == [5], listed
    views = t.store().rows("SELECT * FROM v_requests_by_version WHERE version = 'legacy'")
    assert views[0]["requests"] == 5, views


def test_without_one_legacy_is_asked_twice(h):
    t = stand(h, legacy=ANSWER, enhanced=ANSWER)
    for i in range(5):
        assert t.get("/x", user=f"u{i}").json() == {"answer": 42}
    seen = t.legacy.wait_requests(10)
    assert sum(map(is_control, seen)) == 5
    rows = t.store().wait_count(5, "exchanges", "leg = 'control'")
    assert {(r["version"], r["outcome"]) for r in rows} == {("legacy", "done")}
    assert judged(t, 5)["versions"]["legacy"]["requests"] == 5
    # its connection is not one that users wait for
    users = {r.connection for r in seen if not is_control(r)}
    assert not users & {r.connection for r in seen if is_control(r)}


def test_canaries_are_sampled_too(h):
    t = stand(h, control=ANSWER, percent=100, legacy=ANSWER, enhanced=ANSWER)
    assert t.get().version == "enhanced"
    assert is_control(t.control.wait_requests(1)[0])
    assert t.legacy.wait_requests(1)[0].is_shadow


def test_only_a_share_and_nothing_unless_asked(h):
    t = stand(h, control=ANSWER, legacy=ANSWER, enhanced=ANSWER, rules={"noise": {"sample": "20%"}})
    with t.client() as c:
        for i in range(300):
            c.ask("GET", "/", [("x-user-id", f"u{i}")])
    judged(t, 300)
    # 60, give or take six standard deviations
    assert 18 < len(t.control.seen()) < 102, len(t.control.seen())
    assert t.status()["control"]["eligible"] == len(t.control.seen())
    quiet = h.stand(shadow=100, legacy=ANSWER, enhanced=ANSWER)
    for i in range(20):
        quiet.get(user=f"u{i}")
    judged(quiet, 20)
    assert len(quiet.legacy.seen()) == 20 and quiet.status()["control"]["eligible"] == 0


def ways(h):
    """(name, what control does, outcomes of its leg)"""
    return [
        ("hang", scripts.hang(), {"shadow_timeout"}),
        ("reset", scripts.reset(), {"upstream_reset"}),
        ("drip", scripts.drip(b"d" * 1000, every=0.05), {"shadow_timeout"}),
        ("garbage", scripts.garbage(), {"upstream_bad_head"}),
        ("huge", scripts.huge_body(64 << 20), {"shadow_too_large"}),
        ("refused", h.refusing(), {"connect_failed", "no_endpoint"}),
        ("500", scripts.status(500), {"upstream_5xx"}),
    ]


def check_harmless(t, outcomes):
    """Ten users of a stand whose control misbehaves: as without it."""
    began = time.monotonic()
    with t.client() as c:
        for i in range(10):
            a = c.ask("GET", "/", [("x-user-id", f"u{i}")])
            assert a.json() == {"answer": 42}, a
    # a control that hangs takes a second each
    assert time.monotonic() - began < 5 * SLACK
    rows = t.store().wait_count(10, where="leg = 'control'")
    assert {r["outcome"] for r in rows} <= outcomes, {r["outcome"] for r in rows}
    s = judged(t, 10)
    assert s["comparisons"]["same"] == 10, s["comparisons"]
    assert s["versions"]["legacy"]["failures"] == 0, s["versions"]["legacy"]
    eventually(lambda: t.metric("understudy_shadow_captured_bytes") == 0, "memory is given back")
    assert t.metric("understudy_control_inflight") == 0


@limit(120)
def test_a_bad_control_is_not_felt(h):
    for name, bad, outcomes in ways(h):
        with h.check(name):
            control = bad if hasattr(bad, "url") else h.backend(bad, "control")
            t = stand(h, legacy=ANSWER, enhanced=ANSWER,
                      config={"backends": {"control": {"urls": [control.url]}}})
            check_harmless(t, outcomes)
            t.proxy.stop()


@limit(120)
def test_nor_are_second_calls_that_fail_at_legacy(h):
    def only_twice(bad):
        return lambda x: (bad if is_control(x.request) else ANSWER)(x)

    for name, bad, outcomes in ways(h):
        if hasattr(bad, "url"):
            continue
        with h.check(name):
            # two endpoints, so that one could be held for its failures
            config = {"backends": {"legacy": {"urls": [
                h.backend(only_twice(bad), "legacy").url for _ in range(2)]}}}
            t = stand(h, legacy=ANSWER, enhanced=ANSWER, config=config)
            check_harmless(t, outcomes)
            for e in t.status()["endpoints"]:
                assert (e["state"], e["failures"], e["holds"]) == ("up", 0, 0), e
            t.proxy.stop()


def test_it_counts_in_the_cap_of_shadows(h):
    t = stand(h, control=ANSWER, legacy=ANSWER, enhanced=ANSWER,
              config={"limits": {"shadow_inflight": 1}})
    for i in range(5):
        t.get(user=f"u{i}")
        judged(t, i + 1)
    s = t.status()
    assert s["shadow"]["sent"] == 5 and s["control"]["sent"] == 0, s["shadow"]
    assert s["control"]["dropped"]["concurrency"] == 5, s["control"]
    assert t.control.seen() == []


def test_it_counts_in_the_budget(h):
    t = stand(h, control=ANSWER, legacy=ANSWER, enhanced=ANSWER,
              rules={"mirror": {"budget": {"requests": 3}}})
    for i in range(2):
        t.get(user=f"u{i}")
        judged(t, i + 1)
    s = t.status()
    assert s["shadow"]["sent"] == 2 and s["control"]["sent"] == 1, s
    assert s["control"]["dropped"]["budget"] == 1, s["control"]


def test_none_is_sent_once_latched(h):
    t = stand(h, control=ANSWER, percent=100, legacy=ANSWER, enhanced=ANSWER)
    c = t.client()
    c.send(wire.request("POST", "/", [("x-user-id", "u"), ("Content-Length", "4")]) + b"ab")
    t.wait_metric("understudy_requests_inflight", 1)
    t.proxy.admin().rollback()
    c.send(b"cd")
    assert c.read_answer().version == "enhanced"
    eventually(lambda: t.status()["control"]["dropped"]["latched"] == 1, "it is counted")
    assert t.get().version == "legacy"
    assert t.control.seen() == [] and t.status()["control"]["eligible"] == 1


def test_websockets_are_not_asked_twice(h):
    t = stand(h, control=ANSWER, legacy=scripts.status(400), enhanced=ANSWER)
    a = t.ask("GET", "/ws", [("x-user-id", "u"), ("Connection", "Upgrade"),
                             ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])
    assert a.status == 400
    t.legs(1)
    assert t.control.seen() == [] and t.enhanced.seen() == []


def test_its_backend_has_tls_checks_and_rewrites(h):
    ca = h.authority()
    control = h.backend(ANSWER, "control", tls=server_context(ca.issue("localhost")),
                        host="localhost")
    t = stand(h, legacy=ANSWER, enhanced=ANSWER, config={"backends": {"control": {
        "urls": [control.url], "tls": {"ca": str(ca.certificate)},
        "health": {"path": "/health", "interval": "100ms"}}}},
        rules={"rewrite": {"legacy": {"headers": [{"name": "x-key", "value": "old"}]},
                           "enhanced": {"headers": [{"name": "x-key", "value": "new"}]}}})
    assert t.get("/ask").status == 200
    checks = control.wait_requests(2, path="/health")
    assert not any(map(is_control, checks))
    asked = control.wait_requests(1, path="/ask")[0]
    assert is_control(asked) and asked.header("x-key") == "old"
    admin = t.proxy.admin()
    row = next(e for e in t.status()["endpoints"] if e["version"] == "control")
    assert row["state"] == "up" and row["last_check"]["what"] == "status 200", row
    # nobody needs it: its only endpoint may be set aside
    admin.ok("POST", "/api/v1/endpoints", {"url": control.url, "aside": True, "reason": "test"})
    assert t.get("/ask", user="u2").status == 200
    rows = t.store().wait_count(1, where="leg = 'control' AND outcome = 'no_endpoint'")
    assert rows[0]["version"] == "legacy"
