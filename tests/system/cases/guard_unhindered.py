"""The guard shares its thread with files and names that others can hold up: a
locked database and a silent name server must not keep traffic on enhanced."""

import contextlib
import sqlite3
import time

from harness import Load, SLACK, eventually, limit, scripts
from harness.guard import NO_FALLBACK, crossing, rule, tripped
from harness.names import SilentNames


@contextlib.contextmanager
def locked(t):
    """Somebody's sqlite3 holds the file for writing, as a VACUUM would."""
    db = sqlite3.connect(t.store().path, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA busy_timeout = 20000")
        db.execute("BEGIN IMMEDIATE")
        yield
    finally:
        db.close()


def timed(call):
    """What it gives, and the seconds it took."""
    began = time.monotonic()
    value = call()
    return value, time.monotonic() - began


def kinds(t):
    """How often each kind of event is written down."""
    rows = t.store().rows("SELECT kind, count(*) AS n FROM rollout_events GROUP BY kind")
    return {row["kind"]: row["n"] for row in rows}


@limit(120)
def test_a_locked_file_does_not_delay_a_trip(h):
    """Alerts stand before the rule that rolls back, and cannot be written."""
    rules = [rule(name=f"told-{i}", above=f"{i + 2}%", action="alert") for i in range(6)]
    t = h.stand(percent=50, rules={"guard": [*rules, rule()], "rollout": NO_FALLBACK})
    with Load(t.proxy.address, threads=4, status=None) as load:
        eventually(lambda: load.done() >= 200, "steady traffic")
        with locked(t):
            broken = time.monotonic()
            t.enhanced.script = scripts.status(500)
            rollout = tripped(t)
            assert "locked" in rollout["unsaved"], rollout
            seen = time.monotonic()
            at = load.done()
            eventually(lambda: load.done() >= at + 300, "traffic after the trip")
            assert "trip" not in kinds(t)
        t.wait_status(lambda s: s["rollout"]["unsaved"] is None, "it is written down")
    crossed = crossing(load.answers, broken)
    by_enhanced = [asked for asked, _, version in load.answers if version == "enhanced"]
    assert max(by_enhanced) - crossed <= 1.0 * SLACK, max(by_enhanced) - crossed
    assert not [a for a in by_enhanced if a > seen], "enhanced served after the trip"
    written = kinds(t)
    assert written["trip"] == 1 and written["alert"] == 6, written


def test_a_locked_file_does_not_delay_a_rollback(h):
    t = h.stand(percent=100)
    assert t.get().version == "enhanced"
    with locked(t):
        _, seconds = timed(lambda: t.proxy.admin().rollback())
        assert seconds <= 1.0 * SLACK, seconds
        assert t.get().version == "legacy"
        # what must be written first is refused, and soon
        answer, seconds = timed(lambda: t.proxy.admin().call(
            "POST", "/api/v1/rearm", {"reason": "test"}))
        assert answer.status == 503 and "locked" in answer.json()["error"], answer
        assert seconds <= 1.0 * SLACK, seconds
        _, seconds = timed(lambda: t.proxy.admin().reload())
        assert seconds <= 1.0 * SLACK, seconds
    t.wait_status(lambda s: s["rollout"]["unsaved"] is None, "it is written down")
    eventually(lambda: kinds(t).get("reload") == 1, "so is the reload")
    t.proxy.restart()
    assert t.status()["rollout"]["latched"] and t.get().version == "legacy"


@limit(120)
def test_a_silent_name_server_does_not_delay_a_trip(h):
    """A reload names a host that is new while enhanced breaks."""
    names = SilentNames(h)
    t = h.stand(percent=50, prefix=names.prefix,
                rules={"guard": [rule()], "rollout": NO_FALLBACK})
    port = t.legacy.port
    with Load(t.proxy.address, threads=4, status=None) as load:
        eventually(lambda: load.done() >= 200, "steady traffic")
        t.proxy.change(config={"backends": {"legacy": {
            "urls": [t.legacy.url, f"http://new.test:{port}", f"http://newer.test:{port}"]}}})
        broken = time.monotonic()
        t.enhanced.script = scripts.status(500)
        answer, seconds = timed(lambda: t.proxy.admin().call(
            "POST", "/api/v1/reload", {"reason": "test"}))
        assert seconds <= 1.0 * SLACK, seconds
        assert answer.status == 422 and "no answer yet" in answer.json()["error"], answer
        tripped(t)
    crossed = crossing(load.answers, broken)
    by_enhanced = [asked for asked, _, version in load.answers if version == "enhanced"]
    assert max(by_enhanced) - crossed <= 1.0 * SLACK, max(by_enhanced) - crossed
    names.say("127.0.0.1", name="new.test newer.test")
    names.speak()
    # asked once and answered late: there for whoever reloads then
    why = {"reason": "test"}
    eventually(lambda: t.proxy.admin().call("POST", "/api/v1/reload", why).status == 200,
               "the names are known")
    assert {e["url"] for e in t.status()["endpoints"]} >= {f"http://new.test:{port}",
                                                           f"http://newer.test:{port}"}
