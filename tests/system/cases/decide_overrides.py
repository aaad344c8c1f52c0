"""Overrides beat the bucket: by header, cookie, user, criteria, and at run time."""

import sqlite3
import time

from harness import eventually, limit, wire


def stand(h, *overrides, **kw):
    """A rollout with these overrides."""
    return h.stand(rules={"rollout": {"overrides": list(overrides)}}, **kw)


def test_header(h):
    t = stand(h, {"header": "X-Use-Dynamic-Context", "equals": "true", "version": "enhanced"})
    assert t.ask("GET", "/", [("x-use-dynamic-context", "true")]).version == "enhanced"
    assert t.ask("GET", "/", [("x-use-dynamic-context", "false")]).version == "legacy"
    assert t.ask("GET", "/").version == "legacy"


def test_header_present(h):
    t = stand(h, {"header": "x-beta", "version": "enhanced"})
    assert t.ask("GET", "/", [("X-Beta", "whatever")]).version == "enhanced"
    assert t.ask("GET", "/").version == "legacy"


def test_cookie(h):
    t = stand(h, {"cookie": "beta", "equals": "1", "version": "enhanced"})
    assert t.ask("GET", "/", [("Cookie", "a=b; beta=1")]).version == "enhanced"
    assert t.ask("GET", "/", [("Cookie", "beta=11")]).version == "legacy"


def test_users_out_as_well_as_in(h):
    t = stand(h, {"users": ["vip", "boss"], "version": "legacy"}, percent=100)
    assert t.get(user="vip").version == "legacy"
    assert t.get(user="boss").version == "legacy"
    assert t.get(user="else").version == "enhanced"


def test_the_first_that_matches_wins(h):
    t = stand(h, {"header": "x-v", "equals": "l", "version": "legacy"},
              {"users": ["u"], "version": "enhanced"})
    assert t.ask("GET", "/", [("x-user-id", "u"), ("x-v", "l")]).version == "legacy"
    assert t.get(user="u").version == "enhanced"


def test_run_time_override_comes_and_goes(h):
    t = h.stand()
    admin = t.proxy.admin()
    path = "/api/v1/users/user-7/override"
    assert t.get(user="user-7").version == "legacy"
    admin.ok("PUT", path, {"version": "enhanced", "reason": "he asked"})
    assert t.get(user="user-7").version == "enhanced"
    assert t.get(user="user-8").version == "legacy"
    explained = admin.explain("user-7")
    assert explained["version"] == "enhanced" and explained["why"] == "override", explained
    t.proxy.restart()
    assert t.get(user="user-7").version == "enhanced", "lost by the restart"
    assert t.store().count("overrides") == 1
    t.proxy.admin().ok("DELETE", path, {"reason": "done"})
    assert t.get(user="user-7").version == "legacy"
    kinds = [e["kind"] for e in t.proxy.admin().get("/api/v1/events")["events"]]
    assert kinds.count("override") == 2, kinds


def test_run_time_override_of_an_odd_id(h):
    t = h.stand()
    admin = t.proxy.admin()
    admin.ok("PUT", "/api/v1/users/a%2Fb%20c/override", {"version": "enhanced", "reason": "x"})
    assert t.get(user="a/b c").version == "enhanced"
    assert admin.explain("a%2Fb%20c")["version"] == "enhanced"


def test_override_beats_a_route_only_where_it_takes_part(h):
    t = h.stand(rules={"routes": [{"match": {"path": "/api/*"}, "rollout": True}],
                       "rollout": {"overrides": [{"users": ["u"], "version": "enhanced"}]}})
    assert t.get("/api/x", user="u").version == "enhanced"


# -- criteria ------------------------------------------------------------------

def test_tenant(h):
    t = h.stand(rules={"tenant": [{"header": "x-tenant"}, {"jwt_claim": "org"}], "rollout": {
        "overrides": [{"tenants": ["acme"], "version": "enhanced"}]}})
    assert t.ask("GET", "/", [("x-tenant", "acme")]).version == "enhanced"
    assert t.ask("GET", "/", [("x-tenant", "globex")]).version == "legacy"
    assert t.ask("GET", "/").version == "legacy"


def test_address_and_path(h):
    t = stand(h, {"all": [{"addresses": ["10.0.0.0/8"]}, {"path": "/beta/*"}],
                  "version": "enhanced"}, config={"trusted_networks": ["127.0.0.1"]})
    inside, outside = ([("x-forwarded-for", a)] for a in ("10.1.2.3", "11.1.2.3"))
    assert t.ask("GET", "/beta/x", inside).version == "enhanced"
    assert t.ask("GET", "/other", inside).version == "legacy"
    assert t.ask("GET", "/beta/x", outside).version == "legacy"


def test_json_field_waits_for_the_body(h):
    t = stand(h, {"all": [{"json": "/model", "equals": "new"},
                          {"not": {"json": "/stream", "equals": "true"}}],
                  "version": "enhanced"})
    assert t.post(b'{"model": "new"}').version == "enhanced"
    assert t.post(b'{"model": "new", "stream": true}').version == "legacy"
    assert t.post(b'{"model": "old"}').version == "legacy"
    assert t.post(b"no json").version == "legacy"
    assert t.get().version == "legacy"
    big = b'{"model": "new", "text": "' + b"x" * 400_000 + b'"}'
    assert t.post(big).version == "legacy", "over limits.capture nothing is known"
    c = t.client()
    c.send(wire.request("POST", "/", [("Expect", "100-continue"), ("Content-Length", "16")]))
    assert c.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 "), "it is asked for"
    c.send(b'{"model": "new"}')
    assert c.read_answer().version == "enhanced"


def set_named(t, name="trial", when=None, version="enhanced", status=200, **more):
    """POST an override by a criterion."""
    body = {"name": name, "when": {"header": "x-trial"} if when is None else when, "version": version,
            "reason": "a trial", **more}
    a = t.proxy.admin().call("POST", "/api/v1/overrides", body)
    assert a.status == status, a


def later(seconds):
    """That far from now, as the API wants it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def test_criteria_at_run_time(h):
    t = stand(h, {"header": "x-trial", "version": "legacy"})
    trial = [("x-trial", "1")]
    set_named(t)
    assert t.ask("GET", "/", trial).version == "enhanced", "before the file's"
    event = t.proxy.admin().get("/api/v1/events")["events"][0]
    assert event["kind"] == "override" and event["to"] == "enhanced for criterion trial", event
    assert event["evidence"] == {"when": {"header": "x-trial"}}, event
    set_named(t, when={"not": {"users": ["user-1"]}}, version="legacy")
    listed = t.proxy.admin().get("/api/v1/overrides")
    assert [(c["name"], c["when"], c["version"]) for c in listed["criteria"]] == \
        [("trial", {"not": {"users": ["user-1"]}}, "legacy")], listed
    t.proxy.restart()
    assert t.proxy.admin().get("/api/v1/overrides") == listed
    t.proxy.admin().ok("DELETE", "/api/v1/overrides/trial?reason=over")
    assert t.proxy.admin().get("/api/v1/overrides")["criteria"] == []
    a = t.proxy.admin().call("DELETE", "/api/v1/overrides/trial?reason=over")
    assert a.status == 404, a


def test_explain_says_which(h):
    t = stand(h, {"header": "x-a", "version": "legacy"}, {"users": ["vip"], "version": "enhanced"})
    admin = t.proxy.admin()
    assert admin.explain("vip")["match"] == {"in": "rules", "item": 1}
    assert admin.explain("other")["match"] is None
    set_named(t, when={"users": ["vip"]}, version="legacy")
    assert admin.explain("vip")["match"] == {"in": "criteria", "name": "trial"}
    admin.ok("PUT", "/api/v1/users/other/override", {"version": "enhanced", "reason": "x"})
    assert admin.explain("other")["match"] == {"in": "users"}


def test_expiry(h):
    t = stand(h, {"header": "x-old", "version": "enhanced", "expires": "2020-01-01"},
              {"header": "x-new", "version": "enhanced", "expires": "2120-01-01T00:00:00+01:00"})
    assert t.ask("GET", "/", [("x-old", "1")]).version == "legacy"
    assert t.ask("GET", "/", [("x-new", "1")]).version == "enhanced"
    set_named(t, expires=later(2))
    t.proxy.admin().ok("PUT", "/api/v1/users/user-1/override",
                       {"version": "enhanced", "expires": later(2), "reason": "for a while"})
    assert t.ask("GET", "/", [("x-trial", "1")]).version == "enhanced"
    assert t.get(user="user-1").version == "enhanced"
    eventually(lambda: t.ask("GET", "/", [("x-trial", "1")]).version == "legacy", "it is over")
    eventually(lambda: t.get(user="user-1").version == "legacy", "and so is the user's")
    listed = t.proxy.admin().get("/api/v1/overrides")
    assert [c["in_force"] for c in listed["criteria"] + listed["users"]] == [False, False]


def test_wrong_criteria_are_refused(h):
    t = h.stand()
    for why, more, status in (
            ("no criterion", {"when": {}}, 400),
            ("unknown key", {"when": {"heeder": "x"}}, 400),
            ("a name with a space", {"name": "a b"}, 400),
            ("over already", {"expires": "2020-01-01"}, 400),
            ("no time", {"expires": "soon"}, 400),
            ("no version", {"version": "both"}, 400),
            ("no reason", {"reason": ""}, 400)):
        with h.check(why):
            set_named(t, status=status, **more)
    assert t.proxy.admin().get("/api/v1/overrides")["criteria"] == []


@limit(120)
def test_criteria_are_shared(h):
    cluster = h.cluster()
    config = {"store": cluster.conninfo}
    one, two = h.stand(config=config), h.stand(config=config)
    trial = [("x-trial", "1")]
    set_named(one, expires=later(3600))
    eventually(lambda: two.ask("GET", "/", trial).version == "enhanced", "the other has it", 30)
    assert two.proxy.admin().get("/api/v1/overrides") == one.proxy.admin().get("/api/v1/overrides")
    two.proxy.admin().ok("DELETE", "/api/v1/overrides/trial?reason=over")
    eventually(lambda: one.ask("GET", "/", trial).version == "legacy", "and it goes", 30)


@limit(120)
def test_what_is_over_leaves_both_stores(h):
    cluster = h.cluster()
    one = h.stand(config={"store": cluster.conninfo, "spool": "spool.db"})
    set_named(one, expires=later(3600))
    one.proxy.admin().ok("PUT", "/api/v1/users/user-1/override",
                         {"version": "enhanced", "expires": later(3600), "reason": "a while"})
    store = one.store()
    eventually(lambda: store.count("overrides") == 2, "PostgreSQL has them", 30)
    one.proxy.stop()
    past = "2020-01-01T00:00:00.000000Z"
    store.run(f"UPDATE overrides SET expires = '{past}'")
    with sqlite3.connect(one.proxy.dir / "spool.db") as db:
        db.execute(f"UPDATE overrides SET expires = '{past}'")
    db.close()
    one.proxy.start()
    eventually(lambda: store.count("overrides") == 0, "they have left PostgreSQL", 30)
    listed = one.proxy.admin().get("/api/v1/overrides")
    assert listed == {"criteria": [], "users": [], "user_count": 0}, listed
    events = [e for e in one.proxy.admin().get("/api/v1/events")["events"]
              if e["actor"] == "clock"]
    assert [(e["kind"], e["to"]) for e in events] == [
        ("override", "bucket for user-1"), ("override", "bucket for criterion trial")], events
    assert events[0]["reason"] == f"over since {past}", events


def test_explain_a_whole_request(h):
    """As described, so decided."""
    t = stand(h, {"all": [{"addresses": ["10.0.0.0/8"]}, {"json": "/model", "equals": "m"}],
                  "version": "enhanced"}, {"header": "x-beta", "version": "enhanced"})
    admin = t.proxy.admin()

    def explain(**request):
        return admin.ok("POST", "/api/v1/explain", request)
    asked = explain(path="/", headers={"X-User-Id": "u", "X-Beta": "1"})
    assert asked["match"] == {"in": "rules", "item": 1} and asked["user"] == "u", asked
    assert asked["version"] == t.ask("GET", "/", [("x-user-id", "u"), ("x-beta", "1")]).version
    asked = explain(path="/chat", method="POST", body='{"model": "m"}', address="10.1.2.3")
    assert asked["match"] == {"in": "rules", "item": 0} and asked["user"] is None, asked
    assert explain(path="/")["why"] == "no_identity"
    for why, request in (("no path", {}), ("not a path", {"path": "x"}),
                         ("two requests", {"path": "/", "headers": {"a": "b\r\n\r\nGET / HTTP/1.1"}}),
                         ("no address", {"path": "/", "address": "x"}),
                         ("no text", {"path": "/", "headers": {"a": 1}})):
        with h.check(why):
            assert admin.call("POST", "/api/v1/explain", request).status == 400
