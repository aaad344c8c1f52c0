"""More than one endpoint for a version, and how long connections are kept."""

from harness import eventually, scripts


def test_endpoints_take_turns(h):
    one, two = h.backend(name="one"), h.backend(name="two")
    t = h.stand(legacy=one, config={"workers": 1, "backends": {"legacy": {
        "urls": [one.url, two.url], "max_idle": 0}}})
    for _ in range(10):
        assert t.get().status == 200
    assert len(one.seen()) + len(two.seen()) == 10
    assert 3 <= len(one.seen()) <= 7, (len(one.seen()), len(two.seen()))


def test_max_idle_zero_keeps_none(h):
    t = h.stand(config={"backends": {"legacy": {"max_idle": 0}}})
    for _ in range(5):
        assert t.get().status == 200
    assert t.legacy.connections == 5
    eventually(lambda: t.legacy.open == 0, "all are closed")


def test_unused_connections_are_closed_in_time(h):
    t = h.stand(config={"backends": {"legacy": {"keepalive": "200ms"}}})
    assert t.get().status == 200
    assert t.legacy.connections == 1
    eventually(lambda: t.legacy.open == 0, "it is given up")
    assert t.get().status == 200


def test_names_are_resolved(h):
    b = h.backend(scripts.fixed(b"by name"))
    t = h.stand(legacy=b, config={"backends": {"legacy": {
        "urls": [f"http://localhost:{b.port}"]}}})
    assert t.get().body == b"by name"
