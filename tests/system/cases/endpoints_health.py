"""Active checks: what takes an endpoint down, what brings it up, what happens when
none is left."""

import resource

from harness import Load, eventually, scripts
from harness.tls import server_context

CHECK = {"path": "/health?deep=1", "interval": "100ms", "timeout": "300ms", "rise": 2, "fall": 3}


class Checked:
    """A backend whose health can be set, and who counts."""

    def __init__(self, h, name="backend", script=None, **where):
        self.health = scripts.fixed(b"well")
        self.traffic = script or scripts.echo()
        self.backend = h.backend(self.serve, name, **where)
        self.url, self.port, self.faults = self.backend.url, self.backend.port, []

    def serve(self, x):
        """Both kinds of requests."""
        (self.health if x.request.path == "/health" else self.traffic)(x)

    def stop(self):
        """The harness ends the backend itself."""

    def checks(self):
        """Checks that it was asked."""
        return self.backend.seen(path="/health")

    def served(self):
        """The others."""
        return [r for r in self.backend.seen() if r.path != "/health"]


def checked(version, *backends, health=None, **more):
    """A version with checks."""
    return {"backends": {version: {"urls": [b.url for b in backends],
                                   "health": {**CHECK, **(health or {})}, **more}}}


def row(t, b, version="legacy"):
    """One endpoint as status shows it."""
    return next(e for e in t.status()["endpoints"]
                if e["url"] == b.url and e["version"] == version)


def wait_state(t, b, state, version="legacy"):
    """Wait until it is in that state; its row."""
    def look():
        r = row(t, b, version)
        return r if r["state"] == state else None
    return eventually(look, f"{b.url} is {state}", 30)


def test_down_and_up_again(h):
    one, two = Checked(h, "one"), Checked(h, "two")
    t = h.stand(legacy=one, config=checked("legacy", one, two))
    wait_state(t, one, "up")
    request = one.checks()[0]
    assert (request.method, request.target) == ("GET", "/health?deep=1")
    assert request.header("host") == f"127.0.0.1:{one.port}"
    with Load(t.proxy.address, 4) as load:
        eventually(lambda: len(one.served()) >= 20, "both serve")
        one.health = scripts.status(500)
        asked = len(one.checks())
        down = wait_state(t, one, "down")
        assert "status 500" in down["reason"], down
        assert len(one.checks()) >= asked + 3, "three failed checks in a row"
        eventually(lambda: row(t, one)["outstanding"] == 0, "what ran has ended")
        said = t.proxy.mark()
        served, done = len(one.served()), load.done()
        eventually(lambda: load.done() >= done + 100, "the other serves")
        assert len(one.served()) == served, "and this one does not"
        one.health = scripts.fixed(b"well")
        wait_state(t, one, "up")
        eventually(lambda: len(one.served()) >= served + 20, "it is used again")
    assert not load.failures, load.failures[:3]
    t.proxy.wait_log("endpoint", state="down", url=one.url)
    t.proxy.wait_log("endpoint", since=said, state="up", url=one.url)
    assert t.status()["versions"]["legacy"]["requests"] == load.done()
    assert t.legs(load.done()), "checks are not recorded"


def test_every_way_to_fail_a_check(h):
    good = Checked(h, "good")
    table = {
        "hangs": (scripts.hang(), "Timeout"),
        "resets": (scripts.reset(), "receiving data"),
        "says no": (scripts.status(404), "status 404"),
        "is no HTTP": (scripts.garbage(), ""),
    }
    for name, (script, what) in table.items():
        with h.check(name):
            bad = Checked(h, name)
            bad.health = script
            t = h.stand(legacy=good, config=checked("legacy", good, bad))
            assert what in wait_state(t, bad, "down")["reason"], row(t, bad)
            t.proxy.stop()
    with h.check("is not there"):
        gone = h.refusing()
        t = h.stand(legacy=good, config=checked("legacy", good, gone))
        wait_state(t, gone, "down")


def test_what_is_good_can_be_said(h):
    one, two = Checked(h, "one"), Checked(h, "two")
    one.health, two.health = scripts.status(429), scripts.fixed(b"x" * 300000)
    t = h.stand(legacy=one, config=checked("legacy", one, two, health={
        "status": "200-429", "host": "checks.example"}))
    eventually(lambda: len(one.checks()) >= 4 and len(two.checks()) >= 4, "checks")
    assert one.checks()[0].header("host") == "checks.example"
    assert row(t, one)["state"] == "up", row(t, one)
    assert row(t, two)["state"] == "up", row(t, two)


def test_none_left_a_primary_tries_all_the_same(h):
    one, two = Checked(h, "one"), Checked(h, "two")
    t = h.stand(legacy=one, config=checked("legacy", one, two, health={"path": "/health-typo"}))
    for b in (one, two):
        b.traffic = lambda x: x.answer(404 if "typo" in x.request.path else 200, [], b"here")
    for b in (one, two):
        wait_state(t, b, "down")
    for _ in range(6):
        assert t.get().body == b"here"
    assert t.metric("understudy_endpoint_panics_total") == 6


def test_none_left_legacy_answers_at_once(h):
    hole = h.unreachable()
    t = h.stand(percent=100, enhanced=hole, config={"backends": {"enhanced": {
        "urls": [hole.url], "health": CHECK, "timeouts": {"connect": "60s"}}}})
    wait_state(t, hole, "down", "enhanced")
    a = t.get()     # not after 60 s
    assert (a.status, a.version) == (200, "legacy"), a
    assert t.metric('understudy_legs_total{version="enhanced",leg="primary",'
                    'outcome="no_endpoint"}') == 1
    assert t.metric("understudy_endpoint_panics_total") == 0


def test_none_left_a_shadow_is_not_sent(h):
    shadowed = Checked(h, "shadowed")
    shadowed.health = scripts.status(503)
    t = h.stand(shadow=100, enhanced=shadowed, config=checked("enhanced", shadowed))
    wait_state(t, shadowed, "down", "enhanced")
    assert t.get().status == 200
    t.wait_metric('understudy_legs_total{version="enhanced",leg="shadow",'
                  'outcome="no_endpoint"}', 1)
    assert not shadowed.served()


def test_checks_can_be_taken_away(h):
    one, two = Checked(h, "one"), Checked(h, "two")
    one.health = scripts.status(500)
    t = h.stand(legacy=one, config=checked("legacy", one, two))
    wait_state(t, one, "down")
    t.proxy.change(config={"backends": {"legacy": {"health": None}}})
    t.proxy.admin().reload()
    wait_state(t, one, "up")


def test_a_good_check_lifts_a_hold(h):
    one, two = Checked(h, "one"), Checked(h, "two")
    t = h.stand(legacy=one, config=checked("legacy", one, two, hold={
        "after": 1, "first": "1h", "max": "1h"}))
    wait_state(t, one, "up")
    one.traffic = scripts.reset()
    eventually(lambda: t.get() and row(t, one)["state"] == "held", "held for an hour")
    one.health = scripts.status(500)
    wait_state(t, one, "down")
    one.traffic, one.health = scripts.echo(), scripts.fixed(b"well")
    wait_state(t, one, "up")


def test_our_own_lack_of_descriptors_takes_nobody_down(h):
    one, two = Checked(h, "one"), Checked(h, "two")
    t = h.stand(legacy=one, config=checked("legacy", one, two, health={
        "fall": 1, "timeout": "5s"}))   # a machine that is slow is no failure
    for b in (one, two):
        wait_state(t, b, "up")
    admin, pid = t.proxy.admin().session(), t.proxy.process.pid
    admin.get("/api/v1/status")
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))    # what is open stays

    def legacy():
        rows = admin.get("/api/v1/endpoints")["endpoints"]
        return [e for e in rows if e["version"] == "legacy"]
    eventually(lambda: all("no socket" in e["last_check"]["what"] for e in legacy()),
               "checks cannot be made")
    assert [e["state"] for e in legacy()] == ["up", "up"], legacy()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    eventually(lambda: all("status 200" in e["last_check"]["what"] for e in legacy()),
               "checks are made again")


def test_checks_by_tls_trust_whom_the_traffic_trusts(h):
    ca, other = h.authority(), h.authority("other")
    good = h.backend(name="good", tls=server_context(ca.issue("api.internal")))
    bad = h.backend(name="bad", tls=server_context(other.issue("api.internal")))
    t = h.stand(legacy=good, config=checked("legacy", good, bad, tls={
        "ca": str(ca.certificate), "name": "api.internal"}))
    wait_state(t, good, "up")
    assert "certificate" in wait_state(t, bad, "down")["reason"], row(t, bad)
    assert good.handshakes[0][1] == "api.internal"
    for _ in range(4):
        assert t.get().status == 200
    assert not [r for r in bad.seen() if r.path != "/health"]


def test_a_handshake_that_fails_costs_nobody(h):
    ca, other = h.authority(), h.authority("other")
    good = h.backend(scripts.mirror(), "good", tls=server_context(ca.issue("127.0.0.1")))
    bad = h.backend(name="bad", tls=server_context(other.issue("127.0.0.1")))
    t = h.stand(legacy=good, config={"workers": 1, "limits": {"capture": "1KiB"}, "backends": {
        "legacy": {"urls": [good.url, bad.url], "tls": {"ca": str(ca.certificate)},
                   "balance": "round_robin", "hold": {"after": 3}}}})
    body = b"never kept " * 5000
    for _ in range(8):
        a = t.post(body)
        assert (a.status, a.body == body) == (200, True), a
    assert row(t, bad)["state"] == "held" and not bad.seen()
