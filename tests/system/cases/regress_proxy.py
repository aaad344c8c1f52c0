"""What a review of net/ and proxy/ found, one case each."""

import select
import signal
import threading
import time

from harness import SLACK, eventually, scripts, wire

# How much the kernel holds for a client that does not read is not ours to
# say.  Over this span of sizes one answer at least ends with some of it held
# by understudy itself.
SIZES = range(1 << 16, 6 << 20, 1 << 16)


def sized(x):
    """GET /n is answered with n bytes."""
    x.answer(200, [("Content-Type", "application/octet-stream")],
             b"s" * int(x.request.path[1:]))


def lazy_clients(t, fields):
    """One that asks for each of SIZES, and does not read yet."""
    clients = []
    for size in SIZES:
        c = t.client()
        c.send(wire.request("GET", f"/{size}", fields))
        clients.append(c)
    return clients


def read_all(clients):
    """Each must get its answer whole."""
    for size, c in zip(SIZES, clients):
        assert len(c.read_answer().body) == size


def test_a_capture_that_is_given_up_is_still_sent(h):
    t = h.stand(legacy=scripts.mirror(), rules={"identity": [{"body": "/userId"}]})
    body = bytes(range(256)) * 2000
    c = t.client()
    a = c.ask("POST", "/", [("Content-Type", "application/json")], body, chunked=True)
    assert a.body == body


def test_a_last_answer_waits_for_a_slow_reader(h):
    t = h.stand(legacy=sized)
    clients = lazy_clients(t, [("Connection", "close")])
    time.sleep(3)   # longer than an answered connection is kept for its peer
    read_all(clients)


def test_a_last_answer_outlives_the_end_of_sending(h):
    t = h.stand(legacy=sized)
    clients = lazy_clients(t, [("Connection", "close")])
    time.sleep(1)
    for c in clients:
        c.finish_sending()
    time.sleep(0.5)
    read_all(clients)


def test_a_half_closed_client_gets_more_than_the_buffers_hold(h):
    size = 12 << 20
    t = h.stand(legacy=sized)
    c = t.client()
    c.send(wire.request("GET", f"/{size}", [("Connection", "close")]))
    c.finish_sending()
    time.sleep(0.5)
    assert len(c.read_answer().body) == size


def test_who_asks_without_reading_is_not_asked_for(h):
    count, size = 1000, 32768
    t = h.stand(legacy=sized)
    c = t.client()
    c.send(wire.request("GET", f"/{size}") * count)
    time.sleep(2)
    assert len(t.legacy.seen()) < count / 2
    for _ in range(count):
        assert len(c.read_answer().body) == size


def test_the_drain_does_not_wait_for_who_has_read_all(h):
    t = h.stand(legacy=sized, config={"timeouts": {"drain": "60s", "idle": "60s"}})
    clients = lazy_clients(t, [])
    time.sleep(1)
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping")
    read_all(clients)
    t.proxy.join(15)


def test_a_cut_answer_without_a_length_is_no_clean_end(h):
    t = h.stand(legacy=scripts.cut_chunked())
    c = t.client()
    c.send(wire.request("GET", "/", version="1.0"))
    try:
        rest = c.reader.rest()
    except ConnectionResetError:
        return
    raise AssertionError(f"ends cleanly: {rest!r}")


def test_heads_up_to_the_limit_are_written(h):
    long = ("X-Long", "l" * 150000)
    t = h.stand(legacy=scripts.fixed(b"ok", fields=[long]),
                config={"limits": {"head": "200KiB"}})
    a = t.ask("GET", "/", [long])
    assert a.status == 200 and a.header("x-long") == long[1]
    assert t.legacy.seen()[0].header("x-long") == long[1]
    longer = ("X-Long", "l" * 350000)
    t.proxy.change(config={"limits": {"head": "400KiB"}})
    t.proxy.signal(signal.SIGHUP)
    eventually(lambda: t.ask("GET", "/", [longer]).status == 200, "the new limit holds")


def test_who_leaves_a_pipelined_request_is_noticed(h):
    t = h.stand(legacy=scripts.routes({"/hang": scripts.hang()}))
    c = t.client()
    c.send(wire.request("GET", "/1") + wire.request("GET", "/hang"))
    assert c.read_answer().status == 200
    t.legacy.wait_requests(1, path="/hang")
    c.close()
    eventually(lambda: t.legacy.open == 0, "the backend is left alone", 10)


def test_who_leaves_behind_what_waits_is_noticed(h):
    """A client is not read while its next request waits for the running answer;
    but a reset is seen all the same, and an empty line is no next request."""
    t = h.stand(legacy=scripts.hang())
    for why, more, leave in (("reset", wire.request("GET", "/next"), "reset"),
                             ("an empty line", b"\r\n", "close"),
                             ("reset behind an empty line", b"\r\n", "reset")):
        with h.check(why):
            c = t.client()
            c.send(wire.request("POST", "/hang", body=b"x") + more)
            eventually(lambda: t.legacy.open == 1, "it is asked")
            getattr(c, leave)()
            eventually(lambda: t.legacy.open == 0, "the backend is left alone", 10)


def test_who_leaves_in_an_upload_that_is_held_back_is_noticed(h):
    """Not by the backend's idle limit, which is as long as it likes."""
    gate = threading.Event()

    @scripts.early
    def takes_nothing(x):
        x.wait(gate)
        x.drop()
    t = h.stand(legacy=takes_nothing)
    c = t.client()
    c.send(wire.request("POST", "/", fields=[("Content-Length", str(1 << 30))]))
    while select.select([], [c.sock], [], 0.5 * SLACK)[1]:
        c.sock.send(b"b" * (1 << 16))
    assert t.metric("understudy_client_connections") == 1
    c.reset()
    eventually(lambda: t.metric("understudy_client_connections") == 0, "it is let go", 10)
    gate.set()


def test_slow_is_not_still(h):
    # the kernel asks for more only when a third of its buffer is empty
    t = h.stand(legacy=sized, config={"timeouts": {"idle": f"{2 * SLACK:g}s"}})
    c = t.client()
    size = 5 << 20
    c.send(wire.request("GET", f"/{size}"))
    c.read_head()
    for _ in range(20):
        c.reader.take(1 << 16)
        time.sleep(0.3 * SLACK)     # the whole of it takes longer than idle
    rest = size - (20 << 16)
    assert c.reader.take(rest) == b"s" * rest


def test_a_cut_answer_takes_no_earlier_one_back(h):
    # closing on top of unread pipelined bytes makes the kernel reset
    t = h.stand(legacy=scripts.routes({"/1": scripts.fixed(b"x" * 400000),
                                       "/2": scripts.cut(b"half", 100)}))
    for _ in range(10):
        c = t.client()
        c.send(wire.request("GET", "/1") + wire.request("GET", "/2") +
               wire.request("POST", "/3", body=b"p" * 300000))
        t.legacy.wait_requests(1, path="/2")
        assert len(c.read_answer().body) == 400000
        c.close()
