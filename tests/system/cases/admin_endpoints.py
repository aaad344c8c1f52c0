"""Every endpoint answers, in the shape the contract promises."""

import json

from harness import Client, scripts


def test_health_and_readiness(h):
    t = h.stand()
    admin = t.proxy.admin()
    assert admin.call("GET", "/healthz").status == 200
    assert admin.call("GET", "/readyz").status == 200
    a = admin.call("HEAD", "/healthz")
    assert a.status == 200 and a.body == b""


def test_status_has_the_promised_shape(h):
    t = h.stand(percent=5, shadow=100)
    s = t.status()
    want = {"rollout": {"stage": str, "percent": (int, float), "shadow": (int, float),
                        "enabled": bool, "latched": bool, "reason": str, "epoch": int},
            "shadow": {"eligible": int, "sent": int, "dropped": dict},
            "comparisons": {"same": int, "noise": int, "different": int, "incomparable": int},
            "store": {"kind": str, "ok": bool, "spooled": int, "dropped": int}}
    for part, members in want.items():
        for name, kind in members.items():
            with h.check(f"{part}.{name}"):
                assert isinstance(s[part][name], kind), s[part]
    for version in ("legacy", "enhanced"):
        numbers = s["versions"][version]
        for name in ("requests", "failures"):
            assert isinstance(numbers[name], int), numbers
        assert isinstance(numbers["error_rate"], (int, float))
        assert set(numbers["latency_ms"]) >= {"p50", "p95", "p99"}
    assert s["rollout"]["stage"] == "test" and s["rollout"]["percent"] == 5
    assert s["rollout"]["shadow"] == 100


def test_status_counts(h):
    t = h.stand(percent=100, enhanced=scripts.sequence(
        *[scripts.fixed()] * 8, scripts.status(404), scripts.status(500)),
        rules={"rollout": {"fallback": {"on": []}}})
    for i in range(10):
        t.get(user=f"u{i}")
    s = t.wait_status(lambda s: s["versions"]["enhanced"]["requests"] == 10, "counted")
    numbers = s["versions"]["enhanced"]
    assert numbers["failures"] == 1 and abs(numbers["error_rate"] - 0.1) < 1e-9, numbers
    latency = numbers["latency_ms"]
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"], latency
    assert s["versions"]["legacy"]["requests"] == 0


def test_explain(h):
    t = h.stand(percent=100)
    a = t.proxy.admin().explain("user-1")
    assert a["version"] == "enhanced" and a["why"] == "bucket", a
    assert 0 <= a["bucket"] < 100000


def test_events_tell_who_what_and_why(h):
    t = h.stand()
    admin = t.proxy.admin()
    admin.rollout(stage="full", reason="all in")
    admin.rollout(percent=10, reason="too much")
    events = admin.get("/api/v1/events")["events"]
    assert [e["kind"] for e in events] == ["percent", "stage", "start"], events
    newest = events[0]
    assert newest["reason"] == "too much" and newest["actor"].startswith("operator:"), newest
    assert "100" in newest["from"] and "10" in newest["to"], newest
    assert [e["epoch"] for e in events] == sorted((e["epoch"] for e in events), reverse=True)
    assert len(admin.get("/api/v1/events?limit=1")["events"]) == 1


def test_config_is_the_effective_one(h):
    t = h.stand()
    text = json.dumps(t.proxy.admin().get("/api/v1/config"))
    assert "test-salt" in text and t.legacy.url in text
    assert "64KiB" in text or "65536" in text, "defaults are shown"


def test_unknown_paths_and_methods(h):
    t = h.stand()
    admin = t.proxy.admin()
    table = [("GET", "/", 404), ("GET", "/api/v1/nosuch", 404), ("GET", "/api/v1/status/", 404),
             ("POST", "/api/v1/status", 405), ("GET", "/api/v1/rollout", 405),
             ("PATCH", "/api/v1/rollout", 405), ("GET", "/api/v1/users//override", 404),
             ("GET", "/api/v1/users/%00", 400), ("GET", "/api/v1/users/%zz", 400),
             ("GET", "/api/v1/users/" + "u" * 300, 400), ("GET", "/api/v1/events?limit=x", 400)]
    for method, path, status in table:
        with h.check(f"{method} {path[:40]}"):
            a = admin.call(method, path)
            assert a.status == status, a
            if method != "HEAD":
                assert a.json()["error"]


def test_bodies_over_the_cap(h):
    t = h.stand()
    a = t.proxy.admin().call("POST", "/api/v1/rollout", b"x" * 200000)
    assert a.status in (400, 413), a
    assert t.proxy.admin().call("GET", "/healthz").status == 200


def test_nonsense_does_not_hurt(h):
    t = h.stand()
    for data in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"A" * 100000,
                 b"POST /api/v1/rollout HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
        c = h.keep(Client(t.proxy.admin_address))
        c.send_quietly(data)
        c.finish_sending()
        c.expect_reset_or_cut()
    assert t.proxy.admin().call("GET", "/healthz").status == 200
    assert t.get().status == 200


def test_a_slow_admin_client_holds_up_nobody(h):
    t = h.stand()
    c = h.keep(Client(t.proxy.admin_address))
    c.send(b"POST /api/v1/rollout HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert t.proxy.admin().call("GET", "/healthz").status == 200


def test_a_web_page_cannot_steer_it(h):
    # DNS rebinding and cross-site posts, where no token is asked for
    t = h.stand()
    admin = t.proxy.admin()
    a = admin.call("POST", "/api/v1/rollback", {"reason": "x"}, {"Host": "evil.example"})
    assert a.status == 403, a
    a = admin.call("POST", "/api/v1/rollback", {"reason": "x"},
                   {"Origin": "http://evil.example"})
    assert a.status == 403, a
    assert not t.status()["rollout"]["latched"]


def test_the_data_listener_serves_no_admin(h):
    t = h.stand()
    assert t.ask("GET", "/api/v1/status").json()["target"] == "/api/v1/status"
