"""What legacy differs in from itself is learned from real backends, pair by pair;
what enhanced differs in besides is still different; a restart forgets nothing."""

import json
import random

from harness import eventually, limit, scripts
from harness.ctl import Ctl

WORDS = [("the", "this"), ("weather", "wind"), ("in", "over"), ("harbour", "bay"), ("is", "seems"),
         ("calm", "quiet"), ("until", "before"), ("evening", "dusk"), ("then", "later"),
         ("rain", "snow"), ("may", "might"), ("come", "follow"), ("from", "off"), ("hills", "west")]


def chatter(seed, flag=0.5, **always):
    """A backend that never answers twice the same: an id, a clock, a flag that
    comes and goes, other words for the same thing."""
    lots = random.Random(seed)

    def script(x):
        words = " ".join(pair[lots.random() < 0.1] for pair in WORDS + WORDS)
        value = {"id": f"msg-{lots.getrandbits(32):08x}", "price": 5, "text": words,
                 "created": 1700000000 + lots.randrange(7), **always}
        if lots.random() < flag:
            value.setdefault("cached", True)
        x.answer(200, [("Content-Type", "application/json")], json.dumps(value).encode())
    return script


class Steerable:
    """A script that can be exchanged while it serves."""

    def __init__(self, script):
        self.script = script

    def __call__(self, x):
        return self.script(x)


def stand(h, enhanced, control=True, rules=None, config=None, sample="100%", more=None, **kw):
    """Everything mirrored, with a second legacy.  more: what legacy's answers
    are besides."""
    more = more or {}
    backends = {}
    if control:
        backends["control"] = {"urls": [h.backend(chatter(3, **more), "control").url]}
    return h.stand(shadow=100, legacy=chatter(1, **more), enhanced=enhanced,
                   rules={"noise": {"sample": sample}, **(rules or {})},
                   config={"backends": backends, "workers": 1, **(config or {})}, **kw)


def verdicts(t):
    """The counts of the status page."""
    s = t.status()["comparisons"]
    return {v: s[v] for v in ("same", "noise", "different", "incomparable")}


def ask(t, n):
    """n more pairs; how many more verdicts of each kind."""
    before = verdicts(t)
    with t.client() as c:
        for i in range(n):
            c.ask("GET", "/chat", [("x-user-id", f"u{i}")])
    done = sum(before.values()) + n
    t.wait_status(lambda s: sum(s["comparisons"][v] for v in before) == done, "verdicts", 60)
    after = verdicts(t)
    return {v: after[v] - before[v] for v in before}


def paths(t):
    """{(path, kind, is text): row} of what was learned."""
    rows = t.proxy.admin().get("/api/v1/noise?limit=200")["paths"]
    return {(r["path"], r["kind"], r["text"]): r for r in rows}


@limit(120)
def test_what_differs_as_legacy_does_is_never_different(h):
    same = {"text": "always the very same words"}
    t = stand(h, chatter(2, **same), more=same)
    assert ask(t, 5)["different"] == 5
    ask(t, 500)
    t.proxy.change(rules={"noise": {"sample": "5%"}})
    t.proxy.admin().reload()
    later = ask(t, 500)
    assert later["different"] == 0 and later["noise"] > 450, (later, paths(t))


@limit(120)
def test_noise_is_learned_and_real_differences_stay(h):
    enhanced = Steerable(chatter(2))
    t = stand(h, enhanced)
    first = ask(t, 5)
    assert first["different"] == 5, first
    ask(t, 700)
    learned = paths(t)
    for place in (("/id", "value", False), ("/created", "value", False)):
        assert learned[place]["state"] == "noise", learned[place]
    assert learned["/id", "value", False]["both"] == 705
    text = learned["/text", "value", True]
    assert 0 <= text["bottom"] < text["floor"] < 1 and text["floor"] > 0.4, text
    assert t.proxy.admin().get("/api/v1/noise")["pairs"] == 705

    t.proxy.change(rules={"noise": {"sample": "5%"}})
    t.proxy.admin().reload()
    later = ask(t, 300)
    # texts far down may not be settled yet; nothing else is
    rows = t.proxy.admin().get("/api/v1/differences")["differences"]
    assert later["noise"] + later["same"] >= 280, (later, learned)
    assert {r["path"] for r in rows} <= {"/id", "/created", "/text", "/cached"}, rows

    enhanced.script = chatter(2, price=6)
    assert ask(t, 100)["different"] == 100
    rows = t.proxy.admin().get("/api/v1/differences")["differences"]
    row = next(r for r in rows if r["path"] == "/price")
    assert row["count"] == 100 and row["compared"] == 1105, row
    assert row["rate_low"] < 100 / 1105 < row["rate_high"] and row["noise"]["state"] != "noise"
    row = next(r for r in rows if r["path"] == "/id")
    assert row["noise"]["state"] == "noise" and row["noise"]["rate"] == 1, row
    text, _ = Ctl.of(t.proxy).run("diffs")
    assert "100.0% of 1,105 pairs" in text and "noise?    noise" in text, text
    metrics = t.proxy.admin().metrics()
    assert metrics["understudy_noise_pairs_total"] >= 705
    assert metrics['understudy_noise_paths{state="noise"}'] >= 2
    assert metrics['understudy_comparisons_total{verdict="noise"}'] >= 270
    # what is not noise comes first in the record
    t.store().wait_count(1105, "comparisons")
    fields = t.store().rows("SELECT field FROM differences WHERE pair IN (SELECT pair FROM"
                            " differences WHERE field = '/price') ORDER BY rowid")
    assert fields[0]["field"] == "/price", fields[0]


@limit(120)
def test_more_of_a_noisy_field_is_different(h):
    seldom = {"flag": 0.1}
    enhanced = Steerable(chatter(2, **seldom))
    t = stand(h, enhanced, more=seldom, rules={"noise": {"sample": "100%", "pins": [
        {"path": "/text", "as": "noise"}, {"path": "/id", "as": "noise"}]}})
    ask(t, 300)
    enhanced.script = chatter(2, cached=True)
    ask(t, 100)
    assert paths(t)["/cached", "extra", False]["state"] == "real"
    # legacy has the flag in some answers too, and there nothing differs
    assert ask(t, 100)["different"] >= 75


def test_legacy_itself_can_be_the_second_one(h):
    t = stand(h, chatter(2), control=False)
    ask(t, 60)
    assert paths(t)["/id", "value", False]["state"] == "noise"


def test_pins(h):
    pins = [{"path": "/id", "as": "noise"}, {"path": "/created", "as": "noise"},
            {"path": "/text", "as": "noise"}, {"path": "/cached", "as": "noise"}]
    t = stand(h, chatter(2), sample="0%", rules={"noise": {"sample": "0%", "pins": pins}})
    assert ask(t, 50)["different"] == 0, "nothing was learned, all is pinned"
    rows = t.proxy.admin().get("/api/v1/differences")["differences"]
    assert all(r["noise"]["state"] == "noise" and r["noise"]["pinned"] for r in rows), rows
    t.proxy.change(rules={"noise": {"pins": [{"path": "/id", "as": "real"}, *pins]}})
    t.proxy.admin().reload()
    assert ask(t, 20)["different"] == 20


def check_remembered(t):
    """What the process before has learned is there."""
    row = paths(t)["/id", "value", False]
    assert row["state"] == "noise" and row["both"] == 40, row
    assert paths(t)["/text", "value", True]["pairs"] == 40
    t.proxy.change(rules={"noise": {"sample": "0%", "pins": [
        {"path": p, "as": "noise"} for p in ("/created", "/text", "/cached")]}})
    t.proxy.admin().reload()
    assert ask(t, 20)["noise"] == 20


def test_a_restart_forgets_nothing(h):
    t = stand(h, chatter(2))
    ask(t, 40)
    t.proxy.stop()
    t.proxy.start()
    check_remembered(t)


@limit(60)
def test_a_crash_forgets_ten_seconds_at_most(h):
    t = stand(h, chatter(2))
    ask(t, 40)
    eventually(lambda: any(r["both_differ"] == 40 for r in t.store().rows(
        "SELECT both_differ FROM noise WHERE path = '/id'")), "it is written down", 30)
    t.proxy.kill()
    t.proxy.start()
    check_remembered(t)


def test_an_upgrade_takes_it_over(h):
    t = stand(h, chatter(2))
    ask(t, 40)
    t.proxy.upgrade()
    t.proxy.wait_former()
    check_remembered(t)


def test_it_stands_in_the_local_file_before_postgresql(h):
    cluster = h.cluster()
    t = stand(h, chatter(2), config={"store": cluster.conninfo, "spool": "spool.db"})
    ask(t, 40)
    t.proxy.stop()
    t.proxy.start()
    check_remembered(t)


def test_without_a_store_it_is_learned_anew(h):
    t = stand(h, chatter(2), config={"store": "none"})
    ask(t, 40)
    assert paths(t)["/id", "value", False]["state"] == "noise"
    t.proxy.stop()
    t.proxy.start()
    assert paths(t) == {}


def test_a_control_that_fails_teaches_nothing(h):
    for name, control in (("500", scripts.status(500)), ("reset", scripts.reset()),
                          ("another form", scripts.fixed(b"plain words")),
                          ("cut", scripts.cut())):
        with h.check(name):
            url = h.backend(control, "control").url
            t = stand(h, chatter(2), control=False,
                      config={"backends": {"control": {"urls": [url]}}})
            assert ask(t, 20)["different"] == 20
            t.store().wait_count(20, where="leg = 'control'")
            assert paths(t) == {}, paths(t)
            t.proxy.stop()
