"""Other people's clients: npm `undici` with pipelining, `ws` both ends."""

from harness import limit, npm, scripts


def big(x):
    """32 MiB of one letter."""
    x.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (32 << 20))
    for _ in range(512):
        x.send(b"b" * 65536)


def status(x):
    """/status/CODE, without a body."""
    x.send(b"HTTP/1.1 %d X\r\n\r\n" % int(x.request.path.rpartition("/")[2]))


def backend():
    """What undici.mjs expects behind understudy."""
    return scripts.routes({
        "/mirror": scripts.mirror(), "/big": big, "/hang": scripts.hang(),
        "/events": scripts.sse([b"%d" % i for i in range(50)]),
        "/hints": scripts.interim(103), "/status/204": status, "/status/304": status})


@limit(300)
def test_undici(h):
    t = h.stand(legacy=backend(), config={"timeouts": {"idle": "60s"}})
    last = npm.run(h, "undici.mjs", "http://%s:%d" % t.proxy.address, seconds=120)
    assert last == "all 10 checks passed", last


@limit(300)
def test_undici_while_the_other_version_is_mirrored(h):
    t = h.stand(legacy=backend(), enhanced=backend(), shadow=100)
    last = npm.run(h, "undici.mjs", "http://%s:%d" % t.proxy.address, seconds=120)
    assert last == "all 10 checks passed", last
    assert t.metric("understudy_shadow_sent_total") > 100


@limit(300)
def test_ws_through_both_versions(h):
    servers = [h.keep(npm.Server(h, "ws_server.mjs", name)) for name in ("legacy", "enhanced")]
    t = h.stand(legacy=servers[0], enhanced=servers[1], shadow=100, rules={"rollout": {
        "overrides": [{"users": ["new"], "version": "enhanced"}]}})
    for user, version in (("old", "legacy"), ("new", "enhanced")):
        with h.check(version):
            last = npm.run(h, "ws.mjs", "ws://%s:%d" % t.proxy.address, user, version,
                           seconds=120)
            assert last == f"all 13 checks passed through {version}", last
    s = t.wait_status(lambda s: s["versions"]["enhanced"]["requests"] >= 60, "all are counted")
    assert s["versions"]["enhanced"]["failures"] == 0
    assert t.metric("understudy_shadow_sent_total") == 0


@limit(300)
def test_ws_falls_back_before_it_stands(h):
    legacy = h.keep(npm.Server(h, "ws_server.mjs", "legacy"))
    t = h.stand(percent=100, legacy=legacy, enhanced=h.refusing())
    last = npm.run(h, "ws.mjs", "ws://%s:%d" % t.proxy.address, "anybody", "legacy",
                   seconds=120)
    assert last.startswith("all 13 checks"), last
    assert t.metric("understudy_fallbacks_total") >= 60
