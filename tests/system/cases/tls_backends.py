"""TLS with backends: verified by default, by their own CA, name and client
certificate; and a connection that just closes is never the end of an answer."""

import time

from harness import Closed, eventually, scripts, wire
from harness.tls import client_context, server_context


def stand(h, context, tls=None, host="127.0.0.1", **kw):
    """understudy before a legacy that speaks TLS; tls: of its configuration."""
    legacy = h.backend(kw.pop("legacy", None), "legacy", tls=context, host=host)
    config = kw.pop("config", {})
    if tls is not None:
        config = {**config, "backends": {"legacy": {"tls": tls}}}
    return h.stand(legacy=legacy, config=config, **kw)


def by(ca, **more):
    """tls of a backend that this CA vouches for."""
    return {"ca": str(ca.certificate), **more}


def error_of(t):
    """What the first leg's record says."""
    return t.legs(1)[0]["error"]


def test_own_ca(h):
    ca = h.authority()
    for version in "1.2", "1.3":
        with h.check(version):
            t = stand(h, server_context(ca.issue("127.0.0.1"), version=version), by(ca),
                      config={"workers": 1})
            for i in range(3):
                assert t.get(f"/{i}").status == 200
            assert t.legacy.connections == 1 and t.legacy.refusals == []
            assert t.legacy.handshakes[0][1] is None    # an address is no server name
            assert t.post(b"x" * 200000).json()["body"] == "x" * 200000
            assert t.legacy.seen()[0].header("x-forwarded-proto") == "http"


def test_name_of_the_url_and_name_override(h):
    ca = h.authority()
    t = stand(h, server_context(ca.issue("localhost")), by(ca), host="localhost")
    assert t.get().status == 200
    assert t.legacy.handshakes[0][1] == "localhost"
    t = stand(h, server_context(ca.issue("api.internal")), by(ca, name="api.internal"))
    assert t.get().status == 200
    assert t.legacy.handshakes[0][1] == "api.internal"
    assert t.legacy.seen()[0].header("host") == "test"


def test_what_does_not_verify_is_not_spoken_to(h):
    ca, other = h.authority(), h.authority("other")
    rows = (
        ("unknown CA", other.issue("127.0.0.1"), by(ca),
         "certificate verify failed: unable to get local issuer certificate"),
        ("unknown to the system", ca.issue("127.0.0.1"), {}, "certificate verify failed"),
        ("no tls at all in the file", ca.issue("127.0.0.1"), None, "certificate verify failed"),
        ("wrong address", ca.issue("127.0.0.2"), by(ca), "IP address mismatch (wanted 127.0.0.1)"),
        ("wrong name", ca.issue("api.internal"), by(ca, name="api.other"),
         "hostname mismatch (wanted api.other)"),
        ("part of a wildcard", ca.issue("a*.internal"), by(ca, name="api.internal"),
         "hostname mismatch (wanted api.internal)"),
        ("expired", ca.issue("127.0.0.1", days=-1), by(ca), "certificate has expired"),
    )
    for why, pair, tls, text in rows:
        with h.check(why):
            t = stand(h, server_context(pair), tls)
            a = t.get()
            assert a.status == 502 and a.json()["error"] == "connect_failed", a
            assert b"127.0.0.1" not in a.body and b"certificate" not in a.body
            assert text in error_of(t), error_of(t)
            assert text in t.proxy.wait_log("tls", level="warn")["msg"]
            assert t.legacy.seen() == []
            t.wait_metric("understudy_upstream_tls_failed_total", 1)


def test_verify_off(h):
    t = stand(h, server_context(h.authority().issue("whoever")), {"verify": False})
    assert t.get().status == 200


def test_a_failed_handshake_falls_back(h):
    enhanced = h.backend(None, "enhanced", tls=server_context(h.authority().issue("127.0.0.1")))
    t = h.stand(percent=100, enhanced=enhanced, rules={"rollout": {"fallback": {"on": ["connect"]}}})
    a = t.get()
    assert a.status == 200 and a.version == "legacy"


def test_plain_backend_behind_https(h):
    plain = h.mute()
    t = h.stand(legacy=plain)
    c = t.client()
    c.send(wire.request())
    with plain.accept() as sock:
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        assert c.read_answer().status == 502
    assert "TLS handshake failed: wrong version number" in error_of(t)


def test_hung_handshake(h):
    t = h.stand(legacy=h.mute(), config={"backends": {"legacy": {"timeouts": {"connect": "200ms"}}}})
    a = t.get()
    assert a.status == 504 and a.json()["error"] == "connect_timeout", a


def test_client_certificate(h):
    ca, clients = h.authority(), h.authority("clients")
    context = server_context(ca.issue("127.0.0.1"), client_ca=clients)
    for version in "1.2", "1.3":
        context = server_context(ca.issue("127.0.0.1"), client_ca=clients, version=version)
        with h.check(f"{version} shown"):
            mine = clients.issue(subject="/CN=understudy")
            t = stand(h, context, by(ca, **mine.config()))
            assert t.get().status == 200
            assert t.legacy.handshakes[0][2] == "understudy"
        with h.check(f"{version} missing"):
            t = stand(h, context, by(ca))
            assert t.get().status == 502
            assert t.legacy.seen() == []


def test_sessions_are_resumed(h):
    ca = h.authority()
    for version in "1.2", "1.3":
        with h.check(version):
            t = stand(h, server_context(ca.issue("127.0.0.1"), version=version), by(ca),
                      legacy=scripts.fixed(fields=[("Connection", "close")]),
                      config={"workers": 1})
            for _ in range(4):
                assert t.get().status == 200
            assert [resumed for resumed, _, _ in t.legacy.handshakes] == [False, True, True, True]
            assert t.metric("understudy_upstream_tls_resumed_total") == 3


def test_a_session_of_another_name_opens_nothing(h):
    """Two URLs, one place: who resumes is not verified again, so a session of
    the name that the certificate has must not serve the one that it has not."""
    ca = h.authority()
    for version in "1.2", "1.3":
        with h.check(version):
            legacy = h.backend(scripts.fixed(fields=[("Connection", "close")]), "legacy",
                               tls=server_context(ca.issue("localhost"), version=version))
            urls = [f"https://{name}:{legacy.port}" for name in ("localhost", "127.0.0.1")]
            t = h.stand(legacy=legacy, config={"workers": 1, "backends": {"legacy": {
                "urls": urls, "balance": "round_robin", "hold": {"after": 0}, "tls": by(ca)}}})
            for _ in range(8):
                assert t.get().status == 200    # by the other URL, if need be
            assert t.metric("understudy_upstream_tls_failed_total") >= 2
            assert len(legacy.handshakes) == 8 and len(legacy.seen()) == 8
            assert [resumed for resumed, _, _ in legacy.handshakes] == [False] + 7 * [True]


def test_the_dot_of_the_root_is_no_part_of_a_name(h):
    ca = h.authority()
    t = stand(h, server_context(ca.issue("api.internal")), by(ca, name="api.internal."))
    assert t.get().status == 200
    assert t.legacy.handshakes[0][1] == "api.internal"


def test_tickets_do_not_look_like_an_answer(h):
    """TLS 1.3 tickets come when the connection may be idle already."""
    ca = h.authority()
    t = stand(h, server_context(ca.issue("127.0.0.1"), version="1.3"), by(ca),
              config={"workers": 1})
    for i in range(20):
        assert t.get(f"/{i}").status == 200
    time.sleep(0.3)     # longer than a connection goes without being looked at
    assert t.get().status == 200
    assert t.legacy.connections == 1


def test_idle_connection_closed_by_the_backend(h):
    ca = h.authority()
    t = stand(h, server_context(ca.issue("127.0.0.1")), by(ca), config={"workers": 1})
    assert t.get().status == 200
    t.legacy.close_idle()
    eventually(lambda: t.legacy.open == 0, "closed")
    eventually(lambda: t.metric("understudy_upstream_connections") == 0, "seen")
    assert t.post(b"not sent twice").status == 200
    assert len(t.legacy.seen(method="POST")) == 1


def until_close(x):
    """An answer that only a close ends."""
    x.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it")


def test_truncation_is_never_an_end(h):
    ca = h.authority()

    def cut(x):
        until_close(x)
        x.drop()

    def ended(x):
        until_close(x)
        x.close()
    for version in "1.2", "1.3":
        context = server_context(ca.issue("127.0.0.1"), version=version)
        t = stand(h, context, by(ca), legacy=scripts.routes({"/cut": cut, "/whole": ended}))
        with h.check(f"{version} with close_notify"):
            a = t.get("/whole")
            assert a.status == 200 and a.body == b"all of it"
        with h.check(f"{version} without"):
            c = t.client()
            c.send(wire.request(target="/cut"))
            a = c.read_head()
            try:
                c.read_body(a)
            except (OSError, Closed):
                pass
            else:
                raise AssertionError("a cut answer ends cleanly")
            legs = t.legs(2)
            assert legs[1]["outcome"] == "upstream_cut", legs[1]
            assert "close_notify" in legs[1]["error"]
        with h.check(f"{version} without, to HTTP/1.0"):
            c = t.client()
            c.send(wire.request(target="/cut", version="1.0"))
            a = c.read_head()
            try:
                c.read_body(a)
            except ConnectionResetError:
                continue
            raise AssertionError("a cut answer ends cleanly")


def test_shadows(h):
    ca = h.authority()
    listen = {"address": "127.0.0.1:0", "tls": ca.issue("api.example").config()}
    backends = [h.backend(scripts.as_json({"a": 1}), name,
                          tls=server_context(ca.issue("127.0.0.1")))
                for name in ("legacy", "enhanced")]
    t = h.stand(shadow=100, legacy=backends[0], enhanced=backends[1], config={
        "listen": [listen],
        "backends": {"legacy": {"tls": by(ca)}, "enhanced": {"tls": by(ca)}}})
    c = t.client(tls=client_context(ca), name="api.example")
    for i in range(10):
        assert c.ask("POST", f"/{i}", [("x-user-id", "u")], b"{}").version == "legacy"
    t.wait_status(lambda s: s["comparisons"]["same"] == 10, "compared as the same")
