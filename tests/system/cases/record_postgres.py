"""Records in PostgreSQL: each leg once, whatever happens to the server."""

import re

from harness import Load, eventually, limit


def pg_stand(h, cluster=None, **kw):
    """understudy on a private cluster."""
    cluster = cluster or h.cluster()
    config = {"store": cluster.conninfo, **kw.pop("config", {})}
    return cluster, h.stand(config=config, **kw)


def all_rows_once(t, sent, seconds=60):
    """Rows of primary legs = requests, and no pair twice."""
    store = t.store()
    eventually(lambda: store.count(where="leg = 'primary'") >= sent, f"{sent} rows", seconds,
               every=0.2)
    assert store.count(where="leg = 'primary'") == sent
    assert int(store.one("SELECT count(DISTINCT pair) FROM exchanges"
                         " WHERE leg = 'primary'")) == sent


@limit(120)
def test_rows_arrive(h):
    _, t = pg_stand(h, shadow=100)
    for i in range(20):
        t.get(f"/{i}", user=f"u{i}")
    all_rows_once(t, 20)
    s = t.wait_status(lambda s: s["store"]["spooled"] == 0, "the spool is empty")
    assert s["store"]["kind"] == "postgresql" and s["store"]["ok"] is True, s["store"]
    row = t.store().rows("SELECT * FROM exchanges WHERE leg = 'primary' LIMIT 1")[0]
    for column in ("ts", "pair", "leg", "version", "stage", "epoch", "method", "path", "status",
                   "outcome", "latency_us", "bucket"):
        assert column in row, row
    assert t.store().rows("SELECT rollout, version, requests FROM v_requests_by_rollout"
                          " ORDER BY version") == [
        {"rollout": "rollout", "version": v, "requests": 20} for v in ("enhanced", "legacy")]
    assert t.store().count("comparisons", "rollout = 'rollout'") == 20


def counted(t, family, labels):
    """What the metrics say: {(label values): number}, without what is 0."""
    totals = {}
    for series, n in t.proxy.admin().metrics().items():
        name, _, rest = series.partition("{")
        if name != family or not n:
            continue
        values = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        key = tuple(values[label] for label in labels)
        totals[key] = totals.get(key, 0) + int(n)
    return totals


def recorded(t, table, columns):
    """The same from the rows of a table."""
    rows = t.store().rows(f"SELECT {columns}, count(*) AS n FROM {table} GROUP BY {columns}")
    return {tuple(v for k, v in row.items() if k != "n"): row["n"] for row in rows}


@limit(240)
def test_killed_and_restarted_under_load(h):
    """kill -9 of the whole server, twice, and once an ordinary stop, while traffic runs
    that is mirrored: every leg and every comparison is there, once."""
    cluster, t = pg_stand(h, percent=50, shadow=100)
    with Load(t.proxy.address, threads=3, pause=0.002) as load:
        for end in (cluster.kill, cluster.stop, cluster.kill):
            at = load.done()
            eventually(lambda: load.done() >= at + 300, "traffic with the database")
            end()
            t.wait_status(lambda s: not s["store"]["ok"], "the outage is seen", 30)
            at = load.done()
            eventually(lambda: load.done() >= at + 300, "traffic without the database")
            assert t.status()["store"]["spooled"] > 0
            cluster.start()
            t.wait_status(lambda s: s["store"]["ok"], "the database is back", 60)
    assert load.failures == [], load.failures[:5]
    all_rows_once(t, load.sent)
    s = t.settle(90)
    assert s["store"]["dropped"] == 0, s["store"]
    assert t.metric("understudy_records_dropped_total") == 0
    legs = counted(t, "understudy_legs_total", ("version", "leg", "outcome"))
    assert recorded(t, "exchanges", "version, leg, outcome") == legs, legs
    assert sum(n for (_, leg, _), n in legs.items() if leg == "shadow") >= 1000, legs
    verdicts = counted(t, "understudy_comparisons_total", ("verdict",))
    assert recorded(t, "comparisons", "verdict") == verdicts != {}, verdicts
    twice = t.store().rows("SELECT pair, leg, version FROM exchanges"
                           " GROUP BY 1, 2, 3 HAVING count(*) > 1")
    twice += t.store().rows("SELECT pair FROM comparisons GROUP BY 1 HAVING count(*) > 1")
    assert twice == [], twice[:5]


@limit(180)
def test_understudy_restarts_during_the_outage(h):
    cluster, t = pg_stand(h)
    for i in range(30):
        t.get(user=f"u{i}")
    cluster.kill()
    for i in range(30):
        assert t.get(user=f"u{i}").status == 200
    t.proxy.restart()
    for i in range(30):
        assert t.get(user=f"u{i}").status == 200
    t.proxy.kill()          # and once without a farewell
    t.proxy.start()
    for i in range(30):
        assert t.get(user=f"u{i}").status == 200
    cluster.start()
    t.wait_status(lambda s: s["store"]["ok"] and s["store"]["spooled"] == 0, "caught up", 60)
    # what the kill -9 took out of the queue in memory is the only loss allowed
    n = t.store().count(where="leg = 'primary'")
    assert 90 <= n <= 120, n
    assert int(t.store().one("SELECT count(DISTINCT pair) FROM exchanges")) == n


@limit(120)
def test_starts_without_the_database(h):
    cluster = h.cluster()
    cluster.stop()
    _, t = pg_stand(h, cluster)
    assert t.get().status == 200
    t.wait_status(lambda s: s["store"]["ok"] is False, "the outage is seen")
    cluster.start()
    all_rows_once(t, 1)


@limit(120)
def test_spool_over_its_cap_drops_and_counts(h):
    cluster, t = pg_stand(h, config={"spool_max": "1MiB"})
    cluster.kill()
    sent = 0
    with t.client() as c:
        def dropped():
            nonlocal sent
            for _ in range(100):
                assert c.ask("GET", "/" + "p" * 150).status == 200
                sent += 1
            return t.status()["store"]["dropped"] > 0
        eventually(dropped, "rows are dropped and counted", 60)
    lost = t.wait_status(lambda s: True, "status")["store"]
    cluster.start()
    s = t.wait_status(lambda s: s["store"]["ok"] and s["store"]["spooled"] == 0, "caught up",
                      60)["store"]
    assert s["dropped"] >= lost["dropped"] > 0
    rows = t.store().count()
    assert rows + s["dropped"] == sent, (rows, s["dropped"], sent)


@limit(120)
def test_latch_and_overrides_are_carried_over(h):
    cluster, t = pg_stand(h, percent=100)
    cluster.kill()
    t.proxy.admin().ok("PUT", "/api/v1/users/u1/override", {"version": "legacy", "reason": "x"})
    t.proxy.admin().rollback("while the database is gone")
    assert t.get().version == "legacy"
    cluster.start()
    store = t.store()
    eventually(lambda: store.count("rollout_state", "latched") == 1, "the state arrives", 60)
    eventually(lambda: store.count("rollout_events", "kind = 'rollback'") == 1, "the event", 60)
    eventually(lambda: store.count("overrides", "user_id = 'u1'") == 1, "the override", 60)


@limit(120)
def test_a_new_machine_takes_the_state_of_the_database(h):
    cluster, t = pg_stand(h, percent=100)
    t.proxy.admin().rollback("for good")
    eventually(lambda: t.store().count("rollout_state", "latched") == 1, "the state arrives", 60)
    t.proxy.stop()
    _, other = pg_stand(h, cluster, percent=100)    # its local file is new
    assert other.get().version == "legacy"
    assert other.status()["rollout"]["reason"] == "for good"


@limit(120)
def test_two_instances_on_one_database(h):
    cluster, one = pg_stand(h)
    _, two = pg_stand(h, cluster)
    for t in (one, two):
        for i in range(20):
            t.get(user=f"u{i}")
    all_rows_once(one, 40)
    one.proxy.admin().rollback("seen by both")
    two.wait_status(lambda s: s["rollout"]["latched"], "the other adopts it", 30)
    assert two.get().version == "legacy"


def override(t, user, version=None):
    """PUT or (no version) DELETE."""
    path = f"/api/v1/users/{user}/override"
    if version:
        t.proxy.admin().ok("PUT", path, {"version": version, "reason": "test"})
    else:
        t.proxy.admin().ok("DELETE", path, {"reason": "test"})


def wait_explained(t, user, version, why):
    """Until that is what it says of the user, and does."""
    eventually(lambda: (lambda e: (e["version"], e["why"]) == (version, why))(
        t.proxy.admin().explain(user)), f"{user} has {version} by {why}", 30)
    assert t.get(user=user).version == version


@limit(180)
def test_overrides_reach_the_other_instance(h):
    cluster, one = pg_stand(h)
    _, two = pg_stand(h, cluster)
    override(one, "ann", "enhanced")
    wait_explained(two, "ann", "enhanced", "override")
    override(two, "ann")
    wait_explained(one, "ann", "legacy", "bucket")
    # both count the same epoch, and each has what the other does not know yet
    cluster.stop()
    override(one, "bob", "enhanced")
    override(two, "eve", "enhanced")
    assert one.status()["rollout"]["epoch"] == two.status()["rollout"]["epoch"]
    cluster.start()
    for t in (one, two):
        wait_explained(t, "bob", "enhanced", "override")
        wait_explained(t, "eve", "enhanced", "override")
    two.proxy.stop()
    override(one, "ida", "enhanced")
    override(one, "bob")
    eventually(lambda: one.store().count("overrides") == 2, "both are carried", 30)
    two.proxy.start()
    assert two.get(user="ida").version == "enhanced", "known before the first request"
    assert two.get(user="bob").version == "legacy"
    wait_explained(two, "eve", "enhanced", "override")


@limit(120)
def test_password_is_nowhere_to_be_seen(h):
    _, t = pg_stand(h)
    text = str(t.proxy.admin().get("/api/v1/config"))
    assert "password=" not in text
    t.proxy.stop()
    secret = {"store": "postgresql://u:s3cretPassword@127.0.0.1:1/x"}
    t.proxy.change(secret)
    t.proxy.start()
    assert "s3cretPassword" not in str(t.proxy.admin().get("/api/v1/config"))
    assert t.get().status == 200
    t.wait_status(lambda s: not s["store"]["ok"], "unreachable")
    assert "s3cretPassword" not in str(t.status())
    t.proxy.stop()
    assert not [line for line in t.proxy.raw if "s3cretPassword" in line]
