"""Conditions over one route: what fails there is seen there, and nowhere else."""

import signal

from harness import eventually, scripts
from harness.ctl import Ctl

ROUTES = [{"match": {"path": "/ai/*"}}, {"match": {"path": "/users"}}]
FINE = scripts.as_json({"hit": True})


def rule(**kw):
    return {"name": "r", "route": "/ai/*", "min_requests": 20, "window": "60s",
            "action": "rollback", **kw}


def by_path(bad):
    """Enhanced is bad under /ai/ alone."""
    return scripts.routes({"/ai/chat": bad}, FINE)


def stand(h, *guards, bad=None, shadow=0, **rollout):
    return h.stand(percent=50, shadow=shadow, legacy=FINE, enhanced=by_path(bad or FINE), rules={
        "routes": ROUTES, "guard": list(guards), "breaker": {"enabled": False},
        "signals": [{"name": "hit", "json": "/hit", "kind": "share"}],
        "rollout": {"fallback": {"on": ["5xx"]}, **rollout}})


def ask(t, n, path):
    for i in range(n):
        assert t.get(path, user=f"u{i}").status == 200


def judgement(t, name="r"):
    return next(r for r in t.status()["rules"] if r["name"] == name)


BAD = scripts.fixed("no", status=500)
# Of fallbacks the guard may look while the last one still runs.
TRIPS = [
    ("errors", rule(metric="error_rate", above="50%"), BAD, "error_rate of enhanced on /ai/*"),
    ("fallbacks", rule(metric="fallback_rate", above="50%"), BAD,
     "fallback_rate of enhanced on /ai/* is "),
    ("errors by evidence", rule(metric="error_rate", above_legacy_times=1.5, test="sequential"),
     BAD, "on /ai/* is 100% ("),
    ("a signal", rule(signal="hit", below="80%"), scripts.as_json({"hit": False}),
     "hit of enhanced on /ai/* is 0%"),
]


def test_each_number_is_the_route_s(h):
    for why, condition, bad, words in TRIPS:
        t = stand(h, condition, bad=bad)
        with h.check(why):
            ask(t, 120, "/users")
            ask(t, 10, "/ai/chat")
            r = judgement(t)
            assert r["judgement"] == "unknown" and r["route"] == "/ai/*", r
            assert r["n"] <= 10, r
            ask(t, 60, "/ai/chat")
            t.wait_status(lambda s: s["rollout"]["latched"], "the trip")
            reason = t.status()["rollout"]["reason"]
            assert words in reason, reason
            log = t.proxy.admin().get("/api/v1/events")["events"]
            trip = next(e for e in log if e["kind"] == "trip")
            assert trip["evidence"]["route"] == "/ai/*", trip
            assert abs(trip["evidence"]["value"] - (why != "a signal")) < 0.1, trip


def test_the_others_do_not_see_it(h):
    t = stand(h, rule(metric="error_rate", above="50%"),
              rule(name="users", metric="error_rate", above="1%", route="/users"),
              {k: v for k, v in rule(name="whole", metric="error_rate", above="60%").items()
               if k != "route"}, bad=BAD,
              shadow=100)
    ask(t, 200, "/users")
    ask(t, 50, "/ai/chat")
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip of the route")
    assert judgement(t, "users")["judgement"] == "fine", t.status()["rules"]
    assert judgement(t, "whole")["judgement"] == "fine", t.status()["rules"]
    assert judgement(t, "users")["n"] == 200, t.status()["rules"]
    text, _ = Ctl.of(t.proxy).run("status")
    assert ", on /ai/*" in text and ", on /users" in text, text


def test_pairs_count_for_their_route(h):
    t = stand(h, rule(metric="divergence_rate", above="50%", action="alert"),
              rule(name="users", metric="divergence_rate", above="1%", route="/users",
                   action="alert"), bad=scripts.as_json({"hit": 7}), shadow=100)
    ask(t, 60, "/users")
    ask(t, 60, "/ai/chat")
    t.wait_status(lambda s: [(r["n"], r["judgement"]) for r in s["rules"]] ==
                  [(60, "trip"), (60, "fine")], "all verdicts")


def reload(t, **rules):
    t.proxy.change(rules=rules)
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark)["level"] == "info"


def test_a_reload_keeps_what_was_counted(h):
    t = stand(h, rule(metric="requests", above=1000, min_requests=1), shadow=100)
    ask(t, 10, "/ai/chat")
    t.wait_status(lambda s: s["rules"][0]["n"] == 10, "all that was asked")
    reload(t, routes=[{"match": {"path": "/new"}}, *ROUTES])
    ask(t, 5, "/ai/chat")
    t.wait_status(lambda s: s["rules"][0]["n"] == 15, "both together")


def routes_of(t):
    doc = t.proxy.admin().get("/api/v1/routes")
    return {r["route"]: r for r in doc["routes"]}, doc["left_out"]


def test_each_route_is_shown(h):
    t = stand(h, bad=BAD, shadow=100)
    ask(t, 100, "/users")
    ask(t, 20, "/ai/chat")
    t.wait_status(lambda s: s["versions"]["enhanced"]["requests"] == 120, "both versions of all")
    eventually(lambda: routes_of(t)[0]["/ai/*"]["enhanced"]["compared"] == 20, "the verdicts")
    rows, left_out = routes_of(t)
    assert list(rows) == [None, "/ai/*", "/users"] and left_out == 0, rows
    ai, users = rows["/ai/*"]["enhanced"], rows["/users"]["enhanced"]
    assert ai["requests"] == ai["failures"] == ai["different"] == 20, ai
    assert ai["fallbacks"] == ai["primary"] > 0 and users["fallbacks"] == 0, ai
    assert ai["error_rate"]["value"] == 1 and ai["error_rate"]["low"] > 0.8, ai
    assert ai["latency_p95_ms"]["value"] is None and ai["latency_p95_ms"]["needs"] == 59, ai
    assert ai["latency_p50_ms"]["low"] <= ai["latency_p50_ms"]["value"], ai
    assert users["latency_p95_ms"]["value"] <= users["latency_p95_ms"]["high"], users
    assert users["failures"] == 0 and rows[None]["enhanced"]["failures"] == 20, rows
    text, _ = Ctl.of(t.proxy).run("routes")
    assert "unknown (20 of 59)" in text and " fell back, 20 of 20 differ" in text, text


def test_minutes_are_written_down(h):
    t = stand(h, bad=BAD, shadow=100)
    ask(t, 10, "/users")
    ask(t, 20, "/ai/chat")
    eventually(lambda: routes_of(t)[0]["/ai/*"]["enhanced"]["compared"] == 20, "the verdicts")
    t.proxy.stop()
    # One row, or two if the minute turned meanwhile.
    rows = t.store().rows("SELECT route, version, sum(requests) AS n, sum(failures) AS failed,"
                          " sum(fallbacks) AS fell, sum(compared) AS compared, sum(different) AS"
                          " different, min(p95_us) AS p95 FROM windows WHERE rollout = 'rollout'"
                          " AND instance <> '' GROUP BY 1, 2")
    got = {(r["route"], r["version"]): r for r in rows}
    assert got["", "enhanced"]["n"] == 30 and got["", "legacy"]["n"] >= 30, rows
    ai = got["/ai/*", "enhanced"]
    assert ai["n"] == ai["failed"] == ai["compared"] == ai["different"] == 20, ai
    assert ai["fell"] > 0 and ai["p95"] > 0, ai
    assert got["/users", "enhanced"]["failed"] == 0, rows
    merged = t.store().rows("SELECT route, sum(j.value) AS n FROM windows, json_each(latency) AS j"
                            " WHERE version = 'enhanced' GROUP BY 1")
    assert {r["route"]: r["n"] for r in merged} == {"": 30, "/ai/*": 20, "/users": 10}, merged


def test_each_route_is_in_the_metrics(h):
    t = stand(h, bad=BAD, shadow=100)
    ask(t, 10, "/users")
    ask(t, 20, "/ai/chat")
    admin = t.proxy.admin()
    of = 'understudy_route_%s{route="%s",version="%s"%s}'
    failed = of % ("leg_failures_total", "/ai/*", "enhanced", "")
    eventually(lambda: admin.metrics()[failed] == 20, "its failures")
    eventually(lambda: admin.metrics()['understudy_route_different_total{route="/ai/*"}'] == 20,
               "its verdicts")
    m = admin.metrics()
    assert m[of % ("legs_total", "/ai/*", "enhanced", ',outcome="upstream_5xx"')] == 20, m
    assert m[of % ("legs_total", "/users", "enhanced", ',outcome="done"')] == 10, m
    assert m[of % ("leg_failures_total", "/users", "enhanced", "")] == 0, m
    assert m[of % ("leg_duration_seconds_count", "/users", "legacy", "")] == 10, m
    assert m['understudy_route_fallbacks_total{route="/ai/*"}'] > 0, m
    assert m['understudy_route_compared_total{route="/ai/*"}'] == 20, m
    assert m['understudy_route_fallbacks_total{route="/users"}'] == 0, m
