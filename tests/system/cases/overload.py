"""Memory is capped: first what is kept beside the way, then new requests.
The primary never waits for a capture."""

import signal
import threading

from harness import eventually, limit, scripts, wire
from harness.programs import SANITIZER

MIB = 1 << 20
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Fill: " + b"f" * 60000


def held(t):
    """Bytes that understudy holds, as it sees it."""
    return t.metric("understudy_memory_bytes")


def hold(t, is_enough):
    """Heads that do not end, until it is enough; the clients.  In small steps,
    each of them seen: understudy looks 50 times a second, we fill faster."""
    slow = []
    while not is_enough():
        assert len(slow) < 4000, "it does not grow"
        before = held(t)
        for _ in range(8):
            slow.append(t.client())
            slow[-1].send_quietly(HEAD)
        eventually(lambda: held(t) > before or pressure(t) == 2, "the step is seen")
    return slow


def set_ceiling(t, share):
    """Reload with a ceiling that what is held now fills to that share."""
    ceiling = int(eventually(lambda: held(t), "it is measured") / share)
    mark = t.proxy.mark()
    t.proxy.change(config={"limits": {"memory": ceiling}})
    t.proxy.signal(signal.SIGHUP)
    t.proxy.wait_log("reload", since=mark)
    return ceiling


def pressure(t):
    """0, 1 or 2."""
    return t.metric("understudy_memory_pressure")


@limit(120)
def test_requests_are_shed_before_memory_runs_out(h):
    t = h.stand(config={"limits": {"connections": 5000}, "timeouts": {"head": "10m"}})
    kept = t.client()
    for _ in range(500):
        assert kept.ask().status == 200
    hold(t, lambda: held(t) > 32 * MIB)
    ceiling = set_ceiling(t, 0.7)
    slow = hold(t, lambda: pressure(t) == 2)
    # on a connection that is there, and on a new one
    a = kept.ask()
    assert a.status == 503 and a.json()["error"] == "shed_memory", a
    assert a.header("connection") == "keep-alive" and int(a.header("retry-after")) >= 1
    c = t.client()
    c.send_quietly(wire.request())
    a = c.read_answer()
    assert a.status == 503 and a.json()["error"] == "shed_memory", a
    for _ in range(200):
        with t.client() as more:
            more.send_quietly(HEAD)
    assert held(t) < ceiling
    assert t.metric('understudy_refusals_total{outcome="shed_memory"}') >= 2
    assert t.proxy.logged("memory")[0]["level"] == "warn"
    if SANITIZER:
        return  # freed memory stays in quarantine
    for s in slow[:-8]:     # what lives on lies above what is freed
        s.close()
    eventually(lambda: pressure(t) == 0, "memory was given back", 30)
    assert kept.ask().status == 200


@limit(120)
def test_mirroring_goes_first(h):
    t = h.stand(shadow=100, config={"timeouts": {"head": "10m"}})
    for i in range(200):
        assert t.get(user=f"u{i}").status == 200
    hold(t, lambda: held(t) > 24 * MIB)   # the least ceiling is 16 MiB
    eventually(lambda: t.metric("understudy_shadow_captured_bytes") == 0, "all is quiet")

    def nothing_is_mirrored():
        """Ten requests under pressure.  What is trimmed meanwhile lowers the
        figure: then they have shown nothing, and come again."""
        if pressure(t) != 1:
            set_ceiling(t, 0.85)
            return False
        sent, dropped = (t.metric(name) for name in names)
        for i in range(10):
            assert t.post(b"b" * 1000, user=f"u{i}").status == 200
        return pressure(t) == 1 and [t.metric(n) for n in names] == [sent, dropped + 10]
    names = "understudy_shadow_sent_total", "understudy_shadow_dropped_memory_total"
    eventually(nothing_is_mirrored, "four fifths are in use, and nothing is mirrored", 30)
    assert t.status()["shadow"]["dropped"]["memory"] == t.metric(names[1]) >= 10


def test_captured_answers_are_on_the_budget(h):
    gate = threading.Event()
    body = b"a" * 60000
    t = h.stand(shadow=100, legacy=scripts.fixed(body), enhanced=scripts.slow(gate), config={
        "limits": {"shadow_bytes": "150KiB", "capture": "64KiB"}, "shadow": {"timeout": "60s"}})
    for i in range(6):
        assert t.get(user=f"u{i}").body == body, "a primary is never held"
        assert t.metric("understudy_shadow_captured_bytes") <= 150 * 1024
    t.wait_metric("understudy_shadow_captured_bytes", 120000)
    gate.set()
    t.wait_metric("understudy_samples_dropped_bytes_total", 4)
    t.wait_metric("understudy_samples_total", 2)
    eventually(lambda: t.metric("understudy_shadow_captured_bytes") == 0, "all is given back")
    assert t.metric("understudy_samples_dropped_bytes_total") == 4


def test_a_shadow_without_room_is_not_read_on(h):
    t = h.stand(shadow=100, legacy=scripts.fixed(b"small"), enhanced=scripts.huge_body(),
                config={"limits": {"shadow_bytes": "64KiB", "capture": "1MiB"}})
    assert t.get().body == b"small"
    legs = {l["leg"]: l for l in t.legs(2)}
    assert legs["shadow"]["outcome"] == "shadow_no_room", legs
    t.wait_metric("understudy_samples_dropped_bytes_total", 1)
    eventually(lambda: t.metric("understudy_shadow_captured_bytes") == 0, "all is given back")


def test_an_identity_in_the_body_is_found_though_the_budget_is_full(h):
    gate = threading.Event()
    t = h.stand(shadow=100, percent=0, legacy=scripts.echo(), enhanced=scripts.slow(gate),
                config={"limits": {"shadow_bytes": "64KiB", "capture": "64KiB"},
                        "shadow": {"timeout": "60s"}},
                rules={"identity": [{"body": "/user"}],
                       "rollout": {"overrides": [{"users": ["vip"], "version": "enhanced"}]}})
    full = wire.request("POST", "/", body=b'{"user": "filler", "pad": "%s"}' % (b"p" * 40000))
    for _ in range(3):
        c = t.client()
        c.send(full)
        assert c.read_answer().status == 200
    gate.set()
    assert t.post(b'{"user": "vip", "pad": "%s"}' % (b"p" * 40000)).version == "enhanced"
