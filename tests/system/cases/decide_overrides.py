"""Overrides beat the bucket: by header, cookie, user, and at run time."""


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
