"""Which of several endpoints gets an exchange, and what an operator sees of it."""

import threading

from harness import Load, eventually, scripts
from harness.ctl import Ctl


def urls(*backends, **more):
    """A legacy of several endpoints; one worker, so that one counts."""
    return {"workers": 1,
            "backends": {"legacy": {"urls": [b.url for b in backends], **more}}}


def rows(t, version="legacy"):
    """The endpoints of a version by URL."""
    return {e["url"]: e for e in t.status()["endpoints"] if e["version"] == version}


def test_the_least_busy_gets_more(h):
    for way in ("least", "power_of_two"):
        gate = threading.Event()
        slow = h.backend(scripts.slow(gate), "slow")
        one, two = h.backend(name="one"), h.backend(name="two")
        t = h.stand(legacy=slow, config=urls(slow, one, two, balance=way))
        # Those that meet the slow one stay there; the others go on.
        with Load(t.proxy.address, threads=6) as load:
            eventually(lambda: load.done() >= 300, "the others carry on", 30)
            running = rows(t)[slow.url]["outstanding"]
            gate.set()
        assert not load.failures, (way, load.failures[:3])
        assert len(slow.seen()) < len(one.seen()) / 3, (way, len(slow.seen()), len(one.seen()))
        assert len(two.seen()) > len(one.seen()) / 3, (way, len(two.seen()), len(one.seen()))
        assert running <= 5, (way, running)


def test_round_robin_does_not_look(h):
    one, two, three = (h.backend(name=n) for n in ("one", "two", "three"))
    t = h.stand(legacy=one, config=urls(one, two, three, balance="round_robin"))
    for _ in range(12):
        assert t.get().status == 200
    assert [len(b.seen()) for b in (one, two, three)] == [4, 4, 4]


def test_numbers_are_shown(h):
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=one, config=urls(one, two, balance="round_robin"))
    for _ in range(6):
        assert t.get().status == 200
    seen = rows(t)
    for b in (one, two):
        row = seen[b.url]
        assert row["state"] == "up" and row["reason"] is None, row
        assert row["exchanges"] == 3 and row["failures"] == 0, row
        assert row["outstanding"] == 0 and row["connections"] == 1, row
        label = f'{{version="legacy",url="{b.url}",address="127.0.0.1:{b.port}"'
        metrics = t.proxy.admin().metrics()
        assert metrics[f"understudy_endpoint_exchanges_total{label}}}"] == 3
        assert metrics[f'understudy_endpoint_state{label},state="up"}}'] == 1
        assert metrics[f'understudy_endpoint_state{label},state="held"}}'] == 0
    assert t.proxy.admin().get("/api/v1/endpoints")["endpoints"] == t.status()["endpoints"]


def test_an_operator_sets_one_aside(h):
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=one, config=urls(one, two, balance="round_robin"))
    ctl = Ctl.of(t.proxy)
    ctl.run("endpoint", "hold", one.url, "--reason", "new kernel")
    for _ in range(6):
        assert t.get().status == 200
    assert len(one.seen()) == 0 and len(two.seen()) == 6
    row = rows(t)[one.url]
    assert row["state"] == "aside" and "new kernel" in row["reason"], row
    t.proxy.wait_log("endpoint", state="aside", url=one.url)
    # the last one stays, an unknown one is not there
    _, err = ctl.run("endpoint", "hold", two.url, "--reason", "x", exit_status=1)
    assert "no endpoint left" in err, err
    _, err = ctl.run("endpoint", "hold", "http://127.0.0.1:1", "--reason", "x", exit_status=1)
    assert "no such endpoint" in err, err
    # a reload forgets nothing
    t.proxy.admin().reload()
    assert rows(t)[one.url]["state"] == "aside"
    out, _ = ctl.run("endpoints")
    assert "aside" in out and f"127.0.0.1:{one.port}" in out, out
    ctl.run("endpoint", "release", one.url, "--reason", "done")
    for _ in range(6):
        assert t.get().status == 200
    assert len(one.seen()) == 3
    t.proxy.wait_log("endpoint", state="up", url=one.url)
    log = [(e["kind"], e["to"], e["actor"], e["reason"])
           for e in t.proxy.admin().get("/api/v1/events")["events"] if e["kind"] == "endpoint"]
    assert log == [("endpoint", f"in use: {one.url}", "operator:local", "done"),
                   ("endpoint", f"aside: {one.url}", "operator:local", "new kernel")], log
