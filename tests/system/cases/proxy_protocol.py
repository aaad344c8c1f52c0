"""PROXY protocol: with it a connection is who its header says, without it a
connection is nobody."""

import json
import signal
import socket
import time

from harness import eventually, merged, wire
from harness.tls import client_context

SIG = b"\r\n\r\n\0\r\nQUIT\n"
V1 = b"PROXY TCP4 192.0.2.1 10.0.0.1 4242 80\r\n"
V1_V6 = b"PROXY TCP6 2001:db8::1 ::1 4242 80\r\n"
V1_UNKNOWN = b"PROXY UNKNOWN and so on\r\n"


def v2(command=0x21, family=0x11, rest=None):
    """A header of version 2."""
    if rest is None:
        rest = bytes([192, 0, 2, 1, 10, 0, 0, 1, 16, 146, 0, 80])
    return SIG + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


V2_V6 = v2(family=0x21, rest=socket.inet_pton(socket.AF_INET6, "2001:db8::1") + bytes(20))
# made elsewhere: the sum of header, addresses and the TLV with zeros in its place
V2_CRC = v2(rest=v2()[16:] + bytes.fromhex("030004c341f0b3"))
V2_WRONG_CRC = V2_CRC[:-1] + b"\0"
V2_LOCAL = v2(0x20, 0, b"")

GOOD = [("v1 TCP4", V1, "192.0.2.1"), ("v1 TCP6", V1_V6, "2001:db8::1"),
        ("v1 UNKNOWN", V1_UNKNOWN, "127.0.0.1"), ("v2 TCP4", v2(), "192.0.2.1"),
        ("v2 TCP6", V2_V6, "2001:db8::1"), ("v2 LOCAL", V2_LOCAL, "127.0.0.1"),
        ("v2 CRC32C", V2_CRC, "192.0.2.1"),
        ("v2 other TLVs", v2(rest=v2()[16:] + b"\x04\x00\x03abc"), "192.0.2.1"),
        ("v2 unspecified", v2(family=0, rest=b""), "127.0.0.1")]

BAD = [("missing", wire.request("GET", "/")), ("garbage", b"\x00" * 64),
       ("v1 too long", b"PROXY UNKNOWN " + b"x" * 100),
       ("v1 wrong", b"PROXY TCP4 1.2.3 10.0.0.1 1 2\r\n"), ("v1 LF", V1.replace(b"\r", b"")),
       ("v2 wrong CRC32C", V2_WRONG_CRC), ("v2 version 3", v2(0x31)),
       ("v2 datagrams", v2(family=0x12)), ("v2 too long", SIG + b"\x21\x11\xff\xff"),
       ("v2 TLV cut", v2(rest=v2()[16:] + b"\x04\x00\x03a"))]


def stand(h, listen=None, **kw):
    """understudy behind a load balancer."""
    config = {"listen": [{"address": "127.0.0.1:0", "proxy_protocol": True, **(listen or {})}],
              "access_log": {"path": "access.log"}}
    return h.stand(config=merged(config, kw.pop("config", {})), **kw)


def refused(t, outcome):
    """How many connections ended so."""
    return t.metric(f'understudy_refusals_total{{outcome="{outcome}"}}')


def log_lines(t):
    """The access log so far."""
    path = t.proxy.dir / "access.log"
    return [json.loads(l) for l in path.read_text().splitlines()] if path.exists() else []


def unread(c):
    """Bytes from this client that understudy has not read yet."""
    ours = f":{c.sock.getsockname()[1]:04X}"
    theirs = f":{c.sock.getpeername()[1]:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        for row in map(str.split, table):
            if row[1].endswith(theirs) and row[2].endswith(ours):
                return int(row[4].partition(":")[2], 16)
    return None


def cpu_ticks(t):
    """Hundredths of a second of processor time that understudy has used."""
    stat = open(f"/proc/{t.proxy.process.pid}/stat", encoding="ascii").read()
    return sum(map(int, stat.rpartition(")")[2].split()[11:13]))


def test_the_header_tells_the_client(h):
    t = stand(h)
    for n, (why, header, address) in enumerate(GOOD, 1):
        with h.check(why):
            c = t.client()
            c.send(header + wire.request("POST", "/", body=b"body"))
            assert c.read_answer().status == 200
            seen = t.legacy.seen()[-1]
            assert seen.fields.all("x-forwarded-for") == [address] and seen.body == b"body"
            assert c.ask("GET", "/").status == 200, "one header for a connection"
            eventually(lambda want=2 * n: len(log_lines(t)) == want, "its lines")
            assert {l["client"] for l in log_lines(t)[-2:]} == {address}


def test_in_any_pieces(h):
    t = stand(h)
    for header in (V1, V1_UNKNOWN, V2_CRC):
        with h.check(header[:12]):
            c = t.client()
            for i in range(len(header)):
                c.send(header[i:i + 1])
            c.send(wire.request("GET", "/bytes"))
            assert c.read_answer().status == 200
            c = t.client()
            c.send(header[:7])
            eventually(lambda c=c: unread(c) == 0, "taken off the socket")
            c.send(header[7:] + wire.request("GET", "/halves"))
            assert c.read_answer().status == 200


def test_a_half_header_costs_no_time(h):
    t = stand(h)

    def ticks_of_a_second():
        before = cpu_ticks(t)
        time.sleep(1)   # real time must pass: that is what is measured
        return cpu_ticks(t) - before
    idle = ticks_of_a_second()
    c = t.client()
    c.send(V2_CRC[:20])
    eventually(lambda: unread(c) == 0, "taken off the socket")
    waiting = ticks_of_a_second()
    assert waiting <= idle + 30, f"{waiting} ticks, {idle} without: it looks again and again"
    c.send(V2_CRC[20:] + wire.request("GET", "/"))
    assert c.read_answer().status == 200


def test_what_has_none_is_closed_and_counted(h):
    t = stand(h)
    for n, (why, data) in enumerate(BAD, 1):
        with h.check(why):
            c = t.client()
            c.send(data)
            assert c.expect_reset_or_cut() == b"", "not one byte for it"
            eventually(lambda want=n: refused(t, "greeting_bad") == want, "counted")
    assert t.legacy.seen() == []
    said = t.proxy.wait_log("proxy_header")
    assert "127.0.0.1" in said["msg"] and "PROXY header" in said["msg"], said
    line = eventually(lambda: len(log_lines(t)) == len(BAD) and log_lines(t)[0], "lines")
    assert (line["outcome"], line["phase"], line["status"]) == ("greeting_bad", "greeting", None)


def test_a_slow_one_is_closed(h):
    t = stand(h, config={"timeouts": {"head": "300ms"}})
    for why, start in (("silent", b""), ("half", V1[:10])):
        with h.check(why):
            c = t.client()
            c.send(start)
            assert c.expect_reset_or_cut() == b""
    eventually(lambda: refused(t, "greeting_timeout") == 2, "counted")


def test_a_check_that_only_connects_is_no_fault(h):
    t = stand(h)
    for _ in range(3):
        c = t.client()
        c.close()
    t.wait_metric("understudy_client_connections_total", 3)
    c = t.client()
    c.send(V2_LOCAL)
    c.close()
    c = t.client()
    c.send(V1 + wire.request("GET", "/"))
    assert c.read_answer().status == 200
    assert all(refused(t, f"greeting_{w}") == 0 for w in ("bad", "timeout", "untrusted"))
    c = t.client()
    c.send(V1[:12])
    c.close()
    eventually(lambda: refused(t, "greeting_bad") == 1, "one that breaks off is")


def test_only_from_listed_networks(h):
    t = stand(h, {"proxy_networks": ["10.0.0.0/8"]})
    c = t.client()
    c.send_quietly(V1 + wire.request("GET", "/"))
    assert c.expect_reset_or_cut() == b""
    eventually(lambda: refused(t, "greeting_untrusted") == 1, "counted")
    assert t.legacy.seen() == []
    t = stand(h, {"proxy_networks": ["10.0.0.0/8", "127.0.0.1"]})
    c = t.client()
    c.send(V1 + wire.request("GET", "/"))
    assert c.read_answer().status == 200


def test_without_the_key_a_header_is_no_http(h):
    t = h.stand()
    c = t.client()
    c.send(V1 + wire.request("GET", "/"))
    assert c.read_answer().status == 400 and t.legacy.seen() == []


def test_the_peer_it_tells_is_the_one_to_be_trusted(h):
    fields = [("X-Forwarded-For", "198.51.100.1")]
    for networks, want in ((["127.0.0.0/8"], "192.0.2.1"),
                           (["192.0.2.0/24"], "198.51.100.1, 192.0.2.1")):
        t = stand(h, config={"trusted_networks": networks})
        c = t.client()
        c.send(V1 + wire.request("GET", "/", fields))
        assert c.read_answer().status == 200
        assert t.legacy.seen()[0].fields.all("x-forwarded-for") == [want]


def test_identity_by_its_address(h):
    t = stand(h, rules={"identity": [{"client": "address"}], "rollout": {
        "overrides": [{"users": ["192.0.2.1"], "version": "enhanced"}]}})
    for header, version in ((v2(), "enhanced"), (V1_V6, "legacy"), (V2_LOCAL, "legacy")):
        c = t.client()
        c.send(header + wire.request("GET", "/"))
        assert c.read_answer().version == version


def test_connections_are_counted_by_its_address(h):
    t = stand(h, config={"limits": {"connections_per_address": 1}})
    first, second, third = t.client(), t.client(), t.client()
    first.send(V1 + wire.request("GET", "/"))
    assert first.read_answer().status == 200
    second.send(V1)
    assert second.read_answer().status == 503
    third.send(V1_V6 + wire.request("GET", "/"))
    assert third.read_answer().status == 200, "the balancer's own address does not count"


def test_connections_without_one_yet_count_as_connections(h):
    t = stand(h, config={"limits": {"connections": 1}})
    first = t.client()
    t.wait_metric("understudy_client_connections_total", 1)
    assert t.client().read_answer().status == 503
    first.send(V1 + wire.request("GET", "/"))
    assert first.read_answer().status == 200
    first.close()

    def served():
        c = t.client()
        c.send_quietly(V1 + wire.request("GET", "/"))
        return c.read_answer().status == 200
    eventually(served, "its place is free again")


def test_a_reload_switches_it(h):
    t = stand(h)
    t.proxy.change({"listen": [{"address": "127.0.0.1:0"}]})
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    assert t.proxy.wait_log("reload", since=mark)["level"] == "info"
    eventually(lambda: t.get().status == 200, "plain HTTP")


def test_stopping_waits_for_no_header(h):
    t = stand(h, config={"timeouts": {"head": "1h", "drain": "1h"}})
    c = t.client()
    t.wait_metric("understudy_client_connections_total", 1)
    t.proxy.stop()
    assert c.expect_reset_or_cut() == b""


def test_a_header_on_its_way_is_waited_for(h):
    t = stand(h)
    c = t.client()
    c.send(V1[:20])
    eventually(lambda: unread(c) == 0, "taken off the socket")
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping")
    c.send(V1[20:] + wire.request("GET", "/"))
    assert c.read_answer().status == 200
    c.close()
    t.proxy.join()


def test_comes_before_tls(h):
    ca = h.authority()
    t = stand(h, listen={"tls": ca.issue("api.example").config()})
    context = client_context(ca)
    with socket.create_connection(t.proxy.address, timeout=15) as plain:
        plain.sendall(V1)
        with context.wrap_socket(plain, server_hostname="api.example") as c:
            c.sendall(wire.request("GET", "/"))
            assert c.recv(65536).startswith(b"HTTP/1.1 200")
    assert t.legacy.seen()[0].header("x-forwarded-for") == "192.0.2.1"
    assert t.legacy.seen()[0].header("x-forwarded-proto") == "https"
    with socket.create_connection(t.proxy.address, timeout=15) as plain:
        try:
            context.wrap_socket(plain, server_hostname="api.example").close()
        except OSError:
            pass
    eventually(lambda: refused(t, "greeting_bad") == 1, "TLS without a header is refused")
