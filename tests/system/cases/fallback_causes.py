"""When enhanced fails before the client has seen anything, legacy answers."""

import threading

from harness import eventually, scripts, wire

def impatient(outcome):
    """Only what ends by a timeout has a short one: a machine that is slow for a
    moment must not end the others by it."""
    name = {"connect_timeout": "connect", "first_byte_timeout": "first_byte"}.get(outcome)
    return {"backends": {"enhanced": {"timeouts": {name: "300ms"}}}} if name else {}


def causes(h):
    """(name, cause, how enhanced fails, its outcome, status without fallback)"""
    return [
        ("refused", "connect", h.refusing(), "connect_failed", 502),
        ("unreachable", "connect", h.unreachable(), "connect_timeout", 504),
        ("hang", "timeout", scripts.hang(), "first_byte_timeout", 504),
        ("500", "5xx", scripts.status(500), "upstream_5xx", 500),
        ("503", "5xx", scripts.status(503), "upstream_5xx", 503),
        ("reset", "invalid", scripts.reset(), "upstream_reset", 502),
        ("close", "invalid", scripts.close(), "upstream_reset", 502),
        ("garbage", "invalid", scripts.garbage(), "upstream_bad_head", 502),
        ("huge head", "invalid", scripts.huge_head(200000), "upstream_bad_head", 502),
    ]


def check_records(t, outcome):
    """Both legs are written down, the failed one as what it was."""
    rows = t.legs(2, "path = '/fb'")
    by_version = {r["version"]: r for r in rows}
    assert by_version["enhanced"]["outcome"] == outcome, by_version
    assert by_version["legacy"]["outcome"] == "done"
    assert by_version["legacy"]["decision"] == "fallback"
    assert {r["leg"] for r in rows} == {"primary"}
    assert len({r["pair"] for r in rows}) == 1


def test_each_cause_is_answered_by_legacy(h):
    for name, _, failing, outcome, _ in causes(h):
        with h.check(name):
            t = h.stand(percent=100, enhanced=failing, config=impatient(outcome))
            a = t.get("/fb")
            assert a.status == 200 and a.version == "legacy", a
            assert a.json()["target"] == "/fb"
            check_records(t, outcome)
            assert t.metric("understudy_fallbacks_total") == 1
            versions = t.status()["versions"]
            assert versions["enhanced"]["failures"] == 1, versions
            assert versions["legacy"]["failures"] == 0, versions
            t.proxy.stop()


def test_not_when_switched_off(h):
    for name, cause, failing, outcome, status in causes(h):
        with h.check(name):
            others = [c for c in ("connect", "timeout", "5xx", "invalid") if c != cause]
            t = h.stand(percent=100, enhanced=failing, config=impatient(outcome),
                        rules={"rollout": {"fallback": {"on": others}}})
            a = t.get("/fb")
            assert a.status == status and a.version == "enhanced", a
            assert not t.legacy.seen()
            row = t.legs(1)[0]
            assert row["outcome"] == outcome, row
            t.proxy.stop()


def test_the_body_is_sent_again_whole(h):
    body = bytes(i % 251 for i in range(100000))
    t = h.stand(percent=100, enhanced=scripts.status(500), legacy=scripts.mirror())
    for chunked in (False, True):
        a = t.ask("POST", "/", [("x-user-id", "u")], body, chunked=chunked)
        assert a.version == "legacy" and a.body == body
    assert [r.body for r in t.enhanced.wait_requests(2)] == [body, body]


def test_same_request_id_and_user_for_both(h):
    t = h.stand(percent=100, enhanced=scripts.status(500))
    t.ask("GET", "/", [("x-user-id", "u"), ("X-Request-Id", "r-1"), ("X-Own", "v")])
    for backend in (t.enhanced, t.legacy):
        seen = backend.seen()[0]
        assert seen.header("x-request-id") == "r-1" and seen.header("x-own") == "v"


def test_4xx_is_an_answer(h):
    t = h.stand(percent=100, enhanced=scripts.status(404))
    a = t.get()
    assert a.status == 404 and a.version == "enhanced"
    assert t.status()["versions"]["enhanced"]["failures"] == 0


def test_legacy_never_falls_back(h):
    t = h.stand(legacy=scripts.status(500))
    a = t.get()
    assert a.status == 500 and a.version == "legacy"
    assert not t.enhanced.seen()


def test_both_fail(h):
    t = h.stand(percent=100, enhanced=scripts.reset(), legacy=scripts.status(503))
    a = t.get()
    assert a.status == 503 and a.version == "legacy"


def test_connection_stays_in_step(h):
    t = h.stand(percent=100, enhanced=scripts.sequence(
        scripts.garbage(), scripts.fixed(b"fine"), scripts.reset(), scripts.fixed(b"fine")))
    c = t.client()
    got = [c.ask("POST", f"/{i}", [("x-user-id", "u")]).version for i in range(4)]
    assert got == ["legacy", "enhanced", "legacy", "enhanced"]


def test_head_answer_falls_back_too(h):
    t = h.stand(percent=100, enhanced=scripts.status(500))
    a = t.ask("HEAD", "/", [("x-user-id", "u")])
    assert a.status == 200 and a.version == "legacy" and a.body == b""


def test_a_mirrored_get_is_asked_of_legacy_at_most_twice(h):
    # the shadow of enhanced's user is legacy: the fallback is its own leg
    t = h.stand(percent=100, shadow=100, enhanced=scripts.status(500))
    a = t.get()
    assert a.status == 200 and a.version == "legacy"
    t.wait_status(lambda s: s["shadow"]["sent"] == 1, "its shadow has begun at once")
    assert [r.is_shadow for r in t.legacy.wait_requests(2)] in ([True, False], [False, True])


@scripts.early
def refuses_early(x):
    x.answer(500, body=b"no")
    x.close()


def broken(x):
    """A head and a body that is none, in one piece."""
    x.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    x.close()


def test_legacy_gets_a_mirrored_post_once(h):
    """Whenever enhanced fails: while the body comes, or behind it."""
    for why, script in (("500", scripts.status(500)), ("reset", scripts.reset()),
                        ("broken body", broken), ("500 before the body", refuses_early)):
        t = h.stand(percent=100, shadow=100, enhanced=script)
        for method in ("POST", "PATCH", "PUT", "DELETE"):
            with h.check(f"{method}, {why}"):
                before = len(t.legacy.seen())
                c = t.client()
                body = b"" if method == "DELETE" else b"all of it"
                c.send(wire.request(method, "/", [("x-user-id", "u"),
                                                  ("Content-Length", len(body))]))
                if script is refuses_early:
                    eventually(lambda n=before: len(t.legacy.seen()) > n, "legacy is asked")
                c.send(body)
                a = c.read_answer()
                assert a.status == 200 and a.version == "legacy", a
                seen = t.legacy.seen()[before:]
                assert len(seen) == 1 and not seen[0].is_shadow and seen[0].body == body, seen
        shadow = t.wait_status(lambda s: s["shadow"]["dropped"]["fallback"] == 4, why)["shadow"]
        assert shadow["sent"] == 0 and len(t.legacy.seen()) == 4, shadow


def test_a_post_is_mirrored_to_legacy_once_enhanced_answers(h):
    """From the first byte of the answer on; also where enhanced fails and
    legacy does not step in."""
    gate = threading.Event()
    t = h.stand(percent=100, shadow=100, enhanced=scripts.sse([b"1", b"2"], gate))
    c = t.client()
    c.send(wire.request("POST", "/", [("x-user-id", "u")], b"body"))
    a = c.read_head()
    first = t.legacy.wait_requests(1)[0]
    assert first.is_shadow and first.body == b"body"
    gate.set()
    assert c.read_body(a).version == "enhanced"
    t.store().wait_count(1, "comparisons")
    t = h.stand(percent=100, shadow=100, enhanced=scripts.status(500),
                rules={"rollout": {"fallback": {"on": ["timeout"]}}})
    assert t.post(b"body").status == 500
    assert t.legacy.wait_requests(1)[0].is_shadow
    t = h.stand(percent=100, shadow=100, enhanced=scripts.reset(),
                rules={"rollout": {"fallback": {"on": ["timeout"]}}})
    assert t.post(b"body").status == 502
    assert t.legacy.wait_requests(1)[0].is_shadow
    t.store().wait_count(1, "comparisons")
