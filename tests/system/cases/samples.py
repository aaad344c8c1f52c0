"""Answers of pairs that differ are kept: redacted, capped, encrypted if there
is a key, each pair once; and of no others."""

import json

from harness import eventually, limit, scripts

KEEP = {"keep": {"bodies": "different"}}
JSON = scripts.as_json


def kept(t, pairs, versions=("enhanced", "legacy")):
    """Wait for that many pairs in the table; {pair: {version: row}}."""
    rows = t.store().wait_count(pairs * len(versions), "samples")
    found = {}
    for row in rows:
        found.setdefault(row["pair"], {})[row["version"]] = row
    assert len(found) == pairs, found.keys()
    assert all(tuple(sorted(p)) == versions for p in found.values()), found
    return found


def text(row):
    """The body of a row of SQLite."""
    return bytes(row["body"]).decode()


def test_both_answers_of_a_pair_that_differs(h):
    t = h.stand(shadow=100, config=KEEP, rules={"redact": {"pointers": ["/pin"]}},
                legacy=JSON({"a": 1, "pin": "s3cret"}), enhanced=JSON({"a": 2, "pin": "s3cret"}))
    t.ask("POST", "/chat?token=x", [("x-user-id", "u")], b"{}")
    pair, rows = next(iter(kept(t, 1).items()))
    legacy, enhanced = rows["legacy"], rows["enhanced"]
    assert json.loads(text(legacy)) == {"a": 1, "pin": "<redacted>"}
    assert json.loads(text(enhanced)) == {"a": 2, "pin": "<redacted>"}
    for row in (legacy, enhanced):
        assert row["verdict"] == "different" and row["form"] == "json", row
        assert row["status"] == 200 and row["outcome"] == "done" and row["cut"] == 0, row
        assert row["method"] == "POST" and row["path"] == "/chat" and row["stage"] == "test", row
        assert row["content_type"] == "application/json" and row["key_id"] is None, row
        assert row["body_bytes"] > 0 and row["kept_bytes"] == len(row["body"]), row
        assert row["latency_us"] > 0 and len(row["rules_mark"]) == 16, row
    assert pair == t.store().one("SELECT pair FROM comparisons")
    assert t.metric('understudy_pairs_kept_total{result="kept"}') == 1


def test_nothing_is_kept_of_pairs_that_are_the_same(h):
    t = h.stand(shadow=100, config=KEEP, rules={"compare": {"ignore": ["/id"]}},
                legacy=JSON({"id": 1}), enhanced=JSON({"id": 2}))
    t.get()
    t.wait_status(lambda s: s["comparisons"]["same"] == 1, "the verdict")
    t.store().wait_count(1, "comparisons")
    assert t.store().count("samples") == 0


def test_nothing_is_kept_unless_asked_for(h):
    t = h.stand(shadow=100, legacy=JSON({"a": 1}), enhanced=JSON({"a": 2}))
    t.get()
    t.store().wait_count(1, "comparisons")
    t.proxy.stop()
    assert t.store().count("samples") == 0


def test_every_form(h):
    stream = scripts.sse(scripts.chat_events("one two three"))
    other = scripts.sse(scripts.chat_events("four five six"))
    plain = [("Content-Type", "text/plain")]
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    lines = [("Content-Type", "application/x-ndjson")]
    table = [
        ("json", JSON([1]), JSON([2]), "[1]"),
        ("stream", stream, other, None),
        ("text", scripts.fixed(b"hello", fields=plain), scripts.fixed(b"other", fields=plain),
         "hello"),
        ("form", scripts.fixed(b"a=1&b=x+y", fields=form), scripts.fixed(b"a=2", fields=form),
         '{"a":"1","b":"x y"}'),
        ("json lines", scripts.fixed(b'{"a":1}\n{"a":2}\n', fields=lines),
         scripts.fixed(b'{"a":1}\n{"a":3}\n', fields=lines), '[{"a":1},{"a":2}]'),
        ("binary", scripts.fixed(b"\xff\x00\xfe", fields=[("Content-Type", "image/png")]),
         scripts.fixed(b"\xff\x01\xfe", fields=[("Content-Type", "image/png")]), None),
        ("nothing", scripts.fixed(b""), scripts.fixed(b"x"), ""),
    ]
    for form_name, legacy, enhanced, want in table:
        with h.check(form_name):
            t = h.stand(shadow=100, config=KEEP, legacy=legacy, enhanced=enhanced)
            t.get()
            row = next(iter(kept(t, 1).values()))["legacy"]
            assert row["form"] == form_name, row
            if want is not None:
                assert bytes(row["body"] or b"").decode() == want, row
            if form_name == "stream":
                assert text(row).count("data: ") == 6 and '"one"' in text(row), row
            if form_name == "binary":
                assert text(row).startswith("3 bytes, xxh3 "), row
            t.proxy.stop()


def test_caps(h):
    big = "x" * 200000
    t = h.stand(shadow=100, legacy=JSON({"a": big}), enhanced=JSON({"a": big + "y"}),
                config={"keep": {"bodies": "different", "max": "4KiB", "per_hour": 3}})
    for i in range(10):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["comparisons"]["different"] == 10, "verdicts")
    for rows in kept(t, 3).values():
        for row in rows.values():
            assert len(row["body"]) == 4096 and row["cut"] == 1, row["body"][:80]
            assert row["body_bytes"] > 200000, row
    t.wait_metric('understudy_pairs_kept_total{result="over_rate"}', 7)


def test_the_oldest_go(h):
    t = h.stand(shadow=100, legacy=lambda x: x.answer(200, [("Content-Type", "text/plain")],
                                                      (x.request.path * 5000).encode()),
                enhanced=scripts.fixed(b"y", fields=[("Content-Type", "text/plain")]),
                config={"keep": {"bodies": "different", "max": "1MiB", "total": "1MiB"}})
    for i in range(60):
        t.get(f"/{i:05}")
        if i % 10 == 9:
            t.settle()      # compared, and written
    t.wait_metric("understudy_kept_answers_removed_total", 20)
    eventually(lambda: t.store().one("SELECT sum(kept_bytes) FROM samples") <= 1 << 20,
               "no more than keep.total is left")
    left = [r["path"] for r in t.store().rows(
        "SELECT path FROM samples WHERE version = 'legacy' ORDER BY ts")]
    assert left == [f"/{i:05}" for i in range(60 - len(left), 60)] and len(left) > 20, left
    t.proxy.change({"keep": {"bodies": "different", "for": "1s"}})
    t.proxy.admin().reload()
    t.get("/new")
    eventually(lambda: t.store().one("SELECT count(*) FROM samples WHERE path <> '/new'") == 0,
               "what is too old goes", 90)


NEW, OLD = "0123456789abcdef" * 4, "fedcba9876543210" * 4


def test_encrypted_at_rest(h):
    """With a key no byte of an answer is in any file; the newest encrypts."""
    t = h.stand(shadow=100, legacy=JSON({"a": "words of legacy"}),
                enhanced=JSON({"a": "words of enhanced"}), files={"keys": OLD + "\n"},
                config={"keep": {"bodies": "different", "key_file": "keys"}})
    t.get()
    first = kept(t, 1)
    (t.proxy.dir / "keys").write_text(f"{OLD}\n{NEW}\n")
    t.proxy.admin().reload()
    t.get()
    rows = kept(t, 2)
    ids = [next(iter(rows[p].values()))["key_id"] for p in rows]
    assert len(set(ids)) == 2 and all(len(i) == 16 for i in ids), ids
    for pair in rows.values():
        for row in pair.values():
            assert row["key_id"] and len(row["body"]) > 28 and b"words" not in row["body"]
    assert set(first) < set(rows)
    assert OLD not in str(t.proxy.admin().get("/api/v1/config"))
    t.proxy.stop()
    # the values of the difference, in a table of their own, are not encrypted
    for path in t.proxy.dir.iterdir():
        if path.name.startswith("understudy.db"):
            assert b'{"a":' not in path.read_bytes(), path


def test_a_bad_key_file_is_a_fault(h):
    t = h.stand(files={"keys": NEW}, config={"keep": {"key_file": "keys"}})
    (t.proxy.dir / "keys").write_text("short")
    a = t.proxy.admin().call("POST", "/api/v1/reload", {"reason": "test"})
    assert a.status == 422 and b"line 1 is not 64 hex digits" in a.body, a
    assert t.get().status == 200


def postgres(h, cluster=None, **kw):
    """understudy on a private cluster that keeps."""
    cluster = cluster or h.cluster()
    config = {"store": cluster.conninfo, **KEEP, **kw.pop("config", {})}
    return cluster, h.stand(config=config, shadow=100, legacy=JSON({"a": 1, "t": "\\ \t\n\0"}),
                            enhanced=JSON({"a": 2}), **kw)


@limit(180)
def test_postgresql_outage(h):
    """What is kept while the database is away arrives once."""
    cluster, t = postgres(h)
    t.get("/before")
    t.store().wait_count(2, "samples")
    cluster.kill()
    for i in range(20):
        t.get(f"/during/{i}")
    t.wait_status(lambda s: s["comparisons"]["different"] == 21, "verdicts")
    t.proxy.restart()
    for i in range(10):
        t.get(f"/after/{i}")
    t.wait_status(lambda s: s["comparisons"]["different"] == 10, "verdicts")
    cluster.start()
    t.wait_status(lambda s: s["store"]["ok"] and s["store"]["spooled"] == 0, "caught up", 60)
    rows = t.store().wait_count(62, "samples")
    assert len({(r["pair"], r["version"]) for r in rows}) == 62
    legacy = next(r for r in rows if r["version"] == "legacy")
    body = bytes.fromhex(legacy["body"][2:]).decode()
    assert json.loads(body) == {"a": 1, "t": "\\ \t\n\0"}, legacy


@limit(120)
def test_the_oldest_go_in_postgresql(h):
    _, t = postgres(h, config={"keep": {"bodies": "different", "for": "1s"}})
    t.get("/old")
    t.store().wait_count(2, "samples")
    eventually(lambda: t.get("/new") and
               t.store().count("samples", "path = '/old'") == 0, "the oldest go", 60, every=0.5)
    assert t.metric("understudy_kept_answers_removed_total") >= 2
