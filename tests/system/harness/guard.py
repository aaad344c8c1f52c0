"""guard -- rules that trip fast, and when they should have."""

import collections

NO_FALLBACK = {"fallback": {"on": []}}


WINDOW = 60     # seconds: nothing leaves it while a case is slow


def rule(**kw):
    """A rule that trips fast, with these changes."""
    return {"name": "errors", "metric": "error_rate", "version": "enhanced", "above": "20%",
            "window": f"{WINDOW}s", "for": "0s", "min_requests": 20, "action": "rollback",
            "severity": "critical", **kw}


def tripped(t, seconds=20):
    """Wait for the latch and its reason; the rollout's status then."""
    return t.wait_status(lambda s: s["rollout"]["latched"] and s["rollout"]["epoch"] > 1,
                         "the latch", seconds)["rollout"]


def last_trip(t):
    """The newest trip of the events."""
    events = t.proxy.admin().get("/api/v1/events")["events"]
    return next(e for e in events if e["kind"] == "trip")


def crossing(answers, good_until, threshold=0.2, least=20, window=WINDOW):
    """When the share of failures within a window first crossed, as the clients
    saw it: the guard can have known no later.

    A request counts as failed when enhanced answered it after good_until.
    """
    seen = collections.deque()
    failed = 0
    for _, answered, version in sorted(answers, key=lambda a: a[1]):
        if version != "enhanced":
            continue
        seen.append(answered)
        failed += answered > good_until
        while seen[0] < answered - window:
            failed -= seen.popleft() > good_until
        if len(seen) >= least and failed / len(seen) > threshold:
            return answered
    raise AssertionError(f"never crossed: {failed} of {len(seen)}")
