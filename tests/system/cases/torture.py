"""Everything at once: clients and backends that do whatever they like, while
the rollout is changed, reloaded, rolled back and rearmed.

Nothing here knows what must happen, only what never may: see storm/ledger.py.
The seed is printed; UNDERSTUDY_TORTURE_SEED plays it again, and
UNDERSTUDY_TORTURE_SECONDS plays longer.  (--long goes through many seeds.)
"""

import os
import re
import threading

from harness import SLACK, SqliteStore, eventually, limit, long
from harness.programs import SANITIZER
from storm import Ledger, Storm, scripted

SEED = int(os.environ.get("UNDERSTUDY_TORTURE_SEED", "1"))
SECONDS = float(os.environ.get("UNDERSTUDY_TORTURE_SECONDS", "8"))

# A machine that stands still for so long makes patient clients look gone.
STRETCH = min(SLACK, 2)
DRAIN = 3
BACKEND = {"timeouts": {"connect": "1s", "first_byte": f"{int(1200 * STRETCH)}ms",
                        "idle": f"{int(1200 * STRETCH)}ms"},
           "keepalive": "500ms", "max_idle": 6}
CONFIG = {
    "backends": {"legacy": BACKEND, "enhanced": BACKEND},
    "timeouts": {"head": "1s", "idle": f"{int(1000 * STRETCH)}ms",
                 "drain": f"{DRAIN}s"},
    "shadow": {"timeout": "900ms"},
    "limits": {"capture": "32KiB", "shadow_inflight": 16, "shadow_bytes": "1MiB"},
}
RULES = {
    "identity": [{"header": "x-user-id"}, {"body": "/user"}],
    "guard": [{"name": "errors", "metric": "error_rate", "version": "enhanced",
               "above": "1%", "window": "5s", "action": "alert"}],
}


class Operator:
    """A thread that changes its mind all the time."""

    def __init__(self, t, ledger):
        self.t = t
        self.ledger = ledger
        self.rng = ledger.draw("operator")
        self.latched = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ledger.over.set()
        self.thread.join(60)
        if self.thread.is_alive():
            self.ledger.violation("the admin API does not answer")

    def _run(self):
        moves = (self.percent, self.latch, self.latch, self.reload, self.reload_wrong,
                 self.override, self.look, self.kill_switch)
        while not self.ledger.over.wait(self.rng.random() * 0.3):
            move = self.rng.choice(moves)
            self.ledger.count(f"operator {move.__name__}")
            try:
                move(self.t.proxy.admin())
            except Exception as fault:      # of any kind: it must not fail
                if self.ledger.over.is_set():
                    return
                self.ledger.violation(f"operator {move.__name__}: {fault!r}")

    def latch(self, admin):
        """Rollback, or rearm."""
        if self.latched:
            self.ledger.open_fence()
            admin.rearm(resume=True)
        else:
            admin.rollback()
            self.ledger.close_fence()
        self.latched = not self.latched

    def percent(self, admin):
        """Another percentage, if the latch lets it."""
        a = admin.call("POST", "/api/v1/rollout", {
            "percent": self.rng.choice((50, 50, 20, 90)), "reason": "torture"})
        assert a.status == (409 if self.latched else 200), a

    def kill_switch(self, admin):
        """Off and on."""
        for on in (False, True):
            a = admin.call("POST", "/api/v1/rollout", {"enabled": on, "reason": "torture"})
            assert a.status in (200, 409), a

    def reload(self, admin):
        """Other rules, other limits."""
        self.t.proxy.change(
            config={"limits": {"capture": self.rng.choice(("16KiB", "32KiB", "64KiB"))}},
            rules={"compare": {"ignore": [f"/x{self.rng.randrange(9)}"]}})
        admin.reload()

    def reload_wrong(self, admin):
        """Rules that say nothing useful change nothing."""
        self.t.proxy.change(rules={"compare": {"nonsense": 1}})
        a = admin.call("POST", "/api/v1/reload", {"reason": "test"})
        self.t.proxy.change(rules={"compare": {"nonsense": None}})
        assert 400 <= a.status < 500, a

    def override(self, admin):
        """A user of no other use is pinned and let go."""
        user = f"/api/v1/users/nobody{self.rng.randrange(3)}/override"
        admin.ok("PUT", user, {"version": "enhanced", "reason": "torture"})
        admin.ok("DELETE", user, {"reason": "torture"})

    def look(self, admin):
        """Every page that can be read."""
        for page in ("status", "config", "events", "differences", "users/u1"):
            admin.get(f"/api/v1/{page}")
        admin.metrics()


def make(h, ledger, config=None):
    """A canary with everything mirrored, between two random backends."""
    return h.stand(percent=50, shadow=100, config=config or CONFIG, rules=RULES,
                   legacy=scripted(ledger, "legacy"), enhanced=scripted(ledger, "enhanced"))


def recorded(t, texts):
    """What understudy itself has written down of the tokens in the texts."""
    tokens = {m for text in texts for m in re.findall(r"\bt[0-9]+\b", text)}
    paths = ", ".join(f"'/t/{token}'" for token in tokens)
    try:
        rows = SqliteStore(t.proxy.dir / "understudy.db").rows(
            f"SELECT path, leg, version, outcome, status, latency_us, response_bytes, error "
            f"FROM exchanges WHERE path IN ({paths}) ORDER BY ts")
    except AssertionError as fault:
        return [str(fault)]
    return [" ".join(map(str, r.values())) for r in rows]


def judge(t, ledger):
    """No violation, or all that is known of it."""
    summary = ", ".join(f"{k}: {v}" for k, v in sorted(ledger.counts.items()))
    print(f"seed {ledger.seed}: {summary}")
    for version in ("legacy", "enhanced"):      # or nothing was shown
        assert ledger.counts[f"whole {version}"] > 20, ledger.counts
    assert not ledger.violations, (f"UNDERSTUDY_TORTURE_SEED={ledger.seed}\n"
                                   + "\n".join(ledger.violations
                                               + recorded(t, ledger.violations)))


def settle(t):
    """All clients have gone: so must everything that was done for them."""
    gauges = ("understudy_client_connections", "understudy_shadow_inflight",
              "understudy_shadow_captured_bytes", "understudy_upstream_connections")

    def is_quiet():
        m = t.proxy.admin().metrics()
        assert all(m[g] == 0 for g in gauges), {g: m[g] for g in gauges}
        return m
    return eventually(is_quiet, "every gauge falls to zero", 15)


def check_records(t, metrics):
    """One row a leg, one row a verdict, nothing dropped."""
    s = t.wait_status(lambda s: s["store"]["spooled"] == 0 and s["store"]["ok"], "written", 30)
    legs = sum(v for k, v in metrics.items() if k.startswith("understudy_legs_total{"))
    verdicts = sum(v for k, v in metrics.items()
                   if k.startswith("understudy_comparisons_total{"))
    assert s["store"]["dropped"] == 0, s["store"]
    assert metrics["understudy_records_dropped_total"] == 0
    assert verdicts == metrics["understudy_samples_total"], metrics
    t.store().wait_count(legs, "exchanges")
    t.store().wait_count(verdicts, "comparisons")
    t.wait_status(lambda s: s["store"]["written"] == legs + verdicts,
                  f"{legs} legs and {verdicts} verdicts are said to be written")
    twice = t.store().one("SELECT count(*) AS n FROM (SELECT pair FROM exchanges "
                          "GROUP BY pair, leg, version HAVING count(*) > 1) q")
    assert twice == 0, f"{twice} legs are written twice"


def play(h, seed, seconds):
    """One round: storm, calm, and the books."""
    ledger = Ledger(seed)
    t = make(h, ledger)
    with Storm(ledger, t.proxy.address), Operator(t, ledger):
        ledger.over.wait(seconds)
    judge(t, ledger)
    check_records(t, settle(t))
    if not SANITIZER:
        assert t.proxy.rss_kib() < 200 << 10, t.proxy.rss_kib()
    t.proxy.stop(DRAIN + 5)


@limit(90)
def test_nothing_is_mixed_up_lost_or_left_over(h):
    play(h, SEED, SECONDS)


@limit(90)
def test_stopped_in_the_middle_of_it(h):
    ledger = Ledger(SEED + 1000)
    t = make(h, ledger)
    with Storm(ledger, t.proxy.address):
        ledger.over.wait(3)
        ledger.may_cut = True   # from here on the end of the drain is a reason
        t.proxy.stop(DRAIN + 5)
    judge(t, ledger)
    whole = sum(n for k, n in ledger.counts.items() if k.startswith("whole"))
    rows = SqliteStore(t.proxy.dir / "understudy.db").count("exchanges", "leg = 'primary'")
    assert rows >= whole, f"{rows} legs for {whole} whole answers"


@long
@limit(1200)
def test_many_seeds(h):
    for seed in range(SEED, SEED + 40):
        play(h, seed, SECONDS)
