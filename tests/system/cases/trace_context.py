"""traceparent: a valid one passes, another is dropped, none is begun."""

import re

from harness import scripts

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
GOOD = f"00-{ID}-00f067aa0ba902b7-01"
LATER = f"cc-{ID}-00f067aa0ba902b7-01-what.ever"
STATE = [("tracestate", "congo=t61rcWkgMzE"), ("tracestate", "rojo=00f067aa0ba902b7")]

BAD = [
    ("absent", []),
    ("state without a parent", []),
    ("empty", [("traceparent", "")]),
    ("no hex", [("traceparent", GOOD.replace("4", "x"))]),
    ("capitals", [("traceparent", GOOD.upper())]),
    ("zero trace-id", [("traceparent", f"00-{'0' * 32}-00f067aa0ba902b7-01")]),
    ("zero parent-id", [("traceparent", f"00-{ID}-{'0' * 16}-01")]),
    ("version ff", [("traceparent", "ff" + GOOD[2:])]),
    ("too long for version 00", [("traceparent", GOOD + "-00")]),
    ("too short", [("traceparent", GOOD[:-1])]),
    ("twice", [("traceparent", GOOD), ("traceparent", GOOD)]),
    ("a list", [("traceparent", f"{GOOD}, {GOOD}")]),
]


def seen_by_both(t, fields):
    """Ask once; the fields that legacy and the shadow were sent."""
    n = len(t.legacy.seen())
    t.ask("GET", "/", [("x-user-id", "u"), *fields])
    return [b.wait_requests(n + 1)[-1].fields for b in (t.legacy, t.enhanced)]


def test_a_valid_one_passes_unchanged(h):
    t = h.stand(shadow=100)
    for value in (GOOD, LATER, GOOD[:-1] + "0"):
        with h.check(value):
            for seen in seen_by_both(t, [("Traceparent", value), *STATE]):
                assert seen.all("traceparent") == [value]
                assert seen.all("tracestate") == [v for _, v in STATE]


def test_another_is_dropped_with_its_state_and_one_begun(h):
    t = h.stand(shadow=100)
    begun = set()
    for why, fields in BAD:
        with h.check(why):
            state = [] if why == "absent" else STATE
            first, second = seen_by_both(t, [*fields, *state])
            for seen in (first, second):
                assert seen.get("tracestate") is None
                value, = seen.all("traceparent")
                assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", value), value
                assert "-" + "0" * 16 + "-" not in value and ID not in value
            assert first.get("traceparent") == second.get("traceparent")
            begun.add(first.get("traceparent")[3:35])
    assert len(begun) == len(BAD), "each request is a trace of its own"


def test_it_is_the_name_of_the_pair_in_the_records(h):
    t = h.stand()
    t.get()
    trace_id = t.legacy.seen()[0].header("traceparent")[3:35]
    assert t.legs(1)[0]["pair"] == trace_id


def test_sampled_or_not_at_all(h):
    t = h.stand(config={"traceparent": "begin_sampled"})
    t.get()
    assert t.legacy.seen()[0].header("traceparent").endswith("-01")
    t = h.stand(config={"traceparent": "pass"})
    t.get()
    t.ask("GET", "/", [("traceparent", "x"), *STATE])
    t.ask("GET", "/", [("traceparent", GOOD), *STATE])
    none, bad, good = (r.fields for r in t.legacy.seen())
    for seen in (none, bad):
        assert seen.get("traceparent") is None and seen.get("tracestate") is None
    assert good.all("traceparent") == [GOOD] and len(good.all("tracestate")) == 2


def test_a_fallback_stays_in_its_trace(h):
    t = h.stand(percent=100, enhanced=scripts.status(500))
    assert t.get().version == "legacy"
    assert t.legacy.seen()[0].header("traceparent") == t.enhanced.seen()[0].header("traceparent")
