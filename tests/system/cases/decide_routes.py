"""Routes say which requests take part."""


def test_first_route_that_matches(h):
    t = h.stand(percent=100, rules={"routes": [
        {"match": {"path": "/api/private/*"}, "rollout": False},
        {"match": {"path": "/api/*", "methods": ["GET", "POST"]}, "rollout": True},
        {"match": {"path": "/items/*/view"}, "rollout": True}]})
    table = [
        ("GET", "/api/a", "enhanced"), ("POST", "/api/a/b", "enhanced"),
        ("PUT", "/api/a", "legacy"), ("GET", "/api/private/x", "legacy"),
        ("GET", "/other", "legacy"), ("GET", "/items/7/view", "enhanced"),
        ("GET", "/items/7/8/view", "legacy"), ("GET", "/items/7/view?x", "enhanced"),
    ]
    for method, target, version in table:
        with h.check(f"{method} {target}"):
            body = None if method == "GET" else b"x"
            a = t.ask(method, target, [("x-user-id", "u")], body)
            assert a.version == version


def test_route_without_shadow_is_not_mirrored(h):
    t = h.stand(shadow=100, rules={"routes": [
        {"match": {"path": "/pay/*"}, "rollout": True, "shadow": False},
        {"match": {"path": "/*"}, "rollout": True}]})
    t.get("/pay/1")
    t.get("/chat")
    t.enhanced.wait_requests(1)
    t.legs(3)
    assert [r.target for r in t.enhanced.seen()] == ["/chat"]


def test_route_is_recorded(h):
    t = h.stand(rules={"routes": [{"match": {"path": "/api/*"}, "rollout": True}]})
    t.get("/api/x")
    t.get("/y")
    rows = {r["path"]: r["route"] for r in t.legs(2)}
    assert rows["/api/x"] == "/api/*" and not rows["/y"], rows
