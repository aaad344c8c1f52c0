"""Names of backends: resolved again beside the traffic.  understudy runs in a mount
namespace of its own, where /etc/hosts is a file of the case."""

import threading

from harness import Load, eventually, scripts
from harness.names import Names


def pair(h, script=None):
    """Two backends on one port, at 127.0.0.2 and 127.0.0.3."""
    for _ in range(50):
        one = h.backend(script, "one", host="127.0.0.2")
        try:
            return one, h.backend(name="two", host="127.0.0.3", port=one.port)
        except OSError:
            continue    # somebody's connection has that port there
    raise AssertionError("no port is free on both addresses")


def stand(h, names, port, **more):
    """legacy by name."""
    backend = h.backend(name="unused")
    return h.stand(legacy=backend, prefix=names.prefix, config={
        "dns": {"interval": "100ms", **more},
        "backends": {"legacy": {"urls": [f"http://chat.test:{port}"]}}})


def addresses(t):
    """What legacy stands for now."""
    return sorted(e["address"] for e in t.status()["endpoints"] if e["version"] == "legacy")


def test_traffic_follows_a_name(h):
    names = Names(h)
    one, two = pair(h)
    names.say("127.0.0.2")
    t = stand(h, names, one.port)
    assert addresses(t) == [f"127.0.0.2:{one.port}"]
    with Load(t.proxy.address, 4, body=b"never twice", pause=0.001) as load:
        eventually(lambda: load.done() >= 50, "traffic")
        names.say("127.0.0.2", "127.0.0.3")
        eventually(lambda: len(two.seen()) >= 50, "both serve")
        names.say("127.0.0.3")
        eventually(lambda: addresses(t) == [f"127.0.0.3:{one.port}"], "one is gone")
        eventually(lambda: one.open == 0, "its connections are dropped")
        seen = len(one.seen())
        done = load.done()
        eventually(lambda: load.done() >= done + 100, "the other serves")
        assert len(one.seen()) == seen
    assert not load.failures, load.failures[:3]
    t.proxy.wait_log("dns")


def test_a_running_answer_finishes_where_it_began(h):
    names, gate = Names(h), threading.Event()
    one, _ = pair(h, scripts.sse([b"one", b"two", b"three"], gate=gate))
    names.say("127.0.0.2")
    t = stand(h, names, one.port)
    c = t.client()
    c.send(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    a = c.read_head()
    assert b"one" in c.read_chunk()
    names.say("127.0.0.3")
    eventually(lambda: addresses(t) == [f"127.0.0.3:{one.port}"], "the name has moved")
    for event in (b"two", b"three"):
        gate.set()
        assert event in c.read_chunk()
    c.read_body(a)
    eventually(lambda: one.open == 0, "then its connection is closed")


def test_a_dead_name_server_changes_nothing(h):
    names = Names(h)
    one = h.backend(name="one", host="127.0.0.2")
    names.say("127.0.0.2")
    t = stand(h, names, one.port)
    with Load(t.proxy.address, 2) as load:
        names.say()
        t.wait_metric("understudy_dns_failures_total", 3, seconds=30)
        assert t.metric("understudy_dns_failing") == 1
        # a reload does not wait for it either, nor fail
        t.proxy.admin().reload()
        assert addresses(t) == [f"127.0.0.2:{one.port}"]
        name, = t.status()["names"]
        assert name["host"] == "chat.test" and not name["ok"] and name["error"], name
        names.say("127.0.0.2")
        eventually(lambda: t.metric("understudy_dns_failing") == 0, "it answers again", 30)
    assert not load.failures, load.failures[:3]
    said = [line["msg"] for line in t.proxy.logged("dns")]
    assert len(said) == 2 and "of before hold" in said[0], said


def test_each_family_can_be_chosen(h):
    names = Names(h)
    one = h.backend(name="one", host="127.0.0.2")
    names.say("::1", "127.0.0.3", "127.0.0.2")
    want = {"ipv4": ["127.0.0.2", "127.0.0.3"], "ipv6": ["[::1]"],
            "all": ["127.0.0.2", "127.0.0.3", "[::1]"]}
    for family, hosts in want.items():
        t = stand(h, names, one.port, family=family)
        assert addresses(t) == sorted(f"{a}:{one.port}" for a in hosts), family
        t.proxy.stop()
