"""Probes: numbers that are asked for beside the traffic."""

import json

from harness import eventually, scripts
from harness.tls import server_context

FAST = {"interval": "100ms", "timeout": "1s", "stale": "5s"}


class Gauge:
    """A service with a number, in three forms; .value and .script may be set."""

    def __init__(self, h, value=100, **kw):
        self.value, self.script = value, None
        self.backend = h.backend(self.serve, "gauge", **kw)
        self.url = self.backend.url

    def serve(self, x):
        """One question."""
        if self.script:
            self.script(x)
        elif x.request.path == "/metrics":
            x.answer(200, [("Content-Type", "text/plain; version=0.0.4")],
                     f'# TYPE used gauge\nused{{pool="a"}} {self.value}\nused{{pool="b"}} 1\n'
                     .encode())
        elif x.request.path == "/api/v1/query":
            result = [{"metric": {}, "value": [1700000000.1, str(self.value)]}]
            x.answer(200, [], json.dumps({"status": "success", "data": {
                "resultType": "vector", "result": result}}).encode())
        else:
            x.answer(200, [], json.dumps({"memory": {"used": self.value}}).encode())


def probe(name, gauge, path, **kw):
    """A probe of it, asked fast."""
    return {"name": name, "url": gauge.url + path, **FAST, **kw}


def row(t, name):
    """The probe as the status shows it."""
    return next(p for p in t.status()["probes"] if p["name"] == name)


def wait_value(t, name, value):
    """Until the probe says that; its row."""
    def look():
        r = row(t, name)
        return r if r["known"] and r["value"] == value else None
    return eventually(look, f"{name} is {value}")


def test_every_kind(h):
    g = Gauge(h)
    t = h.stand(rules={"probes": [
        probe("json", g, "/stats", json="/memory/used"),
        probe("text", g, "/metrics", metric='used{pool="a"}'),
        probe("sum", g, "/metrics", metric="used"),
        probe("query", g, "", prometheus='sum(used{pool="a"}) + 0'),
        probe("well", g, "/healthz", health="200-299")]})
    for name, value in (("json", 100), ("text", 100), ("sum", 101), ("query", 100), ("well", 1)):
        r = wait_value(t, name, value)
        assert r["error"] is None and r["age_ms"] < 5000 and r["asked"] >= 1, r
    g.value = 250.5
    for name in ("json", "text", "query"):
        wait_value(t, name, 250.5)
        assert t.metric(f'understudy_probe_value{{probe="{name}"}}') == 250.5
    asked = g.backend.seen(path="/api/v1/query")[0]
    assert asked.method == "GET"
    assert asked.target == "/api/v1/query?query=sum%28used%7Bpool%3D%22a%22%7D%29%20%2B%200"
    assert t.metric('understudy_probe_age_seconds{probe="json"}') < 5
    assert t.status()["versions"]["legacy"]["requests"] == 0, "in no version's numbers"


def test_every_way_to_have_no_number(h):
    table = {
        "hangs": (scripts.hang(), "Timeout"), "resets": (scripts.reset(), "receiving data"),
        "says no": (scripts.status(404), "status 404"),
        "says nothing of it": (scripts.fixed(b"{}"), "nothing at this place"),
        "is no JSON": (scripts.fixed(b"<html>"), "not JSON"),
        "never ends": (scripts.huge_body(), "longer than 8 MiB"),
        "is cut": (scripts.cut(), ""),
    }
    for name, (script, what) in table.items():
        with h.check(name):
            g = Gauge(h)
            t = h.stand(rules={"probes": [probe("p", g, "/", json="/memory/used", stale="1s")]})
            wait_value(t, "p", 100)
            g.script = script
            eventually(lambda t=t: not row(t, "p")["known"] and row(t, "p")["failed"] > 0,
                       "it is too old")
            r = row(t, "p")
            assert what in r["error"] and r["value"] == 100, r
            t.proxy.wait_log("probe", level="warn")
            g.script, g.value = None, 7
            wait_value(t, "p", 7)
            t.proxy.stop()


def test_a_health_endpoint_that_is_gone_is_not_well(h):
    well, sick, gone = Gauge(h), Gauge(h), h.refusing()
    sick.script = scripts.status(503)
    t = h.stand(rules={"probes": [probe(n, g, "/healthz", health="200-299") for n, g in (
        ("well", well), ("sick", sick), ("gone", gone))] + [
            {"name": "nowhere", "url": "http://nosuch.invalid/", "health": "200", **FAST}]})
    wait_value(t, "well", 1)
    wait_value(t, "sick", 0)
    wait_value(t, "gone", 0)
    eventually(lambda: row(t, "nowhere")["failed"] > 0, "nobody knows where it is")
    assert row(t, "nowhere")["value"] is None, "and nothing is known of it"
    well.script = scripts.hang()
    wait_value(t, "well", 0)
    well.script = scripts.huge_body()
    wait_value(t, "well", 1)


def test_credentials_and_tls(h):
    ca, other = h.authority(), h.authority("other")
    good = Gauge(h, tls=server_context(ca.issue("127.0.0.1")))
    bad = Gauge(h, tls=server_context(other.issue("127.0.0.1")))
    tls = {"tls": {"ca": str(ca.certificate)}, "authorization_file": "probe.token"}
    t = h.stand(rules={"probes": [probe("good", good, "/", json="/memory/used", **tls),
                                  probe("bad", bad, "/", json="/memory/used", **tls)]},
                files={"probe.token": "Bearer s3cret-t0ken\n"})
    wait_value(t, "good", 100)
    assert good.backend.seen()[0].header("authorization") == "Bearer s3cret-t0ken"
    eventually(lambda: "certificate" in (row(t, "bad")["error"] or ""), "not trusted")
    assert not bad.backend.seen()
    admin = t.proxy.admin()
    text = "".join(admin.call("GET", p).body.decode() for p in (
        "/api/v1/config", "/api/v1/status", "/metrics")) + "\n".join(t.proxy.raw)
    assert "s3cret" not in text


def test_a_reload_changes_probes(h):
    one, two = Gauge(h, 1), Gauge(h, 2)
    t = h.stand(rules={"probes": [probe("p", one, "/", json="/memory/used"),
                                  probe("kept", one, "/", json="/memory/used", interval="1h",
                                        stale="1h")]})
    wait_value(t, "p", 1)
    wait_value(t, "kept", 1)
    t.proxy.change(rules={"probes": [
        probe("kept", one, "/", json="/memory/used", interval="1h", stale="1h"),
        probe("p", two, "/", json="/memory/used")]})
    t.proxy.admin().reload()
    assert row(t, "kept")["value"] == 1, "the same question keeps its number"
    assert row(t, "p")["value"] in (None, 2), "another question has none yet"
    wait_value(t, "p", 2)
    t.proxy.change(rules={"probes": []})
    t.proxy.admin().reload()
    assert t.status()["probes"] == []
    eventually(lambda: 'understudy_probe_value{probe="p"}' not in t.proxy.admin().metrics(),
               "not asked any more")


def test_a_slow_probe_holds_nobody_up(h):
    slow, good = Gauge(h), Gauge(h)
    slow.script = scripts.hang()
    t = h.stand(rules={"probes": [
        probe("slow", slow, "/", json="/memory/used", timeout="60s", stale="60s"),
        probe("good", good, "/", json="/memory/used")]})
    wait_value(t, "good", 100)
    good.value = 5
    wait_value(t, "good", 5)
    assert t.get().status == 200 and len(slow.backend.seen()) == 1, "one question at a time"


def watched(h, gauge, condition, action="rollback", probes=None, percent=100, **kw):
    """One rule over the probe "used"."""
    return h.stand(percent=percent, rules={
        "probes": probes or [probe("used", gauge, "/", json="/memory/used")],
        "guard": [{"name": "memory", "action": action, "severity": "critical", **condition}],
        **kw})


def judgement(t):
    """What the rule says now."""
    return t.status()["rules"][0]["judgement"]


def test_a_rule_over_a_probe_takes_traffic_back(h):
    g = Gauge(h)
    t = watched(h, g, {"probe": "used", "above": 200})
    eventually(lambda: judgement(t) == "fine", "it is known")
    assert t.get().version == "enhanced"
    g.value = 201
    rollout = t.wait_status(lambda s: s["rollout"]["latched"], "the trip")["rollout"]
    assert rollout["reason"] == "memory: used is 201, above 200", rollout
    event = next(e for e in t.proxy.admin().get("/api/v1/events")["events"] if e["kind"] == "trip")
    assert event["evidence"]["metric"] == "used" and event["evidence"]["value"] == 201, event
    assert t.get().version == "legacy"
    rule = t.status()["rules"][0]
    assert rule["version"] is None and rule["unit"] == "number", rule


def test_a_dead_probe_is_unknown_and_unknown_holds(h):
    g = Gauge(h)
    g.script = scripts.status(500)
    t = watched(h, g, {"probe": "used", "above": 200},
                probes=[probe("used", g, "/", json="/memory/used", stale="500ms")])
    g.value = 300
    eventually(lambda: row(t, "used")["failed"] >= 3, "it was asked")
    assert judgement(t) == "unknown"
    g.script = None
    t.wait_status(lambda s: s["rollout"]["latched"], "it has tripped at the first number")
    t.proxy.admin().rearm("again", resume=True)
    t.wait_status(lambda s: s["rollout"]["latched"], "and again")
    g.script, g.value = scripts.hang(), 100
    eventually(lambda: not row(t, "used")["known"], "the number is too old")
    t.proxy.admin().rearm("it is gone", resume=True)
    failed = row(t, "used")["failed"]
    eventually(lambda: row(t, "used")["failed"] > failed, "it is asked on")
    assert judgement(t) == "unknown" and not t.status()["rollout"]["latched"]


def test_growth(h):
    g = Gauge(h, value=0)
    t = watched(h, g, {"probe": "used", "per": "day", "window": "2s", "above": 1e6},
                action="alert")
    begun = []

    def grow(x):
        if not begun:
            begun.append(x.request.at)
        seconds = x.request.at - begun[0]
        x.answer(200, [], json.dumps({"memory": {"used": 100 * seconds}}).encode())
    g.script = grow     # 8.64 millions a day
    line = t.proxy.wait_log("alert", seconds=30)
    assert line["msg"].startswith("memory: used_per_day is "), line
    assert 5e6 < line["evidence"]["value"] < 13e6, line
    g.script = None
    eventually(lambda: judgement(t) == "fine" and abs(t.status()["rules"][0]["value"]) < 1e6,
               "it does not grow any more", 30)


def test_a_health_endpoint_takes_traffic_back(h):
    well = Gauge(h)
    t = watched(h, well, {"probe": "used", "below": 1}, probes=[
        probe("used", well, "/healthz", health="200-299")])
    eventually(lambda: judgement(t) == "fine", "it is well")
    well.backend.refuse()
    well.backend.close_idle()
    t.wait_status(lambda s: s["rollout"]["latched"], "nobody answers")


def test_a_gate_over_a_probe(h):
    g = Gauge(h, value=70)
    t = h.stand(rules={
        "probes": [probe("used", g, "/", json="/memory/used", stale="500ms")],
        "rollout": {"advance": "auto", "stage": "one", "stages": [
            {"name": "one", "gates": [{"name": "memory", "probe": "used", "below": 50}]},
            {"name": "two", "percent": 100, "advance": "manual"}]}})

    def gate():
        plan = t.proxy.admin().get("/api/v1/plan")
        return next(g for g in plan["gates"] if g["name"] == "memory")
    eventually(lambda: gate()["state"] == "failing", "it is too much")
    assert gate()["text"] == "used is 70; below 50 is asked for", gate()
    g.script = scripts.status(500)
    eventually(lambda: gate()["text"] == "used is not known", "it is dead")
    assert t.status()["rollout"]["stage"] == "one"
    g.script, g.value = None, 30
    t.wait_status(lambda s: s["rollout"]["stage"] == "two", "it has opened")


def test_a_reload_keeps_a_rule_over_a_probe(h):
    g = Gauge(h)
    condition = {"probe": "used", "above": 200, "for": "1h"}
    t = watched(h, g, condition, action="alert")
    g.value = 300
    eventually(lambda: judgement(t) == "pending", "it holds")
    t.proxy.admin().reload()
    assert judgement(t) == "pending", "what was known is known"


def test_held_against_the_stages_start(h):
    """Memory of a store, half as much again: over a restart, and anew in each stage."""
    g = Gauge(h)
    t = watched(h, g, {"probe": "used", "above_start_times": 1.5}, action="pause")
    eventually(lambda: judgement(t) == "fine", "the start is known")
    g.value = 140
    wait_value(t, "used", 140)
    t.proxy.restart()
    wait_value(t, "used", 140)
    eventually(lambda: judgement(t) == "fine", "the start is still known")
    g.value = 151
    rollout = t.wait_status(lambda s: s["rollout"]["paused"], "it is too much")["rollout"]
    want = "memory: used is 151, above 150, that is the start's 100 x 1.5"
    assert rollout["reason"] == want, rollout
    t.proxy.admin().rollout(stage="full")
    t.wait_status(lambda s: s["rules"][0]["start"] == 151, "another stage, another start")
    assert judgement(t) == "fine"
