"""understudyctl diffs: the kept answers of a pair for people, and rules proposed."""

import fcntl
import json
import os
import pty
import re
import socket
import struct
import subprocess
import termios
import time

from harness import chunk, limit, scripts
from harness.ctl import DENIED, REFUSED, USAGE, Ctl
from harness.programs import UNDERSTUDY, environment

KEEP = {"keep": {"bodies": "different"}}
JSON = scripts.as_json
PLAIN = [("Content-Type", "text/plain")]
KEY = "0123456789abcdef" * 4


def stand(h, legacy, enhanced, config=None, **kw):
    """One pair that differs; (stand, understudyctl, the pair's name)."""
    t = h.stand(shadow=100, legacy=legacy, enhanced=enhanced, config={**KEEP, **(config or {})},
                **kw)
    t.ask("POST", "/chat", [("x-user-id", "u")], b"{}")
    rows = t.store().wait_count(2, "samples")
    return t, Ctl.of(t.proxy), rows[0]["pair"]


def test_side_by_side_and_unified(h):
    t, ctl, pair = stand(h, JSON({"id": 1, "say": "hello", "n": 9007199254740993}),
                         JSON({"id": 1, "say": "good bye", "n": 9007199254740993}),
                         rules={"compare": {"headers": [{"name": "content-type"}]}})
    ctl.env["COLUMNS"] = "100"
    text, _ = ctl.run("diffs", "show", pair)
    lines = text.splitlines()
    assert pair in lines[0] and "different" in lines[0], text
    assert "POST /chat" in lines[1] and "  value at /say" in lines, text
    assert any(line.startswith('  "say": "hello",') and '|   "say": "good bye",' in line
               for line in lines), text
    assert text.count('"n": 9007199254740993') == 2, text
    assert all(len(line) <= 100 for line in lines), text
    assert any(line.split() == ["content-type", "application/json", "application/json"]
               for line in lines), text
    text, _ = ctl.run("diffs", "show", pair, "--unified")
    assert '\n-  "say": "hello",\n+  "say": "good bye",\n' in text, text
    assert "\033" not in text
    document = ctl.json("diffs", "show", pair)
    assert document["pair"] == pair and document["differences"] == [
        {"path": "/say", "kind": "value"}], document
    assert json.loads(document["answers"]["legacy"]["body"])["say"] == "hello", document
    t.proxy.stop()


def test_in_the_width_of_the_terminal(h):
    """In colour, wrapped, and whatever steers a terminal is gone."""
    _, ctl, pair = stand(h, scripts.fixed(b"one\n" + b"x" * 90 + b"\nthree", fields=PLAIN),
                         scripts.fixed(b"one\n" + b"y" * 90 + b"\x1b[2Jthree", fields=PLAIN))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 64, 0, 0))
    process = subprocess.Popen(ctl.command("diffs", "show", pair), stdout=theirs, env=ctl.env,
                               stdin=subprocess.DEVNULL)
    os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 65536):
            drawn += piece
    except OSError:     # it has ended
        pass
    os.close(ours)
    assert process.wait() == 0
    text = drawn.decode().replace("\r\n", "\n")
    assert "\033[1;31m" in text and "\033[2J" not in text, repr(text)
    lines = re.sub(r"\033\[[0-9;]*m", "", text).split("\n")
    assert max(len(line) for line in lines) <= 64, lines
    assert sum(line.count("x") for line in lines if "|" in line) == 90, lines


def test_a_timeline(h):
    def paced(text):
        """A stream with a pause before its last event."""
        def script(x):
            x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                   b"Transfer-Encoding: chunked\r\n\r\n")
            events = scripts.chat_events(text)
            for i, event in enumerate(events):
                if i == len(events) - 1:
                    x.pause(0.15)
                x.send(chunk(b"data: " + event + b"\n\n"))
            x.send(b"0\r\n\r\n")
        return script
    _, ctl, pair = stand(h, paced("one two three"), paced("four five"))
    document = ctl.json("diffs", "show", pair)
    for version, answer in document["answers"].items():
        with h.check(version):
            assert answer["form"] == "stream", answer
            assert 0 < answer["first_byte_us"] <= answer["first_content_us"], answer
            assert answer["first_content_us"] <= answer["latency_us"], answer
            assert 100_000 < answer["longest_gap_us"] <= answer["latency_us"], answer
    text, _ = ctl.run("diffs", "show", pair, "--timeline")
    rows = [line.split() for line in text.splitlines()]
    assert ["legacy"] + ["6"] in [[r[0], r[-1]] for r in rows if len(r) > 5], text
    assert ["enhanced"] + ["5"] in [[r[0], r[-1]] for r in rows if len(r) > 5], text
    assert "data: [DONE]" in text and "longest gap" in text, text


def test_encrypted_and_for_operators_only(h):
    tokens = {}
    lines = []
    for role in ("viewer", "operator"):
        made = Ctl("http://127.0.0.1:1").json("token", f"the-{role}", "--role", role)
        tokens[role] = made["token"]
        lines.append(made["line"])
    t, ctl, pair = stand(
        h, JSON({"a": "words of legacy"}), JSON({"a": "words of enhanced"}),
        config={"keep": {"bodies": "different", "key_file": "keys"},
                "admin": {"address": "127.0.0.1:0", "tokens": "t.json"}},
        files={"keys": KEY + "\n", "t.json": json.dumps({"tokens": lines})},
        token=tokens["operator"])
    text, _ = ctl.run("diffs", "show", pair)
    assert "words of legacy" in text and "words of enhanced" in text, text
    assert ctl.json("diffs", "show", pair)["answers"]["legacy"]["encrypted"] is True
    viewer = Ctl.of(t.proxy, tokens["viewer"])
    text, _ = viewer.run("diffs", "show", pair, exit_status=DENIED)
    assert "words" not in text
    viewer.run("diffs")
    # without the key it was kept under
    (t.proxy.dir / "keys").write_text("fedcba9876543210" * 4 + "\n")
    ctl.run("reload", "--reason", "test")
    _, why = ctl.run("diffs", "show", pair, exit_status=REFUSED)
    assert "key" in why, why
    t.proxy.stop()
    read = [line for line in t.proxy.lines if line["event"] == "sample"]
    assert len(read) == 2, read
    assert all(pair in r["msg"] and "operator:the-operator" in r["msg"] for r in read), read


def test_what_is_not_kept(h):
    t, ctl, pair = stand(h, JSON([1]), JSON([2]))
    for name in ("0" * 32, "no such", "x'; DROP TABLE samples; --", "y" * 100):
        with h.check(name):
            _, why = ctl.run("diffs", "show", name, exit_status=REFUSED)
            assert "nothing is kept" in why, why
    ctl.run("diffs", "show", pair)
    for words in (("show",), ("show", pair, "more"), ("--unified",), ("--output", "f"),
                  ("show", pair, "--unified", "--timeline"), ("show", pair, "--limit", "1"),
                  ("--propose", "id"), ("/a", "--propose", "/a")):
        with h.check(" ".join(words)):
            ctl.run("diffs", *words, exit_status=USAGE)
    assert t.store().count("samples") == 2


@limit(120)
def test_from_postgresql(h):
    cluster = h.cluster()
    _, ctl, pair = stand(h, JSON({"a": 1, "t": "\\ \0"}), JSON({"a": 2}),
                         config={"store": cluster.conninfo})
    document = ctl.json("diffs", "show", pair)
    assert json.loads(document["answers"]["legacy"]["body"]) == {"a": 1, "t": "\\ \0"}, document
    cluster.kill()
    _, why = ctl.run("diffs", "show", pair, exit_status=REFUSED)
    assert "cannot be read" in why, why


@limit(120)
def test_a_store_that_hangs_holds_up_nobody(h):
    with socket.create_server(("127.0.0.1", 0), backlog=64) as deaf:
        port = deaf.getsockname()[1]
        t = h.stand(config={"store": f"postgresql://u@127.0.0.1:{port}/x?connect_timeout=4",
                            "spool": str(h.dir / "spool.db")})
        admin = t.proxy.admin()
        begin = time.monotonic()
        answer = admin.call("GET", "/api/v1/samples/0123")
        assert answer.status == 202 and json.loads(answer.body) == {"reading": True}, answer
        assert t.proxy.admin().get("/api/v1/status")["rollout"]
        assert time.monotonic() - begin < 3, "the control thread stood still"
        _, why = Ctl.of(t.proxy).run("diffs", "show", "0123", exit_status=REFUSED)
        assert "cannot be read" in why, why


def test_the_list_of_some_paths(h):
    _, ctl, _ = stand(h, JSON({"a": {"b": 1, "c": 1}, "ab": 1, "d": 1}),
                      JSON({"a": {"b": 2, "c": 2}, "ab": 2, "d": 2}))
    assert {d["path"] for d in ctl.json("diffs")["differences"]} == {"/a/b", "/a/c", "/ab", "/d"}
    assert {d["path"] for d in ctl.json("diffs", "/a")["differences"]} == {"/a/b", "/a/c"}
    assert {d["path"] for d in ctl.json("diffs", "/a/c", "/d")["differences"]} == {"/a/c", "/d"}
    assert len(ctl.json("diffs", "/a", "--limit", "1")["differences"]) == 1


def test_a_proposal_silences_and_applies_nothing(h):
    legacy, enhanced = {"id": 1, "n": 1}, {"id": 2, "n": 1}
    t, ctl, _ = stand(h, JSON(legacy), JSON(enhanced))
    before = t.proxy.admin().get("/api/v1/config")
    out, why = ctl.run("diffs", "--propose", "/id")
    assert json.loads(out) == {"compare": {"ignore": ["/id"]}}, out
    assert "1 of 1 pairs differ at /id (value)" in why and "nothing was changed" in why, why
    rule = h.dir / "rule.json"
    out, _ = ctl.run("diffs", "--propose", "/id", "--output", str(rule))
    assert not out
    assert t.proxy.admin().get("/api/v1/config") == before
    _, why = ctl.run("diffs", "--propose", "/n", "--output", str(rule), exit_status=USAGE)
    assert "File exists" in why and "/id" in rule.read_text(), why
    paths = []
    for name, answer in (("l", legacy), ("e", enhanced)):
        (h.dir / name).write_text(json.dumps(answer))
        paths.append(str(h.dir / name))
    for words, want in (((), 1), (("--rules", str(rule)), 0)):
        done = subprocess.run([UNDERSTUDY, "compare", *paths, *words], env=environment(),
                              stdout=subprocess.DEVNULL, check=False, timeout=60)
        assert done.returncode == want, (words, done)
    assert not [f for f in os.listdir(h.dir) if f.startswith("rule.json.")]
