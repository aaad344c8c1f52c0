"""understudy compare: two files, or recorded answers, through the judge."""

import json
import subprocess

from harness import scripts
from harness.programs import UNDERSTUDY, environment, sanitizer_report

SAME, DIFFERENT, INCOMPARABLE = range(3)


def compare(h, legacy, enhanced, *options, rules=None):
    """Write both, compare them; (exit status, output, errors)."""
    paths = []
    for name, content in (("legacy", legacy), ("enhanced", enhanced)):
        path = h.dir / name
        path.write_bytes(content)
        paths.append(str(path))
    if rules is not None:
        path = h.dir / "rules.json"
        path.write_text(json.dumps(rules))
        options += ("--rules", str(path))
    return run(*paths, *options)


def run(*words):
    """understudy compare with these words."""
    done = subprocess.run([UNDERSTUDY, "compare", *words], capture_output=True, text=True,
                          timeout=60, env=environment(), check=False)
    assert not sanitizer_report(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


def head(fields="", status="200 OK"):
    """A head with these lines."""
    return f"HTTP/1.1 {status}\r\n{fields}\r\n".encode()


def stream(text):
    """A whole event stream as bytes."""
    return b"".join(b"data: " + e + b"\n\n" for e in scripts.chat_events(text))


def test_each_verdict(h):
    ignore = {"compare": {"ignore": ["/id"]}}
    table = [
        ("the same bytes", b"hello", b"hello", None, SAME, "same"),
        ("another value", b'{"a":1}', b'{"a":2}', None, DIFFERENT, "value     /a"),
        ("an ignored one", b'{"id":1}', b'{"id":2}', ignore, SAME, "same"),
        ("noise by a pin", b'{"a":1}', b'{"a":2}',
         {"noise": {"pins": [{"path": "/a", "as": "noise"}]}}, SAME, "noise"),
        ("statuses", head() + b"{}", head(status="404 No") + b"{}", None, DIFFERENT,
         "value     status"),
        ("a header of the rules", head("X-M: 1\r\n") + b"{}", head("X-M: 2\r\n") + b"{}",
         {"compare": {"headers": [{"name": "x-m"}]}}, DIFFERENT, "header:x-m"),
        ("streams cut elsewhere", stream("one two three"),
         stream("one two three").replace(b"data: ", b": x\ndata:"), None, SAME, "same"),
        ("a stream without its end", stream("one two"),
         stream("one two").replace(b"data: [DONE]\n\n", b""), {}, DIFFERENT, "answer_cut"),
        ("a coding that is not so", head("Content-Encoding: gzip\r\n") + b"x", head() + b"y",
         None, INCOMPARABLE, "incomparable: legacy: gzip"),
    ]
    for why, legacy, enhanced, rules, status, want in table:
        with h.check(why):
            got, out, errors = compare(h, legacy, enhanced, rules=rules)
            assert got == status and want in out and not errors, (got, out, errors)


def test_text_and_json(h):
    status, out, _ = compare(h, b'{"price": 9, "list": [1, 2]}', b'{"price": 10, "list": [1]}')
    assert status == DIFFERENT
    assert out.splitlines()[0] == "different, 2 differences", out
    assert "          legacy    9\n          enhanced  10\n" in out, out
    status, out, _ = compare(h, b'{"price": 9}', b'{"price": 10}', "--json")
    document = json.loads(out)
    assert status == DIFFERENT and document["verdict"] == "different", document
    assert document["differences"] == [{"path": "/price", "kind": "value", "text": False,
                                        "legacy": "9", "enhanced": "10"}], document
    status, out, _ = compare(h, b"a sentence that is whole", b"a sentence that is whole and long",
                             "--json")
    assert 0 < json.loads(out)["similarity"] < 1, out


def test_the_type_that_is_given(h):
    form = (b"a=1&b=2", b"b=2&a=1")
    assert compare(h, *form)[0] == DIFFERENT
    assert compare(h, *form, "--type", "application/x-www-form-urlencoded")[0] == SAME


def test_the_verdict_is_that_of_live_pairs(h):
    """The rules and answers of a running pair, and its record."""
    rules = {"compare": {"ignore": ["/id"], "text_similarity": 0.8}}
    legacy = {"id": 1, "text": "The train to Bern leaves at ten past nine.", "n": 1}
    enhanced = {"id": 2, "text": "The train to Bern leaves at ten past nine!", "n": 2}
    t = h.stand(shadow=100, rules=rules, legacy=scripts.as_json(legacy),
                enhanced=scripts.as_json(enhanced))
    t.get()
    row = t.store().wait_count(1, "comparisons")[0]
    found = {(d["field"], d["kind"], d["legacy"], d["enhanced"])
             for d in t.store().rows("SELECT * FROM differences")}
    _, out, _ = compare(h, json.dumps(legacy).encode(), json.dumps(enhanced).encode(), "--json",
                        rules=rules)
    document = json.loads(out)
    assert document["verdict"] == row["verdict"] == "different", (document, row)
    assert abs(document["similarity"] - row["similarity"]) < 1e-6, (document, row)
    assert found == {(d["path"], d["kind"], d["legacy"], d["enhanced"])
                     for d in document["differences"]}, (found, document)


def test_misused(h):
    good = h.dir / "good"
    good.write_text("{}")
    bad = h.dir / "bad.json"
    bad.write_text('{"compare": {"ignoer": []}}')
    table = [
        ((str(good),), "two files"), ((str(good),) * 3, "two files"),
        ((str(good), str(h.dir / "none")), "No such file"),
        ((str(good), str(h.dir)), "directory"),
        ((str(good), str(good), "--nosuch"), "--help"),
        ((str(good), str(good), "--rules", str(bad)), "ignoer"),
        ((str(good), str(good), "--rules", str(h.dir / "none")), "cannot be read"),
    ]
    for words, want in table:
        with h.check(want):
            status, out, errors = run(*words)
            assert status == INCOMPARABLE and want in errors and not out, (status, out, errors)
    status, out, _ = run("--help")
    assert status == SAME and "usage: understudy compare" in out


def test_other_rules_need_not_be_there(h):
    """What a rule file says of secrets and hosts is not looked at."""
    rules = {"compare": {"ignore": ["/id"]}, "rewrite": {"enhanced": {"headers": [
        {"name": "authorization", "value_file": str(h.dir / "not-here")}]}}}
    assert compare(h, b'{"id":1}', b'{"id":2}', rules=rules)[0] == SAME
