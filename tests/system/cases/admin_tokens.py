"""Bearer tokens: who may look, who may change, and where none is needed."""

import hashlib
import json
import signal

from harness import scripts

TOKENS = {"viewer-token-1": ("vera", "viewer"), "operator-token-1": ("otto", "operator")}


def token_file(tokens):
    """The text of a token file."""
    return json.dumps({"tokens": [
        {"name": name, "role": role, "sha256": hashlib.sha256(token.encode()).hexdigest()}
        for token, (name, role) in tokens.items()]})


def stand(h, **kw):
    """A stand that asks for tokens."""
    return h.stand(files={"tokens.json": token_file(TOKENS)}, token="operator-token-1",
                   config={"admin": {"address": "127.0.0.1:0", "tokens": "tokens.json"}}, **kw)


READS = ["/api/v1/status", "/api/v1/config", "/api/v1/events", "/api/v1/differences",
         "/api/v1/users/u"]
CHANGES = [("POST", "/api/v1/reload", None), ("POST", "/api/v1/rollout", {"percent": 1}),
           ("POST", "/api/v1/rollback", {}), ("POST", "/api/v1/rearm", {}),
           ("PUT", "/api/v1/users/u/override", {"version": "enhanced"}),
           ("DELETE", "/api/v1/users/u/override", {})]


def statuses(t, token):
    """({status of reads}, {status of changes}) with that token."""
    admin = t.proxy.admin()
    admin.token = token
    reads = {admin.call("GET", p).status for p in READS}
    changes = set()
    for method, path, body in CHANGES:
        value = None if body is None else {**body, "reason": "x"}
        changes.add(admin.call(method, path, value).status)
    return reads, changes


def test_no_token_and_wrong_tokens(h):
    t = stand(h)
    for token in (None, "wrong", "", "viewer-token-1x", "viewer-token-", "Bearer"):
        with h.check(repr(token)):
            assert statuses(t, token) == ({401}, {401})
    a = t.proxy.admin().call("GET", "/api/v1/status", headers={})
    assert a.status == 200
    admin = t.proxy.admin()
    admin.token = None
    for value in ("Basic dXNlcjpvcGVyYXRvci10b2tlbi0x", "Bearer", "operator-token-1"):
        with h.check(value):
            a = admin.call("GET", "/api/v1/status", headers={"Authorization": value})
            assert a.status == 401
    assert not t.status()["rollout"]["latched"]


def test_viewer_looks_and_changes_nothing(h):
    t = stand(h)
    before = t.status()["rollout"]
    assert statuses(t, "viewer-token-1") == ({200}, {403})
    assert t.status()["rollout"] == before


def test_operator_changes_under_his_name(h):
    t = stand(h)
    assert statuses(t, "operator-token-1")[0] == {200}
    t.proxy.admin().rollout(percent=7, reason="mine")
    event = t.proxy.admin().get("/api/v1/events")["events"][0]
    assert event["actor"] == "operator:otto", event


def test_health_is_open(h):
    t = stand(h)
    admin = t.proxy.admin()
    admin.token = None
    assert admin.call("GET", "/healthz").status == 200
    assert admin.call("GET", "/readyz").status == 200


def test_tokens_are_reloaded(h):
    t = stand(h)
    new = {"operator-token-2": ("olga", "operator")}
    (t.proxy.dir / "tokens.json").write_text(token_file(new))
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload")["level"] == "info"
    assert statuses(t, "operator-token-1") == ({401}, {401})
    assert statuses(t, "operator-token-2")[0] == {200}
    (t.proxy.dir / "tokens.json").write_text("{")
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark)["level"] == "error"
    assert statuses(t, "operator-token-2")[0] == {200}, "the old tokens stay"


def test_tokens_are_nowhere_in_clear(h):
    t = stand(h, legacy=scripts.echo())
    statuses(t, "viewer-token-1")
    statuses(t, "operator-token-1")
    config = json.dumps(t.proxy.admin().get("/api/v1/config"))
    assert "token-1" not in config
    t.proxy.stop()
    assert not [line for line in t.proxy.raw if "token-1" in line]
    for path in t.proxy.dir.iterdir():
        assert b"operator-token-1" not in path.read_bytes(), path.name


def test_faulty_token_files_do_not_start(h):
    table = [("not JSON", "{"), ("no list", "{}"),
             ("short hash", '{"tokens":[{"name":"a","role":"viewer","sha256":"12"}]}'),
             ("unknown role", json.dumps({"tokens": [{"name": "a", "role": "god",
                                                     "sha256": "0" * 64}]})),
             ("clear text", json.dumps({"tokens": [{"name": "a", "role": "viewer",
                                                   "token": "x"}]})),
             ("missing file", None)]
    for why, text in table:
        with h.check(why):
            t = h.stand(start=False, files={"tokens.json": text} if text else None, config={
                "admin": {"address": "127.0.0.1:0", "tokens": "tokens.json"}})
            assert "tokens.json" in t.proxy.start_fails()


def test_without_tokens_only_where_nobody_else_comes(h):
    for address in ("0.0.0.0:0", "[::]:0"):
        with h.check(address):
            t = h.stand(start=False, config={"admin": {"address": address}})
            assert "tokens" in t.proxy.start_fails()
    t = h.stand(files={"tokens.json": token_file(TOKENS)}, token="viewer-token-1",
                config={"admin": {"address": "0.0.0.0:0", "tokens": "tokens.json"}})
    assert t.status()["rollout"]
