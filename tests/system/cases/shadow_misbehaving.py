"""A shadow can be lost, never felt: whatever it does, the client gets the
primary's answer, the same bytes, and as soon as without it."""

import threading
import time

from harness import eventually, limit, scripts, wire

TIMEOUT = 2     # seconds of a shadow that does not end by itself


def patience(seconds):
    """Shadows have so long."""
    return {"shadow": {"timeout": f"{seconds}s"}, "backends": {
        v: {"timeouts": {"connect": "500ms", "first_byte": "60s"}}
        for v in ("legacy", "enhanced")}}


SHORT = patience(TIMEOUT)
PRIMARY = scripts.fixed(b'{"answer":42}', fields=[("Content-Type", "application/json"),
                                                  ("X-Own", "1")])


def ways(h):
    """(name, the shadow's backend, its outcomes)"""
    return [
        ("hang", scripts.hang(), {"shadow_timeout"}),
        ("reset", scripts.reset(), {"upstream_reset"}),
        ("drip", scripts.drip(b"d" * 1000, every=0.05), {"shadow_timeout"}),
        ("garbage", scripts.garbage(), {"upstream_bad_head"}),
        ("huge", scripts.huge_body(64 << 20), {"shadow_too_large"}),
        ("huge head", scripts.huge_head(), {"upstream_bad_head"}),
        ("refused", h.refusing(), {"connect_failed"}),
        ("slow to connect", h.unreachable(), {"connect_timeout", "shadow_timeout"}),
        ("cut", scripts.cut(), {"upstream_cut"}),
        ("500", scripts.status(500), {"upstream_5xx"}),
    ]


def normal(raw_head):
    """An answer's head without what differs from request to request."""
    return [l for l in raw_head.split(b"\r\n")
            if not l.lower().startswith((b"x-request-id:", b"x-understudy-version:", b"date:"))]


def ask_some(t, n=10):
    """n requests on one connection: [(seconds, head, body)]."""
    out = []
    with t.client() as c:
        for i in range(n):
            began = time.monotonic()
            a = c.ask("POST", "/x", [("x-user-id", f"u{i}"), ("Content-Type", "text/plain")],
                      b"body")
            out.append((time.monotonic() - began, normal(a.raw_head), a.body))
            assert a.header("connection") is None
    return out


def run_ways(h, canary):
    """Every way, with legacy (or, in a canary stage, enhanced) as primary."""
    primary, shadow = ("enhanced", "legacy") if canary else ("legacy", "enhanced")
    percent = 100 if canary else 0
    quiet = h.stand(percent=percent, config=SHORT, **{primary: PRIMARY})
    want = ask_some(quiet)[0]
    quiet.proxy.stop()
    for name, bad, outcomes in ways(h):
        with h.check(f"{name} ({primary} primary)"):
            # a short one only where it is what ends them
            config = SHORT if "shadow_timeout" in outcomes else patience(60)
            t = h.stand(percent=percent, shadow=100, config=config,
                        **{primary: PRIMARY, shadow: bad})
            answers = ask_some(t)
            for _, head, body in answers:
                assert (head, body) == want[1:], head
            # below what the shadow takes; the machine may hiccup once
            slow = [took for took, _, _ in answers if took > 0.75 * TIMEOUT]
            assert len(slow) <= 1, slow
            rows = t.store().wait_count(10, where="leg = 'shadow'")
            assert {r["outcome"] for r in rows} <= outcomes, {r["outcome"] for r in rows}
            assert {r["version"] for r in rows} == {shadow}
            good = t.store().wait_count(10, where="leg = 'primary'")
            assert {(r["outcome"], r["version"]) for r in good} == {("done", primary)}
            assert t.metric("understudy_shadow_inflight") == 0
            t.proxy.stop()


@limit(120)
def test_enhanced_as_shadow(h):
    run_ways(h, canary=False)


@limit(120)
def test_legacy_as_shadow_of_a_canary(h):
    run_ways(h, canary=True)


def test_a_stream_is_not_held_up(h):
    gate = threading.Event()
    t = h.stand(shadow=100, legacy=scripts.sse([b"1", b"2", b"3"], gate),
                enhanced=scripts.hang(), config=SHORT)
    c = t.client()
    c.send(wire.request("GET", "/", [("x-user-id", "u")]))
    assert c.read_head().status == 200
    for n in (b"1", b"2", b"3"):
        assert c.read_chunk() == b"data: " + n + b"\n\n"
        gate.set()
    assert c.read_chunk() is None


def test_captured_memory_is_given_back(h):
    t = h.stand(shadow=100, enhanced=scripts.cut(), legacy=scripts.mirror())
    with t.client() as c:
        for i in range(50):
            c.ask("POST", "/", [("x-user-id", f"u{i}")], b"b" * 100000)
    eventually(lambda: t.metric("understudy_shadow_captured_bytes") == 0,
               "the captured bytes are gone")


def moody(well):
    """Hangs up on everybody until it is well."""
    bad, good = scripts.reset(), scripts.fixed(b"{}")
    return lambda x: (good if well.is_set() else bad)(x)


def test_who_fails_all_the_time_is_left_alone(h):
    """No connection is spent on each request to hear the same once more; and
    the first answer brings mirroring back."""
    well = threading.Event()
    t = h.stand(shadow=100, legacy=PRIMARY, enhanced=moody(well), config={
        "workers": 1, "shadow": {"rest": {"after": 5, "first": "200ms", "max": "200ms"}}})
    resting = "understudy_shadow_dropped_resting_total"

    def ask(c):
        assert c.ask("POST", "/x", [("x-user-id", "u")], b"body").body == b'{"answer":42}'
        eventually(lambda: t.metric("understudy_shadow_inflight") == 0, "the shadow is over")

    with t.client() as c:
        for _ in range(5):
            ask(c)
        assert t.metric(resting) == 0
        ask(c)
        assert t.metric(resting) == 1 and t.metric("understudy_shadow_sent_total") == 5
        for _ in range(20):
            ask(c)
        sent = t.metric("understudy_shadow_sent_total")
        assert sent < 10, f"{sent} shadows of 26: a probe each 200 ms, and no more"
        well.set()
        eventually(lambda: ask(c) or t.metric("understudy_shadow_sent_total") > sent + 5,
                   "it is mirrored to again")
        dropped = t.metric(resting)
        for _ in range(5):
            ask(c)
        assert t.metric(resting) == dropped
    drops = t.status()["shadow"]["dropped"]
    assert drops["resting"] == dropped, drops


def test_a_rest_is_of_the_mirror_alone(h):
    """Enhanced that fails as a shadow is still asked for its own users."""
    t = h.stand(percent=50, shadow=100, legacy=PRIMARY, enhanced=scripts.reset(),
                config={"workers": 1, "shadow": {"rest": {"after": 1, "first": "1h", "max": "1h"}}},
                rules={"breaker": {"enabled": False}})
    with t.client() as c:
        for i in range(40):
            c.ask("POST", "/x", [("x-user-id", f"u{i}")], b"body")
    assert t.metric("understudy_shadow_dropped_resting_total") > 0
    # for each of them legacy stepped in, and each had been asked for first
    t.store().wait_count(40, where="leg = 'primary' and version = 'legacy'")
    fallbacks = t.metric("understudy_fallbacks_total")
    rows = t.store().wait_count(fallbacks, where="leg = 'primary' and version = 'enhanced'")
    assert len(rows) > 5 and {r["outcome"] for r in rows} == {"upstream_reset"}, rows
