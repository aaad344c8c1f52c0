"""Routes that only enhanced has: who is not in is answered by understudy."""

from harness import scripts, wire


def stand(h, percent=0, otherwise=None, **kw):
    """/new/* is enhanced's alone; "in" is let in by an override."""
    route = {"match": {"path": "/new/*"}, "only": "enhanced"}
    if otherwise:
        route["otherwise"] = otherwise
    rules = {"routes": [route, {"match": {"path": "/*"}}],
             "rollout": {"overrides": [{"users": ["in"], "version": "enhanced"}]}}
    return h.stand(percent=percent, shadow=100, rules=rules, **kw)


def refused(t):
    """How many were turned out."""
    return t.metric('understudy_refusals_total{outcome="not_in"}')


def test_who_is_not_in(h):
    for otherwise, status in ((None, 404), (403, 403), (503, 503)):
        with h.check(status):
            t = stand(h, otherwise=otherwise)
            assert t.get("/new/x", user="in").version == "enhanced"
            a = t.get("/new/x")
            assert a.status == status and b"not_in" in a.body, a.body
            assert t.ask("GET", "/new/x").status == status, "without a user id"
            assert t.get("/other").version == "legacy"
            assert refused(t) == 2
            assert [r.path for r in t.legacy.seen() if r.path != "/other" and
                    not r.is_shadow] == [], "legacy was asked"
            assert (a.header("retry-after") is not None) == (status == 503)


def test_latch_included(h):
    t = stand(h, percent=100)
    assert t.get("/new/x").version == "enhanced"
    t.proxy.admin().ok("POST", "/api/v1/rollback", {"reason": "test"})
    assert t.get("/new/x").status == 404 and t.get("/new/x", user="in").status == 404
    assert t.get("/other").version == "legacy"


def test_nothing_falls_back_or_is_mirrored(h):
    t = stand(h, enhanced=scripts.status(500))
    assert t.get("/new/x", user="in").status == 500
    t.settle()
    assert t.legacy.seen() == [] and t.metric("understudy_fallbacks_total") == 0
    assert t.get("/other", user="in").version == "legacy", "elsewhere it does"


def test_the_connection_stays(h):
    t = stand(h)
    c = t.client()
    for _ in range(3):
        assert c.ask("GET", "/new/x").status == 404
        assert c.ask("GET", "/other").status == 200
        assert c.ask("POST", "/new/x", body=b"").status == 404
    a = c.ask("HEAD", "/new/x")
    assert a.status == 404 and a.body == b""


def test_with_a_body(h):
    """At once, before the body and without asking for it; then the connection
    ends."""
    t = stand(h)
    c = t.client()
    c.send(wire.request("POST", "/new/x", [("Expect", "100-continue"),
                                           ("Content-Length", "1000000")]))
    a = c.read_answer()
    assert a.status == 404 and a.interim == [], a
    c = t.client()
    c.send(wire.request("POST", "/new/x", [("Content-Length", "1000000")]) + b"x" * 1000)
    assert c.read_answer().status == 404
    c.send_quietly(b"x" * 1000)
    c.expect_reset_or_cut()


def test_with_a_body_that_says_who(h):
    t = h.stand(rules={
        "identity": [{"body": "/user"}], "rollout": {"overrides": [
            {"users": ["in"], "version": "enhanced"}]},
        "routes": [{"match": {"path": "/new/*"}, "only": "enhanced"}]})
    assert t.post(b'{"user": "in"}', "/new/x").version == "enhanced"
    assert t.post(b'{"user": "out"}', "/new/x").status == 404
    big = b'{"user": "in", "text": "' + b"x" * 400_000 + b'"}'
    assert t.post(big, "/new/x").status == 404, "over limits.capture nobody is known"
    c = t.client()
    for body in (b'{"user": "out"}', b'{"user": "in"}'):
        a = c.ask("POST", "/new/x", body=body)
    assert a.version == "enhanced", "on the same connection"
    assert refused(t) == 3


def test_access_log_names_it(h):
    t = stand(h, config={"access_log": {"path": "access.log"}})
    t.get("/new/x")
    t.proxy.stop()
    line = (t.proxy.dir / "access.log").read_text()
    assert '"not_in"' in line and "404" in line, line
