"""Endpoints that die, hang or break off while there is traffic: who feels it, and when
they are used again."""

import random
import resource

from harness import Load, eventually, scripts

THREADS = 4
AFTER = 3


def legacy(*backends, hold=None, timeouts=None, **more):
    """A legacy of several endpoints with short deadlines."""
    return {"backends": {"legacy": {
        "urls": [b.url for b in backends],
        "timeouts": {"connect": "300ms", "first_byte": "500ms", **(timeouts or {})},
        "hold": {"after": AFTER, "first": "200ms", "max": "1s", **(hold or {})}, **more}}}


def row(t, backend, version="legacy"):
    """One endpoint as status shows it."""
    return next(e for e in t.status()["endpoints"]
                if e["url"] == backend.url and e["version"] == version)


def wait_state(t, backend, state, seconds=20):
    """Wait until an endpoint is in that state; its row."""
    def look():
        r = row(t, backend)
        return r if r["state"] == state else None
    return eventually(look, f"{backend.url} is {state}", seconds)


class Nowhere:
    """Where no TCP connection can go: the broadcast address."""

    url = "http://255.255.255.255:9"
    faults = ()

    def stop(self):
        """Nothing is there."""


def three(h):
    """Three good backends."""
    return [h.backend(name=n) for n in ("one", "two", "three")]


def leaving(x):
    """The last answer of a connection."""
    x.answer(200, [("Connection", "close")], b"bye")
    x.close()


def test_refused_connections_cost_nobody(h):
    one, two, three_ = three(h)
    t = h.stand(legacy=one, config=legacy(one, two, three_))
    with Load(t.proxy.address, THREADS, body=b"a POST, which is never sent twice") as load:
        eventually(lambda: load.done() >= 50, "traffic")
        one.script = leaving
        one.refuse()
        held = wait_state(t, one, "held")
        assert "connect_failed" in held["reason"], held
        seen = load.done()
        eventually(lambda: load.done() >= seen + 100, "traffic goes on")
        served = len(one.seen())
        one.script = scripts.echo()
        one.accept()
        wait_state(t, one, "up")
        eventually(lambda: len(one.seen()) >= served + 20, "it is used again")
    assert not load.failures, load.failures[:5]
    assert t.metric("understudy_endpoint_retries_total") >= AFTER
    t.proxy.wait_log("endpoint", state="up", url=one.url)
    states = [line["state"] for line in t.proxy.logged("endpoint")]
    assert states[0] == "held" and states[-1] == "up", states


def test_a_black_hole_costs_nobody(h):
    hole = h.unreachable()
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=hole, config=legacy(hole, one, two))
    with Load(t.proxy.address, THREADS, body=b"x" * 1000) as load:
        held = wait_state(t, hole, "held")
        assert "connect_timeout" in held["reason"], held
        eventually(lambda: row(t, hole)["holds"] >= 3, "probes double the hold", 30)
    assert not load.failures, load.failures[:5]


def test_a_body_that_nobody_has_kept_goes_to_the_other(h):
    """limits.capture is below the body, and legacy is not mirrored: what was
    written for the dead endpoint is all there is."""
    dead, alive = h.refusing(), h.backend(scripts.mirror())
    t = h.stand(legacy=dead, config={"workers": 1, "limits": {"capture": "1KiB"},
                                     **legacy(dead, alive, balance="round_robin")})
    for size in (10, 5000, 300000):
        body = random.Random(size).randbytes(size)
        for _ in range(3):
            a = t.post(body)
            assert (a.status, a.body == body) == (200, True), (size, a)
        c = t.client()
        c.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
               b"3\r\nabc\r\n")
        c.send(b"2\r\nde\r\n0\r\n\r\n")
        assert c.read_answer("POST").body == b"abcde"


def test_a_connection_that_fails_at_once(h):
    """No route: connect(2) says so itself, before anything was buffered."""
    nowhere = Nowhere()
    alive = h.backend(scripts.mirror())
    t = h.stand(legacy=nowhere, config={"workers": 1, "limits": {"capture": "1KiB"},
                                        **legacy(nowhere, alive, balance="round_robin")})
    for size in (0, 5000, 300000):
        body = random.Random(size).randbytes(size)
        for _ in range(3):
            a = t.post(body)
            assert (a.status, a.body == body) == (200, True), (size, a)
    assert t.metric("understudy_endpoint_retries_total") >= AFTER
    assert "unreachable" in row(t, nowhere)["last_failure"]["what"], row(t, nowhere)


def test_a_hanging_endpoint_costs_few(h):
    one, two, three_ = three(h)
    t = h.stand(legacy=one, config=legacy(one, two, three_))
    with Load(t.proxy.address, THREADS, body=b"{}") as load:
        eventually(lambda: load.done() >= 50, "traffic")
        one.script = scripts.hang()
        assert "first_byte_timeout" in wait_state(t, one, "held")["reason"]
        eventually(lambda: row(t, one)["holds"] >= 2, "a probe has failed", 30)
        one.script = scripts.echo()
        wait_state(t, one, "up")
        holds = row(t, one)["holds"]
    # a row of failures, what ran beside it, and each probe
    assert 1 <= len(load.failures) <= AFTER + THREADS + holds, load.failures
    assert all("status 504" in f for f in load.failures), load.failures


def test_a_resetting_endpoint_costs_few(h):
    one, two, three_ = three(h)
    # a reset must be seen as one: a backend that is slow to do it is another case
    t = h.stand(legacy=one, config=legacy(one, two, three_, timeouts={"first_byte": "20s"}))
    with Load(t.proxy.address, THREADS, body=b"{}") as load:
        eventually(lambda: load.done() >= 50, "traffic")
        one.script = scripts.reset()
        wait_state(t, one, "held")
        one.script = scripts.echo()
        wait_state(t, one, "up")
        failed, holds = row(t, one)["failures"], row(t, one)["holds"]
    assert failed >= AFTER
    # a connection that was used before may have been closed unused: that is
    # no failure of the endpoint, but nobody may send the POST again
    assert 1 <= len(load.failures) <= AFTER + 4 * THREADS + holds, load.failures
    assert all("status 502" in f for f in load.failures), load.failures


def test_killed_under_load(h):
    one, two, three_ = three(h)
    t = h.stand(legacy=one, config=legacy(one, two, three_))
    with Load(t.proxy.address, THREADS, body=b"{}") as load:
        eventually(lambda: load.done() >= 50, "traffic")
        one.stop()
        seen = load.done()
        eventually(lambda: load.done() >= seen + 200, "traffic goes on")
    # only what was under way there, and what had just been given to a
    # connection that was closing
    assert len(load.failures) <= 2 * THREADS, load.failures


def test_the_last_one_is_never_held(h):
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=one, config=legacy(one, two, hold={"first": "1h", "max": "1h"}))
    for b in (one, two):
        b.script = leaving
        b.refuse()
    for _ in range(4 * AFTER):
        t.get()
    assert t.get().status == 502
    states = sorted(row(t, b)["state"] for b in (one, two))
    assert states == ["held", "up"], states
    last = one if row(t, one)["state"] == "up" else two
    assert row(t, last)["failures_in_row"] >= AFTER
    last.script = scripts.echo()
    last.accept()
    assert t.get().status == 200, "and is used at once"


def test_server_errors_count_if_asked(h):
    for on, state in ((["5xx"], "held"), (["connect"], "up")):
        bad, good = h.backend(scripts.status(503), "bad"), h.backend(name="good")
        t = h.stand(legacy=bad, config={"workers": 1, **legacy(
            bad, good, balance="round_robin", hold={"on": on, "first": "1h", "max": "1h"})})
        for _ in range(2 * AFTER):
            t.get()
        assert row(t, bad)["state"] == state, (on, row(t, bad))
        t.proxy.stop()


def test_one_probe_at_a_time(h):
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=one, config=legacy(one, two, hold={"first": "50ms", "max": "50ms"},
                                          timeouts={"first_byte": "60s"}))
    one.script = scripts.reset()
    with Load(t.proxy.address, THREADS, status=None, body=b"{}"):
        wait_state(t, one, "held")
    one.script = scripts.hang()
    before = len(one.seen())
    with Load(t.proxy.address, THREADS, status=None, body=b"{}") as load:
        eventually(lambda: len(one.seen()) > before, "the probe")
        seen = load.done()
        eventually(lambda: load.done() >= seen + 300, "the others go elsewhere")
        assert row(t, one)["outstanding"] == 1
        assert len(one.seen()) == before + 1
        one.script = scripts.echo()     # first: the next probe may come at once
        one.close_idle()
        wait_state(t, one, "up")


def test_connections_closed_while_unused(h):
    lot = random.Random(3)

    def moody(x):
        x.answer(200, [], b"fine")
        if lot.random() < 0.3:
            x.pause(lot.random() * 0.005)
            x.close()

    one, two = h.backend(moody, "one"), h.backend(moody, "two")
    t = h.stand(legacy=one, config=legacy(one, two, hold={"after": 1}))
    with Load(t.proxy.address, THREADS, pause=0.001) as load:
        eventually(lambda: load.done() >= 1500, "traffic", 60)
    assert not load.failures, load.failures[:5]
    for b in (one, two):
        assert row(t, b)["state"] == "up" and row(t, b)["failures"] == 0, row(t, b)


def test_our_own_lack_of_descriptors_is_nobodys_fault(h):
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=one, config={"workers": 1, **legacy(one, two, hold={"after": 1})})
    c, admin = t.client(), t.proxy.admin().session()
    admin.get("/api/v1/status")
    assert c.ask(target="/warm").status == 200
    one.close_idle()
    two.close_idle()
    eventually(lambda: sum(e["connections"] for e in admin.get("/api/v1/endpoints")
                           ["endpoints"]) == 0, "no connection is left")
    pid = t.proxy.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))   # what is open stays
    for _ in range(5):
        assert c.ask(target="/dry").status == 503
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert c.ask(target="/again").status == 200
    status = t.status()
    assert status["versions"]["legacy"]["failures"] == 0, status["versions"]["legacy"]
    for b in (one, two):
        assert row(t, b)["failures"] == 0 and row(t, b)["state"] == "up"
    assert t.metric('understudy_legs_total{version="legacy",leg="primary",'
                    'outcome="no_socket"}') == 5
