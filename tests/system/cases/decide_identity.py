"""Each source of the identity chain finds the user, and in the order given.

An override for one user tells whether understudy found him: only then does
enhanced answer.
"""

import base64
import json

from harness import scripts, wire

USER = "user-42"


def jwt(claims):
    """A token with these claims; nobody checks its signature here."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{part({'alg': 'none'})}.{part(claims)}.c2ln"


def stand(h, *sources, **kw):
    """USER goes to enhanced, everybody else to legacy."""
    return h.stand(rules={"identity": list(sources), "rollout": {
        "overrides": [{"users": [USER], "version": "enhanced"}]}}, **kw)


def body(value):
    """Arguments of ask for a JSON body."""
    return {"method": "POST", "body": json.dumps(value).encode(),
            "fields": [("Content-Type", "application/json")]}


def bearer(token):
    """Arguments of ask for a bearer token."""
    return {"fields": [("Authorization", f"Bearer {token}")]}


SOURCES = [
    ("header", {"header": "x-user-id"}, {"fields": [("X-User-Id", USER)]},
     {"fields": [("X-User-Id", "other")]}),
    ("header, name in any case", {"header": "X-User-ID"}, {"fields": [("x-user-id", USER)]},
     {"fields": [("x-user-idx", USER)]}),
    ("cookie", {"cookie": "uid"}, {"fields": [("Cookie", f"a=1; uid={USER}; b=2")]},
     {"fields": [("Cookie", f"xuid={USER}; uid=other")]}),
    ("query", {"query": "user"}, {"target": f"/a?x=1&user={USER}"},
     {"target": f"/a?xuser={USER}"}),
    ("query, encoded", {"query": "user"}, {"target": "/a?user=user%2D42"},
     {"target": "/a?user=user%2D43"}),
    ("path", {"path": "/presence/{user}"}, {"target": f"/presence/{USER}/state?x"},
     {"target": f"/other/{USER}"}),
    ("jwt_claim", {"jwt_claim": "sub"}, bearer(jwt({"sub": USER})), bearer(jwt({"uid": USER}))),
    ("body", {"body": "/userId"}, body({"userId": USER}), body({"userid": USER})),
    ("body, nested", {"body": "/who/ids/1"}, body({"who": {"ids": ["a", USER]}}),
     body({"who": {"ids": [USER]}})),
]


def test_each_source(h):
    for why, source, hit, miss in SOURCES:
        with h.check(why):
            t = stand(h, source)
            assert t.ask(**hit).version == "enhanced", "not found"
            assert t.ask(**miss).version == "legacy", "found too much"
            assert t.ask().version == "legacy"
            t.proxy.stop()


def test_the_first_that_answers_wins(h):
    t = stand(h, {"header": "x-user-id"}, {"cookie": "uid"}, {"body": "/userId"})
    both = [("X-User-Id", "other"), ("Cookie", f"uid={USER}")]
    assert t.ask("GET", "/", both).version == "legacy"
    assert t.ask("GET", "/", both[1:]).version == "enhanced"
    assert t.ask("GET", "/", [("X-User-Id", ""), both[1]]).version == "enhanced"
    assert t.ask("GET", "/", both[1:], b'{"userId":"other"}').version == "enhanced"
    assert t.ask(**body({"userId": USER})).version == "enhanced"


def test_strange_values_are_no_identity(h):
    t = stand(h, {"jwt_claim": "sub"}, {"body": "/userId"}, percent=100)
    strange = [bearer("x"), bearer("a.b.c"), bearer("..."), bearer(jwt([USER])),
               bearer(jwt({"sub": None})), body([]), body({"userId": None}),
               body({"userId": {"a": 1}}), {"method": "POST", "body": b'{"userId":'},
               {"method": "POST", "body": b"\xff\xfe"}, {}]
    for i, args in enumerate(strange):
        with h.check(f"{i}: {args}"):
            a = t.ask(**args)
            assert a.status == 200 and a.version == "legacy"
    legs = t.legs(len(strange))
    assert all(leg["bucket"] is None for leg in legs)


def test_without_identity_everything_is_legacy(h):
    t = h.stand(percent=100)
    assert t.get(user="u").version == "enhanced"
    assert t.ask().version == "legacy"


def test_body_in_pieces_is_waited_for(h):
    t = stand(h, {"body": "/userId"}, enhanced=scripts.mirror(), legacy=scripts.mirror())
    c = t.client()
    data = json.dumps({"pad": "x" * 5000, "userId": USER}).encode()
    c.send(wire.request("POST", "/", [("Transfer-Encoding", "chunked"),
                                      ("Content-Type", "application/json")]))
    for at in range(0, len(data), 1000):
        c.send(wire.chunk(data[at:at + 1000]))
    c.send(wire.LAST_CHUNK)
    a = c.read_answer()
    assert a.version == "enhanced" and a.body == data


def test_body_over_the_capture_has_no_identity(h):
    t = stand(h, {"body": "/userId"}, percent=100, legacy=scripts.mirror(),
              config={"limits": {"capture": "8KiB"}})
    data = json.dumps({"userId": USER, "pad": "x" * 50000}).encode()
    a = t.post(data, user="")
    assert a.version == "legacy" and a.body == data
