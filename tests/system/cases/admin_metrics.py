"""/metrics is well-formed, complete from the start, and counts."""

from harness import parse_metrics, scripts


def test_text_format(h):
    t = h.stand()
    a = t.proxy.admin().call("GET", "/metrics")
    assert a.status == 200 and a.type.startswith("text/plain"), a.type
    text = a.body.decode()
    samples = parse_metrics(text)
    names = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    helps = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# HELP ")}
    assert names == helps, names ^ helps
    assert all(n.startswith("understudy_") for n in names), names
    assert len(samples) > 50


def test_every_series_is_there_before_it_counts(h):
    t = h.stand(percent=100, enhanced=scripts.reset())
    before = set(t.proxy.admin().metrics())
    t.get()
    c = t.client()
    c.send(b"\r\n\r\nGET")
    c.read_answer()
    new = set(t.proxy.admin().metrics()) - before
    assert not new, new


def test_counts_and_latencies(h):
    t = h.stand(shadow=100, legacy=scripts.delay(0.03))
    for i in range(5):
        t.get(user=f"u{i}")
    t.legs(10)
    m = t.proxy.admin().metrics()
    done = 'understudy_legs_total{version="%s",leg="%s",outcome="done"}'
    assert m[done % ("legacy", "primary")] == 5 and m[done % ("enhanced", "shadow")] == 5
    duration = 'understudy_leg_duration_seconds_%s{version="legacy",leg="primary"%s}'
    assert m[duration % ("count", "")] == 5
    assert 0.15 <= m[duration % ("sum", "")] < 5
    assert m[duration % ("bucket", ',le="0.01"')] == 0
    assert m[duration % ("bucket", ',le="+Inf"')] == 5
    assert m["understudy_requests_total"] == 5
    assert m["understudy_client_bytes_read_total"] > 0


def test_counters_never_fall(h):
    t = h.stand(percent=50, shadow=50)
    admin = t.proxy.admin()
    before = admin.metrics()
    for i in range(30):
        t.get(user=f"user-{i}")
        now = admin.metrics()
        fallen = [k for k, v in before.items() if ("_total" in k or "_bucket" in k)
                  and now[k] < v]
        assert not fallen, fallen
        before = now


def test_rollout_gauges(h):
    t = h.stand(percent=25)
    m = t.proxy.admin().metrics()
    assert m["understudy_rollout_percent"] == 25
    assert m["understudy_rollout_effective_percent"] == 25
    t.proxy.admin().rollback("x")
    m = t.proxy.admin().metrics()
    assert m["understudy_rollout_latched"] == 1
    assert m["understudy_rollout_effective_percent"] == 0
