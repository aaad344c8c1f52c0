"""SIGUSR2 starts the program again and hands everything over; no request
notices, and whatever goes wrong leaves the old process as it was."""

import os
import signal
import sqlite3
import threading
import time

from harness import Client, Load, eventually, limit, scripts, wire
from harness.programs import UNDERSTUDY
from harness.proxy import Adopted

RULE = {"name": "errors", "metric": "error_rate", "above": "20%", "window": "60s",
        "min_requests": 10, "action": "rollback", "severity": "critical"}


class Streams:
    """Event streams in a row, each read to its end."""

    def __init__(self, address, events, threads=2):
        self.address, self.events = address, events
        self.failures, self.done = [], 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True)
                         for _ in range(threads)]

    def __enter__(self):
        for t in self._threads:
            t.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for t in self._threads:
            t.join(60)

    def _run(self):
        while not self._stop.is_set():
            try:
                with Client(self.address) as c:
                    a = c.ask("GET", "/stream", [("x-user-id", "streamer")])
                    assert len(a.chunks) == self.events, a.chunks
                self.done += 1
            except (OSError, AssertionError) as fault:
                self.failures.append(f"{type(fault).__name__}: {fault}")


def paced(events, pause):
    """An event stream that takes its time; anything else is echoed."""
    def script(x):
        if x.request.path != "/stream":
            scripts.echo()(x)
            return
        x.send(wire.answer(200, [("Content-Type", "text/event-stream"),
                                 ("Transfer-Encoding", "chunked")], None))
        for n in range(events):
            x.send(wire.chunk(b"data: %d\n\n" % n))
            x.pause(pause)
        x.send(b"0\r\n\r\n")
    return script


def succeed(t):
    """Upgrade, until the old one has gone: both accept for a moment, so who
    connects meanwhile is served by either."""
    t.proxy.upgrade()
    t.proxy.wait_former()


@limit(300)
def test_twenty_times_under_load_without_one_failed_request(h):
    script = paced(15, 0.02)
    t = h.stand(percent=50, shadow=10, legacy=script, enhanced=script)
    at = t.proxy.address
    with Load(at, threads=3, pause=0.002) as kept, \
            Load(at, threads=2, pause=0.004, body=b"x" * 3000) as posts, \
            Load(at, threads=2, pause=0.004, keep=False) as fresh, \
            Streams(at, 15) as streams:
        for _ in range(20):
            t.proxy.upgrade()
            marks = [(l, l.done() + 15) for l in (kept, posts, fresh)]
            eventually(lambda: all(l.done() >= n for l, n in marks), "traffic goes on", 60)
    for part in (kept, posts, fresh, streams):
        assert part.failures == [], part.failures[:5]
    t.proxy.wait_former(60)
    asked = kept.done() + posts.done() + fresh.done() + streams.done
    t.legs(asked, "leg = 'primary'")
    assert t.store().count("exchanges", "leg = 'primary' AND outcome <> 'done'") == 0
    assert len(os.listdir(f"/proc/{t.proxy.process.pid}/fd")) < 60, "descriptors pile up"


def test_records_of_both_processes_reach_postgresql_once(h):
    cluster = h.cluster()
    t = h.stand(config={"store": cluster.conninfo})
    with Load(t.proxy.address, threads=3, pause=0.005) as load:
        for _ in range(4):
            t.proxy.upgrade()
            n = load.done() + 30
            eventually(lambda: load.done() >= n, "traffic goes on")
    assert load.failures == [], load.failures[:5]
    t.proxy.wait_former(60)
    t.legs(load.done())
    assert len({r["instance"] for r in t.store().rows("SELECT instance FROM batches")}) == 1


@limit(120)
def test_a_file_that_two_processes_share(h):
    """The old one writes on while the new one does, and closes it first."""
    t = h.stand()
    with Load(t.proxy.address, threads=4, pause=0.001) as load:
        for _ in range(6):
            t.proxy.upgrade()
            t.proxy.wait_former()
            n = load.done() + 50
            eventually(lambda: load.done() >= n, "traffic goes on")
    t.legs(load.done())
    db = sqlite3.connect(t.proxy.dir / "understudy.db")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert not [l for l in t.proxy.logged("store", 0) if l["level"] != "info"]


# -- connections -----------------------------------------------------------------

def test_a_kept_connection_is_served_and_told_to_go(h):
    t = h.stand()
    c = t.client()
    assert c.ask().header("connection") is None
    t.proxy.upgrade()
    # Whatever its worker has heard by then: the new process is "ready".
    a = c.ask()
    assert a.status == 200 and a.header("connection") == "close", a.fields
    c.expect_closed()
    t.proxy.wait_former()   # it might have accepted the next connection, too
    assert t.client().ask().header("connection") is None


def test_an_idle_connection_ends_after_its_grace(h):
    t = h.stand(config={"timeouts": {"drain_idle": "300ms"}})
    c = t.client()
    c.ask()
    t.proxy.upgrade()
    c.expect_closed()
    t.proxy.wait_former()


def test_what_an_answers_head_has_promised_is_kept(h):
    """Its connection stays open behind a stream that began before."""
    gate = threading.Event()
    t = h.stand(legacy=scripts.routes({"/stream": scripts.sse([b"1", b"2"], gate)}))
    c = t.client()
    c.send(wire.request("GET", "/stream"))
    a = c.read_head()
    assert a.header("connection") is None
    t.proxy.upgrade()
    assert t.client().ask().status == 200
    gate.set()
    gate.set()
    c.read_body(a)
    assert c.ask().header("connection") == "close"
    t.proxy.wait_former()


def test_a_stream_is_cut_at_the_bound(h):
    t = h.stand(legacy=scripts.hang(), config={"timeouts": {"drain": "500ms"}})
    c = t.client()
    c.send(wire.request())
    t.legacy.wait_requests(1)
    t.proxy.upgrade()
    assert c.read_answer().status == 503
    t.proxy.wait_former()


def test_clients_in_the_queue_are_served(h):
    """Connections made while nobody could accept them."""
    t = h.stand(config={"workers": 1})
    os.kill(t.proxy.process.pid, signal.SIGSTOP)
    waiting = [t.client() for _ in range(40)]
    for c in waiting:
        c.send(wire.request())
    os.kill(t.proxy.process.pid, signal.SIGUSR2)
    mark = t.proxy.mark()
    os.kill(t.proxy.process.pid, signal.SIGCONT)
    t.proxy.wait_log("ready", since=mark)
    for c in waiting:
        assert c.read_answer().status == 200
    t.proxy.adopt(t.proxy.logged("ready")[-1])


# -- what the new process may change ---------------------------------------------------

def test_the_number_of_workers(h):
    t = h.stand(config={"workers": 2})
    for workers in (5, 1, 3):
        with h.check(workers):
            t.proxy.change({"workers": workers})
            t.proxy.upgrade()
            assert t.proxy.ready["workers"] == workers
            # Every socket is accepted from: the kernel spreads over all.
            assert all(t.get().status == 200 for _ in range(40))
            t.proxy.wait_former()
            assert all(t.get().status == 200 for _ in range(40))


def test_the_addresses(h):
    t = h.stand()
    first = t.proxy.address
    t.proxy.change({"listen": [{"address": "127.0.0.1:0"}, {"address": "127.0.0.2:0"}]})
    t.proxy.upgrade()
    assert t.proxy.address == first
    host, _, port = t.proxy.ready["listen"][1].rpartition(":")
    second = (host, int(port))
    with Client(second) as c:
        assert c.ask().status == 200
    t.proxy.change({"listen": [{"address": "127.0.0.1:0"}]})
    t.proxy.upgrade()
    assert t.get().status == 200
    t.proxy.wait_former()

    def refused():
        try:
            Client(second).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return True
        return False
    eventually(refused, "nobody holds the address that was given up")


def test_the_rollout_section(h):
    t = h.stand(percent=0)
    epoch = t.status()["rollout"]["epoch"]
    t.proxy.change(rules={"rollout": {"stage": "full"}})
    succeed(t)
    rollout = t.status()["rollout"]
    assert rollout["stage"] == "full" and rollout["epoch"] == epoch + 1, rollout
    assert t.get().version == "enhanced"


def test_the_program_behind_the_path(h):
    """A symbolic link that points to another version by then."""
    t = h.stand(percent=100, start=False)
    link = t.proxy.dir / "understudy"
    link.symlink_to(UNDERSTUDY)
    t.proxy.program = link
    t.proxy.start()
    assert t.get().version == "enhanced"
    other = t.proxy.dir / "another"
    other.write_text(f'#!/bin/sh\nUNDERSTUDY_ENABLED=false exec {UNDERSTUDY} "$@"\n')
    other.chmod(0o755)
    link.unlink()
    link.symlink_to(other)
    succeed(t)
    assert t.get().version == "legacy"


# -- the state ----------------------------------------------------------------------------

def test_what_operators_did_stays(h):
    t = h.stand(percent=0)
    admin = t.proxy.admin()
    admin.rollout(percent=100, reason="by hand")
    admin.ok("PUT", "/api/v1/users/u7/override", {"version": "legacy", "reason": "x"})
    before = t.status()["rollout"]
    succeed(t)
    after = t.status()["rollout"]
    assert (after["epoch"], after["reason"]) == (before["epoch"], "by hand"), after
    assert t.get().version == "enhanced" and t.get(user="u7").version == "legacy"


def test_a_latch_stays(h):
    t = h.stand(percent=100, enhanced=scripts.status(500), rules={
        "guard": [RULE], "rollout": {"fallback": {"on": []}}})
    for i in range(15):
        t.get(user=f"u{i}")
    t.wait_status(lambda s: s["rollout"]["latched"], "the latch")
    before = t.status()["rollout"]
    succeed(t)
    after = t.status()["rollout"]
    assert after["latched"] and after["epoch"] == before["epoch"], after
    assert t.get().version == "legacy"
    t.proxy.admin().rearm("fixed", resume=True)
    assert t.get().version == "enhanced" or t.status()["rollout"]["latched"]


@limit(120)
def test_a_trip_while_the_new_process_starts_is_not_lost(h):
    """Whatever the moment: tripped in the old one, latched in the new one."""
    t = h.stand(percent=100, config={"workers": 1})
    for n in range(8):
        t.proxy.change(rules={"rollout": {"salt": f"salt-{n}"}})
        admin = t.proxy.admin()
        t.proxy.process.send_signal(signal.SIGUSR2)
        mark = t.proxy.mark()
        time.sleep(n * 0.006)   # time is what is tested: a moment of the handover
        a = admin.call("POST", "/api/v1/rollback", {"reason": f"trip {n}"})
        t.proxy.adopt(t.proxy.wait_log("ready", since=mark))
        if a.status == 503:     # it was asked between the two, and refused
            t.proxy.admin().rollback(f"trip {n}")
        else:
            assert a.status == 200, a
        assert t.status()["rollout"]["latched"], n
        t.proxy.wait_former()
        assert t.get().version == "legacy"
        t.proxy.admin().rearm("again", resume=True)


def test_who_is_still_served_by_the_old_process_is_taken_off_too(h):
    """A trip in the new one, while kept connections end in the old one."""
    t = h.stand(percent=100, config={"timeouts": {"drain_idle": "60s"}})
    kept = [t.client() for _ in range(100)]
    for c in kept:
        assert c.ask(fields=[("x-user-id", "u")]).version == "enhanced"
    t.proxy.upgrade()
    asked = iter(kept)
    assert next(asked).ask(fields=[("x-user-id", "u")]).version == "enhanced"
    t.proxy.admin().rollback("not good")
    eventually(lambda: next(asked).ask(fields=[("x-user-id", "u")]).version == "legacy",
               "the old process has heard of it", 10, every=0.15)
    for c in asked:
        assert c.ask(fields=[("x-user-id", "u")]).version == "legacy"
    t.proxy.wait_former()


def test_the_admin_socket_of_a_path_stays(h):
    path = h.folder("admin") / "admin.sock"
    t = h.stand(config={"admin": {"address": f"unix:{path}"}})
    t.proxy.upgrade()
    t.proxy.wait_former()
    assert t.status()["rollout"]["epoch"] >= 1
    t.proxy.upgrade()
    t.proxy.wait_former()
    t.proxy.stop()
    assert not path.exists()


# -- what can go wrong -------------------------------------------------------------------------

def fails(t, *words):
    """SIGUSR2 comes to nothing: the log says why, and all goes on."""
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGUSR2)
    eventually(lambda: any(all(w in l["msg"] for w in words)
                           for l in t.proxy.logged("upgrade", mark)
                           if l["level"] == "error"), f"{words} in the log")
    assert t.proxy.running()
    assert t.get().status == 200
    before = t.status()["rollout"]["epoch"]
    t.proxy.admin().rollout(percent=before % 50 + 1)
    assert t.status()["rollout"]["epoch"] == before + 1, "it decides on"


def test_a_faulty_configuration_changes_nothing(h):
    t = h.stand()
    good = t.proxy.config
    t.proxy.change({"workerz": 1})
    fails(t, "status 1", "goes on")
    assert any("workerz" in l["msg"] for l in t.proxy.logged("config"))
    t.proxy.write(good)
    t.proxy.change({"store": "sqlite:/nonexistent/x.db"})
    fails(t, "status 1", "goes on")
    t.proxy.write(good)
    t.proxy.upgrade()
    assert t.get().status == 200


def test_a_broken_program_changes_nothing(h):
    t = h.stand(start=False, config={"timeouts": {"upgrade": "1s"}})
    link = t.proxy.dir / "program"
    link.symlink_to(UNDERSTUDY)
    t.proxy.program = link
    t.proxy.start()
    for text, words in (("#!/bin/sh\nexit 3\n", ("status 3",)),
                        ("#!/bin/sh\nkill -9 $$\n", ("signal 9",)),
                        ("#!/bin/sh\nexec sleep 1000\n", ("did not serve",)),
                        ("not a program", ("nothing was changed",)),
                        (None, ("nothing was changed", "No such file"))):
        with h.check(repr(text)):
            link.unlink()
            if text is not None:
                link.write_text(text)
                link.chmod(0o755)
            else:
                link.symlink_to("nowhere")
            fails(t, *words)
            eventually(lambda: children(t.proxy.process.pid) == [], "it is reaped")
    link.unlink()
    link.symlink_to(UNDERSTUDY)
    # A second was for the programs that never serve.
    t.proxy.change({"timeouts": {"upgrade": "60s"}})
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGHUP)
    t.proxy.wait_log("reload", since=mark, level="info")
    t.proxy.upgrade()
    assert t.get().status == 200


def children(pid):
    """Processes that have this parent."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return f.read().split()


def test_a_signal_for_all_does_not_end_the_one_that_begins(h):
    """As `pkill -HUP` sends it: it waits until it can be followed."""
    t = h.stand(percent=0)
    for number in (signal.SIGHUP, signal.SIGUSR1):
        mark = t.proxy.mark()
        t.proxy.signal(signal.SIGUSR2)
        pid = int(eventually(lambda: children(t.proxy.process.pid), "it is there", every=0)[0])
        os.kill(pid, number)
        t.proxy.adopt(t.proxy.wait_log("ready", since=mark))
        assert t.proxy.process.pid == pid
        if number == signal.SIGHUP:
            assert t.proxy.wait_log("reload", since=mark)["level"] == "info"
        t.proxy.wait_former()


def test_who_stops_hands_nothing_over(h):
    """Stopped before the new one serves: neither is there afterwards."""
    gate = threading.Event()
    t = h.stand(start=False, legacy=scripts.slow(gate))
    link = t.proxy.dir / "program"
    link.symlink_to(UNDERSTUDY)
    t.proxy.program = link
    t.proxy.start()
    c = t.client()
    c.send(wire.request())
    t.legacy.wait_requests(1)
    link.unlink()
    link.write_text("#!/bin/sh\ntrap '' TERM\nuntil [ -e go ]; do sleep 0.05; done\n"
                    f'exec {UNDERSTUDY} "$@"\n')
    link.chmod(0o755)
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGUSR2)
    pid = int(eventually(lambda: children(t.proxy.process.pid), "it is there")[0])
    t.proxy.signal(signal.SIGTERM)
    t.proxy.wait_log("stopping", since=mark)
    (t.proxy.dir / "go").touch()
    Adopted(pid).wait(20)
    gate.set()
    assert c.read_answer().status == 200
    t.proxy.join()
    assert not t.proxy.logged("ready", mark)


def test_stopping_ends_the_one_that_was_begun(h):
    t = h.stand(start=False)
    link = t.proxy.dir / "program"
    link.symlink_to(UNDERSTUDY)
    t.proxy.program = link
    t.proxy.start()
    link.unlink()
    link.write_text("#!/bin/sh\nexec sleep 1000\n")
    link.chmod(0o755)
    t.proxy.signal(signal.SIGUSR2)
    pid = int(eventually(lambda: children(t.proxy.process.pid), "it is there")[0])
    fails_again = t.proxy.mark()
    t.proxy.signal(signal.SIGUSR2)
    line = t.proxy.wait_log("upgrade", since=fails_again, level="error")
    assert "on its way already" in line["msg"], line
    t.proxy.signal(signal.SIGTERM)
    t.proxy.join()
    Adopted(pid).wait(20)
