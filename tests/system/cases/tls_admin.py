"""TLS on the admin listener, by understudyctl and by anything else."""

import json

from harness import Admin, Client
from harness.ctl import DENIED, UNREACHABLE, Ctl
from harness.tls import client_context


def stand(h, ca, **tls):
    """understudy whose admin API speaks TLS."""
    t = h.stand(start=False, config={"admin": {"address": "127.0.0.1:0", "tls": {
        **ca.issue("127.0.0.1").config(), **tls}}})
    t.proxy.admin_tls = client_context(ca, alpn=())
    t.proxy.start()
    return t


def ctl(t, **env):
    """understudyctl by https."""
    return Ctl("https://" + t.proxy.ready["admin"], t.proxy.token, **env)


def test_api_and_large_answers(h):
    ca = h.authority()
    t = stand(h, ca)
    assert t.status()["rollout"]["stage"] == "test"
    session = t.proxy.admin().session()
    for i in range(20):
        assert "understudy_requests_total" in session.metrics()
        session.rollout(f"change {i}", percent=i)
    a = Admin(t.proxy.admin_address, tls=client_context(ca, alpn=("h2", "http/1.1")))
    assert a.call("GET", "/healthz").status == 200


def test_versions_alpn_and_resumption(h):
    ca = h.authority()
    t = stand(h, ca)
    for version in "1.2", "1.3":
        with h.check(version):
            context, session = client_context(ca, version=version), None
            for resumed in False, True:
                with Client(t.proxy.admin_address, tls=context, name="127.0.0.1",
                            session=session) as c:
                    assert c.ask(target="/healthz", host="127.0.0.1").status == 200
                    assert c.sock.version() == f"TLSv{version}"
                    assert c.sock.session_reused is resumed
                    session = c.sock.session
    try:
        Client(t.proxy.admin_address, tls=client_context(ca, alpn=("h2",)), name="127.0.0.1")
    except OSError as fault:
        assert "application protocol" in str(fault).lower().replace("_", " "), fault
    else:
        raise AssertionError("another protocol is agreed on")


def test_ctl(h):
    ca = h.authority()
    t = stand(h, ca)
    file = str(ca.certificate)
    assert "test" in ctl(t, UNDERSTUDY_CA=file).run("status")[0]
    assert "test" in ctl(t).run("--ca", file, "status")[0]
    ctl(t).run("--ca", file, "set", "percent", "5", "--reason", "by TLS")
    _, error = ctl(t).run("status", exit_status=UNREACHABLE)
    assert "certificate" in error.lower(), error
    _, error = Ctl.of(t.proxy).run("status", exit_status=UNREACHABLE)


def test_client_certificates(h):
    ca, people = h.authority(), h.authority("people")
    t = stand(h, ca, client_ca=str(people.certificate), client_verify="required")
    mine = people.issue(subject="/CN=operator")
    run = ctl(t, UNDERSTUDY_CA=str(ca.certificate))
    run.run("status", exit_status=UNREACHABLE)
    run.run("--cert", str(mine.certificate), "--key", str(mine.key), "status")
    with_env = ctl(t, UNDERSTUDY_CA=str(ca.certificate), UNDERSTUDY_CERT=str(mine.certificate),
                   UNDERSTUDY_KEY=str(mine.key))
    assert with_env.json("status")["rollout"]["stage"] == "test"


def test_tokens_still_hold(h):
    ca = h.authority()
    t = h.stand(start=False, files={"tokens.json": json.dumps({"tokens": []})}, config={
        "admin": {"address": "127.0.0.1:0", "tokens": "tokens.json",
                  "tls": ca.issue("127.0.0.1").config()}})
    t.proxy.start()
    ctl(t, UNDERSTUDY_CA=str(ca.certificate)).run("status", exit_status=DENIED)


def test_reload_brings_the_new_certificate(h):
    ca = h.authority()
    pair = ca.issue("127.0.0.1")
    t = h.stand(start=False, config={"admin": {"address": "127.0.0.1:0", "tls": pair.config()}})
    context = t.proxy.admin_tls = client_context(ca, alpn=())
    t.proxy.start()

    def serial():
        with Client(t.proxy.admin_address, tls=context, name="127.0.0.1") as c:
            return c.sock.getpeercert()["serialNumber"]
    before = serial()
    kept = t.proxy.admin().session()
    kept.get("/api/v1/status")
    ca.issue("127.0.0.1").copy_to(pair)
    t.proxy.admin().reload()
    assert serial() != before
    kept.get("/api/v1/status")


def test_others_do_not_hang_it(h):
    ca = h.authority()
    t = stand(h, ca)
    silent = h.keep(Client(t.proxy.admin_address))
    with Client(t.proxy.admin_address) as c:
        c.send_quietly(b"GET /healthz HTTP/1.1\r\n\r\n" * 3)
        c.expect_reset_or_cut()
    assert t.status()["rollout"]["stage"] == "test"
    # who never shakes hands is shown out
    assert silent.expect_reset_or_cut() is not None
