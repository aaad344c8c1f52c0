"""kill -9 at any moment of a move leaves one consistent state, and never more
traffic on enhanced than is written down."""

import http.client
import itertools
import threading

from harness import eventually, limit, scripts
from harness.guard import NO_FALLBACK, rule

STAGES = [{"name": "off"}, {"name": "full", "percent": 100}]
PERCENT = {"off": 0, "full": 100}
RULES = {"rollout": {"stages": STAGES, "stage": "off"}}
MOMENTS = 12


class Watcher(threading.Thread):
    """Asks until nobody answers; which versions did?"""

    def __init__(self, t):
        super().__init__(daemon=True)
        self.t, self.versions, self.asked = t, set(), threading.Event()
        self.count = 0
        self.start()

    def run(self):
        try:
            with self.t.client() as c:
                for i in itertools.count():
                    a = c.ask("GET", "/", [("x-user-id", f"u{i}")])
                    self.versions.add(a.header("x-understudy-version"))
                    self.count += 1
                    self.asked.set()
        except (OSError, AssertionError, EOFError):
            self.asked.set()


def killed_within(t, path, nth):
    """Ask for a move; the process dies while it is under way, a little later
    each time: as the nth answer to somebody else comes.  Was the move answered?"""
    answered = threading.Event()
    watcher = Watcher(t)
    assert watcher.asked.wait(20)

    def move():
        try:
            a = t.proxy.admin().call("POST", path, {"reason": "try"})
            if a.status == 200:
                answered.set()
        except (OSError, http.client.HTTPException):
            pass

    mover = threading.Thread(target=move)
    mover.start()
    for _ in range(nth):
        watcher.asked.clear()
        watcher.asked.wait(20)
        if answered.is_set():
            break
    t.proxy.kill()
    mover.join()
    watcher.join()
    return answered.is_set(), watcher.versions


def kept(t):
    """The state after a restart, which must be one that somebody decided."""
    t.proxy.start()
    s = t.status()["rollout"]
    assert s["percent"] == PERCENT[s["stage"]], s
    return s


@limit(120)
def test_within_an_advance(h):
    t = h.stand(rules=RULES)
    seen = set()
    for nth in range(MOMENTS):
        answered, versions = killed_within(t, "/api/v1/advance", nth)
        s = kept(t)
        with h.check(f"moment {nth}"):
            if answered or "enhanced" in versions:
                assert s["stage"] == "full", (answered, versions, s)
        seen.add(s["stage"])
        if s["stage"] == "full":
            t.proxy.admin().ok("POST", "/api/v1/back", {"reason": "again"})
    assert "full" in seen, seen


@limit(120)
def test_within_a_rollback(h):
    t = h.stand(rules={"rollout": {"stages": STAGES, "stage": "full"}})
    seen = set()
    for nth in range(MOMENTS):
        answered, versions = killed_within(t, "/api/v1/rollback", nth)
        s = kept(t)
        with h.check(f"moment {nth}"):
            assert s["stage"] == "full"
            if answered:
                assert s["latched"], (versions, s)
        seen.add(s["latched"])
        if s["latched"]:
            t.proxy.admin().rearm(resume=True)
    assert True in seen, seen


@limit(120)
def test_within_a_step_back(h):
    t = h.stand(rules={"rollout": {"stages": STAGES, "stage": "full"}})
    seen = set()
    for nth in range(MOMENTS):
        answered, versions = killed_within(t, "/api/v1/back", nth)
        s = kept(t)
        with h.check(f"moment {nth}"):
            assert s["paused"] == (s["stage"] == "off"), s
            if answered or "legacy" in versions:
                assert s["stage"] == "off", (answered, versions, s)
        seen.add(s["stage"])
        if s["stage"] == "off":
            t.proxy.admin().ok("POST", "/api/v1/resume", {"reason": "again"})
            t.proxy.admin().ok("POST", "/api/v1/advance", {"reason": "again"})
    assert "off" in seen, seen


@limit(120)
def test_within_a_trip(h):
    """In force before it is written down: a rule that was not written down trips
    again."""
    t = h.stand(rules={"rollout": {"stages": STAGES, "stage": "full", **NO_FALLBACK},
                       "guard": [rule(min_requests=10)]}, enhanced=scripts.status(500))
    seen = set()
    for nth in range(MOMENTS):
        watcher = Watcher(t)
        eventually(lambda n=nth, w=watcher: w.count >= 9 + n or not w.is_alive(), "bad answers")
        t.proxy.kill()
        watcher.join()
        s = kept(t)
        seen.add(s["latched"])
        with h.check(f"moment {nth}"):
            assert s["stage"] == "full", s
            if not s["latched"]:
                watcher = Watcher(t)
                t.wait_status(lambda s: s["rollout"]["latched"], "it trips again")
                t.proxy.kill()
                watcher.join()
                assert kept(t)["latched"], "it was seen by others, so it is written down"
        t.proxy.admin().rearm(resume=True)
    assert True in seen, seen
