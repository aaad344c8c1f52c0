"""What a peer can make us hold is capped; each cap has status and counter."""

import select
import signal
import threading
import time

from harness import deadline, eventually, scripts, wire
from harness.programs import SANITIZER


def silence(c):
    """A client that says nothing (more)."""


def says(*data):
    """A client that sends this."""
    def play(c):
        for piece in data:
            c.send_quietly(piece)
    return play


def drips(c):
    """A body that comes a byte at a time."""
    c.send(wire.request("POST", "/", [("Content-Length", "100000")]))
    end = deadline(30)
    while time.monotonic() < end:
        c.send_quietly(b"x")
        if select.select([c.sock], [], [], 0.05)[0]:
            return


def change(t, **config):
    """A reload with this laid over the configuration."""
    mark = t.proxy.mark()
    t.proxy.change(config)
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark)["level"] == "info"


REFUSED = 'understudy_refusals_total{outcome="%s"}'
LEG = 'understudy_legs_total{version="legacy",leg="primary",outcome="%s"}'
HEADS = "understudy_requests_refused_total"
SLOW = "understudy_clients_too_slow_total"

# what is capped, how the client provokes it, what it sees (None: a close without a
# word), and what is counted: once, and nothing else
CAPS = (
    ("limits.head", {"limits": {"head": "4KiB"}},
     says(wire.request("GET", "/", [("X-Big", "b" * 5000)])), 431,
     [REFUSED % "client_head_too_large", HEADS]),
    ("limits.fields", {"limits": {"fields": 10}},
     says(wire.request("GET", "/", [(f"X-{i}", "1") for i in range(20)])), 431,
     [REFUSED % "client_too_many_fields", HEADS]),
    ("limits.head by the request line", {"limits": {"head": "4KiB"}},
     says(b"GET /" + b"t" * 10000), 414, [REFUSED % "client_long_target", HEADS]),
    ("timeouts.head", {"timeouts": {"head": "300ms"}}, says(b"GET / HTTP/1.1\r\nHost:"), 408,
     [REFUSED % "client_head_timeout", HEADS]),
    ("timeouts.idle between requests", {"timeouts": {"idle": "300ms"}}, silence, None,
     ["understudy_client_connections_idle_closed_total"]),
    ("timeouts.idle within a body", {"timeouts": {"idle": "300ms"}},
     says(wire.request("POST", "/", [("Content-Length", "10")]), b"abc"), 408,
     [LEG % "client_idle"]),
    ("limits.body_rate", {"limits": {"body_rate": "1KiB"}, "timeouts": {"rate": "500ms"}},
     drips, 408, [LEG % "client_slow_body", SLOW]),
    ("limits.connections_per_address", {"limits": {"connections_per_address": 1}},
     says(wire.request()), 503,
     [REFUSED % "shed_address", "understudy_client_connections_shed_total"]),
    ("timeouts.first_byte", {"backends": {"legacy": {"timeouts": {"first_byte": "300ms"}}}},
     says(wire.request("GET", "/hang")), 504, [LEG % "first_byte_timeout"]),
)


def test_each_cap_has_its_outcome_status_and_counter(h):
    for cap, config, play, status, counted in CAPS:
        with h.check(cap):
            t = h.stand(config=config, legacy=scripts.routes({"/hang": scripts.hang()}))
            first = t.client() if "per_address" in cap else None
            if first:
                assert first.ask().status == 200
            c = t.client()
            play(c)
            if status:
                a = c.read_answer()
                assert a.status == status, a
                if 'outcome="client' in counted[0] or "shed" in counted[0]:
                    assert a.json()["error"] in counted[0], a.json()
            if status not in (504,):
                c.expect_closed()
            for series in counted:
                eventually(lambda s=series: t.metric(s) == 1, series)
            others = {series: n for series, n in t.proxy.admin().metrics().items()
                      if series.startswith(("understudy_refusals_total", HEADS, SLOW)) and n}
            assert set(others) <= set(counted), others


def test_head_over_its_size(h):
    t = h.stand(config={"limits": {"head": "4KiB"}})
    for size, status in ((2000, 200), (5000, 431), (200000, 431)):
        with h.check(f"{size} bytes"):
            c = t.client()
            c.send_quietly(wire.request("GET", "/", [("X-Big", "b" * size)]))
            a = c.read_answer()
            assert a.status == status, a
            if status == 431:
                assert a.header("connection") == "close"
                c.expect_closed()
    assert t.metric("understudy_requests_refused_total") == 2
    assert len(t.legacy.seen()) == 1


def test_head_default_is_64_kib(h):
    t = h.stand()
    assert t.ask("GET", "/", [("X-Big", "b" * 60000)]).status == 200
    c = t.client()
    c.send_quietly(wire.request("GET", "/", [("X-Big", "b" * 70000)]))
    assert c.read_answer().status == 431


def test_target_over_the_heads_size(h):
    t = h.stand(config={"limits": {"head": "4KiB"}})
    c = t.client()
    c.send_quietly(b"GET /" + b"t" * 10000)
    a = c.read_answer()
    assert a.status == 414 and a.json()["error"] == "client_long_target", a


def test_too_many_fields(h):
    t = h.stand()
    for count, status in ((99, 200), (100, 431), (5000, 431)):  # and Host
        with h.check(f"{count} fields"):
            c = t.client()
            c.send_quietly(wire.request("GET", "/", [(f"X-{i}", "1") for i in range(count)]))
            assert c.read_answer().status == status
    t = h.stand(config={"limits": {"fields": 10}})
    assert t.ask("GET", "/", [(f"X-{i}", "1") for i in range(20)]).status == 431


def test_too_many_connections(h):
    t = h.stand(config={"limits": {"connections": 4}, "workers": 1})
    kept = [t.client() for _ in range(4)]
    assert all(c.ask().status == 200 for c in kept)
    c = t.client()
    c.send_quietly(wire.request())
    a = c.read_answer()
    assert a.status == 503 and a.header("connection") == "close", a
    c.expect_closed()
    assert t.metric("understudy_client_connections_shed_total") == 1
    assert all(c.ask().status == 200 for c in kept), "the others are not touched"
    kept.pop().close()

    def served_again():
        with t.client() as again:
            again.send_quietly(wire.request())
            return again.read_answer().status == 200
    eventually(served_again, "a place is free again")


def source(t, address):
    """A client that comes from that address of the loopback net."""
    c = t.client(source=address)
    c.send_quietly(wire.request())
    return c


def test_connections_are_counted_over_all_workers(h):
    # the kernel may give one worker more than its half
    t = h.stand(config={"limits": {"connections": 6}, "workers": 2})
    kept = [t.client() for _ in range(6)]
    assert [c.ask().status for c in kept] == [200] * 6
    c = t.client()
    c.send_quietly(wire.request())
    assert c.read_answer().status == 503


def test_too_many_connections_of_one_address(h):
    t = h.stand(config={"limits": {"connections_per_address": 3}, "workers": 2})
    kept = [source(t, "127.0.0.2") for _ in range(3)]
    assert [c.read_answer().status for c in kept] == [200] * 3
    for _ in range(5):
        c = source(t, "127.0.0.2")
        a = c.read_answer()
        assert a.status == 503 and a.json()["error"] == "shed_address", a
        assert 1 <= int(a.header("retry-after")) <= 2
        c.expect_closed()
    others = [source(t, "127.0.0.3") for _ in range(3)]
    assert [c.read_answer().status for c in others] == [200] * 3, "others are not touched"
    assert t.metric('understudy_refusals_total{outcome="shed_address"}') == 5
    kept.pop().close()
    eventually(lambda: source(t, "127.0.0.2").read_answer().status == 200, "a place is free")


def test_a_trusted_peer_is_not_counted(h):
    t = h.stand(config={"limits": {"connections_per_address": 1}, "trusted_networks": ["127.0.0.2"]})
    kept = [source(t, "127.0.0.2") for _ in range(4)]
    assert [c.read_answer().status for c in kept] == [200] * 4
    kept = [source(t, "127.0.0.3") for _ in range(2)]
    assert sorted(c.read_answer().status for c in kept) == [200, 503]


def test_a_reload_changes_the_cap_of_an_address(h):
    t = h.stand()
    early = source(t, "127.0.0.2")
    assert early.read_answer().status == 200
    change(t, limits={"connections_per_address": 1})
    kept = source(t, "127.0.0.2")   # who came before the cap is not counted
    assert kept.read_answer().status == 200
    assert source(t, "127.0.0.2").read_answer().status == 503
    early.close()
    assert source(t, "127.0.0.2").read_answer().status == 503
    kept.close()
    eventually(lambda: source(t, "127.0.0.2").read_answer().status == 200, "a place is free")


def test_a_raised_cap_of_connections_counts_all_addresses(h):
    t = h.stand(config={"limits": {"connections": 2, "connections_per_address": 2}})
    change(t, limits={"connections": 500})
    for n in range(40):
        kept = [source(t, f"127.0.1.{n + 1}") for _ in range(2)]
        assert [c.read_answer().status for c in kept] == [200] * 2
    for n in range(40):
        with h.check(f"address {n}"):
            assert source(t, f"127.0.1.{n + 1}").read_answer().status == 503


def test_too_many_exchanges(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.slow(gate), config={"limits": {"exchanges": 2},
                                                   "timeouts": {"retry_after": "10s"}})
    running = [t.client() for _ in range(2)]
    for c in running:
        c.send(wire.request())
    eventually(lambda: t.metric("understudy_requests_inflight") == 2, "both are under way")
    c = t.client()
    for method in ("GET", "HEAD", "GET"):
        a = c.ask(method)
        assert a.status == 503 and a.header("connection") == "keep-alive", a
        assert 10 <= int(a.header("retry-after")) <= 20, a.fields
    assert a.json()["error"] == "shed_exchanges"
    c.send(wire.request("POST", "/", body=b"b" * 100))
    a = c.read_answer()
    assert a.status == 503 and a.header("connection") == "close", "its body is not read"
    c.expect_closed()
    assert t.metric("understudy_requests_shed_total") == 4
    gate.set()
    assert [c.read_answer().status for c in running] == [200] * 2
    assert [c.ask().status for c in running] == [200] * 2
    eventually(lambda: t.metric("understudy_requests_inflight") == 0, "none is under way")
    assert len(t.legacy.seen()) == 4, "who was turned away reached no backend"


def test_a_lower_cap_of_exchanges_refuses_nobody_at_first(h):
    """What one worker has taken in advance of the larger cap is not under way,
    although that worker may have nothing to do."""
    t = h.stand(config={"workers": 16})
    for _ in range(4):
        assert t.client().ask().status == 200   # one worker has its advance
        change(t, limits={"exchanges": 4})
        assert [t.client().ask().status for _ in range(8)] == [200] * 8
        change(t, limits={"exchanges": 10000})


def test_a_lower_cap_of_exchanges_holds(h):
    """And that worker does not go on with its advance."""
    t = h.stand(legacy=scripts.routes({"/hang": scripts.hang()}), config={"workers": 1})
    kept = t.client()
    assert kept.ask().status == 200
    change(t, limits={"exchanges": 2})
    for _ in range(2):
        t.client().send(wire.request("GET", "/hang"))
    t.legacy.wait_requests(3)
    assert kept.ask().status == 503


def test_turned_away_answers_do_not_pile_up(h):
    t = h.stand(legacy=scripts.sequence(scripts.hang(), scripts.fixed()),
                config={"limits": {"exchanges": 1}})
    first = t.client()
    first.send(wire.request())
    t.legacy.wait_requests(1)
    before = t.proxy.rss_kib()
    many, history = [], []
    for _ in range(16):     # who ask on and on, and do not read
        many.append(t.client(receive=4096))
        many[-1].sock.setblocking(False)
        many[-1].sock.send(wire.request() * 20000)

    def stalled():
        history.append(t.metric("understudy_requests_shed_total"))
        return len(history) > 20 and history[-1] == history[-20] > 16
    eventually(stalled, "they are answered until nothing goes any more", 60)
    assert SANITIZER or t.proxy.rss_kib() - before < 16 * 96, t.proxy.rss_kib() - before
    c = many[0]
    c.sock.settimeout(60)
    for _ in range(200):
        assert c.read_answer().status == 503


def test_answer_head_over_its_size(h):
    t = h.stand(percent=100, enhanced=scripts.huge_head(300000))
    a = t.get()
    assert a.status == 200 and a.version == "legacy"


def test_body_over_the_capture_has_no_fallback(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), config={"limits": {"capture": "8KiB"}})
    small = t.post(b"s" * 4000)
    assert small.status == 200 and small.version == "legacy"
    big = t.post(b"b" * 40000)
    assert big.status == 500 and big.version == "enhanced"
    assert t.metric("understudy_fallbacks_impossible_total") == 1
    assert t.metric("understudy_fallbacks_total") == 1


def test_body_over_the_capture_has_no_shadow(h):
    t = h.stand(shadow=100, legacy=scripts.mirror(), config={"limits": {"capture": "8KiB"}})
    body = b"b" * 40000
    a = t.post(body)
    assert a.body == body
    t.wait_metric("understudy_shadow_dropped_body_total", 1)
    assert t.post(b"s").body == b"s"
    t.enhanced.wait_requests(1)
    assert [r.body for r in t.enhanced.seen()] == [b"s"]
    dropped = t.status()["shadow"]["dropped"]
    assert sum(dropped.values()) == 1, dropped


def test_answer_over_the_capture_passes_whole(h):
    body = b"a" * 200000
    t = h.stand(shadow=100, legacy=scripts.fixed(body), enhanced=scripts.fixed(body),
                config={"limits": {"capture": "8KiB"}})
    assert t.get().body == body
    t.wait_status(lambda s: s["comparisons"]["incomparable"] == 1, "a verdict")
