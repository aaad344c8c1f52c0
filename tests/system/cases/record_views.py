"""The documented views answer in one line, the same on both databases."""

from harness import eventually, limit, scripts

SLOW = 0.05


def traffic(t):
    """40 requests: half on each version, every fifth of enhanced fails."""
    for i in range(40):
        fields = [("x-user-id", f"user-{i}"), ("x-session-id", f"s-{i % 20}")]
        t.ask("GET", "/bad" if i % 5 == 0 else "/ok", fields)
    eventually(lambda: t.status()["store"]["written"] >= 40, "all written", 30)


def check_views(h, t):
    """Requests, error rate, latency, shared sessions, top errors, fields."""
    store = t.store()
    rows = {r["version"]: r for r in store.rows("SELECT * FROM v_requests_by_version")}
    for version, row in rows.items():
        with h.check(version):
            where = f"version = '{version}'"
            n = store.count(where=where)
            bad = store.count(where=where + " AND outcome = 'upstream_5xx'")
            assert (row["requests"], row["errors"]) == (n, bad), row
            assert abs(row["error_rate"] - bad / n) < 1e-5, row
            assert 0 < row["avg_latency_ms"] and 0 < row["p95_latency_ms"], row
    assert rows["enhanced"]["errors"] > 0 and rows["legacy"]["errors"] == 0
    assert rows["enhanced"]["p95_latency_ms"] >= SLOW * 1000
    shared = store.rows("SELECT * FROM v_sessions_shared")
    assert shared and all(r["users"] > 1 for r in shared), shared
    top = store.rows("SELECT * FROM v_top_errors")
    assert top[0]["outcome"] == "upstream_5xx" and top[0]["status"] == 500, top
    assert top[0]["errors"] == rows["enhanced"]["errors"]
    assert store.rows("SELECT * FROM v_differences_by_field") == []
    names = ("v_recent_requests_by_version", "v_requests_by_stage", "v_requests_by_hour",
             "v_errors_by_version", "v_recent_top_errors", "v_sessions_by_version",
             "v_slow_sessions", "v_comparisons_by_verdict")
    for name in names:
        with h.check(name):
            store.rows(f"SELECT * FROM {name}")


def stand(h, **kw):
    """Half and half; enhanced is slow and fails on /bad."""
    return h.stand(percent=50, enhanced=scripts.routes(
        {"/bad": scripts.status(500)}, scripts.delay(SLOW)),
        rules={"rollout": {"fallback": {"on": []}}}, **kw)


def test_sqlite(h):
    t = stand(h)
    traffic(t)
    check_views(h, t)


@limit(120)
def test_postgres(h):
    cluster = h.cluster()
    t = stand(h, config={"store": cluster.conninfo})
    traffic(t)
    check_views(h, t)


def test_p95_is_the_nearest_rank(h):
    t = h.stand(legacy=scripts.echo())
    for i in range(20):
        t.get(f"/{i}")
    t.legs(20)
    all_us = sorted(r["latency_us"] for r in t.store().rows("SELECT latency_us FROM exchanges"))
    row = t.store().rows("SELECT * FROM v_requests_by_version")[0]
    assert abs(row["p95_latency_ms"] * 1000 - all_us[18]) < 1, (row, all_us)
