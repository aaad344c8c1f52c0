"""Numbers that answers say of themselves: read as they pass, counted, recorded, shown."""

import json
import signal

from harness import eventually, scripts
from harness.ctl import Ctl

SIGNALS = [
    {"name": "cache", "header": "x-cache", "kind": "share", "equals": "HIT"},
    {"name": "hit", "json": "/meta/cacheHit", "kind": "share"},
    {"name": "failed", "json": "/error/type", "kind": "share", "equals": "db", "absent": "no"},
    {"name": "took", "json": "/meta/ms", "kind": "number", "unit": "ms"},
    {"name": "tokens", "json": "/usage/total_tokens", "kind": "number"},
]


def answer(hit, ms, cache="HIT", status=200, **more):
    return scripts.as_json({"meta": {"cacheHit": hit, "ms": ms}, **more}, status=status,
                           fields=[("X-Cache", cache)])


def events(*values):
    body = b"".join(f"data: {json.dumps(v)}\n\n".encode() for v in values)
    return scripts.fixed(body, fields=[("Content-Type", "text/event-stream")])


def recorded(t, n):
    return [json.loads(r["signals"]) if r["signals"] else None
            for r in t.store().wait_count(n)]


def signals(t, version, **where):
    v = t.status()["versions"][version]
    return (v["recent"] if where.get("recent") else v)["signals"]


def test_of_both_versions(h):
    t = h.stand(shadow=100, rules={"signals": SIGNALS}, legacy=answer(True, 12.5),
                enhanced=answer(False, 40, "MISS", error={"type": "db"}))
    for i in range(4):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["versions"]["enhanced"]["requests"] == 4, "the shadows")
    legacy, enhanced = signals(t, "legacy"), signals(t, "enhanced")
    assert legacy["cache"] == {"n": 4, "yes": 4, "share": 1}, legacy
    assert legacy["hit"]["share"] == 1 and legacy["took"] == {"n": 4, "mean_ms": 12.5}, legacy
    assert legacy["failed"] == {"n": 4, "yes": 0, "share": 0}, legacy
    assert legacy["tokens"] == {"n": 0, "mean": None}, legacy
    assert enhanced["cache"]["share"] == 0 and enhanced["hit"]["share"] == 0, enhanced
    assert enhanced["failed"]["share"] == 1 and enhanced["took"]["mean_ms"] == 40, enhanced
    eventually(lambda: signals(t, "legacy", recent=True)["cache"]["n"] == 4, "the window")
    rows = {r["version"]: json.loads(r["signals"]) for r in t.store().wait_count(8)}
    assert rows["legacy"] == {"cache": True, "hit": True, "failed": False, "took": 12.5}, rows
    assert rows["enhanced"] == {"cache": False, "hit": False, "failed": True, "took": 40}, rows
    labels = '{version="legacy",signal="took"}'
    assert t.metric(f"understudy_signal_count{labels}") == 4
    assert abs(t.metric(f"understudy_signal_sum{labels}") - 0.05) < 1e-9
    assert t.metric('understudy_signal_sum{version="enhanced",signal="failed"}') == 4


def test_of_a_stream_the_last_event(h):
    t = h.stand(rules={"signals": SIGNALS}, legacy=events(
        {"meta": {"ms": 1}}, {"meta": {"ms": 3}}, {"usage": {"total_tokens": 70}}, {"x": 1}))
    t.get(user="u")
    assert recorded(t, 1) == [{"failed": False, "took": 3, "tokens": 70}]


KINDS = [
    ("a server's error", answer(True, 1, status=500), {"cache": True, "hit": True, "failed": False,
                                                       "took": 1}),
    ("not JSON", scripts.fixed("{}", fields=[("Content-Type", "text/plain")]), None),
    ("not JSON, with a header", scripts.fixed("{}", fields=[("X-Cache", "no")]), {"cache": False}),
    ("half a document", scripts.fixed('{"meta": {"ms": 5}', fields=[
        ("Content-Type", "application/json")]), {"took": 5}),
    ("packed", scripts.fixed("{}", fields=[("Content-Type", "application/json"),
                                           ("Content-Encoding", "gzip"), ("X-Cache", "HIT")]),
     {"cache": True}),
    ("no body", scripts.fixed("", fields=[("X-Cache", "HIT")]), {"cache": True}),
    ("several headers", scripts.fixed("", fields=[("X-Cache", "HIT"), ("X-Cache", "MISS")]),
     {"cache": True}),
]


def test_of_each_kind(h):
    t = h.stand(rules={"signals": SIGNALS, "inspect": False})
    for n, (why, script, want) in enumerate(KINDS, 1):
        t.legacy.script = script
        t.get(user="u")
        with h.check(why):
            got = recorded(t, n)[-1]
            assert got == want, got


def test_only_of_those_that_take_part(h):
    t = h.stand(legacy=answer(True, 1), rules={"signals": SIGNALS, "routes": [
        {"match": {"path": "/chat"}}, {"match": {"path": "/old"}, "rollout": False}]})
    for path in ("/chat", "/old", "/else"):
        t.get(path, user="u")
    rows = {r["path"]: r["signals"] is not None for r in t.store().wait_count(3)}
    assert rows == {"/chat": True, "/old": False, "/else": False}, rows


def reload(t, **rules):
    t.proxy.change(rules=rules)
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark)["level"] == "info"


def test_a_reload_keeps_or_begins_anew(h):
    t = h.stand(legacy=answer(True, 1), rules={"signals": SIGNALS})
    t.get(user="u")
    reload(t, inspect=False)
    assert signals(t, "legacy")["hit"]["n"] == 1, "the same signals"
    reload(t, signals=SIGNALS[:2])
    t.get(user="u")
    got = signals(t, "legacy")
    assert got == {"cache": {"n": 1, "yes": 1, "share": 1},
                   "hit": {"n": 1, "yes": 1, "share": 1}}, got
    assert t.status()["versions"]["legacy"]["requests"] == 2


DB_IN_HEADER = {"name": "db", "header": "x-error", "kind": "share", "equals": "db", "absent": "no"}
DB_IN_BODY = {"name": "said", "json": "/error/type", "kind": "share", "equals": "db", "absent": "no"}


def test_of_a_replaced_answer_the_headers(h):
    t = h.stand(percent=100, rules={"signals": [DB_IN_HEADER, DB_IN_BODY]}, legacy=answer(True, 1),
                enhanced=scripts.as_json({"error": {"type": "db"}}, 503, [("X-Error", "db")]))
    for _ in range(2):
        assert t.get(user="u").version == "legacy"
    got = signals(t, "enhanced")
    assert got == {"db": {"n": 2, "yes": 2, "share": 1}, "said": {"n": 0, "yes": 0, "share": None}}
    rows = sorted((r["version"], r["signals"]) for r in t.store().wait_count(4))
    assert json.loads(rows[0][1]) == {"db": True} and rows[0][0] == "enhanced", rows


# -- conditions ---------------------------------------------------------------

def rule(**kw):
    return {"name": "r", "min_requests": 10, "window": "60s", "action": "rollback", **kw}


def guarded(h, *guards, legacy=None, enhanced=None, **rollout):
    return h.stand(percent=50, legacy=legacy or answer(True, 10), enhanced=enhanced or
                   answer(True, 10), rules={"signals": SIGNALS, "guard": list(guards),
                                            "rollout": {"fallback": {"on": []}, **rollout}})


def ask(t, n):
    for i in range(n):
        t.get(user=f"u{i}")


TRIPS = [
    ("a share", rule(signal="hit", below="80%"), answer(False, 10), "hit of enhanced is 0% (0 of "),
    ("a share against legacy", rule(signal="cache", below_legacy_by="-10%"),
     answer(True, 10, "MISS"), "below 90%, that is legacy's 100%"),
    ("a mean", rule(signal="took", above="20ms"), answer(True, 50), "took of enhanced is 50ms (of "),
    ("a quantile", rule(signal="took", quantile=0.9, above_legacy_times=2), answer(True, 50),
     "took_p90 of enhanced is 50ms (of "),
    ("a sequential test", rule(signal="failed", above="2%", test="sequential", min_requests=1),
     answer(True, 10, error={"type": "db"}), "failed of enhanced is 100% ("),
]


def test_each_condition_trips(h):
    for why, condition, enhanced, words in TRIPS:
        t = guarded(h, condition, enhanced=enhanced)
        with h.check(why):
            ask(t, 60)
            reason = t.wait_status(lambda s: s["rollout"]["latched"], "the trip")["rollout"]["reason"]
            assert words in reason, reason
            log = t.proxy.admin().get("/api/v1/events")["events"]
            trip = next(e for e in log if e["kind"] == "trip")
            assert trip["evidence"]["metric"] in reason and trip["evidence"]["n"] >= 1, trip


def test_a_healthy_one_does_not(h):
    t = guarded(h, *[{**c, "name": f"r{i}"} for i, (_, c, _, _) in enumerate(TRIPS)])
    ask(t, 60)
    t.wait_status(lambda s: all(r["judgement"] == "fine" for r in s["rules"]), "all rules know")
    assert not t.status()["rollout"]["latched"]


def test_a_shared_cause_holds(h):
    t = guarded(h, rule(signal="hit", below="80%"), legacy=answer(False, 10),
                enhanced=answer(False, 10))
    ask(t, 60)
    t.wait_status(lambda s: s["rules"][0]["judgement"] == "shared", "the look at legacy")
    assert not t.status()["rollout"]["latched"]


def test_gates_wait_until_it_is_sure(h):
    t = guarded(h, advance="auto", stage="half", stages=[
        {"name": "half", "percent": 50, "gates": [
            {"name": "hits", "signal": "hit", "above": "95%"},
            {"name": "took", "signal": "took", "quantile": 0.95, "below": "100ms"},
            {"name": "content", "metric": "first_content_p95", "below": "10s"}]},
        {"name": "full", "percent": 100}])
    ask(t, 40)
    rows = t.proxy.admin().get("/api/v1/plan")["gates"]
    assert {r["state"] for r in rows} == {"waiting"}, rows
    assert "took_p95 of enhanced is not known yet" in str(rows), rows
    ask(t, 200)
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "the next stage")
    assert t.status()["rules"] == []


def test_shown_with_its_distribution(h):
    t = guarded(h, rule(signal="took", quantile=0.9, above="1s"))
    ask(t, 40)
    took = t.status()["versions"]["enhanced"]["signals"]["took"]
    assert abs(took["p95_ms"] - 10) < 0.1 and took["mean_ms"] == 10, took
    text, _ = Ctl.of(t.proxy).run("status")
    assert "signals, lately" in text and "10ms of " in text, text
    assert t.metric('understudy_guard_samples{rule="r",metric="took_p90",version="enhanced"}') > 0
