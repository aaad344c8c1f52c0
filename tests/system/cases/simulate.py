"""understudy simulate: what rules would have decided over what was recorded."""

import json
import os
import pty
import re
import subprocess
import time

from harness import limit, scripts
from harness.guard import NO_FALLBACK, rule
from harness.programs import UNDERSTUDY, UNDERSTUDYCTL, environment, sanitizer_report

DONE, FAILED, MISUSED = range(3)
STAGES = [{"name": "off"}, {"name": "ten", "percent": 10}, {"name": "full", "percent": 100}]


def plan(stage="ten", **kw):
    """Rules to be tried: this stage, and what else."""
    return {"rollout": {"salt": "s", "stage": stage, "stages": STAGES, **NO_FALLBACK},
            "breaker": {"enabled": False}, **kw}


def store_of(t):
    """STORE as the command line has it."""
    text = t.proxy.config["store"]
    return f"sqlite:{t.proxy.dir / text[7:]}" if text.startswith("sqlite:") else text


def simulate(h, store, rules, *words, status=DONE, program=(UNDERSTUDY,)):
    """Run it with these rules; (output, errors)."""
    path = h.dir / "tried.json"
    path.write_text(json.dumps(rules))
    done = subprocess.run([*program, "simulate", "--rules", str(path), "--from", store, *words],
                          capture_output=True, text=True, timeout=120, env=environment(),
                          check=False)
    assert done.returncode == status, done
    assert not sanitizer_report(done.stderr), done.stderr
    return done.stdout, done.stderr


def document(h, t, rules, *words):
    return json.loads(simulate(h, store_of(t), rules, "--json", *words)[0])


def told(doc):
    return [(e["kind"], e["name"]) for e in doc["events"]]


def with_a_fault(h, **kw):
    """40 good answers of enhanced, then 20 bad ones, all recorded; nothing was done."""
    t = h.stand(percent=100, rules={"rollout": NO_FALLBACK}, **kw)
    for i in range(40):
        t.get(user=f"u{i}")
    t.enhanced.script = scripts.status(500)
    for i in range(20):
        t.get(user=f"v{i}")
    t.legs(60)
    return t


def check(h, t):
    """The decision, its numbers, its time; rules that do not trip; what is not changed."""
    doc = document(h, t, plan(guard=[rule()]))
    assert told(doc) == [("trip", "errors")], doc
    assert doc["legs"] == 60 and doc["pairs"] == 0 and doc["latched"], doc
    # more than 20% in the minute: from the 11th bad one on, whenever it looks
    bad, all_of_it = map(int, re.search(r"\((\d+) of (\d+)\)", doc["events"][0]["text"]).groups())
    assert 11 <= bad and all_of_it == 40 + bad, doc["events"]
    # one may have been on its way
    assert 20 - bad - 1 <= doc["served_after"] <= 20 - bad, doc
    ends = [r["ts"] for r in t.store().rows(
        "SELECT min(ts) AS ts FROM exchanges WHERE failure UNION ALL"
        " SELECT max(ts) AS ts FROM exchanges ORDER BY ts")]
    key = [e.replace("+00:00", "").rstrip("Z")[:19] for e in ends]
    assert key[0] <= doc["events"][0]["time"][:19] <= key[1], (doc["events"], ends)
    doc = document(h, t, plan(guard=[rule(above="90%"), rule(name="slow", metric="latency_p95",
                                                           above="30s")]))
    assert doc["events"] == [] and not doc["latched"] and doc["served_after"] == 0, doc
    assert document(h, t, plan(), "--until", "2001-01-01")["legs"] == 0
    assert document(h, t, plan(), "--since", "1h", "--until", "2101-01-01T00:00:00Z"
                    )["legs"] == 60
    state = t.status()["rollout"]
    assert not state["latched"] and state["percent"] == 100 and t.store().count() == 60


def test_in_sqlite(h):
    check(h, with_a_fault(h))


@limit(120)
def test_in_postgresql(h):
    cluster = h.cluster()
    t = with_a_fault(h, config={"store": cluster.conninfo})
    check(h, t)
    cluster.kill()
    _, why = simulate(h, cluster.conninfo, plan(), status=FAILED)
    assert why, "says nothing"


def test_every_kind_of_action(h):
    t = with_a_fault(h)
    doc = document(h, t, plan("full", guard=[
        rule(name="a", action="alert"), rule(name="b", action="back"),
        rule(name="o", mode="observe")]))
    assert ("observed", "o") in told(doc) and ("back", "b") in told(doc), doc
    assert doc["paused"] and doc["plan"]["stage"] == "ten" and not doc["latched"], doc
    assert [s["name"] for s in doc["stages"]] == ["full", "ten"], doc
    doc = document(h, t, plan("full", breaker={"enabled": True, "consecutive": 10}))
    assert told(doc) == [("trip", "breaker")], doc
    assert "10 failures of enhanced in a row" in doc["events"][0]["text"], doc


def test_of_one_rollout(h):
    """What is recorded of one is nothing to the others."""
    t = with_a_fault(h)
    t.enhanced.script = scripts.fixed()
    t.proxy.change(rules={"rollout": {"name": "it's another"}})
    t.proxy.restart()
    for i in range(30):
        t.get(user=f"w{i}")
    t.legs(90)
    for name, legs, what in (("rollout", 60, [("trip", "errors")]), ("it's another", 30, [])):
        with h.check(name):
            doc = document(h, t, plan(guard=[rule()]), "--rollout", name)
            assert doc["legs"] == legs and told(doc) == what, doc
    assert document(h, t, plan())["legs"] == 90
    # at that time there was nothing of it, which is no fault of who asks
    assert document(h, t, plan(), "--rollout", "rollout", "--until", "2001-01-01")["legs"] == 0
    out, why = simulate(h, store_of(t), plan(), "--live", "--rollout", "no such", status=MISUSED)
    assert out == "" and "--rollout: nothing is recorded of 'no such'" in why, (out, why)


def test_stages_open_by_what_was_recorded(h):
    t = h.stand(percent=100, shadow=100, legacy=scripts.as_json({"a": 1}),
                enhanced=scripts.as_json({"a": 2}))
    count, begun = 0, time.monotonic()
    while count < 50 or time.monotonic() < begun + 1: # the plan is looked at four times a second
        t.get(user=f"u{count}")
        count += 1
    t.settle()
    gates = [{"name": "alike", "metric": "divergence_rate", "below": "50%"}]
    stages = [{"name": "off"}, {"name": "ten", "percent": 10, "min_requests": 20},
              {"name": "half", "percent": 50, "min_requests": 20, "gates": gates},
              {"name": "full", "percent": 100}]
    rules = {"rollout": {"stages": stages, "stage": "off", "advance": "auto"}}
    doc = document(h, t, rules)
    assert told(doc) == [("advance", "ten"), ("advance", "half")], doc
    assert "of 20 requests" in doc["events"][1]["text"], doc
    failing = {g["name"]: g["state"] for g in doc["plan"]["gates"]}
    assert doc["plan"]["stage"] == "half" and failing["alike"] == "failing", doc
    assert doc["pairs"] == count and doc["legs"] == 2 * count, doc
    rules["rollout"]["advance"] = "manual"
    assert told(document(h, t, rules)) == []
    doc = document(h, t, rules, "--approve", "--stage", "ten")
    assert told(doc) == [("advance", "half")] and "approval: given" in doc["events"][0]["text"], doc


def test_signals_are_judged_again(h):
    t = h.stand(percent=100, rules={"signals": [
        {"name": "hit", "json": "/hit", "kind": "share"},
        {"name": "took", "json": "/ms", "kind": "number", "unit": "ms"}]},
        enhanced=scripts.as_json({"hit": False, "ms": 70}))
    for i in range(30):
        t.get(user=f"u{i}")
    t.legs(30)
    signals = [{"name": n, "json": "/" + n, "kind": k} for n, k in
               (("other", "share"), ("took", "number"), ("hit", "share"))]
    signals[1]["unit"] = "ms"
    watch = {"window": "1h", "min_requests": 20, "action": "alert"}
    doc = document(h, t, plan("full", signals=signals, guard=[
        {"name": "cold", "signal": "hit", "below": "20%", **watch},
        {"name": "slow", "signal": "took", "quantile": 0.5, "above": "60ms", **watch},
        {"name": "fine", "signal": "took", "above": "80ms", **watch},
        {"name": "none", "signal": "other", "above": "1%", **watch},
        {"name": "first", "metric": "first_content_p95", "below": "30s", **watch}]))
    assert sorted(told(doc)) == [("alert", n) for n in ("cold", "first", "slow")], doc
    assert [w for w in doc["not_replayed"] if "signal" in w] == [
        "signal other: no recorded leg says it"], doc


def test_sessions_that_are_mixed_up(h):
    t = h.stand(percent=100)
    for user in ("a", "b"):
        t.ask(fields=[("x-user-id", user), ("x-session-id", "one")])
    t.legs(2)
    doc = document(h, t, plan("full", identity=[{"header": "x-user-id"}],
                              session=[{"header": "x-session-id"}], isolation={}, guard=[
                                  {"name": "mixed", "metric": "isolation_violations", "above": 0,
                                   "action": "rollback"}]))
    assert told(doc) == [("trip", "mixed")], doc


def test_a_fallback_is_one(h):
    t = h.stand(percent=100, enhanced=scripts.status(500))
    for i in range(25):
        assert t.get(user=f"u{i}").status == 200
    t.legs(50)
    doc = document(h, t, plan("full", guard=[rule(name="f", metric="fallback_rate",
                                                above="99%")]))
    assert told(doc) == [("trip", "f")], doc
    assert "of 2" in doc["events"][0]["text"], doc


def test_for_people_and_beside_what_was_live(h):
    t = h.stand(percent=100, enhanced=scripts.status(500),
                rules={"guard": [rule()], "rollout": NO_FALLBACK})
    for i in range(25):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the latch")
    t.settle()
    rules = plan("full", guard=[rule(name="tried", above="50%")])
    text, said = simulate(h, store_of(t), rules, "--live", program=(UNDERSTUDYCTL,))
    assert "\r" not in said and said.splitlines()[-1].startswith("simulate: "), said
    lines = text.splitlines()
    live = [x for x in lines if "  live " in x and "  trip " in x]
    ours = [x for x in lines if "  simulated  trip " in x]
    assert len(live) == 1 and len(ours) == 1 and "tried: error_rate of enhanced" in ours[0], text
    assert lines.index(live[0]) > 0 and "error_rate" in live[0], text
    assert [x for x in lines if x.startswith("stage ") and "planned" in x], text
    assert "at the end: stage full, latched on legacy" in text, text
    doc = json.loads(simulate(h, store_of(t), rules, "--live", "--json")[0])
    assert {e["by"] for e in doc["events"]} == {"live", "simulated"}, doc


def test_a_bar_on_a_terminal(h):
    t = h.stand(percent=100)
    t.get()
    t.legs(1)
    (h.dir / "tried.json").write_text(json.dumps(plan()))
    ours, theirs = pty.openpty()
    done = subprocess.run([UNDERSTUDY, "simulate", "--rules", str(h.dir / "tried.json"), "--from",
                           store_of(t)], stdout=subprocess.PIPE, stderr=theirs, timeout=60,
                          env=environment(), check=True)
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert "] 100%  1 of 1" in drawn and drawn.endswith("\r\033[K"), repr(drawn)
    assert b"nothing would have been done" in done.stdout


def test_secrets_beside_the_rules_are_not_needed(h):
    t = h.stand(percent=100)
    t.get()
    t.legs(1)
    rules = plan(probes=[{"name": "p", "url": "http://127.0.0.1:1/", "json": "/a",
                          "authorization_file": "/none/such"}],
                 guard=[{"name": "g", "probe": "p", "above": 1, "action": "pause"}])
    doc = document(h, t, rules)
    assert doc["not_replayed"][0] == "probe p: what probes said is not recorded", doc


def test_misused(h):
    good, bad = h.dir / "good.json", h.dir / "bad.json"
    good.write_text(json.dumps(plan()))
    bad.write_text('{"guard": 1}')
    store = ("--from", "sqlite:/none/such.db")
    rules = ("--rules", str(good))
    for words, want, status in (
            ((), "--rules is missing", MISUSED), (rules, "--from is missing", MISUSED),
            ((*store, "--rules", str(bad)), "/guard", MISUSED),
            ((*store, *rules, "more"), "'more'", MISUSED),
            ((*store, *rules, "--since", "soon"), "--since: 'soon'", MISUSED),
            ((*store, *rules, "--until", "2026-13-01"), "--until", MISUSED),
            ((*store, *rules, "--stage", "nine"), "no stage 'nine'", MISUSED),
            ((*store, *rules, "--nosuch"), "--help", MISUSED),
            ((*store, *rules), "/none/such.db", FAILED),
            ((*rules, "--from", "none"), "keeps nothing", FAILED)):
        with h.check(want):
            done = subprocess.run([UNDERSTUDY, "simulate", *words], capture_output=True,
                                  text=True, timeout=60, env=environment(), check=False)
            assert done.returncode == status and want in done.stderr, done
    done = subprocess.run([UNDERSTUDYCTL, "--json", "simulate"], capture_output=True, text=True,
                          timeout=60, env=environment(), check=False)
    assert done.returncode == MISUSED and "first word" in done.stderr, done
    done = subprocess.run([UNDERSTUDYCTL, "-a", "http://x", "simulate", *store, *rules],
                          capture_output=True, text=True, timeout=60, env=environment(),
                          check=False)
    assert done.returncode == MISUSED and "first word" in done.stderr, done
