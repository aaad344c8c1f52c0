"""Every leg is one row, with what the contract promises in it."""

from harness import scripts

COLUMNS = ("ts", "pair", "leg", "version", "stage", "epoch", "method", "path", "status",
           "outcome", "latency_us", "bucket")


def test_one_row_per_leg(h):
    t = h.stand(shadow=100)
    epoch = t.status()["rollout"]["epoch"]
    t.ask("POST", "/chat?q=1", [("x-user-id", "u"), ("x-session-id", "s")], b"12345")
    rows = t.legs(2)
    for row in rows:
        assert all(c in row for c in COLUMNS), row.keys()
        assert row["stage"] == "test" and row["epoch"] == epoch, row
        assert row["method"] == "POST" and row["path"] == "/chat", row
        assert row["status"] == 200 and row["outcome"] == "done", row
        assert row["latency_us"] > 0 and 0 <= row["bucket"] < 100000, row
        assert row["request_bytes"] == 5 and row["response_bytes"] > 0, row
        assert row["user_hash"] not in (None, "u") and row["session_hash"] not in (None, "s")
    assert rows[0]["pair"] == rows[1]["pair"]
    assert {(r["leg"], r["version"]) for r in rows} == {("primary", "legacy"),
                                                       ("shadow", "enhanced")}


def test_same_user_same_hash(h):
    t = h.stand()
    for user in ("a", "b", "a"):
        t.get(user=user)
    rows = t.legs(3)
    hashes = [r["user_hash"] for r in rows]
    assert len(set(hashes)) == 2
    t.proxy.restart()
    t.get(user="a")
    assert set(r["user_hash"] for r in t.legs(4)) == set(hashes), "another key after a restart"


def test_refused_requests_are_counted_not_recorded_as_legs(h):
    t = h.stand()
    t.ask("GET", "/")
    c = t.client()
    c.send(b"GET / HTTP/1.1\r\nA : b\r\n\r\n")
    assert c.read_answer().status == 400
    t.proxy.stop()
    assert t.store().count() == 1


def test_long_paths_are_cut(h):
    t = h.stand()
    t.get("/" + "p" * 5000)
    path = t.legs(1)[0]["path"]
    assert 100 <= len(path) <= 200 and path.startswith("/ppp")


def test_odd_bytes_are_stored_whole(h):
    t = h.stand()
    t.get("/caf%C3%A9'\"\\;DROP%00")
    t.ask("GET", "/x", [("x-user-id", "it's \xe9")])
    assert len(t.legs(2)) == 2


def test_status_counts_agree_with_rows(h):
    t = h.stand(percent=50, enhanced=scripts.routes({"/bad": scripts.status(500)}))
    for i in range(60):
        t.get("/bad" if i % 3 == 0 else "/", user=f"user-{i}")
    s = t.settle()
    for version, numbers in s["versions"].items():
        with h.check(version):
            where = f"version = '{version}'"
            assert t.store().count(where=where) == numbers["requests"]
            assert t.store().count(where=where + " AND failure") == numbers["failures"]
    assert s["store"]["kind"] == "sqlite" and s["store"]["ok"] is True
    assert s["store"]["dropped"] == 0


def named(name):
    return {"rollout": {"name": name}}


def test_rows_say_their_rollout(h):
    """As it is called then: under another name it is the same one, with the same state."""
    t = h.stand(shadow=100, rules=named("dynamic-context"), config={"keep": {"bodies": "different"}},
                legacy=scripts.as_json({"a": 1}), enhanced=scripts.as_json({"a": 2}))
    t.proxy.admin().rollout(percent=5, reason="first step")
    t.get()
    t.store().wait_count(2, "samples")
    assert [r["rollout"] for r in t.legs(2)] == 2 * ["dynamic-context"]
    for table in ("comparisons", "differences", "samples"):
        rows = t.store().rows(f"SELECT DISTINCT rollout FROM {table}")
        assert [r["rollout"] for r in rows] == ["dynamic-context"], (table, rows)
    t.proxy.change(rules=named("other"))
    t.proxy.restart()
    assert t.status()["rollout"]["percent"] == 5
    t.get()
    rows = t.legs(4)
    assert sorted(r["rollout"] for r in rows) == 2 * ["dynamic-context"] + 2 * ["other"], rows
    requests = t.store().rows("SELECT rollout, version, requests FROM v_requests_by_rollout")
    assert [tuple(r.values()) for r in requests] == [
        ("dynamic-context", "enhanced", 1), ("dynamic-context", "legacy", 1),
        ("other", "enhanced", 1), ("other", "legacy", 1)], requests


def test_state_events_overrides_tables(h):
    t = h.stand()
    admin = t.proxy.admin()
    admin.rollout(percent=5, reason="first step")
    admin.ok("PUT", "/api/v1/users/u1/override", {"version": "enhanced", "reason": "vip"})
    state = t.store().rows("SELECT * FROM rollout_state")
    assert len(state) == 1 and state[0]["percent"] == 5, state
    events = t.store().rows("SELECT * FROM rollout_events ORDER BY id")
    assert [e["kind"] for e in events] == ["start", "percent", "override"], events
    assert events[1]["reason"] == "first step"
    override = t.store().rows("SELECT * FROM overrides")
    assert [(o["user_id"], o["version"]) for o in override] == [("u1", "enhanced")]


def test_schema_is_numbered(h):
    t = h.stand()
    rows = t.store().rows("SELECT part, max(version) AS v FROM schema_version GROUP BY part")
    assert rows and all(r["v"] >= 1 for r in rows), rows
