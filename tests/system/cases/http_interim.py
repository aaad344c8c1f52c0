"""1xx answers are passed on, and only to those who know them."""

from harness import scripts, wire


def test_interim_answers_are_relayed(h):
    t = h.stand(legacy=scripts.interim(102, 103))
    c = t.client()
    for _ in range(2):
        a = c.ask()
        assert [s for s, _ in a.interim] == [102, 103] and a.body == b"ok"
        assert a.interim[1][1].get("x-interim") == "103"


def test_http_10_client_sees_none(h):
    t = h.stand(legacy=scripts.interim(103))
    c = t.client()
    c.send(wire.request(version="1.0"))
    a = c.read_answer()
    assert a.interim == [] and a.body == b"ok"


def test_interim_does_not_end_fallback(h):
    # a 1xx commits to nothing, but the client has seen it: still one answer
    t = h.stand(percent=100, enhanced=scripts.interim(103, then=scripts.status(500)))
    a = t.get()
    assert a.status == 200 and a.version == "legacy"


def test_unasked_switch_of_protocols_is_refused(h):
    t = h.stand(legacy=scripts.raw(
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
    assert t.get().status == 502
