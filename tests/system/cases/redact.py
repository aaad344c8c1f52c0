"""What the rules redact is written down nowhere: not in the records, not in
differences, not in the logs, not by the API."""

import json

from harness import eventually, scripts

# In values, in names, written with escapes, in JSON in a string, over two
# events of a stream, in a path, percent-encoded.
MAIL = "alice.secretname@example.org"
CARD = 4111222233334444
PIN = "hidden-pin-4711"
RULES = {"redact": {"pointers": ["/user/pin", "/*/pin"],
                    "patterns": [r"[\w.+-]+@[\w-]+\.[\w.]+", r"\d{16}"]}}
TRACES = (b"alice.secretname", b"secretname", b"4111222233334444", b"hidden-pin")


def document(version):
    """An answer of that version, full of what must not be kept."""
    return {"user": {"pin": PIN + version, "mail": MAIL}, MAIL: version, "card": CARD,
            "note": f"{version}: write to {MAIL} or " + "x" * 60 + " " + MAIL,
            "arguments": json.dumps({"to": MAIL, "pin": PIN, "version": version})}


def escaped(value):
    """JSON whose strings hide behind escapes."""
    text = json.dumps(value).replace("alice", "\\u0061lice").replace("@", "\\u0040")
    return scripts.fixed(text.encode(), fields=[("Content-Type", "application/json")])


def stream(version):
    """A chat stream that cuts the address."""
    words = scripts.chat_events(f"{version} says mail alice.secret")[:-2]
    return scripts.sse(words + scripts.chat_events("name@example.org now " + version)[1:])


def traces(t):
    """[(where, what)] of everything that was written."""
    found = []
    places = {p.name: p.read_bytes() for p in t.proxy.dir.iterdir()
              if p.name != "rules.json"}
    places["standard error"] = "\n".join(t.proxy.raw).encode()
    for where, data in places.items():
        found += [(where, word) for word in TRACES if word in data]
    return found


def shown(t):
    """What the API says of it."""
    admin = t.proxy.admin()
    return b"".join(admin.call("GET", path).body for path in (
        "/api/v1/differences", "/api/v1/status", "/api/v1/events", "/metrics"))


def test_no_secret_is_written_down(h):
    table = {
        "json": (scripts.as_json(document("one")), scripts.as_json(document("two"))),
        "escapes": (escaped(document("one")), escaped(document("two"))),
        "another type": (scripts.as_json({"v": MAIL + " " * 50 + MAIL}),
                         scripts.as_json({"v": 1})),
        "a stream": (stream("one"), stream("two")),
        "text": (scripts.fixed(f"to {MAIL} at once".encode(),
                               fields=[("Content-Type", "text/plain")]),
                 scripts.fixed(f"never to {MAIL}".encode(),
                               fields=[("Content-Type", "text/plain")])),
        "broken json": (scripts.fixed(b'{"user": {"pin": "hidden-pin"]',
                                      fields=[("Content-Type", "application/json")]),
                        scripts.fixed(b'{"user": {"pin": "hidden-pin-2"]',
                                      fields=[("Content-Type", "application/json")])),
        "a failure": (scripts.as_json({"m": MAIL}), scripts.status(500, MAIL.encode())),
    }
    for why, (legacy, enhanced) in table.items():
        with h.check(why):
            t = h.stand(shadow=100, legacy=legacy, enhanced=enhanced, rules=RULES,
                        config={"access_log": {"path": "access.log"},
                                "keep": {"bodies": "different"}})
            t.ask("POST", f"/users/{MAIL}/x", [("x-user-id", "u")], b"{}")
            t.ask("POST", "/users/alice.secretname%40example.org", [("x-user-id", "u")], b"{}")
            t.wait_status(lambda s: s["comparisons"]["different"] == 2, "verdicts")
            text = shown(t)
            t.legs(4)
            t.store().wait_count(2, "comparisons")
            t.store().wait_count(4, "samples")
            t.proxy.stop()
            assert traces(t) == [], traces(t)
            assert not [w for w in TRACES if w in text], text


def test_what_is_redacted_is_still_compared(h):
    t = h.stand(shadow=100, rules=RULES, legacy=scripts.as_json({"user": {"pin": "a"}, "n": 1}),
                enhanced=scripts.as_json({"user": {"pin": "b"}, "n": 1}))
    t.get()
    t.wait_status(lambda s: s["comparisons"]["different"] == 1, "the verdict")
    row = t.proxy.admin().get("/api/v1/differences")["differences"][0]
    assert row["path"] == "/user/pin", row
    assert row["legacy"] == row["enhanced"] == "<redacted>", row


def test_paths_in_records_and_log(h):
    t = h.stand(rules=RULES, config={"access_log": {"path": "access.log"}})
    t.get(f"/a/{MAIL}/b")
    t.get("/plain/path")
    paths = sorted(r["path"] for r in t.legs(2))
    assert paths == ["/a/<redacted>/b", "/plain/path"], paths
    log = eventually(lambda: len(lines := (t.proxy.dir / "access.log").read_text()
                                 .splitlines()) == 2 and lines, "two lines")
    assert sorted(json.loads(line)["path"] for line in log) == paths


def test_a_reload_brings_other_rules(h):
    t = h.stand(config={"access_log": {"path": "access.log"}})
    t.get("/a/s3cret-1")
    t.legs(1, "path = '/a/s3cret-1'")
    t.proxy.change(rules={"redact": {"patterns": ["s3cret-\\d"]}})
    t.proxy.admin().reload()
    t.get("/b/s3cret-2")
    t.legs(1, "path = '/b/<redacted>'")
    eventually(lambda: "/b/<redacted>" in (t.proxy.dir / "access.log").read_text(), "a line")


def test_plain_users_on_request(h):
    t = h.stand(config={"keep": {"users": "plain"}}, rules=RULES)
    t.ask("GET", "/", [("x-user-id", "user-77"), ("x-session-id", "session-9")])
    t.ask("GET", "/", [("x-user-id", MAIL)])
    rows = {(r["user_hash"], r["session_hash"]) for r in t.legs(2)}
    assert rows == {("user-77", "session-9"), ("<redacted>", None)}, rows
