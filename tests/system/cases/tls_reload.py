"""Certificates are exchanged by a reload: all of it or nothing, and no
connection notices."""

import ssl
import threading

from harness import Client, Load, eventually, limit
from harness.ctl import Ctl
from harness.tls import Bare, client_context, server_context


def stand(h, ca, pair, **tls):
    """understudy with TLS for api.example."""
    return h.stand(config={"listen": [{"address": "127.0.0.1:0",
                                       "tls": {**pair.config(), **tls}}]})


def serial_given(t, context):
    """The serial number of the certificate that a new connection is shown."""
    with Client(t.proxy.address, tls=context, name="api.example") as c:
        return c.sock.getpeercert()["serialNumber"]


@limit(120)
def test_swap_under_load_without_one_failed_request(h):
    ca = h.authority()
    pairs = [ca.issue("api.example") for _ in range(3)]
    used = ca.issue("api.example")
    t = stand(h, ca, used)
    context = client_context(ca)
    kept = t.client(tls=context, name="api.example")
    assert kept.ask().status == 200
    seen = set()
    loads = [Load(t.proxy.address, threads=2, keep=keep, tls=client_context(ca), name="api.example")
             for keep in (True, False)]
    for load in loads:
        load.__enter__()
    try:
        for i in range(9):
            pairs[i % 3].copy_to(used)
            at = [load.done() for load in loads]
            mark = t.proxy.mark()
            t.proxy.admin().reload()
            t.proxy.wait_log("reload", since=mark, level="info")
            seen.add(serial_given(t, context))
            for load, before in zip(loads, at):
                eventually(lambda l=load, b=before: l.done() >= b + 10, "traffic goes on")
    finally:
        for load in loads:
            load.stop()
    for load in loads:
        assert load.failures == [], load.failures[:5]
    assert len(seen) == 3
    assert kept.ask().status == 200
    assert kept.sock.getpeercert()["serialNumber"] not in seen


def test_all_or_nothing(h):
    ca = h.authority()
    good, other = ca.issue("api.example"), ca.issue("api.example")
    t = stand(h, ca, good)
    context = client_context(ca)
    before = serial_given(t, context)
    good.certificate.write_bytes(other.certificate.read_bytes())    # the key is the old one
    _, error = Ctl.of(t.proxy).run("reload", "--reason", "test", exit_status=1)
    assert "is not the key of the certificate" in error and "/listen/0/tls/key" in error, error
    assert serial_given(t, context) == before
    good.key.write_bytes(other.key.read_bytes())
    Ctl.of(t.proxy).run("reload", "--reason", "test")
    eventually(lambda: serial_given(t, context) != before, "the new certificate")


def test_other_files_other_rules(h):
    """Not only the files' content: what stands beside the address may change."""
    ca, clients = h.authority(), h.authority("clients")
    pair = ca.issue("api.example")
    t = stand(h, ca, pair)
    context = client_context(ca)
    kept = t.client(tls=context, name="api.example")
    assert kept.ask().status == 200
    t.proxy.change(config={"listen": [{"address": "127.0.0.1:0", "tls": {
        **pair.config(), "client_ca": str(clients.certificate), "client_verify": "required"}}]})
    Ctl.of(t.proxy).run("reload", "--reason", "test")

    def refused():
        try:
            with Client(t.proxy.address, tls=context, name="api.example") as c:
                c.ask()
        except ssl.SSLError:
            return True
        return False
    eventually(refused, "a certificate is asked for")
    assert kept.ask().status == 200
    t.proxy.change(config={"listen": [{"address": "127.0.0.1:0"}]})
    Ctl.of(t.proxy).run("reload", "--reason", "test")
    eventually(lambda: t.ask().status == 200, "plain")
    t.proxy.change(config={"listen": [{"address": "127.0.0.1:1"}]})
    _, error = Ctl.of(t.proxy).run("reload", "--reason", "test", exit_status=1)
    assert "listen" in error and "restart" in error


def test_backend_ca(h):
    old, new = h.authority("old"), h.authority("new")
    legacy = h.backend(None, "legacy", tls=server_context(old.issue("127.0.0.1")))
    t = h.stand(legacy=legacy, config={"backends": {"legacy": {"tls": {
        "ca": str(old.certificate)}}}})
    assert t.get().status == 200
    t.proxy.change(config={"backends": {"legacy": {"tls": {"ca": str(new.certificate)}}}})
    Ctl.of(t.proxy).run("reload", "--reason", "test")
    # neither an idle connection nor a session of before is used
    eventually(lambda: t.get().status == 502, "the old CA is forgotten")
    for _ in range(4):
        assert t.get().status == 502


def test_drain_finishes_what_has_begun(h):
    """A handshake that has begun when the stop comes is finished, and its
    request answered."""
    ca = h.authority()
    t = stand(h, ca, ca.issue("api.example"))
    bare = Bare(t.client(), client_context(ca), "api.example")
    hello = bare.begin()
    bare.client.send(hello[:10])
    eventually(lambda: t.metric("understudy_client_connections") == 1, "accepted")
    stopper = threading.Thread(target=t.proxy.stop, daemon=True)
    stopper.start()
    t.proxy.wait_log("stopping")
    bare.client.send(hello[10:])
    bare.shake()
    bare.tls.write(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
    head = bare.until(bare.tls.read, 65536)
    assert head.startswith(b"HTTP/1.1 200"), head
    bare.client.close()
    stopper.join(30)
