"""Connections are kept on both sides, and closed when somebody says so."""

from harness import eventually, scripts, wire

ONE_WORKER = {"workers": 1}


def test_both_sides_keep_one_connection(h):
    t = h.stand(config=ONE_WORKER)
    c = t.client()
    for i in range(20):
        a = c.ask("GET", f"/{i}")
        assert a.status == 200 and a.header("connection") is None, a.raw_head
    assert t.legacy.connections == 1
    assert t.metric("understudy_upstream_reuses_total") == 19
    assert t.metric("understudy_client_connections_total") == 1


def test_client_close_is_honoured(h):
    t = h.stand()
    c = t.client()
    a = c.ask("GET", "/", [("Connection", "close")])
    assert a.status == 200 and a.header("connection") == "close"
    c.expect_closed()


def test_half_closed_client_gets_its_answer(h):
    t = h.stand()
    c = t.client()
    c.send(wire.request("POST", "/", body=b"x", fields=[("Connection", "close")]))
    c.finish_sending()
    assert c.read_answer().status == 200


def test_half_closed_client_gets_the_answers_before_its_last(h):
    t = h.stand()
    c = t.client()
    c.send(wire.request("GET", "/1") + wire.request("GET", "/2", [("Connection", "close")]))
    c.finish_sending()
    assert [c.read_answer().json()["target"] for _ in range(2)] == ["/1", "/2"]
    c.expect_closed()


def test_client_that_goes_away_ends_its_exchange(h):
    t = h.stand(legacy=scripts.hang())
    c = t.client()
    c.send(wire.request("POST", "/", body=b"x"))
    t.legacy.wait_requests(1)
    c.close()
    assert t.legs(1)[0]["outcome"] == "client_gone"


def test_backend_close_does_not_reach_the_client(h):
    t = h.stand(config=ONE_WORKER,
                legacy=scripts.fixed(b"bye", fields=[("Connection", "close")]))
    c = t.client()
    for _ in range(3):
        a = c.ask()
        assert a.body == b"bye" and a.header("connection") is None
    assert t.legacy.connections == 3


def test_backend_that_restarts_between_requests_is_not_felt(h):
    t = h.stand(config=ONE_WORKER)
    c = t.client()
    for _ in range(10):
        assert c.ask("GET", "/").status == 200
        t.legacy.close_idle()
        eventually(lambda: t.legacy.open == 0, "the backend has closed")


def stale(second):
    """Answers once on a connection; whatever comes next on it gets `second`."""
    served = set()

    def script(x):
        if x.request.connection in served:
            return second(x)
        served.add(x.request.connection)
        return scripts.echo()(x)
    return script


def test_stale_connection_is_replaced_for_safe_methods(h):
    t = h.stand(config=ONE_WORKER, legacy=stale(scripts.close()))
    c = t.client()
    assert c.ask("GET", "/1").status == 200
    assert c.ask("GET", "/2").status == 200
    assert t.legacy.connections == 2
    assert t.metric("understudy_upstream_retries_total") == 1


def test_post_is_not_sent_twice(h):
    t = h.stand(config=ONE_WORKER, legacy=stale(scripts.close()))
    c = t.client()
    assert c.ask("GET", "/1").status == 200
    assert c.ask("POST", "/2", body=b"pay").status == 502
    assert len(t.legacy.seen(path="/2")) == 1


def test_client_that_leaves_frees_the_backend(h):
    t = h.stand(legacy=scripts.hang())
    c = t.client()
    c.send(wire.request())
    t.legacy.wait_requests(1)
    c.reset()
    eventually(lambda: t.legacy.open == 0, "the exchange is given up")
    assert t.legs(1)[0]["outcome"] == "client_gone"
