"""What a service manager gives and is told: sockets, notifications, a PID
file."""

import json
import os
import signal
import socket
import sys

from harness import Client, Load, eventually

# Puts the descriptors named by its first argument at 3 and up, as systemd does,
# says so for its own process number, and becomes the program.
ACTIVATE = """
import os, sys
fds = [os.dup(int(n)) for n in sys.argv[1].split(",")]
high = [os.dup2(fd, 100 + i) for i, fd in enumerate(fds)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)),
                  LISTEN_FDNAMES=":".join(sys.argv[2].split(",")))
os.execv(sys.argv[3], sys.argv[3:])
"""


def listening(h, host="127.0.0.1"):
    """A socket as systemd would open it."""
    s = h.keep(socket.socket())
    s.bind((host, 0))
    s.listen(128)
    return s


def address_of(s):
    """As the configuration writes it."""
    host, port = s.getsockname()
    return f"{host}:{port}"


def activated(h, sockets, names, start=True, **kw):
    """understudy started with these sockets."""
    t = h.stand(start=False, **kw)
    fds = [s.fileno() for s in sockets]
    launcher = [sys.executable, "-c", ACTIVATE, ",".join(map(str, fds)), ",".join(names)]
    if start:
        t.proxy.start(launcher=launcher, pass_fds=fds)
    return t, launcher, fds


# -- sockets ---------------------------------------------------------------------

def test_listens_on_what_it_is_given(h):
    data, admin = listening(h), listening(h)
    early = h.keep(Client(data.getsockname()))   # before there is a process
    early.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    t, _, _ = activated(h, [admin, data], ["admin", "data"], config={
        "listen": [{"address": address_of(data)}], "admin": {"address": address_of(admin)},
        "workers": 3})
    assert t.proxy.ready["listen"] == [address_of(data)]
    assert t.proxy.ready["admin"] == address_of(admin)
    assert early.read_answer().status == 200
    assert all(t.get().status == 200 for _ in range(30))
    assert t.status()["rollout"]["epoch"] == 1
    children_see = open(f"/proc/{t.proxy.process.pid}/environ", "rb").read()
    assert b"LISTEN_PID" in children_see, "it was really started that way"


def test_what_it_is_not_given_it_opens(h):
    data = listening(h)
    t, _, _ = activated(h, [data], ["data"], config={
        "listen": [{"address": address_of(data)}, {"address": "127.0.0.1:0"}]})
    for text in t.proxy.ready["listen"]:
        host, _, port = text.rpartition(":")
        with Client((host, int(port))) as c:
            assert c.ask().status == 200


def test_a_socket_nobody_asked_for_is_a_fault(h):
    data, other = listening(h), listening(h)
    t, launcher, fds = activated(h, [data, other], ["data", "other.socket"], start=False, config={
        "listen": [{"address": address_of(data)}]})
    t.proxy.start(wait=False, launcher=launcher, pass_fds=fds)
    process = t.proxy.process
    assert process.wait(30) == 1
    line = eventually(lambda: t.proxy.logged("start"), "it says why")[0]
    assert address_of(other) in line["msg"] and "other.socket" in line["msg"], line
    assert address_of(data) not in line["msg"], line
    t.proxy.kill()


def test_of_another_process_is_ignored(h):
    t = h.stand(start=False, env={"LISTEN_PID": "1", "LISTEN_FDS": "2"})
    t.proxy.start()
    assert t.get().status == 200


def test_upgrades_of_an_activated_process(h):
    data = listening(h)
    t, _, _ = activated(h, [data], ["data"], config={
        "listen": [{"address": address_of(data)}], "workers": 2})
    with Load(t.proxy.address, threads=3, pause=0.002, keep=False) as load:
        for _ in range(5):
            t.proxy.upgrade()
            n = load.done() + 30
            eventually(lambda: load.done() >= n, "traffic goes on")
    assert load.failures == [], load.failures[:5]


# -- notifications -------------------------------------------------------------------

class Manager:
    """The socket of NOTIFY_SOCKET, and who said what."""

    def __init__(self, path):
        self.path = path
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind("\0" + path[1:] if path.startswith("@") else path)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.sock.settimeout(30)

    def hear(self):
        """The next message, as pairs, and the process that sent it."""
        text, controls, _, _ = self.sock.recvmsg(4096, 1024)
        pid = int.from_bytes(controls[0][2][:4], sys.byteorder)
        return dict(line.split("=", 1) for line in text.decode().splitlines()), pid

    def fill(self):
        """Who speaks now waits until it is heard."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.setblocking(False)
            try:
                while True:
                    s.sendto(b"X=filled", self.sock.getsockname())
            except BlockingIOError:
                pass

    def close(self):
        """No more."""
        self.sock.close()


def test_tells_what_happens(h):
    for path in (str(h.folder("notify") / "socket"), f"@understudy-test-{os.getpid()}"):
        with h.check(path):
            m = h.keep(Manager(path))
            t = h.stand(env={"NOTIFY_SOCKET": path})
            first = t.proxy.process.pid
            said, pid = m.hear()
            assert said["READY"] == "1" and pid == first, said
            t.proxy.signal(signal.SIGHUP)
            said, pid = m.hear()
            assert said["RELOADING"] == "1" and int(said["MONOTONIC_USEC"]) > 0, said
            assert m.hear()[0]["READY"] == "1"
            t.proxy.upgrade()
            assert m.hear()[0]["RELOADING"] == "1"
            said, pid = m.hear()
            # Only the main process is listened to: the old one tells of the new.
            assert (said["MAINPID"], said["READY"], pid) == (
                str(t.proxy.process.pid), "1", first), said
            t.proxy.wait_former()
            t.proxy.stop()
            said, pid = m.hear()
            assert said["STOPPING"] == "1" and pid != first, said


def test_no_client_is_kept_behind_ready(h):
    """Although no worker has been told to stop: its process waits for the
    manager to hear that another one has taken over."""
    m = h.keep(Manager(str(h.folder("notify") / "socket")))
    t = h.stand(env={"NOTIFY_SOCKET": m.path})
    assert m.hear()[0]["READY"] == "1"
    kept = [t.client() for _ in range(10)]
    for c in kept:
        assert c.ask().header("connection") is None
    m.fill()
    mark = t.proxy.mark()
    t.proxy.signal(signal.SIGUSR2)
    while "RELOADING" not in m.hear()[0]:
        m.fill()
    m.fill()
    t.proxy.adopt(t.proxy.wait_log("ready", since=mark))
    assert [c.ask().header("connection") for c in kept] == ["close"] * 10
    assert not t.proxy.logged("stopped", mark)
    while "MAINPID" not in m.hear()[0]:
        pass
    t.proxy.wait_former()


def test_an_upgrade_that_fails_is_told_as_over(h):
    m = h.keep(Manager(str(h.folder("notify") / "socket")))
    t = h.stand(env={"NOTIFY_SOCKET": m.path})
    assert m.hear()[0]["READY"] == "1"
    t.proxy.change({"workerz": 1})
    t.proxy.signal(signal.SIGUSR2)
    assert m.hear()[0]["RELOADING"] == "1"
    said, pid = m.hear()
    assert said["READY"] == "1" and "MAINPID" not in said and pid == t.proxy.process.pid


# -- the PID file ----------------------------------------------------------------------

def test_pid_file(h):
    t = h.stand(config={"pid_file": "understudy.pid"})
    path = t.proxy.dir / "understudy.pid"
    assert path.read_text() == f"{t.proxy.process.pid}\n"
    first = t.proxy.process.pid
    t.proxy.upgrade()
    t.proxy.wait_former()
    assert path.read_text() == f"{t.proxy.process.pid}\n" != f"{first}\n"
    t.proxy.stop()
    assert not path.exists()


def test_pid_file_that_cannot_be_written(h):
    t = h.stand(start=False, config={"pid_file": "/nonexistent/understudy.pid"})
    said = t.proxy.start_fails()
    assert "/nonexistent/understudy.pid" in said and "No such file" in said, said


# -- leaving a load balancer ------------------------------------------------------------

def test_drain_says_not_ready_and_serves_on(h):
    t = h.stand()
    admin = t.proxy.admin()
    assert admin.call("GET", "/readyz").status == 200
    admin.ok("POST", "/api/v1/drain", {"drain": True, "reason": "a new machine"})
    assert admin.call("GET", "/readyz").status == 503
    assert admin.call("GET", "/healthz").status == 200
    assert t.get().status == 200 and t.get().header("connection") is None
    assert t.status()["ready"] is False
    line = t.proxy.logged("drain")[-1]
    assert "a new machine" in line["msg"], line
    admin.ok("POST", "/api/v1/drain", {"drain": False, "reason": "stays"})
    assert admin.call("GET", "/readyz").status == 200
    for body in ({}, {"drain": True}, {"drain": 1, "reason": "x"}, {"reason": "x"}):
        with h.check(json.dumps(body)):
            assert admin.call("POST", "/api/v1/drain", body).status == 400
    t.proxy.upgrade()
    assert t.proxy.admin().call("GET", "/readyz").status == 200
