"""The harness against itself: what of an answer is held against the document."""

import json

from harness.answers import Answers, Mismatch, Schemas, read, read_json

SHAPE = {
    "type": "object", "additionalProperties": False, "required": ["name", "state", "rows"],
    "properties": {
        "name": {"type": "string"}, "state": {"type": "string", "enum": ["on", "off"]},
        "percent": {"type": "number", "minimum": 0, "maximum": 100},
        "since": {"type": ["string", "null"], "format": "date-time"},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "flag": {"type": "boolean"},
        "which": {"oneOf": [{"$ref": "#/row"}, {"type": "null"}]},
        "rows": {"type": "array", "items": {"$ref": "#/row"}},
    },
}
ROW = {"type": "object", "additionalProperties": False, "required": ["n"],
       "properties": {"n": {"type": "integer", "minimum": 0}}}
GOOD = {"name": "x", "state": "on", "rows": [{"n": 1}, {"n": 0}]}
FITS = [{}, {"percent": 0.5}, {"percent": 100}, {"since": "2026-01-31T12:34:56.123456Z"},
        {"since": None}, {"counts": {"a": 1}}, {"flag": False}, {"which": {"n": 1}},
        {"which": None}, {"rows": []}]
DOES_NOT = [
    ("a missing member", {"name": ...}, "answer.name: is missing"),
    ("an extra one", {"more": 1}, "answer.more: nobody knows it: 1"),
    ("a wrong type", {"name": 1}, "answer.name: not string: 1"),
    ("null where there is none", {"name": None}, "answer.name: not string: null"),
    ("a wrong word", {"state": "of"}, "answer.state: none of ['on', 'off']: \"of\""),
    ("text for a number", {"percent": "5"}, "answer.percent: not number"),
    ("too much", {"percent": 100.1}, "answer.percent: out of bounds: 100.1"),
    ("a boolean is no number", {"percent": True}, "answer.percent: not number"),
    ("a number is no boolean", {"flag": 1}, "answer.flag: not boolean"),
    ("a real is no integer", {"counts": {"a": 1.0}}, "answer.counts.a: not integer: 1.0"),
    ("a time without its zone", {"since": "2026-01-31T12:34:56.123456"}, "answer.since: no time"),
    ("deep inside", {"rows": [{"n": 1}, {"n": -1}]}, "answer.rows[1].n: out of bounds: -1"),
    ("an object for an array", {"rows": {}}, "answer.rows: not array"),
    ("none of several", {"which": 1}, "answer.which: fits 0 of"),
]


def changed(members):
    """GOOD with these members; ... removes one."""
    return {k: v for k, v in {**GOOD, **members}.items() if v is not ...}


def test_what_fits_and_what_does_not(h):
    schemas = Schemas({"shape": SHAPE, "row": ROW})
    for members in FITS:
        schemas.check("#/shape", changed(members))
    for why, members, text in DOES_NOT:
        with h.check(why):
            try:
                schemas.check("#/shape", changed(members))
            except Mismatch as fault:
                assert text in str(fault), fault
            else:
                raise ValueError("accepted")


def test_what_has_come_is_known(h):
    schemas = Schemas({"shape": SHAPE, "row": ROW})
    schemas.check("#/shape", changed({"since": None, "rows": []}))
    assert "#/shape" in schemas.seen and "#/row" not in schemas.seen
    assert "#/shape/properties/since" not in schemas.seen
    schemas.check("#/shape", changed({"which": {"n": 1}}))
    assert {"#/row", "#/shape/properties/which/oneOf/0"} <= schemas.seen
    assert "#/shape/properties/which/oneOf/1" not in schemas.seen


def test_what_the_file_may_say(h):
    for why, odd in (("a keyword", {"pattern": "x"}), ("a type", {"type": "float"}),
                     ("a form", {"type": "string", "format": "uuid"}),
                     ("a name", {"$ref": "#/nowhere"})):
        with h.check(why):
            try:
                list(Schemas({"shape": {"properties": {"a": odd}}}).places("#/shape"))
            except (AssertionError, KeyError):
                continue
            raise ValueError("accepted")


def test_json_as_the_rfc_has_it(h):
    assert read_json('{"a": [1, 1.5, null]}') == {"a": [1, 1.5, None]}
    for bad in ('{"a": NaN}', '{"a": 1, "a": 1}', "", "{} {}"):
        with h.check(bad):
            try:
                read_json(bad)
            except (AssertionError, ValueError):
                continue
            raise LookupError("accepted")


def test_status_and_type_are_looked_up(h):
    answers = read()
    assert isinstance(answers, Answers)
    error = json.dumps({"error": "no"})
    good = [("GET", "/healthz", 200, "application/json", '{"status": "ok"}'),
            ("HEAD", "/healthz", 200, "application/json", ""),
            ("GET", "/api/v1/nothing", 404, "application/json", error),
            ("POST", "/api/v1/status?x", 405, "application/json", error),
            ("GET", "/api/v1/samples/p?rollout=x", 202, "application/json", '{"reading": true}'),
            ("GET", "/metrics", 200, "text/plain; version=0.0.4", b"a 1")]
    bad = [("GET", "/healthz", 200, "application/json", '{"status": "well"}'),
           ("GET", "/healthz", 200, "text/plain", '{"status": "ok"}'),
           ("GET", "/healthz", 204, "application/json", ""),
           ("GET", "/api/v1/nothing", 200, "application/json", error),
           ("GET", "/api/v1/users/", 200, "application/json", error),
           ("GET", "/api/v1/status", 403, "application/json", '{"error": "no", "why": "x"}')]
    for row in good:
        answers.check(*row)
    for row in bad:
        with h.check(str(row)):
            try:
                answers.check(*row)
            except Mismatch:
                continue
            raise ValueError("accepted")
