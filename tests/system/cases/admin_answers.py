"""The shapes of answers in docs/openapi.json: each of them is one that the server
really gives, with all that may be missing or null.  (That every answer has the
shape which is declared, every case looks after: harness/admin.py.)"""

from harness import answers, eventually, scripts
from harness.guard import rule

# What is null here: faults of the disk and of names (record_sqlite, endpoints_names),
# routes that legacy has not (decide_routes), texts and streams (noise_learned, samples).
NOT_HERE = {"unsaved", "error", "changed", "refusal", "floor", "bottom", "ratio_high", "left_out",
            "longest_gap_us"}
STAGES = [{"name": "off"}, {"name": "test", "percent": 50, "shadow": 100, "dwell": "1h"},
          {"name": "full", "percent": 100}, {"name": "alone", "percent": 100, "complete": True}]
QUIET = {"action": "alert", "severity": "info", "min_requests": 1}
RULES = {
    "rollout": {"stages": STAGES, "overrides": [{"users": ["vip"], "version": "enhanced"}]},
    "routes": [{"match": {"path": "/chat"}}, {"match": {"path": "/*"}}],
    "noise": {"sample": "100%"},
    "signals": [{"name": "hit", "json": "/hit", "kind": "share"},
                {"name": "tokens", "json": "/tokens", "kind": "number"},
                {"name": "took", "json": "/ms", "kind": "number", "unit": "ms"}],
    "breaker": {"enabled": True, "min_requests": 1, "failure_rate": "99%"},
    "guard": [
        rule(name="many", metric="requests", above=1, **QUIET),
        rule(name="last", last=20, window=None, **QUIET),
        rule(name="legacy", above=None, above_legacy_by="90%", route="/chat", **QUIET),
        rule(name="start", above=None, above_start_times=9, metric=None, signal="tokens",
             quantile=0.95, **QUIET),
        rule(name="evidence", above=None, above_legacy_times=9, test="sequential",
             window=None, **QUIET),
        rule(name="took", above="1h", metric=None, signal="took", quantile=0.9, **QUIET)],
}


def saying(n):
    return scripts.as_json({"hit": True, "tokens": n, "ms": 5, "n": n})


def without_none(value):
    """Members of None left out."""
    if isinstance(value, dict):
        return {k: without_none(v) for k, v in value.items() if v is not None}
    return [without_none(v) for v in value] if isinstance(value, list) else value


def rich_stand(h):
    """All that has a place in an answer, once."""
    gauge = h.backend(saying(7), "gauge")
    control = h.backend(saying(1), "control")
    mail = h.backend(scripts.fixed(b"ok"), "receiver")
    probes = [{"name": name, "url": gauge.url, "json": place, "interval": "100ms"}
              for name, place in (("used", "/n"), ("lost", "/nowhere"))]
    check = {"path": "/health", "interval": "100ms", "fall": 1, "rise": 1}
    return h.stand(legacy=saying(1), enhanced=saying(2),
                   rules=without_none({**RULES, "probes": probes}), config={
                       "keep": {"bodies": "different"},
                       "backends": {"control": {"urls": [control.url]},
                                    "enhanced": {"health": check}},
                       "alerts": {"targets": [{"name": "hook", "kind": "webhook",
                                               "url": mail.url, "secret": "s" * 20}]}})


def change_everything(t, admin):
    """Each thing that can be changed, there and back."""
    why = {"reason": "to see it"}
    user = "/api/v1/users/somebody/override"
    admin.ok("PUT", user, {"version": "enhanced", "expires": "2999-01-01T00:00:00Z", **why})
    admin.ok("POST", "/api/v1/overrides", {
        "name": "beta", "when": {"header": "x-beta"}, "version": "enhanced",
        "expires": "2999-01-01T00:00:00Z", **why})
    admin.get("/api/v1/overrides")
    for who in ("somebody", "vip", "nobody special"):
        admin.get(f"/api/v1/users/{who.replace(' ', '%20')}")
    for headers in ({"x-beta": "1"}, {"x-user-id": "u", "x-session-id": "s"}):
        admin.ok("POST", "/api/v1/explain", {"path": "/chat", "headers": headers})
    admin.ok("DELETE", user, why)
    admin.ok("DELETE", "/api/v1/overrides/beta", why)
    for aside in (True, False):
        admin.ok("POST", "/api/v1/endpoints", {
            "url": t.proxy.config["backends"]["control"]["urls"][0], "aside": aside, **why})
    for drain in (True, False):
        admin.ok("POST", "/api/v1/drain", {"drain": drain, **why})
    admin.ok("POST", "/api/v1/alerts/test", {"target": "hook"})
    eventually(lambda: admin.get("/api/v1/alerts")["targets"][0]["test"]["answer"], "the test")
    admin.ok("PATCH", "/admin/config", {
        "feature": admin.get("/admin/config")["features"][0]["feature"], "enabled": True, **why})
    for step in ("pause", "resume", "advance", "complete", "back", "rollback", "rearm"):
        admin.ok("POST", f"/api/v1/{step}", why)
        admin.get("/api/v1/status")
    admin.rollout(stage="test")
    admin.ok("POST", "/api/v1/reload", why)


def ask_everything(t, admin):
    """Every path that can be asked, once its numbers are there."""
    pair = kept_pair(t)
    eventually(lambda: all(p["asked"] for p in admin.get("/api/v1/status")["probes"]),
               "the probes are asked")
    eventually(lambda: admin.call("GET", f"/api/v1/samples/{pair}").status == 200,
               "the kept answers")
    eventually(lambda: admin.get("/api/v1/differences")["differences"], "a difference")
    for path in ("/healthz", "/readyz", "/api/v1/health", "/api/v1/status", "/api/v1/plan",
                 "/api/v1/config", "/api/v1/noise", "/api/v1/routes", "/api/v1/endpoints"):
        admin.get(path)
    eventually(lambda: any(r["route"] for r in admin.get("/api/v1/routes")["routes"]),
               "numbers by route")
    admin.metrics()
    assert admin.call("GET", "/api/v1/nothing").status == 404


def kept_pair(t):
    """The name of one."""
    return eventually(lambda: t.store().rows("SELECT pair FROM samples"), "kept answers")[0]["pair"]


def test_every_shape_is_one_that_comes(h):
    t = rich_stand(h)
    admin = t.proxy.admin()
    admin.answers = answers.read()
    for i in range(40):
        t.get("/chat", user=f"u{i}")
    t.enhanced.script = scripts.reset()
    t.get("/chat", user="vip")
    eventually(lambda: any(e["evidence"] for e in admin.get("/api/v1/events")["events"]),
               "the rule that fires")
    ask_everything(t, admin)
    change_everything(t, admin)
    missing = {place for place in admin.answers.wanted() - admin.answers.schemas.seen
               if place.rpartition("/")[2] not in NOT_HERE}
    assert not missing, "\n".join(sorted(missing))
