"""A request is sent twice only when nothing of it can have been processed."""

import random
import signal
import threading
from pathlib import Path

from harness import eventually, limit, scripts, wire

ONE_WORKER = {"workers": 1}


def first_then(second):
    """Answers the first request of a connection; then second(x), with the
    body still unread."""
    served = set()

    @scripts.early
    def script(x):
        if x.request.connection in served:
            return second(x)
        served.add(x.request.connection)
        x.read_body()
        return scripts.echo()(x)
    return script


def half_then(how):
    """Read some of the body, then end the connection."""
    def script(x):
        x.reader.take(10)
        how(x)
    return script


ENDS = [("closed behind the head", scripts.close()), ("reset behind the head", scripts.reset()),
        ("closed within the body", half_then(scripts.close())),
        ("reset within the body", half_then(scripts.reset()))]


def test_what_may_be_repeated_is_once(h):
    for why, end in ENDS:
        for method in ("GET", "HEAD", "OPTIONS"):
            if "body" in why and method != "OPTIONS":
                continue
            with h.check(f"{method} {why}"):
                t = h.stand(config=ONE_WORKER, legacy=first_then(end))
                c = t.client()
                assert c.ask("GET", "/1").status == 200
                c.send(wire.request(method, "/2", body=b"x" * 20 if method == "OPTIONS" else None))
                assert c.read_answer(method).status == 200
                assert len(t.legacy.seen(path="/2")) == 2
                assert t.metric("understudy_upstream_retries_total") == 1


def test_what_may_not_is_never(h):
    for why, end in ENDS:
        for method in ("POST", "PATCH", "PUT", "DELETE"):
            with h.check(f"{method} {why}"):
                t = h.stand(config=ONE_WORKER, legacy=first_then(end))
                c = t.client()
                assert c.ask("GET", "/1").status == 200
                a = c.ask(method, "/2", body=b"x" * 20)
                assert a.status == 502 and len(t.legacy.seen(path="/2")) == 1
                assert t.metric("understudy_upstream_retries_total") == 0


def test_a_fresh_connection_is_not_tried_again(h):
    # the backend has heard it and hung up: that is an answer of a kind
    t = h.stand(config=ONE_WORKER, legacy=scripts.close())
    assert t.get("/x").status == 502
    assert len(t.legacy.seen(path="/x")) == 1


def test_once_is_once(h):
    dead = threading.Event()

    @scripts.early
    def backend(x):
        if dead.is_set():
            return x.close()
        return scripts.echo()(x)
    t = h.stand(config=ONE_WORKER, legacy=backend)
    c = t.client()
    assert c.ask("GET", "/1").status == 200
    dead.set()
    assert c.ask("GET", "/2").status == 502
    assert len(t.legacy.seen(path="/2")) == 2


def test_after_a_byte_of_an_answer_never(h):
    t = h.stand(config=ONE_WORKER, legacy=first_then(
        scripts.raw(b"HTTP/1.1 200", close=True)))
    c = t.client()
    assert c.ask("GET", "/1").status == 200
    assert c.ask("GET", "/2").status == 502
    assert len(t.legacy.seen(path="/2")) == 1


def stop(proxy):
    """SIGSTOP, and wait until every thread stands."""
    proxy.signal(signal.SIGSTOP)
    tasks = Path(f"/proc/{proxy.process.pid}/task")
    eventually(lambda: all(") T " in (task / "stat").read_text() for task in tasks.iterdir()),
               "it has stopped", every=0.001)


def test_a_post_of_which_nothing_has_left(h):
    """The backend resets an idle connection in the very moment a POST comes.
    Stopped, understudy learns of both at once, of the POST first: its write
    fails with nothing sent, or its look at the connection shows the reset.
    (Its body is at hand because enhanced has a fallback.)"""
    gone = threading.Event()
    go = threading.Event()

    def backend(x):
        scripts.echo()(x)
        if x.request.path == "/1":
            x.wait(go)
            x.reset()
            gone.set()
    t = h.stand(config=ONE_WORKER, percent=100, enhanced=backend)
    for _ in range(10):
        go.clear()
        gone.clear()
        c = t.client()
        user = [("x-user-id", "u")]
        assert c.ask("GET", "/1", user).status == 200
        stop(t.proxy)
        try:
            c.send(wire.request("POST", "/2", user, body=b"pay"))
            go.set()
            assert gone.wait(15)
        finally:
            t.proxy.signal(signal.SIGCONT)
        a = c.read_answer()
        assert a.status == 200 and a.version == "enhanced"
        c.close()
    seen = t.enhanced.seen(path="/2")
    assert len(seen) == 10 and all(r.complete for r in seen)


@limit(120)
def test_no_post_arrives_twice_whatever_the_backend_does(h):
    """Connections end in every way at random moments while clients post."""
    rng = random.Random(4711)
    lock = threading.Lock()
    manners = [scripts.echo()] * 6 + [
        lambda x: x.reset(), lambda x: x.close(), half_then(scripts.close()),
        half_then(scripts.reset())]

    def answer_and(end):
        def script(x):
            scripts.echo()(x)
            end(x)
        return script
    endings = [answer_and(lambda x: x.reset()), answer_and(lambda x: x.close())]

    @scripts.early
    def backend(x):
        with lock:
            manner = rng.choice(manners + endings)
        if manner in manners[6:]:
            return manner(x)
        x.read_body()
        return manner(x)
    t = h.stand(config=ONE_WORKER, legacy=backend)
    outcomes = []

    def client(n):
        with t.client() as c:
            for i in range(60):
                method = ("POST", "PUT", "GET")[(n + i) % 3]
                a = c.ask(method, f"/{method}-{n}-{i}", body=b"0123456789" * 3)
                outcomes.append((method, a.status))
    threads = [threading.Thread(target=client, args=(n,), daemon=True) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert len(outcomes) == 360
    assert {s for _, s in outcomes} <= {200, 502}, set(outcomes)
    times = {}
    for r in t.legacy.seen(method="POST") + t.legacy.seen(method="PUT"):
        times[r.target] = times.get(r.target, 0) + 1
    twice = {k: n for k, n in times.items() if n > 1}
    assert not twice, twice
    asked = [r.target for r in t.legacy.seen(method="GET")]
    assert max(asked.count(target) for target in asked) <= 2
    eventually(lambda: t.metric("understudy_upstream_retries_total") > 0, "GETs were repeated")
