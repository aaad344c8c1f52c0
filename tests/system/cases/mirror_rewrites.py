"""What may be mirrored, and as what each version gets a request."""

import json

from harness import eventually, scripts, wire

JSON = ("Content-Type", "application/json")
BODY = b'{"model": "old-1", "messages": [ {"role":"user","content":"hi"} ], "n": 1.50}'


def rewrites(**versions):
    return {"rewrite": versions}


def only(backend):
    return backend.wait_requests(1)[0]


def test_methods(h):
    t = h.stand(shadow=100, rules={"mirror": {"methods": ["GET", "HEAD"]}})
    assert t.get(user="u").status == 200
    assert t.post(b"x", user="u").status == 200
    t.enhanced.wait_requests(1)
    shadow = t.wait_status(lambda s: s["shadow"]["eligible"] == 2, "both")["shadow"]
    assert shadow["sent"] == 1 and shadow["dropped"]["method"] == 1, shadow
    assert only(t.enhanced).method == "GET"


def test_path_headers_and_credentials(h):
    h_file = h.folder("secrets") / "token"
    h_file.write_text("Bearer enhanced-secret\n")
    t = h.stand(shadow=100, rules=rewrites(enhanced={
        "path": {"from": "/v1", "to": "/api/v2"},
        "headers": [{"name": "Authorization", "value_file": str(h_file)},
                    {"name": "X-Engine", "value": "two"},
                    {"name": "X-Old", "remove": True}]}))
    fields = [("x-user-id", "u"), ("Authorization", "Bearer mine"), ("x-old", "1"),
              ("X-OLD", "2"), ("x-engine", "one"), ("x-kept", "k")]
    assert t.ask("GET", "/v1/chat?a=/v1", fields).status == 200
    one, two = only(t.legacy), only(t.enhanced)
    assert one.target == "/v1/chat?a=/v1" and two.target == "/api/v2/chat?a=/v1"
    assert one.header("authorization") == "Bearer mine"
    assert two.fields.all("authorization") == ["Bearer enhanced-secret"]
    assert one.fields.all("x-old") == ["1", "2"] and two.fields.all("x-old") == []
    assert one.fields.all("x-engine") == ["one"] and two.fields.all("x-engine") == ["two"]
    assert two.header("x-kept") == "k"
    t.ask("GET", "/v10/chat", [("x-user-id", "u")])
    assert t.enhanced.wait_requests(2)[1].target == "/v10/chat"


def test_secrets_are_not_shown(h):
    t = h.stand(rules=rewrites(enhanced={
        "headers": [{"name": "authorization", "value": "Bearer planted-secret"}]}))
    shown = t.proxy.admin().call("GET", "/api/v1/config").body.decode()
    assert "authorization" in shown and "planted-secret" not in shown


def test_a_secret_is_read_again_by_a_reload(h):
    h_file = h.folder("secrets") / "token"
    h_file.write_text("one")
    t = h.stand(shadow=100, rules=rewrites(enhanced={
        "headers": [{"name": "x-key", "value_file": str(h_file)}]}))
    t.get(user="u")
    assert only(t.enhanced).header("x-key") == "one"
    h_file.write_text("two")
    assert t.proxy.admin().call("POST", "/api/v1/reload", {"reason": "test"}).status == 200
    t.get(user="u")
    assert t.enhanced.wait_requests(2)[1].header("x-key") == "two"


def body_case(h, percent, chunked, expect=False):
    t = h.stand(percent=percent, shadow=100, rules=rewrites(
        enhanced={"body": [{"path": "/model", "value": "new-2"},
                           {"path": "/seed", "value": 7}]}))
    fields = [("x-user-id", "u"), JSON] + ([("Expect", "100-continue")] if expect else [])
    a = t.ask("POST", "/", fields, BODY, chunked=chunked)
    assert a.status == 200
    assert only(t.legacy).body == BODY
    assert only(t.enhanced).body == BODY.replace(b'{"model": "old-1"', b'{"seed":7,"model": "new-2"')
    return t


def test_body_of_a_shadow(h):
    body_case(h, 0, False)


def test_body_of_a_primary(h):
    body_case(h, 100, False)


def test_body_of_a_primary_in_chunks(h):
    body_case(h, 100, True)


def test_body_that_comes_in_pieces(h):
    t = h.stand(percent=100, rules=rewrites(enhanced={"body": [{"path": "/a", "value": 2}]}))
    c = t.client()
    c.send(wire.request("POST", "/", [("x-user-id", "u"), JSON, ("Content-Length", "7")]) + b'{"a"')
    c.send(b":1}")
    assert c.read_answer().status == 200
    assert only(t.enhanced).body == b'{"a":2}'
    # and the connection is in step
    assert c.ask("GET", "/", [("x-user-id", "u")]).status == 200


def test_a_held_body_is_asked_for(h):
    t = h.stand(percent=100, rules=rewrites(enhanced={"body": [{"path": "/a", "value": 2}]}))
    c = t.client()
    c.send(wire.request("POST", "/", [("x-user-id", "u"), JSON, ("Content-Length", "7"),
                                      ("Expect", "100-continue")]))
    assert c.reader.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
    c.send(b'{"a":1}')
    assert c.read_answer().status == 200
    assert only(t.enhanced).body == b'{"a":2}'


def test_a_rewritten_body_is_counted(h):
    t = h.stand(shadow=100, enhanced=scripts.hang(), rules=rewrites(enhanced={
        "body": [{"path": "/model", "value": "new"}]}), config={"shadow": {"timeout": "60s"}})
    body = json.dumps({"model": "old", "pad": "p" * 100000}).encode()
    assert t.post(body).status == 200
    assert len(t.enhanced.wait_requests(1)[0].body) > 100000
    t.wait_metric("understudy_shadow_captured_bytes", 200000)     # told at each tick
    t.enhanced.stop()
    eventually(lambda: t.metric("understudy_shadow_captured_bytes") == 0, "nothing is left")


def test_a_fallback_gets_its_own_body(h):
    t = h.stand(percent=100, enhanced=scripts.fixed(b"broken", status=500), rules=rewrites(
        enhanced={"body": [{"path": "/model", "value": "new-2"}]},
        legacy={"body": [{"path": "/model", "value": "legacy-1"}]}))
    a = t.ask("POST", "/", [("x-user-id", "u"), JSON], BODY)
    assert a.status == 200 and a.version == "legacy"
    assert json.loads(only(t.enhanced).body)["model"] == "new-2"
    assert json.loads(only(t.legacy).body)["model"] == "legacy-1"


def test_what_cannot_be_rewritten_goes_as_it_came(h):
    t = h.stand(percent=100, config={"limits": {"capture": "4KiB"}}, rules=rewrites(
        enhanced={"body": [{"path": "/a", "value": 2}]}))
    large = b'{"a":"' + b"x" * 8000 + b'"}'
    rows = [(large, [JSON]), (b'{"a":', [JSON]), (b'{"a":1}', []),
            (b'{"a":1}', [JSON, ("Content-Encoding", "gzip")])]
    for body, fields in rows:
        assert t.ask("POST", "/", [("x-user-id", "u")] + fields, body).status == 200
    for seen, (body, _) in zip(t.enhanced.wait_requests(len(rows)), rows):
        assert seen.body == body
    t.wait_metric("understudy_rewrites_skipped_total", len(rows))
    assert t.ask("POST", "/", [("x-user-id", "u"), JSON], large, chunked=True).status == 200
    assert t.enhanced.wait_requests(len(rows) + 1)[-1].body == large


def test_idempotency_keys_are_fresh_for_the_shadow(h):
    t = h.stand(shadow=100)
    key = [("x-user-id", "u"), ("Idempotency-Key", "abc")]
    t.ask("POST", "/", key, b"x")
    t.ask("POST", "/", key, b"x")
    assert [s.header("idempotency-key") for s in t.legacy.wait_requests(2)] == ["abc", "abc"]
    fresh = [s.fields.all("idempotency-key") for s in t.enhanced.wait_requests(2)]
    assert all(len(f) == 1 and f[0].endswith("-shadow") for f in fresh), fresh
    assert fresh[0] != fresh[1]
    t.get(user="u")
    assert t.enhanced.wait_requests(3)[2].header("idempotency-key") is None


def test_budget_of_requests(h):
    t = h.stand(shadow=100, rules={"mirror": {"budget": {"requests": 3}}})
    for i in range(10):
        assert t.get(user=f"u{i}").status == 200
    t.enhanced.wait_requests(3)
    t.wait_status(lambda s: s["shadow"]["dropped"]["budget"] == 7, "7 dropped")
    events = eventually(lambda: [
        e for e in t.proxy.admin().get("/api/v1/events")["events"] if e["kind"] == "budget"], "the event")
    assert len(events) == 1 and "3 requests" in events[0]["reason"], events
    assert len(t.enhanced.seen()) == 3


def test_budget_over_a_restart(h):
    t = h.stand(shadow=100, rules={"mirror": {"budget": {"requests": 3}}})
    for i in range(2):
        t.get(user=f"u{i}")
    t.enhanced.wait_requests(2)
    t.proxy.restart()
    for i in range(5):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["shadow"]["dropped"]["budget"] == 4, "one was left")
    t.enhanced.wait_requests(3)
