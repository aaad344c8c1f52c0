"""understudy rejudge: new rules over kept answers; nothing is changed by it."""

import json
import os
import pty
import subprocess

from harness import limit, scripts
from harness.programs import UNDERSTUDY, UNDERSTUDYCTL, environment, sanitizer_report

KEEP = {"keep": {"bodies": "different"}}
DONE, FAILED, MISUSED = range(3)
KEY = "0123456789abcdef" * 4


def by_path(x, second):
    """A body by the request's path: /id... differs there, /n... there, /both in both."""
    path = x.request.path
    x.answer(200, [("Content-Type", "application/json")], json.dumps(
        {"id": second if "/id" in path or "/both" in path else 0,
         "n": second if "/n" in path or "/both" in path else 0, "pin": second}).encode())


def stand(h, paths, config=None, **kw):
    """understudy that has kept a pair of each of these paths."""
    t = h.stand(shadow=100, legacy=lambda x: by_path(x, 1), enhanced=lambda x: by_path(x, 2),
                config={**KEEP, **(config or {})}, **kw)
    for path in paths:
        t.get(path)
    t.store().wait_count(2 * len(paths), "samples")
    return t


IGNORE_PIN = {"compare": {"ignore": ["/pin"]}}


def rejudge(t, rules, *words, status=DONE, program=(UNDERSTUDY,)):
    """Run it with these rules on the stand's configuration; (output, errors)."""
    path = t.proxy.dir / "new.json"
    path.write_text(json.dumps(rules))
    done = subprocess.run([*program, "rejudge", "-c", str(t.proxy.dir / "understudy.json"),
                           "--rules", str(path), *words], capture_output=True, text=True,
                          timeout=120, env=environment(), check=False)
    assert done.returncode == status, done
    assert not sanitizer_report(done.stderr), done.stderr
    return done.stdout, done.stderr


def matrix(t, rules, *words):
    """(what becomes of "different", the document)."""
    document = json.loads(rejudge(t, rules, "--json", *words)[0])
    return document["matrix"]["different"], document


def test_how_verdicts_would_change(h):
    t = stand(h, ["/id/1", "/id/2", "/n/1", "/both/1"], rules=IGNORE_PIN)
    before = t.proxy.admin().get("/api/v1/config")
    now, document = matrix(t, {"compare": {"ignore": ["/pin", "/id"]}})
    assert now == {"same": 2, "noise": 0, "different": 2, "incomparable": 0, "unknown": 0}, now
    assert document["pairs"] == 4 and document["changed"] == 2, document
    assert sorted(c["path"] for c in document["changes"]) == ["/id/1", "/id/2"], document
    pairs = {r["pair"] for r in t.store().rows("SELECT pair FROM samples")}
    assert all(c["was"] == "different" and c["now"] == "same" and c["pair"] in pairs
               for c in document["changes"]), document
    now, _ = matrix(t, {"compare": {"ignore": ["/pin"]},
                        "noise": {"pins": [{"path": "/n", "as": "noise"}]}})
    assert (now["noise"], now["different"]) == (1, 3), now
    now, _ = matrix(t, {})
    assert now["different"] == 4, now
    assert t.proxy.admin().get("/api/v1/config") == before
    assert t.store().count("samples") == 8 and t.get().status == 200


def test_for_people_and_through_understudyctl(h):
    t = stand(h, [f"/id/{i}" for i in range(3)] + ["/n/1"], rules=IGNORE_PIN)
    rules = {"compare": {"ignore": ["/pin", "/id"]}}
    text, said = rejudge(t, rules, program=(UNDERSTUDYCTL,))
    assert text == rejudge(t, rules)[0]
    lines = text.splitlines()
    assert lines[0].split() == ["kept", "as", "same", "noise", "different", "incomparable",
                                "unknown"], text
    assert lines[1].split() == ["different", "3", "0", "1", "0", "0"], text
    assert lines[3] == "3 of 4 verdicts change" and len(lines) == 7, text
    assert lines[4].startswith("different    -> same          ") and "/id/" in lines[4], text
    assert said.splitlines()[-1] == "rejudge: 4 of 4 pairs" and "\r" not in said, said
    text, _ = rejudge(t, rules, "--limit", "1")
    assert text.splitlines()[-1] == "and 2 more (--limit 0 lists all)", text
    assert len(rejudge(t, rules, "--limit", "0")[0].splitlines()) == 7


def test_a_bar_on_a_terminal(h):
    t = stand(h, ["/id/1"], rules=IGNORE_PIN)
    (t.proxy.dir / "new.json").write_text("{}")
    ours, theirs = pty.openpty()
    done = subprocess.run([UNDERSTUDY, "rejudge", "-c", str(t.proxy.dir / "understudy.json"),
                           "--rules", str(t.proxy.dir / "new.json")], stdout=subprocess.PIPE,
                          stderr=theirs, timeout=60, env=environment(), check=True)
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert "] 100%  1 of 1" in drawn and drawn.endswith("\r\033[K"), repr(drawn)
    assert b"0 of 1 verdicts change" in done.stdout


def test_some_pairs_only(h):
    routes = [{"match": {"path": "/id/*"}}, {"match": {"path": "/n/*"}}]
    t = stand(h, ["/id/1", "/id/2", "/n/1"], rules={**IGNORE_PIN, "routes": routes})
    assert matrix(t, {}, "--route", "/id/*")[1]["pairs"] == 2
    assert matrix(t, {}, "--since", "1h")[1]["pairs"] == 3
    assert matrix(t, {}, "--since", "1us")[1]["pairs"] == 0
    assert rejudge(t, {}, "--route", "none")[0] == "no pairs are kept\n"


def test_what_is_hidden_is_not_called_the_same(h):
    """A redacted difference cannot be seen any more, and a cut body not whole."""
    t = stand(h, ["/a"], rules={"redact": {"pointers": ["/pin"]}})
    assert matrix(t, {})[0]["unknown"] == 1
    assert matrix(t, {"compare": {"ignore": ["/pin"]}})[0]["same"] == 1
    big = scripts.as_json({"text": "x" * 5000, "n": 1})
    t = h.stand(shadow=100, legacy=big, enhanced=scripts.as_json({"text": "x" * 5000, "n": 2}),
                config={"keep": {"bodies": "different", "max": "1KiB"}})
    t.get()
    t.store().wait_count(2, "samples")
    assert matrix(t, {})[0]["unknown"] == 1


def test_encrypted(h):
    t = stand(h, ["/id/1"], rules=IGNORE_PIN, files={"keys": KEY + "\n"},
              config={"keep": {"bodies": "different", "key_file": "keys"}})
    assert matrix(t, {"compare": {"ignore": ["/pin", "/id"]}})[0]["same"] == 1
    (t.proxy.dir / "keys").write_text("fedcba9876543210" * 4 + "\n")
    out, why = rejudge(t, {}, status=FAILED)
    assert not out and "key" in why, why


@limit(120)
def test_in_postgresql(h):
    cluster = h.cluster()
    t = stand(h, [f"/id/{i}" for i in range(40)] + ["/n/1"], rules=IGNORE_PIN,
              config={"store": cluster.conninfo})
    now, document = matrix(t, {"compare": {"ignore": ["/pin", "/id"]}}, "--limit", "0")
    assert now["same"] == 40 and now["different"] == 1, now
    assert len(document["changes"]) == 40, document
    cluster.kill()
    _, why = rejudge(t, {}, status=FAILED)
    assert why, "says nothing"


def test_misused(h):
    t = stand(h, ["/id/1"], rules=IGNORE_PIN)
    config = str(t.proxy.dir / "understudy.json")
    good, bad = h.dir / "good.json", h.dir / "bad.json"
    good.write_text("{}")
    bad.write_text('{"compare": 1}')
    for words, want in (((), "--rules is missing"), (("--rules", str(bad)), "/compare"),
                        (("--rules", str(good), "more"), "'more'"),
                        (("--rules", str(good), "--since", "soon"), "--since"),
                        (("--rules", str(good), "-c", "/none"), "/none"),
                        (("--rules", str(good), "--nosuch"), "--help")):
        with h.check(want):
            done = subprocess.run([UNDERSTUDY, "rejudge", "-c", config, *words],
                                  capture_output=True, text=True, timeout=60, env=environment(),
                                  check=False)
            assert done.returncode == MISUSED and want in done.stderr, done
    done = subprocess.run([UNDERSTUDYCTL, "--json", "rejudge"], capture_output=True, text=True,
                          timeout=60, env=environment(), check=False)
    assert done.returncode == MISUSED and "first word" in done.stderr, done
