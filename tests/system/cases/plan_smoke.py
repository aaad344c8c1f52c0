"""Requests to enhanced that must be answered well before a stage opens by itself."""

import json

from harness import eventually, scripts
from harness.ctl import Ctl
from harness.tls import server_context

HELLO = {"name": "hello", "method": "POST", "path": "/v1/chat?x=1",
         "headers": {"Authorization": "Bearer s3cret"}, "body": {"message": "hi"},
         "expect": {"status": 200, "json": {"/ok": True}, "contains": "served", "within": "1s"}}


def stand(h, *checks, enhanced=None, advance="auto", stages=None, **kw):
    rules = {"rollout": {
        "smoke": list(checks), "smoke_again": "1s", "advance": advance, "stage": "off",
        "stages": stages or [{"name": "off"}, {"name": "full", "percent": 100}]}}
    return h.stand(rules=rules, enhanced=enhanced, **kw)


def row(t):
    plan = t.proxy.admin().get("/api/v1/plan")
    return next((g for g in plan["gates"] if g["name"] == "smoke"), None)


def stage(t):
    return t.status()["rollout"]["stage"]


def wait_row(t, state, text):
    """Until the row says that."""
    def look():
        r = row(t)
        return r if r and r["state"] == state and text in r["text"] else None
    return eventually(look, f"{state}: {text}")


def events(t):
    log = t.proxy.admin().get("/api/v1/events")["events"]
    return [e for e in log if e["kind"] == "smoke"]


def test_a_stage_waits_for_its_checks(h):
    t = stand(h, HELLO, enhanced=scripts.status(500))
    r = wait_row(t, "failing", "status 500 for 200")
    assert r["text"] == "hello: status 500 for 200", r
    asked = len(t.enhanced.seen())
    eventually(lambda: len(t.enhanced.seen()) >= asked + 2, "it is asked again")
    assert stage(t) == "off"
    assert [e["reason"] for e in events(t)] == ["hello: status 500 for 200"], events(t)
    # between two answers it says that it runs
    eventually(lambda: "failing  smoke: hello: status 500 for 200"
               in Ctl.of(t.proxy).run("plan")[0], "the plan at a glance says so")
    t.enhanced.script = scripts.echo(ok=True)
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "it opens")
    assert events(t)[0]["reason"] == "1 of 1 passed", events(t)
    x = t.enhanced.seen()[-1]
    assert (x.method, x.target) == ("POST", "/v1/chat?x=1"), x
    assert x.header("x-understudy-leg") == "smoke" and json.loads(x.body) == {"message": "hi"}
    assert x.header("authorization") == "Bearer s3cret"
    assert x.header("content-type") == "application/json" and x.header("expect") is None
    assert t.status()["versions"]["enhanced"]["requests"] == 0, "in no version's numbers"
    text = t.proxy.admin().call("GET", "/api/v1/config").body.decode()
    assert "s3cret" not in text + "\n".join(t.proxy.raw)


def test_what_is_not_as_expected_is_said(h):
    table = {"not JSON": (scripts.fixed("served"), "hello: the answer is not JSON"),
             "another value": (scripts.as_json({"ok": "served"}), "hello: /ok is not as expected"),
             "no such text": (scripts.as_json({"ok": True}), 'does not contain "served"'),
             "too late": (scripts.hang(), "hello: no whole answer within 1000 ms")}
    for name, (script, what) in table.items():
        with h.check(name):
            t = stand(h, HELLO, enhanced=script)
            wait_row(t, "failing", what)
            assert stage(t) == "off"
            t.proxy.stop()


def test_runs_are_counted(h):
    t = stand(h, HELLO)
    seen = t.proxy.admin().metrics()
    assert seen["understudy_smoke_runs_total"] > 0 or "understudy_smoke_passed" not in seen, \
        "nothing is known before the first"
    t.wait_metric("understudy_smoke_failures_total", 2)
    assert t.metric("understudy_smoke_passed") == 0
    t.enhanced.script = scripts.echo(ok=True)
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "it opens")
    assert t.metric("understudy_smoke_passed") == 1
    assert t.metric("understudy_smoke_runs_total") == \
        t.metric("understudy_smoke_failures_total") + 1


def test_nobody_there(h):
    t = stand(h, HELLO, enhanced=h.refusing())
    r = wait_row(t, "failing", "hello: ")
    assert "connect" in r["text"], r
    assert stage(t) == "off"
    t.proxy.admin().ok("POST", "/api/v1/advance", {"reason": "I know better"})
    assert stage(t) == "full", "an operator opens whatever the rows say"


def test_which_stages_ask_and_in_which_order(h):
    checks = [{"name": n, "path": f"/{n}"} for n in ("a", "b", "c")]
    t = stand(h, *checks, enhanced=scripts.echo(), stages=[
        {"name": "off"}, {"name": "shadow"}, {"name": "some", "smoke": ["c", "a"]},
        {"name": "bare", "percent": 10, "smoke": False}, {"name": "full", "percent": 100}])
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "all have opened")
    assert [x.target for x in t.enhanced.seen()] == ["/a", "/c", "/a", "/b", "/c"]


def test_an_operator_sees_them_before_he_approves(h):
    t = stand(h, HELLO, enhanced=scripts.echo(ok=True), advance="manual")
    r = wait_row(t, "done", "1 of 1 passed")
    assert stage(t) == "off", r


def test_they_wait_for_all_else(h):
    t = stand(h, HELLO, enhanced=scripts.echo(ok=True), stages=[
        {"name": "off", "dwell": "1h"}, {"name": "full", "percent": 100}])
    wait_row(t, "waiting", "run when all else is done")
    assert not t.enhanced.seen()


def test_by_tls(h):
    ca = h.authority()
    backend = h.backend(scripts.echo("enhanced", ok=True), "enhanced",
                        tls=server_context(ca.issue("127.0.0.1")))
    t = stand(h, HELLO, enhanced=backend, config={"backends": {"enhanced": {
        "tls": {"ca": str(ca.certificate)}}}})
    t.wait_status(lambda s: s["rollout"]["stage"] == "full", "it opens")
    other = h.authority("other")
    t = stand(h, HELLO, enhanced=backend, config={"backends": {"enhanced": {
        "tls": {"ca": str(other.certificate)}}}})
    assert "certificate" in wait_row(t, "failing", "hello: ")["text"]
