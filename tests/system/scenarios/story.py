"""story -- a shipped rule set, acted out within seconds.

A Story starts understudy on a file of rules/ with backends that act: two
engines whose moods a scenario sets, a service that has the numbers of the
probes, somebody who takes the alerts, and a crowd of users who go on asking.
Only time and counts are compressed (compressed()); every threshold is the
file's own.

For each row of a plan's table a scenario plays a story of its own: a healthy
while, a mood, and then who was told what, and what became of the rollout.
"""

import contextlib
import hashlib
import itertools
import json
import os
import random
import time
from pathlib import Path

from harness import Load, Stand, base_config, eventually, merged, wire

RULES = Path(__file__).resolve().parents[3] / "rules"
SOURCE = "story"

DWELL = "300ms"
HOLDS = "400ms"     # of "for"
WINDOW = "2s"
REQUESTS = 20       # of conditions; stages take ten times as many
FAST = {"interval": "100ms", "timeout": "2s", "stale": "5s"}


# -- the rule set -------------------------------------------------------------

def shipped(name):
    """The rule set as people get it."""
    return json.loads((RULES / name).read_text())


def compressed(rules, quiet=(), loud=()):
    """The same rules, with spans of time and counts of requests that a
    scenario can wait for.  Rules named in quiet only say what they would do
    ("*": all), so that the one behind them can be seen; so do, unless they
    are in loud, those that compare the speed of two fake backends that answer
    within a millisecond, when the machine has other things to do."""
    rules = json.loads(json.dumps(rules))
    rollout = rules["rollout"]
    for stage in rollout["stages"]:
        _shorten(stage, dwell=DWELL)
        _lessen(stage, 10 * REQUESTS)
        for gate in stage.get("gates", ()):
            _compress(gate)
    for name in "hours", "freezes":
        rollout.pop(name, None)
    for rule in rules.get("guard", ()):
        if "last" not in rule and "test" not in rule:
            rule.setdefault("window", WINDOW)   # it is over when fine for so long
        _compress(rule)
        if "*" in quiet or rule["name"] in quiet or \
                _compares_speed(rule) and rule["name"] not in loud:
            rule["mode"] = "observe"
    if "breaker" in quiet or "*" in quiet:
        rules["breaker"] = {"enabled": False}
    return rules


def _compares_speed(condition):
    return condition.get("metric", "").startswith("latency") and any(
        key.endswith("_legacy_times") for key in condition)


def _compress(condition):
    _shorten(condition, window=WINDOW, **{"for": HOLDS})
    _lessen(condition, REQUESTS)


def _shorten(value, **spans):
    for key, span in spans.items():
        if value.get(key, "0s") != "0s":
            value[key] = span


def _lessen(value, most):
    if "min_requests" in value:
        value["min_requests"] = min(value["min_requests"], most)


def stage_names(rules):
    """The plan, in order."""
    return [s["name"] for s in rules["rollout"]["stages"]]


# -- who plays -----------------------------------------------------------------

def share(n, part):
    """Is the n-th of many one of this part of them?  Evenly, without chance."""
    return int(n * part + 1e-9) != int((n - 1) * part + 1e-9)


class Engine:
    """One version.  answer(engine, request, n) is (status, fields, value) of
    its n-th answer; moods are attributes that it reads, set by the scenario.
    Of all: errors (a share of requests gets 500), seconds (each takes as
    long)."""

    def __init__(self, answer, **moods):
        self.answer = answer
        self.errors = 0
        self.seconds = 0
        self._count = itertools.count(1)
        self.be(**moods)

    def be(self, **moods):
        """Other moods."""
        for name, value in moods.items():
            setattr(self, name, value)

    def __call__(self, x):
        n = next(self._count)
        if self.seconds:
            x.pause(self.seconds)
        if share(n, self.errors):
            status, fields, value = 500, [], {"error": "it broke"}
        else:
            status, fields, value = self.answer(self, x.request, n)
        x.answer(status, [("Content-Type", "application/json"), *fields],
                 json.dumps(value).encode())


class Numbers:
    """Where probes ask: .say has a number for each, by name, or a function
    of it; None is no answer.  What is a health endpoint is well at 1."""

    def __init__(self, h, probes, say):
        self.probes = {p["name"]: p for p in probes}
        self.say = {**{p["name"]: int("health" in p) for p in probes}, **say}
        self.backend = h.backend(self._serve, "numbers")

    def ask_here(self, probes):
        """The probes, with this as their URL."""
        return [{**p, **FAST, "url": f"{self.backend.url}/{p['name']}"} for p in probes]

    def _serve(self, x):
        name = x.request.path.split("/")[1]
        value, probe = self.say[name], self.probes[name]
        if callable(value):
            value = value()
        if value is None or ("health" in probe and value < 1):
            x.answer(503)
        elif "json" in probe:
            doc = value
            for part in reversed(probe["json"].split("/")[1:]):
                doc = {part: doc}
            x.answer(200, [], json.dumps(doc).encode())
        elif "metric" in probe:
            x.answer(200, [("Content-Type", "text/plain; version=0.0.4")],
                     f"{probe['metric']} {value}\n".encode())
        elif "prometheus" in probe:
            result = [{"metric": {}, "value": [1700000000.1, str(value)]}]
            x.answer(200, [], json.dumps({"status": "success", "data": {
                "resultType": "vector", "result": result}}).encode())
        else:
            x.answer(200)


class Crowd(Load):
    """Users who go on asking.  request(n) is (method, target, fields, value)
    of the n-th user."""

    def __init__(self, address, request, users=1000, threads=4, pause=0.003, status=200):
        super().__init__(address, threads=threads, users=users, pause=pause, status=status)
        self.made = [self._bytes(*request(n)) for n in range(users)]

    @staticmethod
    def _bytes(method, target, fields, value):
        if value is None:
            return wire.request(method, target, fields)
        return wire.request(method, target, [("Content-Type", "application/json"), *fields],
                            json.dumps(value).encode())

    def _request(self, user):
        return self.made[user]

    def wait(self, n=200, version=None, seconds=20):
        """Until n more have been answered, by that version."""
        def count():
            return sum(version in (None, v) for _, _, v in list(self.answers))
        had = count()
        eventually(lambda: count() >= had + n, f"{n} answers of {version or 'anybody'}", seconds)


# -- the story -----------------------------------------------------------------

class Story:
    """understudy on a shipped rule set, and everybody around it."""

    def __init__(self, h, name, engines, request, quiet=(), loud=(), numbers=None,
                 config=None, rules=None, tokens=None, **crowd):
        self.h = h
        self.legacy, self.enhanced = engines
        self.request, self.crowd_options = request, crowd
        backends = [h.backend(e, n) for e, n in zip(engines, ("legacy", "enhanced"))]
        self.inbox = h.backend(lambda x: x.answer(200), "inbox")
        self.rules = merged(compressed(shipped(name), quiet, loud), rules)
        probes = self.rules.get("probes", [])
        self.numbers = Numbers(h, probes, numbers or {})
        if probes:
            self.rules["probes"] = self.numbers.ask_here(probes)
        self.stages = stage_names(self.rules)
        alerts = {"source": SOURCE, "targets": [
            {"name": "inbox", "kind": "webhook", "url": self.inbox.url, "secret": "s" * 16,
             "repeat": "0s", "severities": ["info", "warning", "critical"]}]}
        config = merged({**base_config(*(b.url for b in backends)), "alerts": alerts}, config)
        files = {}
        if tokens:  # {token: role}; the first one is the story's own
            config["admin"] = {**config["admin"], "tokens": "tokens.json"}
            files["tokens.json"] = json.dumps({"tokens": [
                {"name": role, "role": role, "sha256": hashlib.sha256(t.encode()).hexdigest()}
                for t, role in tokens.items()]})
        self.proxy = h.proxy(config, self.rules, files=files, token=next(iter(tokens or ()), None))
        self.stand = Stand(h, self.proxy, *backends)
        self.admin = self.proxy.admin()
        self._made = [self.proxy, *backends, self.inbox, self.numbers.backend]

    def end(self):
        """Before the case does: many stories are told in one."""
        for thing in self._made:
            thing.stop()

    @contextlib.contextmanager
    def crowd(self, **more):
        """The users ask as long as this lasts."""
        with Crowd(self.proxy.address, self.request, **{**self.crowd_options, **more}) as crowd:
            yield crowd

    # -- the rollout -------------------------------------------------------

    def rollout(self):
        """The rollout of the status."""
        return self.proxy.status()["rollout"]

    def open(self, stage):
        """An operator opens that stage."""
        self.admin.rollout(f"the story goes on at {stage}", stage=stage)

    def move(self, what):
        """advance, back, pause, resume."""
        return self.admin.ok("POST", f"/api/v1/{what}", {"reason": "the story goes on"})

    def wait_stage(self, stage, seconds=20):
        """Until that stage is there; the rollout."""
        def look():
            now = self.rollout()
            return now if now["stage"] == stage else None
        try:
            return eventually(look, f"stage {stage}", seconds)
        except AssertionError as fault:
            raise AssertionError(f"{fault}; {self.plan()}") from None

    def plan(self):
        """What is waited for: {gate: row}."""
        return {g["name"]: g for g in self.admin.get("/api/v1/plan")["gates"]}

    def rule(self, name):
        """A rule of the status."""
        return next(r for r in self.proxy.status()["rules"] if r["name"] == name)

    def events(self, kind):
        """The rollout log's events of that kind, the oldest first."""
        log = self.admin.get("/api/v1/events?limit=1000")["events"]
        return [e for e in reversed(log) if e["kind"] == kind]

    def act_by(self, names):
        """From here on these rules do more than say what they would do."""
        quiet = [r for r in self.rules["guard"] if r["name"] in names and r.pop("mode", None)]
        if quiet:
            self.proxy.write(rules=self.rules)
            self.admin.reload("the story goes on")

    def rearm(self):
        """The latch is cleared, and the story goes on where it was."""
        self.admin.rearm("the story goes on", resume=True)

    # -- who was told what ---------------------------------------------------

    def letters(self):
        """Every alert that was sent."""
        return [json.loads(r.body) for r in self.inbox.seen() if r.complete]

    def told(self, kind, name, phase="begin", seconds=20):
        """Wait until somebody was told that of that rule; the message."""
        def look():
            return next((m for m in self.letters() if (m["kind"], m["name"], m["phase"]) ==
                         (kind, name, phase)), None)
        try:
            return eventually(look, f"{kind} of {name}", seconds)
        except AssertionError as fault:
            had = [(m["kind"], m["name"], m["summary"]) for m in self.letters()]
            rules = [r for r in self.proxy.status()["rules"] if r["name"] == name]
            raise AssertionError(f"{fault}; told was {had}; {rules}") from None

    def acted(self, kind, name, severity):
        """That rule has done that: it is in the log, somebody was told, and
        the rollout is as it should be then."""
        message = self.told(kind, name)
        assert message["severity"] == severity, message
        # in force and told first, written down right behind it
        event = eventually(lambda: next((e for e in self.events(kind)
                                         if (e["evidence"] or {}).get("rule") == name), None),
                           f"{kind} of {name} is in the log")
        assert event["reason"].startswith(f"{name}: "), event
        now = self.rollout()
        assert now["latched"] == (kind == "trip"), now
        if kind in ("pause", "back"):
            assert now["paused"], now
        return event


# -- tables ----------------------------------------------------------------------

def play_faults(h, table, new_story):
    """Rows (stage, mood, rule, kind, severity, others): at that stage
    enhanced is in that mood (of its engine; or {"probe": {...}} of the
    numbers), and that rule does that.  The others do not act on it: those
    that would go first are quiet, the rest is not told of."""
    for stage, mood, rule, kind, severity, quiet in table:
        label = f"{rule} at {stage}: {mood}"
        with h.check(label):
            story = new_story(h, quiet=quiet, loud=[rule])
            story.open(stage)
            with story.crowd() as crowd:
                if "seconds" not in mood:
                    crowd.wait(300)
                    calm(story)
                misbehave(story, mood)
                event = story.acted(kind, rule, severity)
                if kind == "trip":
                    after_a_trip(story, crowd)
                elif kind == "alert":
                    assert story.rollout()["stage"] == stage, event
            story.end()


def play_at_random(h, faults, new_story):
    """Rows (mood, rules, stages): at a stage that is drawn by chance enhanced gets
    into that mood, and one of the rules takes all back to legacy.  stages: those
    to draw from; None: all where enhanced serves a tenth or more.  UNDERSTUDY_DRAW
    in the environment repeats a draw; "all" plays them all."""
    draw = os.environ.get("UNDERSTUDY_DRAW", str(random.randrange(1000000)))
    chance = random.Random(draw)
    for mood, rules, stages in faults:
        if stages is None:
            stages = [x["name"] for x in new_story.plan if x.get("percent", 0) >= 10]
        for stage in stages if draw == "all" else [chance.choice(stages)]:
            with h.check(f"{mood} at {stage}, UNDERSTUDY_DRAW={draw}"):
                story = new_story(h, () if "seconds" in mood else rules)
                story.open(stage)
                with story.crowd() as crowd:
                    crowd.wait(300, "enhanced")
                    calm(story)
                    misbehave(story, mood)
                    story.act_by(rules)
                    tripped_by(story, *rules)
                    after_a_trip(story, crowd)
                story.end()


def stays(name, story):
    """A plan that opens no stage by itself, for play_at_random()."""
    def new_story(h, loud):
        return story(h, loud=loud, rules={"rollout": {"advance": "manual"}})
    new_story.plan = shipped(name)["rollout"]["stages"]
    return new_story


def misbehave(story, mood):
    """Enhanced, or what the probes say, becomes like this."""
    mood = dict(mood)
    story.numbers.say.update(mood.pop("probe", {}))
    story.enhanced.be(**mood)


def calm(story):
    """Nobody was told of anything but by an operator's own moves."""
    loud = [m for m in story.letters() if m["phase"] == "begin" and m["kind"] != "observed"]
    assert not loud, f"told before anything had happened: {loud}"


def tripped_by(story, *names):
    """Wait for the latch; one of these has closed it (several would)."""
    eventually(lambda: story.rollout()["latched"], f"a trip by one of {names}", 20)
    reason = story.events("trip")[-1]["reason"]
    assert reason.split(":")[0] in names, reason


def after_a_trip(story, crowd):
    """Whatever is asked from now on is legacy's, until it is rearmed; what
    enhanced has begun may come late."""
    latched = time.monotonic()

    def since():
        return [v for asked, _, v in list(crowd.answers) if asked > latched]
    eventually(lambda: len(since()) >= 100, "answers to what was asked since")
    assert set(since()) == {"legacy"}
    assert story.admin.call("POST", "/api/v1/advance", {"reason": "no"}).status == 409


def all_are_played(name, gates, rules):
    """Each gate (stage, name) and each rule of the file is in the tables of its
    scenario: one that is added and never acted out is no promise."""
    file = shipped(name)
    theirs = {(stage["name"], gate["name"]) for stage in file["rollout"]["stages"]
              for gate in stage.get("gates", ())}
    assert theirs == set(gates) & theirs, theirs - set(gates)
    named = {rule["name"] for rule in file["guard"]}
    assert named == set(rules), named ^ set(rules)


def play_gates(h, table, new_story):
    """Rows (stage, gate, mood): in that mood the gate fails, and the stage
    stays."""
    for stage, gate, mood in table:
        with h.check(f"gate {gate} of {stage}: {mood}"):
            story = new_story(h, quiet=["*"])
            misbehave(story, mood)
            story.open(stage)
            with story.crowd():
                eventually(lambda: _is_failing(story, gate), f"{gate} fails", 20)
                rows = story.plan()
                assert story.rollout()["stage"] == stage, rows
            story.end()


def _is_failing(story, gate):
    return story.plan()[gate]["state"] == "failing"


def all_gates_wait(story):
    """Before anybody asks, each stage's gates are there, and wait; a probe
    may have an answer already."""
    for stage in story.rules["rollout"]["stages"][:-1]:
        story.open(stage["name"])
        rows = story.plan()
        for gate in stage.get("gates", ()):
            row = rows[gate["name"]]
            assert row["state"] == "waiting" or "probe" in gate, row
        for name in "dwell", "min_requests":
            if stage.get(name, "0s") not in ("0s", 0):
                assert name in rows, rows


def climb(story, first=None):
    """From the first stage (the operator opens first, if it says so) to the
    last, by itself: every gate was done, and everybody was served."""
    if first:
        story.open(first)
    with story.crowd() as crowd:
        story.wait_stage(story.stages[-1], 45)
        crowd.wait(300, "enhanced")
        calm(story)
    assert not crowd.failures, crowd.failures[:3]
    log = story.events("advance")
    opened = [e["to"].split(" ")[0] for e in log]
    expected = story.stages[story.stages.index(first) + 1 if first else 1:]
    assert opened == expected, opened
    for event, stage in zip(log, story.rules["rollout"]["stages"][-len(opened) - 1:]):
        rows = {r["name"]: r["state"] for r in event["evidence"]["gates"]}
        assert set(rows.values()) == {"done"} and event["actor"] == "plan", event
        assert {g["name"] for g in stage.get("gates", ())} <= set(rows), rows


def walk_back(story):
    """One stage at a time to the first; legacy serves everybody then."""
    for stage in reversed(story.stages[:-1]):
        story.move("back")
        now = story.rollout()
        assert now["stage"] == stage and now["paused"], now
    with story.crowd() as crowd:
        crowd.wait(200)
    assert {v for _, _, v in crowd.answers} == {"legacy"}
    assert not crowd.failures, crowd.failures[:3]
