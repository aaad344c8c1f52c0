"""One JSON object a line: what is in it for each way a request can end, how
it is sampled and rotated, and that nothing waits for it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading

from harness import SLACK, Client, Load, ask, eventually, limit, scripts, wire
from harness.programs import UNDERSTUDY, environment

ON = {"access_log": {"path": "access.log"}}
LINES = "understudy_access_log_lines_total"
DROPPED = "understudy_access_log_dropped_total"


def read(path):
    """Every whole line as an object; what is no JSON fails."""
    if not path.exists():
        return []
    text = path.read_bytes()
    return [json.loads(l.decode("utf-8")) for l in text.split(b"\n")[:-1]]


def wait_lines(t, n, name="access.log"):
    """Wait until n lines are there; no more may be."""
    path = t.proxy.dir / name
    eventually(lambda: len(read(path)) >= n, f"{n} lines")
    lines = read(path)
    assert len(lines) == n, lines
    return lines


def compare(line, **want):
    """Members by exact value, or by a function of it."""
    for name, value in want.items():
        got = line[name]
        assert value(got) if callable(value) else got == value, f"{name}: {got!r} in {line}"


def some(value):
    """A positive number."""
    return isinstance(value, int) and value > 0


REFUSED = {"ts", "client", "id", "pair", "trace_id", "method", "path", "route", "stage",
           "decision", "status", "outcome", "phase", "error"}
ANSWERED = REFUSED | {"leg", "version", "upstream", "upstream_status", "reused", "retried",
                      "fallback", "begin_us", "first_byte_us", "first_content_us",
                      "latency_us", "request_bytes", "response_bytes"}


def test_off_by_default(h):
    t = h.stand()
    t.get()
    assert not (t.proxy.dir / "access.log").exists()
    assert t.metric(LINES) == 0


def test_an_ordinary_request(h):
    t = h.stand(config=ON, rules={"routes": [{"match": {"path": "/v1/*"}}]},
                legacy=scripts.fixed(b"answer"))
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    a = t.ask("POST", "/v1/chat?key=secret-query", [
        ("x-user-id", "secret-user"), ("x-request-id", "req-1"), ("Cookie", "c=secret-cookie"),
        ("Authorization", "Bearer secret-token"), ("X-Forwarded-For", "6.6.6.6"),
        ("traceparent", f"00-{trace}-00f067aa0ba902b7-01")], b"secret-body")
    assert a.status == 200
    line, = wait_lines(t, 1)
    assert set(line) == ANSWERED
    compare(line, client="127.0.0.1", id="req-1", trace_id=trace, method="POST", path="/v1/chat",
            route="/v1/*", stage="test", decision="bucket", status=200, outcome="done",
            phase="end", error=None, leg="primary", version="legacy", upstream=t.legacy.url,
            upstream_status=200, reused=False, retried=False, fallback=False,
            latency_us=some, first_byte_us=some, first_content_us=some,
            begin_us=lambda n: n >= 0, request_bytes=11, response_bytes=6,
            ts=lambda s: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", s))
    assert line["first_byte_us"] <= line["first_content_us"] <= line["latency_us"]
    assert line["pair"] == t.legs(1)[0]["pair"]
    assert "secret" not in (t.proxy.dir / "access.log").read_text()


def test_a_kept_connection_and_no_body(h):
    t = h.stand(config=ON, legacy=scripts.fixed(b"", 204))
    c = t.client()
    for n in (1, 2):
        assert c.ask("GET", "/").status == 204
        wait_lines(t, n)
    first, second = wait_lines(t, 2)
    compare(first, reused=False, first_content_us=None, response_bytes=0, status=204)
    compare(second, reused=True)


def test_the_client_behind_a_trusted_proxy(h):
    t = h.stand(config={**ON, "trusted_networks": ["127.0.0.0/8"]})
    t.ask("GET", "/", [("X-Forwarded-For", "2001:db8::7")])
    compare(wait_lines(t, 1)[0], client="2001:db8::7")


def test_failing_backends(h):
    rows = [
        ("refused", h.refusing(), {}, "connect_failed", 502, None, "connect"),
        ("reset", scripts.reset(), {}, "upstream_reset", 502, None, "wait"),
        ("silent", scripts.hang(), {"timeouts": {"first_byte": "200ms"}},
         "first_byte_timeout", 504, None, "wait"),
        ("garbage", scripts.garbage(), {}, "upstream_bad_head", 502, None, "wait"),
        ("5xx", scripts.status(503), {}, "upstream_5xx", 503, 503, "end"),
    ]
    for why, legacy, backend, outcome, status, upstream_status, phase in rows:
        with h.check(why):
            t = h.stand(config={**ON, "backends": {"legacy": backend}}, legacy=legacy)
            assert t.get().status == status
            compare(wait_lines(t, 1)[0], outcome=outcome, status=status, phase=phase,
                    upstream_status=upstream_status, fallback=False, version="legacy")
            t.proxy.stop()


def test_an_answer_that_breaks_off(h):
    t = h.stand(config=ON, legacy=scripts.cut(b"half", 100))
    c = t.client()
    c.send(wire.request("GET", "/"))
    c.expect_reset_or_cut()
    compare(wait_lines(t, 1)[0], outcome="upstream_cut", status=200, upstream_status=200,
            phase="relay", response_bytes=4, error=lambda e: e)


def test_a_fallback_is_two_lines(h):
    rows = [("5xx", scripts.status(500), "upstream_5xx", 500),
            ("no connection", h.refusing(), "connect_failed", None)]
    for why, enhanced, outcome, upstream_status in rows:
        with h.check(why):
            t = h.stand(percent=100, config=ON, enhanced=enhanced,
                        legacy=scripts.fixed(b"saved"))
            assert t.get().version == "legacy"
            failed, saved = wait_lines(t, 2)
            compare(failed, version="enhanced", outcome=outcome, status=None, fallback=True,
                    upstream_status=upstream_status, decision="bucket")
            compare(saved, version="legacy", outcome="done", status=200, fallback=False,
                    decision="fallback", begin_us=lambda n: n >= 0)
            assert failed["pair"] == saved["pair"] and failed["trace_id"] == saved["trace_id"]


def test_shadows_if_asked(h):
    t = h.stand(shadow=100, config=ON)
    t.get()
    t.legs(2)
    compare(wait_lines(t, 1)[0], leg="primary")
    t = h.stand(shadow=100, config={"access_log": {"path": "access.log", "shadows": True}})
    t.get()
    lines = {l["leg"]: l for l in wait_lines(t, 2)}
    compare(lines["shadow"], version="enhanced", status=None, upstream_status=200,
            outcome="done", pair=lines["primary"]["pair"])


def test_an_event_stream(h):
    gate = threading.Event()
    t = h.stand(config=ON, legacy=scripts.sse([b"one", b"two"], gate=gate))
    c = t.client()
    c.send(wire.request("GET", "/"))
    a = c.read_head()
    c.read_chunk()
    assert read(t.proxy.dir / "access.log") == [], "the line comes with the end"
    gate.set()
    c.read_body(a)
    compare(wait_lines(t, 1)[0], outcome="done", phase="end", first_content_us=some,
            response_bytes=len(b"data: one\n\ndata: two\n\n"))


def test_a_client_that_goes(h):
    t = h.stand(config=ON, legacy=scripts.hang())
    c = t.client()
    c.send(wire.request("GET", "/"))
    eventually(t.legacy.seen, "asked")
    c.close()
    compare(wait_lines(t, 1)[0], outcome="client_gone", phase="wait", status=None,
            upstream_status=None)


def test_a_client_that_goes_before_anything_is_decided(h):
    t = h.stand(config=ON, rules={"identity": [{"body": "/user"}]})
    c = t.client()
    c.send(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    t.wait_metric("understudy_requests_total", 1)
    c.close()
    line, = wait_lines(t, 1)
    assert set(line) == REFUSED
    compare(line, outcome="client_gone", phase="body", path="/early", status=None, decision=None)


def test_refused_requests(h):
    short = {"head": "200ms"}
    body = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    rows = [
        ("grammar", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "client_bad_head", "head"),
        ("too large", b"GET / HTTP/1.1\r\nX: " + b"x" * 4000, 431, "client_head_too_large", "head"),
        ("too slow", b"GET / HT", 408, "client_head_timeout", "head"),
        ("bad chunk", body, 400, "client_bad_body", None),
    ]
    for why, data, status, outcome, phase in rows:
        with h.check(why):
            t = h.stand(config={**ON, "limits": {"head": 2048},
                                "timeouts": short if why == "too slow" else {}})
            c = t.client()
            c.send(data)
            assert c.read_answer().status == status
            line, = wait_lines(t, 1)
            compare(line, outcome=outcome, status=status, client="127.0.0.1")
            if phase:
                assert set(line) == REFUSED
                compare(line, phase=phase, method=None, path=None, id=None, decision=None)
            c.close()
            t.proxy.stop()


def test_shed_connections(h):
    t = h.stand(config={**ON, "workers": 1, "limits": {"connections": 1}})
    first = t.client()
    assert first.ask("GET", "/").status == 200
    assert t.client().read_answer().status == 503
    compare(wait_lines(t, 2)[1], outcome="shed", phase="accept", status=503)


HOSTILE = [
    ('quotes', "/a\"b\\c'", "x\"y\\"),
    ("not UTF-8", "/a", "caf\xe9\xff\xfe"),
    ("looks like JSON", '/","status":200,"x":"', '","admin":true,"x":"'),
    ("script", "/</script>&amp;", "<script>"),
    ("a tab", "/%00%0a", "a\tb"),
    ("too long", "/" + "a" * 1000, "i" * 1000),
]


def test_hostile_texts_stay_one_line_of_json(h):
    t = h.stand(config=ON)
    for n, (why, path, ident) in enumerate(HOSTILE, 1):
        with h.check(why):
            c = t.client()
            c.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: {ident}\r\n\r\n"
                   .encode("latin-1"))
            c.read_answer()
            line = wait_lines(t, n)[-1]
            assert set(line) in (ANSWERED, REFUSED) and "admin" not in line
            if line["path"] is not None:
                assert path.startswith(line["path"]) and len(line["path"]) >= min(len(path), 199)


def test_a_sample_is_a_share_of_requests_with_all_their_lines(h):
    t = h.stand(shadow=100, config={
        "access_log": {"path": "access.log", "sample": "20%", "shadows": True}})
    n = 600
    c = t.client()
    for _ in range(n):
        assert c.ask("GET", "/", [("x-user-id", "u")]).status == 200
    t.legs(2 * n)
    eventually(lambda: t.metric(LINES) == len(read(t.proxy.dir / "access.log")), "settled")
    lines = read(t.proxy.dir / "access.log")
    pairs = {}
    for line in lines:
        pairs.setdefault(line["pair"], []).append(line["leg"])
    # 120 expected, a standard deviation of 10: seven of them either way
    assert 50 <= len(pairs) <= 190, len(pairs)
    assert all(sorted(legs) == ["primary", "shadow"] for legs in pairs.values())


def test_failures_are_logged_whatever_the_sample(h):
    legacy = scripts.routes({"/bad": scripts.status(500)})
    t = h.stand(legacy=legacy, config={"access_log": {"path": "access.log", "sample": "0%"}})
    t.get("/good")
    t.get("/bad")
    c = t.client()
    c.send(b"nonsense\r\n\r\n")
    assert c.read_answer().status == 400
    bad, refused = wait_lines(t, 2)
    compare(bad, path="/bad", outcome="upstream_5xx")
    compare(refused, outcome="client_bad_head")
    t = h.stand(legacy=legacy, config={
        "access_log": {"path": "access.log", "sample": "0%", "failures": False}})
    t.get("/bad")
    t.legs(1)
    assert read(t.proxy.dir / "access.log") == []


@limit(120)
def test_rotation_by_rename_loses_no_line(h):
    t = h.stand(config=ON)
    log = t.proxy.dir / "access.log"
    with Load(t.proxy.address, threads=4) as load:
        for i in range(10):
            eventually(lambda: log.exists() and log.stat().st_size > 0, "lines in it")
            os.rename(log, t.proxy.dir / f"access.log.{i}")
            mark = t.proxy.mark()
            t.proxy.signal(signal.SIGHUP if i % 3 == 2 else signal.SIGUSR1)
            t.proxy.wait_log("reload" if i % 3 == 2 else "access_log", since=mark)
    assert load.failures == [], load.failures[:5]
    done = load.done()
    t.wait_metric(LINES, done)
    count = [len(read(p)) for p in t.proxy.dir.glob("access.log*")]
    assert sum(count) == done and t.metric(DROPPED) == 0, (count, done)
    assert all(read(t.proxy.dir / f"access.log.{i}") for i in range(10)), count


def test_a_file_that_cannot_be_opened_again_keeps_the_old_one(h):
    t = h.stand(config=ON)
    log = t.proxy.dir / "access.log"
    t.get()
    wait_lines(t, 1)
    os.rename(log, t.proxy.dir / "old.log")
    log.mkdir()
    t.proxy.signal(signal.SIGUSR1)
    said = t.proxy.wait_log("access_log", level="error")
    assert "access.log" in said["msg"] and "directory" in said["msg"], said
    t.get()
    wait_lines(t, 2, "old.log")


def test_a_full_disk_is_said_once_and_nothing_waits(h):
    t = h.stand(config={"access_log": {"path": "/dev/full"}})
    c = t.client()
    for _ in range(50):
        assert c.ask("GET", "/").status == 200
    t.wait_metric(DROPPED, 50)
    said = t.proxy.wait_log("access_log", level="error")
    assert "No space left" in said["msg"], said
    for _ in range(50):
        assert c.ask("GET", "/").status == 200
    t.wait_metric(DROPPED, 100)
    assert len(t.proxy.logged("access_log")) == 1, t.proxy.logged("access_log")
    t.proxy.change(ON)
    t.proxy.signal(signal.SIGHUP)
    t.proxy.wait_log("reload")
    c.ask("GET", "/")
    wait_lines(t, 1)


def test_a_reader_that_reads_nothing_holds_nobody_up(h):
    pipe = h.folder("pipe") / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        t = h.stand(config={"access_log": {"path": str(pipe)}})
        c = t.client()
        for _ in range(400):
            assert c.ask("GET", "/").status == 200
        t.wait_metric(DROPPED, 100, seconds=30)
        assert "takes nothing" in t.proxy.wait_log("access_log", level="error")["msg"]
        got = b""

        def is_written_again():
            nonlocal got
            c.ask("GET", "/again")      # the first may still find no room
            with contextlib.suppress(BlockingIOError):
                got += os.read(reader, 1 << 20)
            return b"/again" in got.rpartition(b"\n")[0]
        eventually(is_written_again, "a reader that reads gets lines")
        lines = [json.loads(l) for l in got.split(b"\n")[:-1]]
        assert lines[-1]["path"] == "/again" and all(set(l) == ANSWERED for l in lines)
        t.proxy.stop()
    finally:
        os.close(reader)


def test_switched_on_and_off_by_a_reload(h):
    t = h.stand()
    log = t.proxy.dir / "access.log"

    def reload(change):
        mark = t.proxy.mark()
        t.proxy.change(change)
        t.proxy.signal(signal.SIGHUP)
        return t.proxy.wait_log("reload", since=mark)["level"]
    t.get()
    assert reload(ON) == "info"
    t.get("/on")
    compare(wait_lines(t, 1)[0], path="/on")
    assert reload({"access_log": {"path": "nosuch/access.log"}}) == "error"
    t.get("/still")
    wait_lines(t, 2)
    assert reload({"access_log": None}) == "info"
    t.get("/off")
    t.legs(4)
    assert reload(ON) == "info"
    t.get("/again")
    assert [l["path"] for l in wait_lines(t, 3)] == ["/on", "/still", "/again"]
    assert log.stat().st_mode & 0o777 == 0o640


def test_the_last_lines_are_written_at_the_end(h):
    t = h.stand(config=ON)
    for _ in range(20):
        t.get()
    t.proxy.stop()
    assert len(read(t.proxy.dir / "access.log")) == 20


@contextlib.contextmanager
def on_standard_output(h):
    """understudy with the log on a pipe of ours: (process, address)."""
    t = h.stand(start=False, config={"access_log": {"path": "-"}})
    process = subprocess.Popen([UNDERSTUDY, "-c", str(t.proxy.dir / "understudy.json")],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=t.proxy.dir,
                               env=environment())
    try:
        ready = next(l for l in map(json.loads, process.stderr) if l["event"] == "ready")
        host, _, port = ready["listen"][0].rpartition(":")
        yield process, (host, int(port))
    finally:
        process.kill()
        process.wait()


def test_standard_output(h):
    with on_standard_output(h) as (process, address):
        assert ask(address, "GET", "/out").status == 200
        compare(json.loads(process.stdout.readline()), path="/out", outcome="done")
        process.terminate()
        rest, log = process.communicate(timeout=30 * SLACK)
        assert process.returncode == 0 and rest == b"", log


def test_standard_output_that_nobody_reads(h):
    with on_standard_output(h) as (process, address):
        c = h.keep(Client(address))
        for _ in range(400):
            assert c.ask("GET", "/").status == 200
        c.close()
        process.terminate()
        process.wait(30 * SLACK)
        assert process.returncode == 0
        lines = process.stdout.read().split(b"\n")
        assert all(set(json.loads(l)) == ANSWERED for l in lines[:-1]), "whole lines"
