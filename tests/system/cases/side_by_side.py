"""Several rollouts side by side, each over routes of its own."""

import json
import signal
import subprocess

from harness import SqliteStore, eventually, limit, programs, scripts
from harness.stand import Stand, base_config, base_rules

CHAT, SEARCH = "/chat/7", "/search?q=x"


def rules_of(path, percent, shadow=0, **more):
    """The everyday rules over one route."""
    rules = base_rules(percent, shadow)
    rules["routes"] = [{"match": {"path": path}, "rollout": True}]
    rules["rollout"] |= more.pop("rollout", {})
    return {**rules, **more}


def config_of(legacy, enhanced, names=("chat", "search"), **more):
    """understudy.json with a rollout of each name."""
    config = {**base_config(legacy.url, enhanced.url), **more}
    del config["rules"]
    config["rollouts"] = [{"name": n, "rules": [f"{n}.json"]} for n in names]
    return config


def two(h, chat=None, search=None, enhanced=None, **kw):
    """Two rollouts: chat at 100%, search at 0%, or as given."""
    backends = h.backend(None, "legacy"), h.backend(enhanced, "enhanced")
    files = {"chat.json": json.dumps(chat or rules_of("/chat/*", 100)),
             "search.json": json.dumps(search or rules_of("/search", 0))}
    proxy = h.proxy(config_of(*backends, **kw.pop("config", {})), {}, files=files, **kw)
    return Stand(h, proxy, *backends)


def put(t, name, rules):
    """Write the rules of one rollout anew."""
    (t.proxy.dir / f"{name}.json").write_text(json.dumps(rules))


def rollout(t, name):
    """The status of one of them."""
    return t.proxy.admin().get(f"/api/v1/status?rollout={name}")["rollout"]


def post(t, name, what, **body):
    """An operator's change to one of them."""
    return t.proxy.admin().call("POST", f"/api/v1/{what}?rollout={name}",
                                {"reason": "test", **body})


def test_each_route_has_its_own_percentage(h):
    t = two(h)
    for target, version in ((CHAT, "enhanced"), (SEARCH, "legacy"), ("/other", "legacy")):
        with h.check(target):
            assert t.get(target).version == version
    assert post(t, "search", "rollout", percent=100).status == 200
    assert t.get(SEARCH).version == "enhanced"
    assert post(t, "chat", "rollout", percent=0).status == 200
    assert t.get(CHAT).version == "legacy" and t.get(SEARCH).version == "enhanced"


def test_each_has_its_own_draw(h):
    t = two(h, rules_of("/chat/*", 50, rollout={"salt": "a"}),
            rules_of("/search", 50, rollout={"salt": "b"}))
    with t.client() as c:
        def version(target, user):
            return c.ask("GET", target, [("x-user-id", user)]).version
        seen = {(version(CHAT, f"u{i}"), version(SEARCH, f"u{i}")) for i in range(60)}
    assert len(seen) == 4, seen


def test_the_last_one_may_take_the_rest(h):
    rest = base_rules(100, 0)
    t = two(h, rules_of("/chat/*", 0), rest)
    assert t.get(CHAT).version == "legacy"
    assert t.get("/anything").version == "enhanced"


def test_a_trip_stays_within_its_rollout(h):
    def by_path(x):
        if x.request.target.startswith("/chat"):
            x.answer(500, [], b"no")
        else:
            scripts.echo()(x)
    breaker = {"breaker": {"enabled": True, "consecutive": 3}}
    t = two(h, rules_of("/chat/*", 100, **breaker), rules_of("/search", 100, **breaker),
            enhanced=by_path, config={"workers": 1})
    for i in range(3):
        t.get(CHAT, user=f"u{i}")
    eventually(lambda: rollout(t, "chat")["latched"], "chat's latch")
    assert t.get(CHAT).version == "legacy" and t.get(SEARCH).version == "enhanced"
    assert rollout(t, "search")["latched"] is False
    assert {r["name"]: r["latched"] for r in t.status()["rollouts"]} == {
        "chat": True, "search": False}
    t.proxy.restart()
    assert t.get(CHAT).version == "legacy" and t.get(SEARCH).version == "enhanced"
    assert post(t, "chat", "rearm", resume=True).status == 200
    assert rollout(t, "chat")["latched"] is False
    assert t.proxy.admin().get("/api/v1/users/u?rollout=chat")["version"] == "enhanced"


def test_states_survive_kill_9_and_an_upgrade(h):
    t = two(h)
    assert post(t, "search", "rollout", stage="full").status == 200
    assert post(t, "chat", "rollback").status == 200
    for way in (t.proxy.restart, t.proxy.upgrade):
        if way == t.proxy.restart:
            t.proxy.kill()
            t.proxy.start()
        else:
            way()
        assert rollout(t, "search")["stage"] == "full"
        assert rollout(t, "chat")["latched"] is True
        assert t.get(SEARCH).version == "enhanced" and t.get(CHAT).version == "legacy"


def test_overrides_are_of_one_rollout(h):
    t = two(h, rules_of("/chat/*", 0))
    path = "/api/v1/users/vip/override?rollout=search"
    assert t.proxy.admin().call("PUT", path, {"version": "enhanced", "reason": "r"}).status == 200
    assert t.get(SEARCH, user="vip").version == "enhanced"
    assert t.get(CHAT, user="vip").version == "legacy"
    why = t.proxy.admin().get("/api/v1/users/vip?rollout=search")
    assert why["why"] == "override", why
    t.proxy.restart()
    assert t.get(SEARCH, user="vip").version == "enhanced"
    assert t.get(CHAT, user="vip").version == "legacy"


def test_unknown_names_are_refused(h):
    t = two(h)
    a = post(t, "serch", "rollback")
    assert a.status == 404 and '"chat"' in a.json()["error"], a
    assert not any(rollout(t, n)["latched"] for n in ("chat", "search"))
    flag = {"feature": "search", "enabled": False, "reason": "r"}
    assert t.proxy.admin().call("PATCH", "/admin/config", flag).status == 200
    assert rollout(t, "search")["enabled"] is False and rollout(t, "chat")["enabled"] is True
    flag["feature"] = "nope"
    assert t.proxy.admin().call("PATCH", "/admin/config", flag).status == 404


def test_reload_moves_one_and_not_the_other(h):
    t = two(h)
    epoch = rollout(t, "chat")["epoch"]
    put(t, "search", rules_of("/search", 100))
    t.proxy.signal(signal.SIGHUP)
    t.proxy.wait_log("reload", level="info")
    eventually(lambda: t.get(SEARCH).version == "enhanced", "search moves")
    assert rollout(t, "chat")["epoch"] == epoch and t.get(CHAT).version == "enhanced"
    config = config_of(t.legacy, t.enhanced, ("chat", "find"))
    t.proxy.write({**config, "rollouts": [config["rollouts"][0],
                                          {"name": "find", "rules": ["search.json"]}]})
    a = t.proxy.admin().call("POST", "/api/v1/reload", {"reason": "test"})
    assert a.status == 422 and "rollouts" in a.json()["error"], a
    assert t.get(SEARCH).version == "enhanced"


def test_each_is_mirrored_compared_and_counted_by_itself(h):
    t = two(h, rules_of("/chat/*", 0, 100), rules_of("/search", 0, 0),
            enhanced=scripts.as_json({"other": True}))
    for _ in range(3):
        t.get(CHAT)
        t.get(SEARCH)
    t.enhanced.wait_requests(3)

    def of(name):
        return t.proxy.admin().get(f"/api/v1/status?rollout={name}")
    eventually(lambda: sum(of("chat")["comparisons"][v] for v in
                           ("same", "different", "noise", "incomparable")) == 3, "verdicts")
    assert of("chat")["versions"]["enhanced"]["requests"] == 3
    assert of("search")["versions"]["enhanced"]["requests"] == 0
    assert of("search")["versions"]["legacy"]["requests"] == 3
    assert of("chat")["shadow"]["sent"] == 3 and of("search")["shadow"]["sent"] == 0
    assert t.metric('understudy_legs_total{rollout="search",version="legacy",leg="primary",'
                    'outcome="done"}') == 3
    assert t.metric('understudy_rollout_percent{rollout="chat"}') == 0
    text = t.proxy.admin().call("GET", "/metrics").body.decode()
    for line in ("# TYPE understudy_legs_total counter",
                 "# TYPE understudy_rollout_percent gauge"):
        assert text.count(line) == 1, line


def test_events_are_of_one_rollout(h):
    t = two(h)
    assert post(t, "search", "rollout", percent=7).status == 200

    def kinds(name):
        events = t.proxy.admin().get(f"/api/v1/events?rollout={name}&limit=10")
        return [e["kind"] for e in events["events"]]
    assert kinds("search") == ["percent", "start"], kinds("search")
    assert kinds("chat") == ["start"], kinds("chat")


def test_guard_and_plan_of_each(h):
    gate = {"rollout": {"advance": "auto", "stage": "first", "stages": [
        {"name": "first", "percent": 10, "dwell": "100ms"}, {"name": "second", "percent": 20}]}}
    t = two(h, search=rules_of("/search", 0, **gate))
    eventually(lambda: rollout(t, "search")["stage"] == "second", "search advances")
    assert rollout(t, "chat")["stage"] == "test"


def test_from_the_shell(h):
    t = two(h)

    def ctl(*args):
        return subprocess.run(
            [programs.UNDERSTUDYCTL, "-a", "http://%s:%d" % t.proxy.admin().address, *args],
            capture_output=True, text=True, timeout=30, check=False)
    done = ctl("--rollout", "search", "set", "percent", "25", "-r", "more")
    assert done.returncode == 0, done
    assert rollout(t, "search")["percent"] == 25 and rollout(t, "chat")["percent"] == 100
    done = ctl("--rollout", "nope", "status")
    assert done.returncode == 1 and "search" in done.stderr, done
    said = ctl("status").stdout
    assert "chat" in said and "search: test, 25%" in said, said


def test_faults_are_said(h):
    legacy, enhanced = h.backend(name="legacy"), h.backend(name="enhanced")
    whole = base_rules(0, 0)
    table = [
        ("both keys", {"rules": ["chat.json"]}, {}, "do not go together"),
        ("a name twice", {"rollouts": [{"name": "a", "rules": ["chat.json"]},
                                       {"name": "a", "rules": ["search.json"]}]}, {}, "a"),
        ("no routes before the last", {}, {"chat.json": whole}, "routes"),
        ("no name", {"rollouts": [{"rules": ["chat.json"]}]}, {}, "name"),
    ]
    for what, config, files, want in table:
        with h.check(what):
            all_files = {"chat.json": rules_of("/chat/*", 0), "search.json": whole, **files}
            p = h.proxy({**config_of(legacy, enhanced), **config}, {}, start=False,
                        files={n: json.dumps(v) for n, v in all_files.items()})
            assert want in p.start_fails()


def test_places_are_not_changed(h):
    t = two(h)
    assert post(t, "search", "rollout", percent=3).status == 200
    t.proxy.stop()
    t.proxy.write(config_of(t.legacy, t.enhanced, ("search", "chat")))
    put(t, "search", rules_of("/search", 0))
    assert "put that one first again" in t.proxy.start_fails()
    alone = config_of(t.legacy, t.enhanced, ("search",))
    t.proxy.write(alone)
    assert "put that one first again" in t.proxy.start_fails()
    # the main one may be called otherwise, and more may come behind
    put(t, "talk", rules_of("/chat/*", 100))
    put(t, "new", rules_of("/new", 0))
    t.proxy.write(config_of(t.legacy, t.enhanced, ("talk", "search", "new")))
    t.proxy.start()
    assert rollout(t, "search")["percent"] == 3 and rollout(t, "talk")["epoch"] == 1


def test_rows_say_whose_they_are(h):
    t = two(h)
    t.get(CHAT)
    t.get(SEARCH)
    t.get("/other")
    store = SqliteStore(t.proxy.dir / "understudy.db")
    store.wait_count(3)
    rows = {r["path"]: r["rollout"] for r in store.rows("SELECT path, rollout FROM exchanges")}
    assert rows == {"/chat/7": "chat", "/search": "search", "/other": None}, rows


@limit(180)
def test_instances_share_each_by_itself(h):
    cluster = h.cluster()
    store = {"store": cluster.conninfo}
    one, other = two(h, config=store), two(h, config=store)
    assert post(one, "search", "rollout", percent=100).status == 200
    eventually(lambda: other.get(SEARCH).version == "enhanced", "search moves there too", 30)
    assert rollout(other, "chat")["epoch"] == 1
    assert post(other, "chat", "rollback").status == 200
    eventually(lambda: rollout(one, "chat")["latched"], "chat's latch travels", 30)
    assert one.get(CHAT).version == "legacy" and one.get(SEARCH).version == "enhanced"
    one.proxy.kill()
    (one.proxy.dir / "understudy-spool.db").unlink()
    one.proxy.start()
    assert rollout(one, "chat")["latched"] and rollout(one, "search")["percent"] == 100
    one.get(CHAT)
    one.settle()
    views = cluster.store().rows(
        "SELECT rollout, version, requests FROM v_requests_by_rollout ORDER BY 1, 2")
    assert {r["rollout"] for r in views} == {"chat", "search"}, views


def test_alerts_say_whose_they_are(h):
    hook = h.backend(scripts.fixed(b"ok"), "hook")
    t = two(h, config={"alerts": {"source": "shop", "targets": [
        {"name": "hook", "kind": "webhook", "url": hook.url + "/", "secret": "0123456789abcdef",
         "severities": ["info", "warning", "critical"]}]}})
    for name in ("chat", "search"):
        assert post(t, name, "rollback").status == 200
    hook.wait_requests(2)
    told = {(d["rollout"], d["name"], d["key"])
            for d in (json.loads(r.body) for r in hook.seen())}
    assert told == {("chat", "chat/rollback", "shop/chat/rollback/2"),
                    ("search", "search/rollback", "shop/search/rollback/2")}, told


def test_each_is_redacted_by_its_own_rules(h):
    log = {"access_log": {"path": "access.log", "sample": 100}}
    t = two(h, rules_of("/chat/*", 0, redact={"patterns": ["chat-secret"]}),
            rules_of("/search/*", 0, redact={"patterns": ["find-secret"]}), config=log)
    for target in ("/chat/chat-secret", "/search/find-secret"):
        t.get(target)
    store = SqliteStore(t.proxy.dir / "understudy.db")
    store.wait_count(2)
    assert {r["path"] for r in store.rows("SELECT path FROM exchanges")} == {
        "/chat/<redacted>", "/search/<redacted>"}

    def lines():
        text = (t.proxy.dir / "access.log").read_text()
        return [json.loads(x) for x in text.splitlines()]
    eventually(lambda: len(lines()) == 2, "both lines")
    assert {(x["rollout"], x["path"]) for x in lines()} == {
        ("chat", "/chat/<redacted>"), ("search", "/search/<redacted>")}, lines()


def test_metrics_of_what_only_one_has(h):
    search = rules_of("/search", 0, rollout={
        "smoke": [{"name": "hello", "path": "/"}], "advance": "auto", "stage": "off",
        "stages": [{"name": "off"}, {"name": "full", "percent": 100}]})
    t = two(h, search=search, enhanced=scripts.echo())
    eventually(lambda: rollout(t, "search")["stage"] == "full", "its checks pass")
    seen = t.proxy.admin().metrics()
    assert seen['understudy_smoke_passed{rollout="search"}'] == 1
    assert 'understudy_smoke_passed{rollout="chat"}' not in seen
    assert seen['understudy_smoke_runs_total{rollout="chat"}'] == 0
    text = t.proxy.admin().call("GET", "/metrics").body.decode().splitlines()
    heads = [line for line in text if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads)), "each family once"
