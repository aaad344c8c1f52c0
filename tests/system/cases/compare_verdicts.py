"""Pairs of answers are judged; the differences stand in the API and in SQL."""

import contextlib
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

from harness import eventually, scripts


def judged(h, legacy, enhanced, asks=1, rules=None, **kw):
    """A stand in shadow mode after that many judged requests."""
    t = h.stand(shadow=100, legacy=legacy, enhanced=enhanced, rules=rules, **kw)
    for i in range(asks):
        assert t.ask("POST", "/chat", [("x-user-id", f"u{i}")], b"{}").version == "legacy"
    verdicts = ("same", "noise", "different", "incomparable")
    t.wait_status(lambda s: sum(s["comparisons"][v] for v in verdicts) == asks, "verdicts")
    return t


def verdict(t):
    """The only verdict there is."""
    counts = t.status()["comparisons"]
    return next(v for v in ("same", "noise", "different", "incomparable") if counts[v])


def fields(t):
    """{(field, kind)} of the API's differences."""
    rows = t.proxy.admin().get("/api/v1/differences")["differences"]
    return {(r["path"], r["kind"]) for r in rows}


JSON = scripts.as_json
STREAM = [("Content-Type", "text/event-stream")]


def stream(text, **kw):
    """A chat stream of that text."""
    return scripts.sse(scripts.chat_events(text, **kw))


def test_verdict_table(h):
    table = [
        ("equal bytes", JSON({"a": 1}), JSON({"a": 1}), None, "same"),
        ("order of members", JSON({"a": 1, "b": 2}), JSON({"b": 2, "a": 1}), None, "same"),
        ("ignored field", JSON({"id": 1, "a": 2}), JSON({"id": 9, "a": 2}), ["/id"], "same"),
        ("ignored in items", JSON({"x": [{"t": 1}, {"t": 2}]}), JSON({"x": [{"t": 3}, {"t": 4}]}),
         ["/x/*/t"], "same"),
        ("another value", JSON({"a": 1}), JSON({"a": 2}), None, "different"),
        ("another type", JSON({"a": 1}), JSON({"a": "1"}), None, "different"),
        ("missing", JSON({"a": 1, "b": 2}), JSON({"a": 1}), None, "different"),
        ("extra", JSON({"a": 1}), JSON({"a": 1, "b": 2}), None, "different"),
        ("longer array", JSON({"a": [1]}), JSON({"a": [1, 2]}), None, "different"),
        ("another status", JSON({}), JSON({}, 201), None, "different"),
        ("same stream cut otherwise", stream("the quick brown fox"),
         scripts.sse(scripts.chat_events("the quick brown fox")[:1] + [
             json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [
                 {"index": 0, "delta": {"content": "the quick brown fox"},
                  "finish_reason": None}]}).encode()]
             + scripts.chat_events("x")[-2:]), None, "same"),
        ("another stream", stream("the quick brown fox"), stream("no animals at all here"), None,
         "different"),
        ("plain text", scripts.fixed(b"hello", fields=[("Content-Type", "text/plain")]),
         scripts.fixed(b"hello", fields=[("Content-Type", "text/plain")]), None, "same"),
        ("other plain text", scripts.fixed(b"hello", fields=[("Content-Type", "text/plain")]),
         scripts.fixed(b"something else", fields=[("Content-Type", "text/plain")]), None,
         "different"),
        ("enhanced resets", JSON({}), scripts.reset(), None, "different"),
        ("both reset", scripts.reset(), scripts.reset(), None, "incomparable"),
    ]
    for why, legacy, enhanced, ignore, want in table:
        with h.check(why):
            rules = {"compare": {"ignore": ignore}} if ignore else None
            t = judged(h, legacy, enhanced, rules=rules)
            assert verdict(t) == want, verdict(t)
            row = t.store().wait_count(1, "comparisons")[0]
            assert row["verdict"] == want, row
            t.proxy.stop()


def test_differences_by_field(h):
    t = judged(h, JSON({"a": 1, "b": "x", "c": [1], "d": 1, "e": {"f": 1}}),
               JSON({"a": 2, "b": 7, "c": [1, 2], "e": {"f": 1, "g": 2}}), asks=5)
    want = {("/a", "value"), ("/b", "type"), ("/c/*", "extra"), ("/d", "missing"),
            ("/e/g", "extra")}
    got = fields(t)
    assert want <= got, got
    rows = t.proxy.admin().get("/api/v1/differences")["differences"]
    row = next(r for r in rows if r["path"] == "/a")
    assert row["count"] == 5 and str(row["legacy"]) == "1" and str(row["enhanced"]) == "2", row
    in_sql = eventually(lambda: {(r["field"], r["kind"]) for r in
                                 t.store().rows("SELECT * FROM v_differences_by_field")},
                        "rows in the view")
    assert want <= in_sql, in_sql
    pairs = t.store().rows("SELECT pairs FROM v_differences_by_field WHERE field = '/a'")
    assert pairs[0]["pairs"] == 5


def with_header(value, body=b'{"a":1}', name="X-Model"):
    """A JSON answer with that header; None: without."""
    fields = [("Content-Type", "application/json")]
    return scripts.fixed(body, fields=fields + ([(name, value)] if value is not None else []))


def test_chosen_headers_are_compared(h):
    chosen = {"compare": {"headers": [{"name": "x-model"}, {
        "name": "x-request", "string": "regex", "pattern": "req-[0-9]+"}]}}
    table = [
        ("nothing chosen", with_header("a"), with_header("b"), None, "same", set()),
        ("equal", with_header("a"), with_header("a"), chosen, "same", set()),
        ("another value", with_header("a"), with_header("b"), chosen, "different",
         {("header:x-model", "value")}),
        ("missing", with_header("a"), with_header(None), chosen, "different",
         {("header:x-model", "missing")}),
        ("and the body", with_header("a"), with_header("b", b'{"a":2}'), chosen, "different",
         {("header:x-model", "value"), ("/a", "value")}),
        ("by pattern", with_header("req-1", name="X-Request"),
         with_header("req-2", name="X-Request"), chosen, "same", set()),
        ("a long one that ends otherwise", with_header("v" * 5000 + "1"),
         with_header("v" * 5000 + "2"), chosen, "different", {("header:x-model", "value")}),
    ]
    for why, legacy, enhanced, rules, want, differences in table:
        with h.check(why):
            t = judged(h, legacy, enhanced, rules=rules)
            assert verdict(t) == want, verdict(t)
            assert fields(t) == differences, fields(t)
            eventually(lambda t=t: t.metric("understudy_shadow_captured_bytes") == 0,
                       "memory is given back")
            t.proxy.stop()


def test_text_similarity(h):
    words = "The invoice was sent to the customer on the first of March as agreed before"
    near = words.replace("customer", "client")
    for limit, want in ((0.85, "same"), (1, "different")):
        with h.check(f"limit {limit}"):
            t = judged(h, stream(words), stream(near),
                       rules={"compare": {"text_similarity": limit}})
            assert verdict(t) == want
            row = t.store().wait_count(1, "comparisons")[0]
            assert 0.8 < row["similarity"] < 1, row
            t.proxy.stop()


def test_alike_texts_differ_in_what_they_say(h):
    said = ("You can send the coat back within 30 days of 3 May 2026. We refund $49.90 to Anna "
            "Berger as soon as the parcel is here.")
    table = [
        ("in other words", "Within 30 days of May 3, 2026 the coat can be sent back. As soon as the "
         "parcel is here, Anna Berger gets a refund of 49.90 dollars.", "same", set()),
        ("a number", said.replace("30 days", "20 days"), "different", {"number"}),
        ("a price", said.replace("$49.90", "$94.90"), "different", {"price"}),
        ("a date", said.replace("3 May", "4 May"), "different", {"date"}),
        ("a name", said.replace("Anna Berger", "Maria Lopez"), "different", {"name"}),
        ("an end too early", said[:-26], "different", {"cut"}),
        ("a refusal", "I'm sorry, but I can't help with that.", "different",
         {"refusal", "number", "price", "date", "name", "value"}),
        ("nothing", "...", "different", {"empty", "value"}),
    ]
    rules = {"compare": {"text_similarity": 0.4, "text": {"refusals": ["I can't help"]}}}
    for why, other, want, kinds in table:
        with h.check(why):
            t = judged(h, stream(said), stream(other), rules=rules)
            assert verdict(t) == want, verdict(t)
            assert {kind for _, kind in fields(t)} == kinds, fields(t)
            t.proxy.stop()


# One document, packed by brotli's and zstd's own programs.
NOTE = {"a": 1, "note": "one side is packed, one side is packed"}
BROTLI = bytes.fromhex("1b390000042277a4b7e397d7376beb2129085bb00107cc8186bb2e8b0f13b9051ee6879fe7b0c8c0"
                       "a902ac6737df1ab32e014acfc0eb07")
ZSTD = bytes.fromhex("28b52ffd203a85010084027b2261223a20312c20226e6f7465223a20226f6e652073696465206973207061"
                     "636b65642c20227d01003e6f3e01")


def body(content, kind="application/json", coding=None):
    """An answer of these bytes."""
    return scripts.fixed(content, fields=[("Content-Type", kind)] + (
        [("Content-Encoding", coding)] if coding else []))


def test_what_is_packed_or_written_otherwise_is_understood(h):
    note = json.dumps(NOTE).encode()
    other = JSON(dict(NOTE, a=2))
    form = "application/x-www-form-urlencoded"
    parts = "multipart/mixed; boundary=AaB"
    table = [
        ("gzip on one side", body(gzip.compress(note), coding="gzip"), JSON(NOTE), "same", None),
        ("brotli", body(BROTLI, coding="br"), JSON(NOTE), "same", None),
        ("brotli, another value", body(BROTLI, coding="br"), other, "different", ("/a", "value")),
        ("zstd", JSON(NOTE), body(ZSTD, coding="zstd"), "same", None),
        ("two codings", JSON(NOTE), body(gzip.compress(BROTLI), coding="br, gzip"), "same", None),
        ("Latin-1", body("caf\u00e9".encode("latin-1"), "text/plain; charset=ISO-8859-1"),
         body("caf\u00e9".encode(), "text/plain; charset=utf-8"), "same", None),
        ("lines", body(b'{"a":1}\n{"a":2}\n', "application/x-ndjson"),
         body(b'{"a":1}\n{"a":3}\n', "application/x-ndjson"), "different", ("/*/a", "value")),
        ("a form", body(b"a=1&b=2", form), body(b"b=2&a=1", form), "same", None),
        ("another form", body(b"a=1&b=2", form), body(b"a=1&b=x", form), "different",
         ("/b", "value")),
        ("parts", body(b"--AaB\r\n\r\none\r\n--AaB--", parts),
         body(b"--AaB\r\n\r\ntwo\r\n--AaB--", parts), "different", ("/*/body", "value")),
        ("unknown coding", body(b"x", coding="dcb"), JSON(NOTE), "incomparable",
         "legacy: dcb is not one we decode"),
        ("unknown charset", JSON(NOTE), body(b"x", "text/plain; charset=klingon"), "incomparable",
         "enhanced: charset klingon is not one we know"),
        ("cut short", body(ZSTD[:-8], coding="zstd"), JSON(NOTE), "incomparable",
         "legacy: zstd is cut short"),
    ]
    for why, legacy, enhanced, want, detail in table:
        with h.check(why):
            t = judged(h, legacy, enhanced)
            assert verdict(t) == want, verdict(t)
            if want == "different":
                assert fields(t) == {detail}, fields(t)
            elif want == "incomparable":
                assert t.store().wait_count(1, "comparisons")[0]["reason"] == detail
            t.proxy.stop()


def test_canary_pairs_are_compared_the_right_way_round(h):
    t = h.stand(percent=100, shadow=100, legacy=JSON({"v": "old"}), enhanced=JSON({"v": "new"}))
    assert t.get().json() == {"v": "new"}
    t.wait_status(lambda s: s["comparisons"]["different"] == 1, "the verdict")
    row = t.proxy.admin().get("/api/v1/differences")["differences"][0]
    assert "old" in row["legacy"] and "new" in row["enhanced"], row


@contextlib.contextmanager
def starved(t, name):
    """That thread gets next to no processor: it is the idlest on one that is busy."""
    comms = Path(f"/proc/{t.proxy.process.pid}/task").glob("*/comm")
    thread = int(next(p.parent.name for p in comms if p.read_text().strip() == name))
    core = min(os.sched_getaffinity(0))
    busy = subprocess.Popen([sys.executable, "-c", f"""if True:
        import os
        os.sched_setaffinity(0, [{core}])
        while True:
            pass"""])
    allowed = os.sched_getaffinity(thread)
    try:
        os.sched_setaffinity(thread, [core])
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
        yield
    finally:
        os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(thread, allowed)
        busy.kill()
        busy.wait()


def judged_now(t):
    """Pairs that are judged, and pairs that no verdict will come of."""
    s = t.status()["comparisons"]
    return sum(s[v] for v in ("same", "noise", "different", "incomparable")), s["dropped"]


def test_comparison_never_holds_a_request(h):
    """All are answered while hardly a pair is judged yet."""
    asks = 10
    words = " ".join(f"w{i}" for i in range(20000))
    text = [("Content-Type", "text/plain")]
    t = h.stand(shadow=100, legacy=scripts.fixed(words.encode(), fields=text),
                enhanced=scripts.fixed(words[::-1].encode(), fields=text),
                config={"compare_threads": 1})
    c = t.client()
    with starved(t, "judge 0"):
        for i in range(asks):
            assert c.ask("GET", "/", [("x-user-id", f"u{i}")]).status == 200
        t.wait_status(lambda s: s["shadow"]["inflight"] == 0, "the shadows end as well")
        judged, dropped = judged_now(t)
        assert judged + dropped < asks, "the judge was not late"
    eventually(lambda: sum(judged_now(t)) == asks,
               "each pair is judged, or dropped and counted", 40)


def test_nothing_secret_is_stored(h):
    t = h.stand(shadow=100, legacy=JSON({"a": 1}), enhanced=JSON({"a": 2}))
    t.ask("POST", "/x?token=s3cretQ", [("x-user-id", "s3cretUser"),
                                       ("x-session-id", "s3cretSession"),
                                       ("Authorization", "Bearer s3cretToken"),
                                       ("Cookie", "sid=s3cretCookie")], b'{"p":"s3cretBody"}')
    t.store().wait_count(2)
    t.store().wait_count(1, "comparisons")
    t.proxy.stop()
    for path in t.proxy.dir.iterdir():
        data = path.read_bytes()
        for word in (b"s3cretQ", b"s3cretUser", b"s3cretSession", b"s3cretToken",
                     b"s3cretCookie", b"s3cretBody"):
            with h.check(f"{path.name}: {word.decode()}"):
                assert word not in data
    for line in t.proxy.raw:
        assert "s3cret" not in line, line
