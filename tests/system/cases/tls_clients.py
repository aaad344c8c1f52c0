"""TLS with clients: versions, names, ALPN, resumption, client certificates,
and what becomes of those who speak something else."""

import socket
import ssl

from harness import Client, Closed, eventually, scripts, split_address, wire
from harness.tls import Bare, Console, client_context, strict

PREFIX = "understudy_tls_"


def stand(h, ca, tls=None, **kw):
    """Two plain backends, understudy with TLS for api.example in front."""
    listen = {"address": "127.0.0.1:0",
              "tls": tls or ca.issue("api.example", "127.0.0.1").config()}
    config = {"listen": [listen], **kw.pop("config", {})}
    return h.stand(config=config, **kw)


def secure(t, context, name="api.example", **kw):
    """A client of it."""
    return t.client(tls=context, name=name, **kw)


def handshake_fails(t, context, name="api.example", read=True):
    """The handshake, or (TLS 1.3: what the server says of the client's
    certificate comes behind it) the first read, fails; the reason."""
    try:
        with Client(t.proxy.address, tls=context, name=name) as c:
            if read:
                c.ask()
    except ssl.SSLError as fault:
        return str(fault)
    except (ConnectionResetError, BrokenPipeError) as fault:
        return str(fault)
    raise AssertionError("the handshake succeeds")


def test_versions(h):
    ca = h.authority()
    t = stand(h, ca)
    for version in "1.2", "1.3":
        with h.check(version):
            c = secure(t, client_context(ca, version=version))
            assert c.sock.version() == f"TLSv{version}"
            assert c.sock.selected_alpn_protocol() == "http/1.1"
            assert c.ask(target=f"/{version}").status == 200
            assert c.ask(body=b"x" * 100, method="POST").json()["body"] == "x" * 100
    assert t.legacy.seen()[0].header("x-forwarded-proto") == "https"
    assert t.metric(PREFIX + "handshakes_total") == 2
    newest = stand(h, ca, {**ca.issue("api.example").config(), "min_version": "1.3"})
    assert "version" in handshake_fails(newest, client_context(ca, version="1.2")).lower()
    newest.wait_metric(PREFIX + "failed_protocol_total", 1)


def test_old_versions_are_refused(h):
    ca = h.authority()
    t = stand(h, ca)
    old = strict(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    old.load_verify_locations(str(ca.certificate))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "version" in handshake_fails(t, old).lower()
    t.wait_metric(PREFIX + "failed_protocol_total", 1)


def test_close_is_announced(h):
    ca = h.authority()
    t = stand(h, ca)
    for version in "1.2", "1.3":
        with h.check(version):
            c = secure(t, client_context(ca, version=version))
            assert c.ask(fields=[("Connection", "close")]).status == 200
            c.expect_closed()   # an end without close_notify raises


def test_certificate_by_name(h):
    ca = h.authority()
    pairs = [ca.issue("first.example"), ca.issue("second.example", "*.wild.example"),
             ca.issue("exact.wild.example"), ca.issue("rsa.example", key="rsa"),
             ca.issue("rsa.example")]
    t = stand(h, ca, {"certificates": [p.config() for p in pairs]})
    trusting = client_context()

    def given(name):
        with Client(t.proxy.address, tls=trusting, name=name) as c:
            return ssl.DER_cert_to_PEM_cert(c.sock.getpeercert(True)).split()

    def content(pair):
        return pair.certificate.read_text().split()

    for name, want in (("first.example", 0), ("second.example", 1), ("SECOND.example", 1),
                       ("a.wild.example", 1), ("exact.wild.example", 2),
                       ("wild.example", 0), ("a.b.wild.example", 0), ("other.example", 0),
                       (None, 0)):
        with h.check(str(name)):
            assert given(name) == content(pairs[want])
    with h.check("two keys for one name"):
        ecdsa, rsa = client_context(ca, version="1.2"), client_context(ca, version="1.2")
        ecdsa.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        rsa.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        for context in ecdsa, rsa:
            with Client(t.proxy.address, tls=context, name="rsa.example") as c:
                assert c.ask().status == 200


def test_alpn(h):
    ca = h.authority()
    t = stand(h, ca)
    for offer, want in (((), None), (("http/1.1",), "http/1.1"), (("h2", "http/1.1"), "http/1.1")):
        with h.check(str(offer)):
            c = secure(t, client_context(ca, alpn=offer))
            assert c.sock.selected_alpn_protocol() == want
            assert c.ask().status == 200
    fault = handshake_fails(t, client_context(ca, alpn=("h2",)))
    assert "no application protocol" in fault.lower() or "NO_APPLICATION_PROTOCOL" in fault, fault
    t.wait_metric(PREFIX + "failed_protocol_total", 1)


def session_of(t, context, **kw):
    """A session to resume: TLS 1.3 brings it with the first answer."""
    c = secure(t, context, **kw)
    assert c.ask().status == 200
    session = c.sock.session
    assert session.has_ticket
    return c, session


def test_resumption(h):
    ca = h.authority()
    pair = ca.issue("api.example")
    t = stand(h, ca, pair.config())
    for n, version in enumerate(("1.2", "1.3")):
        with h.check(version):
            context = client_context(ca, version=version)
            c, session = session_of(t, context)
            assert not c.sock.session_reused
            again = secure(t, context, session=session)
            assert again.ask().status == 200 and again.sock.session_reused
            # another certificate, a reload, whichever worker: still
            ca.issue("api.example").copy_to(pair)
            mark = t.proxy.mark()
            t.proxy.admin().reload()
            t.proxy.wait_log("reload", since=mark, level="info")
            for _ in range(4):
                c = secure(t, context, session=session)
                assert c.ask().status == 200 and c.sock.session_reused
            assert t.metric(PREFIX + "resumed_total") == 5 * (n + 1)


def test_without_tickets_nothing_is_resumed(h):
    ca = h.authority()
    t = stand(h, ca, {**ca.issue("api.example").config(), "session_tickets": False})
    for version in "1.2", "1.3":
        with h.check(version):
            context = client_context(ca, version=version)
            c = secure(t, context)
            c.ask()
            again = secure(t, context, session=c.sock.session)
            assert again.ask().status == 200 and not again.sock.session_reused


def subject_seen(t):
    return t.legacy.seen()[-1].fields.all("x-client-cert-subject")


def test_client_certificates(h):
    ca, clients, others = h.authority(), h.authority("clients"), h.authority("others")
    pair = ca.issue("api.example")
    mine = clients.issue(subject="/O=Störer, Inc/CN=robot")
    wrong = others.issue(subject="/CN=robot")
    stale = clients.issue(subject="/CN=robot", days=-1)
    forged = [("X-Client-Cert-Subject", "CN=admin")]
    for verify in "optional", "required":
        t = stand(h, ca, {**pair.config(), "client_ca": str(clients.certificate),
                          "client_verify": verify})
        for version in "1.2", "1.3":
            with h.check(f"{verify} {version} good"):
                c = secure(t, client_context(ca, mine, version))
                assert c.ask(fields=forged).status == 200
                assert subject_seen(t) == [r"CN=robot,O=St\C3\B6rer\, Inc"], subject_seen(t)
                assert c.ask("POST", body=b"x").status == 200
                assert len(subject_seen(t)) == 1
                # a resumed session is the same client
                session = c.sock.session
                again = secure(t, c.sock.context, session=session)
                assert again.ask().status == 200 and again.sock.session_reused
                assert len(subject_seen(t)) == 1
            for why, bad in (("another CA's", wrong), ("expired", stale)):
                with h.check(f"{verify} {version} {why}"):
                    before = t.metric(PREFIX + "failed_certificate_total")
                    handshake_fails(t, client_context(ca, bad, version))
                    t.wait_metric(PREFIX + "failed_certificate_total", before + 1)
        with h.check(f"{verify} none"):
            if verify == "optional":
                assert secure(t, client_context(ca)).ask(fields=forged).status == 200
                assert subject_seen(t) == []
            else:
                fault = handshake_fails(t, client_context(ca))
                assert "required" in fault.lower(), fault


def test_subject_is_stripped_everywhere(h):
    t = h.stand()
    for name in ("x-client-cert-subject", "X_Client_Cert_Subject", "X-Client_Cert-Subject"):
        with h.check(name):
            assert t.ask(fields=[(name, "CN=admin"), ("X-Own", "1")]).status == 200
            seen = t.legacy.seen()[-1].fields
            assert subject_seen(t) == [] and seen.get("x-own") == "1"
            assert not [n for n in seen.names() if "_" in n], seen


def test_session_of_a_weaker_listener_opens_nothing(h):
    ca, clients = h.authority(), h.authority("clients")
    pair = ca.issue("api.example").config()
    t = h.stand(config={"listen": [
        {"address": "127.0.0.1:0", "tls": pair},
        {"address": "127.0.0.1:0", "tls": {**pair, "client_ca": str(clients.certificate),
                                          "client_verify": "required"}}]})
    strict_place = split_address(t.proxy.ready["listen"][1])
    for version in "1.2", "1.3":
        with h.check(version):
            context = client_context(ca, version=version)
            _, session = session_of(t, context)
            try:
                with Client(strict_place, tls=context, name="api.example", session=session) as c:
                    c.ask()
            except OSError:
                continue
            raise AssertionError("let in without a certificate")


def test_plain_http_to_a_tls_listener(h):
    t = stand(h, h.authority())
    a = t.ask()
    assert a.status == 400 and a.json()["error"] == "client_no_tls", a
    t.wait_metric(PREFIX + "failed_plain_total", 1)
    with t.client() as c:
        c.send(wire.request("POST", body=b"x" * 3000))
        assert c.read_answer().status == 400
        c.expect_closed()


def test_garbage_and_gone(h):
    ca = h.authority()
    t = stand(h, ca)
    for n, data in enumerate((b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"g" * 500,
                              b"\x16\x03\x01\x00\x05hello", b"SSH-2.0-x\r\n")):
        with h.check(repr(data[:10])):
            with t.client() as c:
                c.send_quietly(data)
                c.finish_sending()
                c.expect_reset_or_cut()
    t.wait_metric(PREFIX + "failed_protocol_total", 3)
    with t.client():
        pass
    t.wait_metric(PREFIX + "failed_closed_total", 1)
    assert secure(t, client_context(ca)).ask().status == 200


def test_slow_handshake_ends(h):
    t = stand(h, h.authority(), config={"timeouts": {"head": "300ms"}})
    silent = t.client()
    begun = t.client()
    begun.send(b"\x16\x03\x01")
    for c in silent, begun:
        c.expect_reset_or_cut()
    t.wait_metric(PREFIX + "failed_timeout_total", 2)


def test_pipelining(h):
    ca = h.authority()
    t = stand(h, ca)
    for version in "1.2", "1.3":
        with h.check(version):
            c = secure(t, client_context(ca, version=version))
            # more than one TLS record, more than one read, all at once
            bodies = [bytes([65 + i]) * (i * 3000) for i in range(12)]
            c.send(b"".join(wire.request("POST", f"/{i}", body=b)
                            for i, b in enumerate(bodies)))
            for i, body in enumerate(bodies):
                a = c.read_answer().json()
                assert a["target"] == f"/{i}" and a["body"] == body.decode(), i


def test_request_byte_by_byte(h):
    ca = h.authority()
    t = stand(h, ca)
    c = secure(t, client_context(ca))
    for byte in wire.request("POST", "/slow", body=b"abc"):
        c.send(bytes([byte]))
    assert c.read_answer().json()["body"] == "abc"


def test_truncated_request_is_no_request(h):
    ca = h.authority()
    t = stand(h, ca)
    c = secure(t, client_context(ca))
    c.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    c.sock.close()
    eventually(lambda: t.metric("understudy_client_connections") == 0, "the client is gone")
    assert [r for r in t.legacy.seen() if r.complete] == []


def test_half_close(h):
    # a close_notify is an end as any other: only behind a last request may it come first
    ca = h.authority()
    # An answer that is there at once may overtake the end: this one never comes.
    t = stand(h, ca, legacy=scripts.routes({"/never": scripts.hang()}, scripts.fixed(b"ok")))
    last = [("Connection", "close")]
    for version in "1.2", "1.3":
        for path, fields, want in (("/", last, b"HTTP/1.1 200"), ("/never", [], b"")):
            with h.check(f"{version} {path}"):
                bare = Bare(t.client(), client_context(ca, version=version), "api.example")
                bare.shake()
                bare.tls.write(wire.request("GET", path, fields))
                try:
                    bare.tls.unwrap()
                except ssl.SSLWantReadError:
                    bare.client.send(bare.outgoing())
                try:
                    got = bare.until(bare.tls.read, 65536)
                except ssl.SSLZeroReturnError:
                    got = b""
                assert got[:12] == want, got


def test_no_renegotiation(h):
    ca = h.authority()
    t = stand(h, ca)
    host, port = t.proxy.address
    c = h.keep(Console("s_client", "-connect", f"{host}:{port}", "-tls1_2", "-crlf",
                       "-servername", "api.example", "-CAfile", ca.certificate))
    c.say(b"GET / HTTP/1.1\nHost: x\n\n")
    c.wait(b"HTTP/1.1 200")
    c.wait(b"Compression: NONE")
    c.say(b"R\n")
    c.wait(b"no renegotiation")
    assert t.metric(PREFIX + "handshakes_total") == 1


def test_answer_that_ends_by_close(h):
    """To an HTTP/1.0 client the close is the end: only a whole answer may be
    closed with close_notify."""
    ca = h.authority()
    t = stand(h, ca, legacy=scripts.routes({
        "/whole": scripts.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole", close=True),
        "/cut": scripts.cut_chunked(b"half")}))
    for version in "1.2", "1.3":
        with h.check(version):
            c = secure(t, client_context(ca, version=version))
            c.send(wire.request(target="/whole", version="1.0"))
            assert c.read_answer().body == b"whole"
            c = secure(t, client_context(ca, version=version))
            c.send(wire.request(target="/cut", version="1.0"))
            a = c.read_head()
            assert a.status == 200
            try:
                c.read_body(a)
            except (OSError, Closed):
                continue
            raise AssertionError("a cut answer ends cleanly")
