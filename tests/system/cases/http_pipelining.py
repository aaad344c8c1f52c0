"""Requests sent without waiting are answered in their order."""

import threading

from harness import scripts, wire


def test_answers_come_in_order(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.routes({"/slow": scripts.slow(gate)}))
    c = t.client()
    c.send(wire.request("GET", "/slow") + b"".join(
        wire.request("GET", f"/{i}") for i in range(20)))
    t.legacy.wait_requests(1, path="/slow")
    gate.set()
    targets = [c.read_answer().json()["target"] for _ in range(21)]
    assert targets == ["/slow"] + [f"/{i}" for i in range(20)]


def test_bodies_are_kept_apart(h):
    t = h.stand(legacy=scripts.mirror())
    c = t.client()
    bodies = [b"", b"a", b"GET / HTTP/1.1\r\n\r\n", b"z" * 70000, b"end"]
    c.send(b"".join(wire.request("POST", "/", body=b, chunked=i % 2 == 1)
                    for i, b in enumerate(bodies)))
    assert [c.read_answer().body for _ in bodies] == bodies


def test_versions_are_chosen_per_request(h):
    t = h.stand(rules={"rollout": {"overrides": [
        {"users": ["new"], "version": "enhanced"}]}})
    c = t.client()
    users = ["new", "old", "new", "new", "old"]
    c.send(b"".join(wire.request("GET", "/", [("x-user-id", u)]) for u in users))
    want = ["enhanced" if u == "new" else "legacy" for u in users]
    assert [c.read_answer().version for _ in users] == want


def test_a_bad_request_behind_good_ones(h):
    t = h.stand()
    c = t.client()
    c.send(wire.request("GET", "/1") + wire.request("GET", "/2")
           + b"GET / HTTP/1.1\r\nHost : x\r\n\r\n" + wire.request("GET", "/4"))
    assert [c.read_answer().status for _ in range(3)] == [200, 200, 400]
    c.expect_closed()
    assert [r.target for r in t.legacy.seen()] == ["/1", "/2"]


def test_nothing_is_answered_behind_a_close(h):
    t = h.stand()
    c = t.client()
    c.send(wire.request("GET", "/1", [("Connection", "close")]) + wire.request("GET", "/2"))
    assert c.read_answer().header("connection") == "close"
    c.expect_closed()
    assert [r.target for r in t.legacy.seen()] == ["/1"]
