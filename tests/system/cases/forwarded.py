"""Who is believed about whom: trusted_networks, X-Forwarded-*, Forwarded."""

import signal

from harness import scripts

SAYS = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "shop.example"), ("X-Forwarded-Port", "443"),
        ("X-Real-IP", "192.0.2.1"), ("Forwarded", "for=192.0.2.1;proto=https")]
TRUSTING = {"trusted_networks": ["127.0.0.0/8", "10.0.0.0/8"]}


def test_nobody_is_believed_unless_listed(h):
    for why, config in (("by default", {}), ("others are listed",
                        {"trusted_networks": ["10.0.0.0/8", "::1"]})):
        with h.check(why):
            t = h.stand(config=config)
            t.ask("GET", "/", SAYS)
            seen = t.legacy.seen()[0].fields
            assert seen.all("x-forwarded-for") == ["127.0.0.1"]
            assert seen.all("x-forwarded-proto") == ["http"]
            for name in ("x-forwarded-host", "x-forwarded-port", "x-real-ip", "forwarded"):
                assert seen.get(name) is None, name


# To CGI, WSGI and the like these are the fields that were dropped.
DISGUISED = [(n.replace("-", "_", i), v) for n, v in SAYS if "-" in n for i in (1, 2)] + [
    ("X_Understudy_Leg", "shadow"), ("Content_Length", "3"), ("Transfer_Encoding", "chunked")]


def test_an_underscore_hides_nothing(h):
    for why, config in (("from anybody", {}), ("from a listed peer", TRUSTING)):
        with h.check(why):
            t = h.stand(config=config)
            t.ask("POST", "/", [*DISGUISED, ("X_Own", "1")], b"body")
            seen = t.legacy.wait_requests(1)[0]
            assert [n for n in seen.fields.names() if "_" in n] == ["x_own"], seen.fields
            assert seen.body == b"body" and not seen.is_shadow


def test_a_listed_peer_is_passed_on_and_added_to(h):
    t = h.stand(config=TRUSTING)
    t.ask("GET", "/", SAYS)
    seen = t.legacy.seen()[0].fields
    assert seen.all("x-forwarded-for") == ["192.0.2.1, 127.0.0.1"]
    assert seen.all("forwarded") == ["for=192.0.2.1;proto=https, for=127.0.0.1;proto=http"]
    for name, value in SAYS[1:5]:
        with h.check(name):
            assert seen.all(name) == [value]


def test_what_would_hide_what_is_added_is_dropped(h):
    t = h.stand(config=TRUSTING)
    for said, want in ((['for="6.6.6.6'], []),
                       (['for="6.6.6.6\\"'], []),
                       (['for="6.6.6.6', "for=192.0.2.1"],
                        ["for=192.0.2.1, for=127.0.0.1;proto=http"]),
                       (['for="_a,b\\""'], ['for="_a,b\\"", for=127.0.0.1;proto=http'])):
        with h.check(str(said)):
            t.ask("GET", "/", [("Forwarded", value) for value in said])
            assert t.legacy.seen()[-1].fields.all("forwarded") == want


def test_both_legs_are_told_the_same(h):
    t = h.stand(shadow=100, config=TRUSTING)
    t.ask("GET", "/", SAYS + [("x-user-id", "u")])
    for backend in (t.legacy, t.enhanced):
        seen = backend.wait_requests(1)[0].fields
        assert seen.all("x-forwarded-for") == ["192.0.2.1, 127.0.0.1"], backend.name


def test_the_host_asked_for_is_told_where_it_is_replaced(h):
    t = h.stand(config={"backends": {"legacy": {"host": "inner.example"}}})
    t.ask("GET", "/", [("X-Forwarded-Host", "forged.example")], host="shop.example")
    assert t.legacy.seen()[0].fields.all("x-forwarded-host") == ["shop.example"]


def test_a_reload_changes_who_is_believed(h):
    t = h.stand()
    t.ask("GET", "/", SAYS)
    t.proxy.change(TRUSTING)
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark)["level"] == "info"
    t.ask("GET", "/", SAYS)
    first, second = t.legacy.seen()
    assert first.header("x-real-ip") is None and second.header("x-real-ip") == "192.0.2.1"


# (why, fields, the address by which the client must be known)
CLIENTS = [
    ("nothing said", [], "127.0.0.1"),
    ("one proxy", [("X-Forwarded-For", "192.0.2.1")], "192.0.2.1"),
    ("a chain of ours", [("X-Forwarded-For", "6.6.6.6, 192.0.2.1, 10.1.1.1")], "192.0.2.1"),
    ("two fields", [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "10.1.1.1")],
     "192.0.2.1"),
    ("IPv6 in any of its forms", [("X-Forwarded-For", "2001:DB8:0:0:0:0:0:1")], "2001:db8::1"),
    ("IPv4 within IPv6", [("X-Forwarded-For", "::ffff:192.0.2.1")], "192.0.2.1"),
    ("Forwarded", [("Forwarded", 'for="[2001:db8::1]:4711";proto=https')], "2001:db8::1"),
    ("X-Forwarded-For goes first", [("Forwarded", "for=6.6.6.6"),
                                    ("X-Forwarded-For", "192.0.2.1")], "192.0.2.1"),
    ("garbage ends the walk", [("X-Forwarded-For", "192.0.2.1, unknown, 10.1.1.1")], "10.1.1.1"),
]


def by_address(address):
    """Rules that give enhanced to this client alone."""
    return {"identity": [{"client": "address"}], "rollout": {
        "overrides": [{"users": [address], "version": "enhanced"}]}}


def test_identity_by_address(h):
    for why, fields, address in CLIENTS:
        with h.check(why):
            t = h.stand(config=TRUSTING, rules=by_address(address))
            assert t.ask("GET", "/", fields).version == "enhanced"
            assert t.ask("GET", "/", [("X-Forwarded-For", "198.51.100.7")]).version == "legacy"
            t.proxy.stop()


def test_identity_by_address_cannot_be_forged(h):
    t = h.stand(rules=by_address("192.0.2.1"))
    assert t.ask("GET", "/", SAYS).version == "legacy"
    t = h.stand(rules=by_address("127.0.0.1"), legacy=scripts.echo())
    assert t.ask("GET", "/", SAYS).version == "enhanced"
