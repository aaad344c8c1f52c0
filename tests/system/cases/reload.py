"""A reload makes a whole new configuration, or changes nothing; no request
notices."""

import signal
import threading

from harness import Load, eventually, limit, scripts, wire


def hup(t):
    """SIGHUP, and the log line that answers it."""
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    return t.proxy.wait_log("reload", since=mark)


@limit(120)
def test_under_load_without_one_failed_request(h):
    t = h.stand(percent=50, shadow=20)
    with Load(t.proxy.address, threads=4) as load:
        eventually(lambda: load.done() > 100, "traffic")
        for i in range(20):
            t.proxy.change(rules={"rollout": {"stages": [
                {"name": "off"}, {"name": "test", "percent": (i * 37) % 100, "shadow": 20},
                {"name": "full", "percent": 100}]}})
            assert hup(t)["level"] == "info"
            at = load.done()
            eventually(lambda: load.done() >= at + 40, "traffic goes on")
        t.proxy.change(rules={"rollout": {"stage": "nosuch"}})
        assert hup(t)["level"] == "error"
        at = load.done()
        eventually(lambda: load.done() >= at + 40, "traffic goes on")
    assert load.failures == [], load.failures[:5]
    assert load.sent == load.done()


def test_new_percent_is_applied_and_logged(h):
    t = h.stand(percent=0)
    epoch = t.status()["rollout"]["epoch"]
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    assert hup(t)["level"] == "info"
    rollout = t.status()["rollout"]
    assert rollout["stage"] == "full" and rollout["percent"] == 100, rollout
    assert rollout["epoch"] > epoch
    assert t.get().version == "enhanced"
    event = t.proxy.admin().get("/api/v1/events")["events"][0]
    assert event["kind"] == "stage", event


def test_unchanged_config_undoes_nothing(h):
    t = h.stand(percent=0)
    t.proxy.admin().rollout(percent=100, reason="by hand")
    before = t.status()["rollout"]
    t.proxy.change(rules={"compare": {"ignore": ["/id"]}})
    assert hup(t)["level"] == "info"
    assert t.status()["rollout"]["percent"] == 100
    assert t.status()["rollout"]["reason"] == before["reason"]
    t.proxy.restart()
    assert t.status()["rollout"]["percent"] == 100, "undone by the restart"


def test_broken_config_changes_nothing(h):
    t = h.stand(percent=100)
    before = t.proxy.admin().get("/api/v1/config")
    for name, text in (("rules.json", "{"), ("understudy.json", '{"listen":[]}')):
        with h.check(name):
            path = t.proxy.dir / name
            good = path.read_text()
            path.write_text(text)
            line = hup(t)
            assert line["level"] == "error" and name in line["msg"], line
            assert t.proxy.admin().get("/api/v1/config") == before
            assert t.get().version == "enhanced"
            path.write_text(good)
    assert hup(t)["level"] == "info"


def test_by_the_api(h):
    t = h.stand(percent=0)
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    t.proxy.admin().reload()
    assert t.get().version == "enhanced"
    t.proxy.change(rules={"rollout": {"stage": "nosuch"}})
    a = t.proxy.admin().call("POST", "/api/v1/reload", {"reason": "test"})
    assert a.status in (400, 409, 422) and "nosuch" in a.json()["error"], a
    assert t.get().version == "enhanced"


def test_each_is_an_event_with_who_and_why(h):
    """Of the rollout's section, of anything else, and by a signal."""
    t = h.stand(percent=0)
    admin = t.proxy.admin()
    assert admin.call("POST", "/api/v1/reload").status == 400
    assert admin.call("POST", "/api/v1/reload", {"reason": ""}).status == 400
    admin.reload("the new backends")
    assert hup(t)["level"] == "info"
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    admin.reload("it is time")
    # The two without a reason left none.
    stage, signal, api, start = admin.get("/api/v1/events")["events"]
    assert start["kind"] == "start", start
    assert (api["kind"], api["actor"], api["reason"]) == (
        "reload", "operator:local", "the new backends"), api
    assert (signal["kind"], signal["actor"], signal["reason"]) == (
        "reload", "signal", "SIGHUP"), signal
    assert (stage["kind"], stage["to"], stage["actor"]) == (
        "stage", "full at 100%", "config"), stage
    assert stage["reason"].endswith("(read again by operator:local): it is time"), stage


def test_backends_can_be_changed(h):
    t = h.stand()
    other = h.backend(scripts.fixed(b"the other"))
    c = t.client()
    assert c.ask().json()["served_by"] == "legacy"
    t.proxy.change({"backends": {"legacy": {"urls": [other.url]}}})
    assert hup(t)["level"] == "info"
    assert c.ask().body == b"the other"


def test_what_cannot_be_reloaded_is_refused(h):
    t = h.stand()
    for change in ({"listen": [{"address": "127.0.0.1:1"}]}, {"workers": 3},
                   {"store": "sqlite:other.db"}):
        with h.check(repr(change)):
            before = t.proxy.config
            t.proxy.change(change)
            line = hup(t)
            assert line["level"] == "error" and next(iter(change)) in line["msg"], line
            assert t.get().status == 200
            t.proxy.write(before)


def test_running_requests_keep_what_they_began_with(h):
    gate = threading.Event()
    t = h.stand(percent=100, enhanced=scripts.slow(gate))
    c = t.client()
    c.send(wire.request("GET", "/", [("x-user-id", "u")]))
    t.enhanced.wait_requests(1)
    t.proxy.change(rules={"rollout": {"stage": "off"}})
    assert hup(t)["level"] == "info"
    assert t.get().version == "legacy"
    gate.set()
    a = c.read_answer()
    assert a.status == 200 and a.version == "enhanced"
    assert t.store().wait_count(1, where="version = 'enhanced'")[0]["stage"] == "test"


def test_stream_runs_through_a_reload(h):
    gate = threading.Event()
    t = h.stand(legacy=scripts.sse([b"1", b"2", b"3"], gate))
    c = t.client()
    c.send(wire.request("GET", "/"))
    c.read_head()
    for n in (b"1", b"2", b"3"):
        assert c.read_chunk() == b"data: " + n + b"\n\n"
        assert hup(t)["level"] == "info"
        gate.set()
    assert c.read_chunk() is None


def test_log_of_the_reload_names_all_faults(h):
    t = h.stand()
    t.proxy.change({"workerz": 1, "log_level": "loud"})
    line = hup(t)
    assert "workerz" in line["msg"] and "loud" in line["msg"], line
