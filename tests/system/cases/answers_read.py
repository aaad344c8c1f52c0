"""An answer that comes whole, with a 200, and is none: a failure in every count."""

import json

from harness import eventually, scripts

CHAT = {"object": "chat.completion", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}}


def chunk(content=None, **more):
    delta = {} if content is None else {"content": content}
    return json.dumps({"object": "chat.completion.chunk",
                       "choices": [{"index": 0, "delta": delta}], **more})


def stream(*events):
    """Events as they are; a pair names one."""
    def script(x):
        body = b"".join((f"event: {e[0]}\r\ndata: {e[1]}\r\n\r\n" if isinstance(e, tuple)
                         else f"data: {e}\n\n").encode() for e in events)
        x.answer(200, [("Content-Type", "text/event-stream")], body)
    return script


def empty():
    return {**CHAT, "choices": [{"index": 0, "message": {"role": "assistant", "content": ""}}]}


TEXT = [("Content-Type", "text/plain")]
CODED = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
KINDS = [
    ("a good answer", scripts.as_json(CHAT), "done"),
    ("an error in JSON", scripts.as_json({"error": {"message": "overloaded"}}), "answer_error"),
    ("no error", scripts.as_json({**CHAT, "error": None}), "done"),
    ("no content", scripts.as_json(empty()), "answer_empty"),
    ("tool calls are content", scripts.as_json({**CHAT, "choices": [{"index": 0, "message": {
        "role": "assistant", "content": None, "tool_calls": [{"id": "a", "function": {
            "name": "f", "arguments": "{}"}}]}}]}), "done"),
    ("half a document", scripts.fixed(json.dumps(CHAT)[:60], fields=[
        ("Content-Type", "application/json")]), "answer_cut"),
    ("no JSON at all", scripts.fixed("<html>", fields=[("Content-Type", "application/json")]), "done"),
    ("nothing", scripts.fixed("", fields=[("Content-Type", "application/json")]), "answer_empty"),
    ("other JSON", scripts.as_json({"presence": "here"}), "done"),
    ("text that looks like it", scripts.fixed('{"error": 1}', fields=TEXT), "done"),
    ("what is packed is not read", scripts.fixed('{"error": 1}', fields=CODED), "done"),
    ("an error that says so", scripts.as_json({"error": "no"}, status=404), "done"),
    ("a good stream", stream(chunk("He"), chunk("llo"), "[DONE]"), "done"),
    ("usage without choices", stream(chunk("Hi"), json.dumps(
        {"object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}}),
        "[DONE]"), "done"),
    ("a stream without its end", stream(chunk("He"), chunk("llo")), "answer_cut"),
    ("an end that is cut", stream(chunk("He"), "[DON"), "answer_cut"),
    ("an error in a stream", stream(chunk("He"), json.dumps({"error": {"message": "lost"}}),
                                    "[DONE]"), "answer_error"),
    ("an event named error", stream(chunk("He"), ("error", "{}"), "[DONE]"), "answer_error"),
    ("a stream without content", stream(chunk(), "[DONE]"), "answer_empty"),
    ("a stream without events", stream(), "answer_empty"),
    ("messages", stream(("message_start", '{"type":"message_start","message":{"role":"assistant"}}'),
                        ("content_block_delta", '{"type":"content_block_delta","index":0,"delta":'
                         '{"type":"text_delta","text":"Hi"}}'),
                        ("message_stop", '{"type":"message_stop"}')), "done"),
    ("messages without their end", stream(
        ("message_start", '{"type":"message_start","message":{"role":"assistant"}}'),
        ("content_block_delta", '{"type":"content_block_delta","index":0,"delta":'
         '{"type":"text_delta","text":"Hi"}}')), "answer_cut"),
]


def test_each_kind_on_each_leg(h):
    t = h.stand(percent=50, shadow=100)
    admin = t.proxy.admin().session()
    users = {}
    for i in range(100):
        users.setdefault(admin.explain(f"u{i}")["version"], f"u{i}")
    want = []
    for why, script, outcome in KINDS:
        for version, user in users.items():
            t.legacy.script = t.enhanced.script = script
            a = t.ask("POST", "/v1", [("x-user-id", user)], b"{}")
            want.append((version, outcome))
            assert a.version == version
        with h.check(why):
            rows = t.store().wait_count(2 * len(want))
            mine = [r["outcome"] for r in rows[-4:]]
            assert mine == [outcome] * 4, mine
    failures = sum(o != "done" for _, o in want)
    versions = t.status()["versions"]
    assert versions["legacy"]["failures"] == versions["enhanced"]["failures"] == failures, versions
    assert t.metric("understudy_answers_unread_total") == 4


def test_a_rule_trips_on_them(h):
    t = h.stand(percent=100, enhanced=scripts.as_json({"error": "overloaded"}), rules={"guard": [
        {"name": "errors", "metric": "error_rate", "above": "20%", "min_requests": 10,
         "action": "rollback"}]})
    for i in range(20):
        a = t.get(user=f"u{i}")
        assert a.status == 200
    t.wait_status(lambda s: s["rollout"]["latched"], "the trip")


def test_one_that_fails_is_different(h):
    t = h.stand(shadow=100, legacy=stream(chunk("Hi"), "[DONE]"), enhanced=stream(chunk("Hi")))
    t.get(user="u")
    t.wait_status(lambda s: s["comparisons"]["different"] == 1, "the verdict")
    assert t.store().wait_count(1, table="differences")[0]["field"] == "outcome"


def test_cut_anywhere(h):
    """However the bytes come, in pieces of each length."""
    body = b"".join(f"data: {e}\r\n\r\n".encode() for e in (chunk("Hi"), '{"error": {"code": 1}}', "[DONE]"))
    size = [1]

    def script(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(body), size[0]):
            piece = body[at:at + size[0]]
            x.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        x.send(b"0\r\n\r\n")

    t = h.stand(legacy=script)
    for n in (1, 2, 3, 5, 7, 11, 31, 64):
        size[0] = n
        assert t.get(user="u").body == body
    rows = t.store().wait_count(8)
    assert {r["outcome"] for r in rows} == {"answer_error"}


def test_not_where_it_is_not_asked_for(h):
    bad = scripts.as_json({"error": "no"})
    t = h.stand(legacy=bad, rules={"inspect": False})
    t.get(user="u")
    assert t.store().wait_count(1)[0]["outcome"] == "done"
    t = h.stand(legacy=bad, rules={"routes": [{"match": {"path": "/chat"}},
                                              {"match": {"path": "/old"}, "rollout": False}]})
    for path in ("/chat", "/old", "/else"):
        t.get(path, user="u")
    rows = {r["path"]: r["outcome"] for r in t.store().wait_count(3)}
    assert rows == {"/chat": "answer_error", "/old": "done", "/else": "done"}, rows


def test_budget_of_tokens(h):
    t = h.stand(shadow=100, legacy=scripts.as_json(CHAT), enhanced=scripts.as_json(CHAT),
                rules={"mirror": {"budget": {"tokens": 30}}})
    for i in range(8):
        t.get(user=f"u{i}")
        eventually(lambda: t.metric("understudy_shadow_inflight") == 0, "no shadow")
    shadow = t.status()["shadow"]
    assert shadow["sent"] == 3 and shadow["dropped"]["budget"] == 5, shadow
