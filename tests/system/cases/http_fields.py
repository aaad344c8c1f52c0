"""Which fields pass, which end here, and which understudy writes itself."""

import re

from harness import scripts, wire

HOP = [("Connection", "keep-alive, X-Private, x-other"), ("X-Private", "1"), ("X-Other", "2"),
       ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"),
       ("Proxy-Authorization", "Basic eDp5"), ("TE", "trailers"), ("Upgrade", "h2c"),
       ("Trailer", "X-Sum")]


def test_hop_by_hop_fields_end_here(h):
    t = h.stand()
    t.ask("GET", "/", HOP + [("X-Public", "3")])
    seen = t.legacy.seen()[0].fields
    assert seen.get("x-public") == "3"
    for name, _ in HOP:
        with h.check(name):
            if name == "Connection":
                assert seen.get(name) in (None, "keep-alive"), seen.get(name)
            else:
                assert seen.get(name) is None


def test_hop_by_hop_fields_of_answers_end_here(h):
    t = h.stand(legacy=scripts.fixed(b"x", fields=[
        ("Connection", "X-Private"), ("X-Private", "1"), ("Keep-Alive", "timeout=9"),
        ("Proxy-Authenticate", "Basic"), ("Upgrade", "h2c"), ("X-Public", "3")]))
    a = t.get()
    assert a.header("x-public") == "3"
    for name in ("connection", "x-private", "keep-alive", "proxy-authenticate", "upgrade"):
        with h.check(name):
            assert a.header(name) is None


def test_connection_cannot_remove_what_frames_the_message(h):
    t = h.stand(legacy=scripts.mirror())
    a = t.ask("POST", "/", [("Connection", "Content-Length, Host, X-Gone"), ("X-Gone", "1")],
              b"body")
    assert a.status == 200 and a.body == b"body"
    seen = t.legacy.seen()[0]
    assert seen.header("host") == "test" and seen.header("x-gone") is None


def test_other_fields_pass_in_order_and_unchanged(h):
    fields = [("X-b", "1"), ("x-B", "2"), ("Cookie", "a=1; b=2"), ("Authorization", "Bearer x"),
              ("Accept", "text/*;q=0.3,  text/html"), ("X-Empty", ""), ("X-High", "caf\xe9")]
    t = h.stand(legacy=scripts.fixed(b"x", fields=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
                                                  ("X-Odd", "  a  b ")]))
    a = t.ask("GET", "/", fields)
    seen = [(n, v) for n, v in t.legacy.seen()[0].fields if (n, v) in fields]
    assert seen == fields
    assert a.fields.all("set-cookie") == ["a=1", "b=2"] and a.header("x-odd") == "a  b"


def test_x_forwarded(h):
    # what peers say of others: forwarded.py
    t = h.stand()
    t.ask("GET", "/1")
    seen = t.legacy.seen()[0]
    assert seen.header("x-forwarded-for") == "127.0.0.1"
    assert seen.header("x-forwarded-proto") == "http"


def test_via(h):
    # RFC 9110 7.6.3: a gateway must add it to requests, and may to answers
    t = h.stand(legacy=scripts.fixed(b"x", fields=[("Via", "1.1 inner")]))
    a = t.ask("GET", "/", [("Via", "1.0 outer")])
    asked = ", ".join(t.legacy.seen()[0].fields.all("via"))
    assert re.fullmatch(r"1\.0 outer, 1\.1 \S+", asked), asked
    answered = ", ".join(a.fields.all("via"))
    assert re.fullmatch(r"1\.1 inner(, 1\.1 \S+)?", answered), answered


def test_request_id_is_kept_or_made(h):
    t = h.stand()
    a = t.ask("GET", "/1", [("X-Request-Id", "mine-1")])
    assert t.legacy.seen()[-1].fields.all("x-request-id") == ["mine-1"]
    assert a.fields.all("x-request-id") == ["mine-1"]
    made = set()
    for _ in range(3):
        a = t.ask("GET", "/2")
        ident = t.legacy.seen()[-1].header("x-request-id")
        assert ident and a.header("x-request-id") == ident
        made.add(ident)
    assert len(made) == 3


def test_version_header(h):
    lying = scripts.fixed(b"x", fields=[("X-Understudy-Version", "enhanced")])
    t = h.stand(legacy=lying)
    assert t.get().fields.all("x-understudy-version") == ["legacy"]


def test_version_header_can_be_turned_off(h):
    t = h.stand(config={"version_header": False})
    assert t.get().header("x-understudy-version") is None


def test_host_is_kept_or_replaced(h):
    t = h.stand()
    t.ask("GET", "/", host="shop.example:8080")
    assert t.legacy.seen()[0].fields.all("host") == ["shop.example:8080"]
    t = h.stand(config={"backends": {"legacy": {"host": "inner.example"}}})
    t.ask("GET", "/", host="shop.example")
    assert t.legacy.seen()[0].fields.all("host") == ["inner.example"]


def test_target_passes_unchanged(h):
    t = h.stand()
    for target in ("/", "/a/../b//c", "/%7Eu%2Fx?q=%20&q=2&empty=", "/a?b?c", "/;p=1", "/?"):
        with h.check(target):
            t.ask("GET", target)
            assert t.legacy.seen()[-1].target == target


def test_absolute_form_is_forwarded_as_origin_form(h):
    t = h.stand()
    a = t.ask("GET", "http://shop.example/a?b=c", host="shop.example")
    assert a.status == 200
    seen = t.legacy.seen()[0]
    assert seen.target == "/a?b=c" and seen.fields.all("host") == ["shop.example"]


def test_options_asterisk(h):
    t = h.stand()
    assert t.ask("OPTIONS", "*").status == 200
    assert t.legacy.seen()[0].target == "*"


def test_url_prefix_is_put_in_front(h):
    legacy = h.backend(name="legacy")
    t = h.stand(legacy=legacy, config={"backends": {"legacy": {"urls": [legacy.url + "/base"]}}})
    t.ask("GET", "/a?b")
    assert legacy.seen()[0].target == "/base/a?b"


def test_own_answers_are_json_and_name_the_fault(h):
    t = h.stand(legacy=h.refusing())
    a = t.get()
    assert a.status == 502 and a.header("content-type").startswith("application/json")
    assert set(a.json()) >= {"error", "message"}, a.body
    assert a.header("x-request-id")
    c = t.client()
    c.send(wire.request("HEAD", "/"))
    a = c.read_answer("HEAD")
    assert a.status == 502 and a.body == b""
    assert c.ask("GET", "/").status == 502, "the connection is still in step"


def test_a_refused_head_has_no_content(h):
    t = h.stand()
    for fields, status in (([("Via", ", ".join(["1.1 understudy"] * 8))], 508),
                           ([("Connection", "a b")], 400)):
        with h.check(status):
            c = t.client()
            c.send(wire.request("HEAD", "/", fields))
            a = c.read_answer("HEAD")
            assert a.status == status and int(a.header("content-length")) > 0
            c.expect_closed()


def test_date_is_kept_or_made(h):
    # RFC 9110 6.6.1: whoever passes an answer without one on says when it came
    t = h.stand(legacy=scripts.sequence(scripts.fixed(b"x", fields=[("Date", "then")]),
                                        scripts.fixed(b"x")))
    assert t.get().fields.all("date") == ["then"]
    for a in t.get(), t.ask("FROB", "/"):   # a backend's, and one of our own
        made, = a.fields.all("date")
        assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
                            made), made
