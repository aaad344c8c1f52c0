"""What is mirrored, when, and how much of it."""

import threading

from harness import eventually, scripts, wire


def test_the_client_gets_legacys_answer_only(h):
    t = h.stand(shadow=100, legacy=scripts.fixed(b"from legacy"),
                enhanced=scripts.fixed(b"from enhanced"))
    for i in range(5):
        a = t.get(user=f"u{i}")
        assert a.body == b"from legacy" and a.version == "legacy"
    t.enhanced.wait_requests(5)


def test_both_get_the_request_at_the_same_moment(h):
    for primary, percent in (("legacy", 0), ("enhanced", 100)):
        with h.check(f"{primary} answers"):
            gate = threading.Event()
            t = h.stand(percent=percent, shadow=100, **{primary: scripts.slow(gate)})
            c = t.client()
            c.send(wire.request("GET", "/", [("x-user-id", "u")]))
            t.legacy.wait_requests(1)
            t.enhanced.wait_requests(1)     # while the first has not answered yet
            gate.set()
            assert c.read_answer().version == primary


def test_the_same_request_but_for_the_mark(h):
    t = h.stand(shadow=100)
    t.ask("POST", "/p?q=1", [("x-user-id", "u"), ("Cookie", "a=b"), ("X-Own", "1")],
          b"the body", chunked=True)
    first, second = t.legacy.wait_requests(1)[0], t.enhanced.wait_requests(1)[0]
    assert (first.method, first.target, first.body) == (second.method, second.target, second.body)
    assert second.is_shadow and not first.is_shadow
    drop = ("x-understudy-leg", "transfer-encoding", "content-length")
    for seen in (first, second):
        seen.fields[:] = [(n, v) for n, v in seen.fields if n.lower() not in drop]
    assert first.fields == second.fields


def test_canary_users_are_mirrored_to_legacy(h):
    t = h.stand(percent=100, shadow=100)
    assert t.get(user="u").version == "enhanced"
    assert t.legacy.wait_requests(1)[0].is_shadow
    assert not t.enhanced.seen()[0].is_shadow


def test_share_of_requests(h):
    t = h.stand(shadow=30)
    with t.client() as c:
        for i in range(400):
            c.ask("GET", "/", [("x-user-id", f"user-{i}")])
    eligible = t.status()["shadow"]["eligible"]
    assert 60 <= eligible <= 180, eligible      # six standard deviations
    t.wait_status(lambda s: s["shadow"]["sent"] == eligible, "all sent")
    t.enhanced.wait_requests(int(eligible))


def test_shadow_without_identity(h):
    t = h.stand(shadow=100)
    assert t.ask().version == "legacy"
    t.enhanced.wait_requests(1)


def test_too_many_shadows_are_dropped_and_counted(h):
    for workers in (1, 8):      # and over all of them together
        with h.check(f"{workers} workers"):
            t = h.stand(shadow=100, enhanced=scripts.hang(), config={
                "workers": workers, "limits": {"shadow_inflight": 2},
                "shadow": {"timeout": "20s"}})
            for i in range(10):
                assert t.get(user=f"u{i}").status == 200
            shadow = t.status()["shadow"]
            assert shadow["eligible"] == 10 and shadow["sent"] == 2, shadow
            assert sum(shadow["dropped"].values()) == 8, shadow
            assert t.metric("understudy_shadow_dropped_concurrency_total") == 8
            t.enhanced.stop()
            t.wait_status(lambda s, t=t: t.metric("understudy_shadow_inflight") == 0, "they end")


def test_one_worker_may_have_all_shadows(h):
    """A client's connection is one worker's: the others' part is of no use."""
    t = h.stand(shadow=100, enhanced=scripts.hang(), config={
        "workers": 8, "limits": {"shadow_inflight": 16}, "shadow": {"timeout": "20s"}})
    with t.client() as c:
        for i in range(16):
            assert c.ask(fields=[("x-user-id", f"u{i}")]).status == 200
    assert t.status()["shadow"]["sent"] == 16
    t.enhanced.stop()
    t.wait_status(lambda s: t.metric("understudy_shadow_inflight") == 0, "they end")


def test_too_many_bytes_are_dropped_and_counted(h):
    t = h.stand(shadow=100, enhanced=scripts.hang(), legacy=scripts.mirror(), config={
        "workers": 1, "limits": {"shadow_bytes": "100KiB", "capture": "64KiB"},
        "shadow": {"timeout": "20s"}})
    body = b"b" * 60000
    for i in range(5):
        assert t.post(body, user=f"u{i}").body == body
    assert t.wait_metric("understudy_shadow_dropped_bytes_total", 1)
    assert len(t.enhanced.seen()) < 5


def test_the_status_accounts_for_every_eligible_request(h):
    """Websockets and bodies that are too large count among the dropped, too."""
    t = h.stand(shadow=100, config={"limits": {"capture": "1KiB"}})
    for i in range(3):
        t.get(user=f"u{i}")
    t.post(b"b" * 2000)
    t.ask("GET", "/ws", [("x-user-id", "u"), ("Connection", "Upgrade"), ("Upgrade", "websocket"),
                         ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                         ("Sec-WebSocket-Version", "13")])
    s = t.wait_status(lambda s: s["shadow"]["eligible"] == 5, "all are decided")["shadow"]
    assert s["dropped"]["websocket"] == 1 and s["dropped"]["body"] == 1, s
    assert s["sent"] + sum(s["dropped"].values()) == 5, s


def test_a_request_that_does_not_arrive_whole_is_not_mirrored(h):
    t = h.stand(shadow=100)
    c = t.client()
    c.send(wire.request("POST", "/", [("x-user-id", "u"), ("Content-Length", "100")]) + b"half")
    eventually(lambda: t.legacy.seen(), "legacy sees the head")
    c.reset()
    t.wait_metric("understudy_shadow_dropped_aborted_total", 1)
    assert not t.enhanced.seen()


def test_a_client_that_leaves_does_not_end_the_shadow(h):
    gate = threading.Event()
    t = h.stand(shadow=100, legacy=scripts.hang(), enhanced=scripts.slow(gate))
    c = t.client()
    c.send(wire.request("GET", "/", [("x-user-id", "u")]))
    t.enhanced.wait_requests(1)
    c.reset()
    t.store().wait_count(1, where="leg = 'primary' AND outcome = 'client_gone'")
    gate.set()
    rows = t.store().wait_count(1, where="leg = 'shadow'")
    assert rows[0]["outcome"] == "done"
