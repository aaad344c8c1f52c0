"""answers -- the admin API's answers, held against docs/openapi.json.

A strict reader of JSON Schema that knows the keywords which that file uses and
no others: one that it does not know is a fault of the file, so that nothing is
passed over in silence.
"""

import json
import re
from functools import cache

from . import programs

KEYWORDS = {"$ref", "additionalProperties", "description", "enum", "format", "items", "maximum",
            "minimum", "oneOf", "properties", "required", "type"}
TYPES = {"array": list, "boolean": bool, "integer": int, "null": type(None), "object": dict,
         "string": str}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Mismatch(Exception):
    """An answer is not as the document says.  No AssertionError, which eventually()
    takes for "not yet"."""


def has_type(value, name):
    """A boolean is no number, and 1.0 no integer."""
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name]) and (name != "integer" or not isinstance(value, bool))


def read_json(text):
    """JSON as the RFC has it: no NaN, no member twice."""
    def members(pairs):
        found = dict(pairs)
        assert len(found) == len(pairs), f"a member twice: {[k for k, _ in pairs]}"
        return found

    def constant(word):
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, object_pairs_hook=members, parse_constant=constant)


class Schemas:
    """The schemas of a document.  `seen` gathers the places of those that a value
    which was not null has fitted."""

    def __init__(self, document):
        self.document = document
        self.seen = set()
        self._nodes = {}           # place -> what stands there

    def at(self, place):
        """What stands at "#/a/b"."""
        if place not in self._nodes:
            node = self.document
            for part in place.split("/")[1:]:
                part = part.replace("~1", "/").replace("~0", "~")
                node = node[int(part) if isinstance(node, list) else part]
            self._nodes[place] = node
        return self._nodes[place]

    def places(self, place):
        """Every place of a schema and of those in it, which are looked over: raises
        for what is not known here."""
        schema = self.at(place)
        odd = schema.keys() - KEYWORDS
        assert not odd, f"{place}: {odd} is not known to harness/answers.py"
        assert schema.get("format", "date-time") == "date-time", f"{place}: {schema['format']}"
        for name in self.types(schema):
            assert name == "number" or name in TYPES, f"{place}: the type {name}"
        if "$ref" in schema:
            self.at(schema["$ref"])
        yield place
        for inner in self._inner(place, schema):
            yield from self.places(inner)

    @staticmethod
    def types(schema):
        """As a list; [] = any."""
        types = schema.get("type", [])
        return types if isinstance(types, list) else [types]

    @staticmethod
    def _inner(place, schema):
        for name in schema.get("properties", {}):
            yield f"{place}/properties/{name}"
        for i in range(len(schema.get("oneOf", []))):
            yield f"{place}/oneOf/{i}"
        if "items" in schema:
            yield f"{place}/items"
        if isinstance(schema.get("additionalProperties"), dict):
            yield f"{place}/additionalProperties"

    def check(self, place, value, where="answer"):
        """Raise Mismatch, which says where in the answer, unless the value fits."""
        self.seen |= self._fit(place, value, where)

    def _fit(self, place, value, where):
        """The places that it fits."""
        schema = self.at(place)
        seen = set() if value is None else {place}

        def need(holds, text):
            if not holds:
                raise Mismatch(f"{where}: {text}: {json.dumps(value)[:200]}")

        types = self.types(schema)
        need(not types or any(has_type(value, t) for t in types), f"not {' or '.join(types)}")
        need("enum" not in schema or value in schema["enum"], f"none of {schema.get('enum')}")
        if "format" in schema and isinstance(value, str):
            need(TIME.fullmatch(value), "no time")
        if has_type(value, "number"):
            need(schema.get("minimum", value) <= value <= schema.get("maximum", value),
                 "out of bounds")
        if "$ref" in schema:
            seen |= self._fit(schema["$ref"], value, where)
        if "oneOf" in schema:
            seen |= self._fit_one(place, value, where)
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                seen |= self._fit(f"{place}/items", item, f"{where}[{i}]")
        if isinstance(value, dict):
            seen |= self._fit_members(place, value, where)
        return seen

    def _fit_one(self, place, value, where):
        fits, faults = [], []
        for i in range(len(self.at(place)["oneOf"])):
            try:
                fits.append(self._fit(f"{place}/oneOf/{i}", value, where))
            except Mismatch as fault:
                faults.append(str(fault))
        if len(fits) != 1:
            raise Mismatch(f"{where}: fits {len(fits)} of {place}: {'; '.join(faults)}")
        return fits[0]

    def _fit_members(self, place, value, where):
        schema = self.at(place)
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        seen = set()
        for name in schema.get("required", []):
            if name not in value:
                raise Mismatch(f"{where}.{name}: is missing in {json.dumps(value)[:200]}")
        for name, item in value.items():
            if name in properties:
                seen |= self._fit(f"{place}/properties/{name}", item, f"{where}.{name}")
            elif isinstance(others, dict):
                seen |= self._fit(f"{place}/additionalProperties", item, f"{where}.{name}")
            elif not others:
                raise Mismatch(f"{where}.{name}: nobody knows it: {json.dumps(item)[:200]}")
        return seen


class Answers:
    """What each route may answer."""

    def __init__(self, document):
        self.schemas = Schemas(document)
        self.operations = {}       # (method, template) -> place
        for path, operations in document["paths"].items():
            for method in operations:
                place = f"#/paths/{path.replace('/', '~1')}/{method}"
                self.operations[method.upper(), path] = place
        self.refusal = "#/components/responses/404"
        self.contents = {}         # (method, template, status) -> {media type: place}
        for (method, path), place in self.operations.items():
            for status, response in self.schemas.at(place)["responses"].items():
                where = response.get("$ref", f"{place}/responses/{status}")
                self.contents[method, path, int(status)] = self._contents(where)
        for place in self.declared():
            assert list(self.schemas.places(place))

    def _contents(self, place):
        return {kind: f"{place}/content/{kind.replace('/', '~1')}/schema"
                for kind in self.schemas.at(place)["content"]}

    def declared(self):
        """The places of all schemas of answers, and those with a name."""
        found = {place for kinds in self.contents.values() for place in kinds.values()}
        return found | {f"#/components/schemas/{name}"
                        for name in self.schemas.document["components"]["schemas"]}

    def wanted(self):
        """What should have come once: answers of 200, shapes with a name, and in them
        what may be missing or null, and each of several."""
        roots = {f"#/components/schemas/{name}"
                 for name in self.schemas.document["components"]["schemas"]}
        for (_, _, status), kinds in self.contents.items():
            roots |= set(kinds.values()) if status == 200 else set()
        found = set(roots)
        for place in (p for root in roots for p in self.schemas.places(root)):
            schema = self.schemas.at(place)
            optional = schema.get("properties", {}).keys() - set(schema.get("required", []))
            found |= {f"{place}/properties/{name}" for name in optional}
            found |= {f"{place}/oneOf/{i}" for i in range(len(schema.get("oneOf", [])))}
            if "null" in self.schemas.types(schema):
                found.add(place)
        return {p for p in found if self.schemas.at(p).get("type") != "null"}

    def template(self, method, path):
        """Which path of the document it is; None: none."""
        given = path.split("?")[0].split("/")
        for wanted_method, template in self.operations:
            wanted = template.split("/")
            if wanted_method == method and len(wanted) == len(given) and all(
                    w == g or (w.startswith("{") and g) for w, g in zip(wanted, given)):
                return template
        return None

    def check(self, method, path, status, kind, body):
        """Raise Mismatch unless such an answer is in the document.  A path or a method
        that it has not may only be refused."""
        asked = "GET" if method == "HEAD" else method
        template = self.template(asked, path)
        if template is None:
            contents = self._contents(self.refusal) if status in (404, 405) else None
        else:
            contents = self.contents.get((asked, template, status))
        where = f"{method} {path}: {status}"
        if contents is None:
            raise Mismatch(f"{where} is not in docs/openapi.json: {body[:200]}")
        kind = kind.split(";")[0]
        if kind not in contents:
            raise Mismatch(f"{where} is {kind}, not {' or '.join(contents)}: {body[:200]}")
        if method == "HEAD":
            assert not body, f"{where} has a body: {body[:200]}"
        elif kind == "application/json":
            self.schemas.check(contents[kind], read_json(body), where)
        else:
            self.schemas.check(contents[kind], body.decode(), where)


def read():
    """Of the document of this tree."""
    return Answers(json.loads((programs.TOP / "docs/openapi.json").read_text()))


@cache
def shared():
    """The one that every call is held against."""
    return read()
