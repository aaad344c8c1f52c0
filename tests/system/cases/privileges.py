"""What the process gives up: the user root, new privileges, core files; and
what it says about limits."""

import json
import os
import pwd
import signal
import stat

from harness import eventually

IS_ROOT = os.geteuid() == 0
NOBODY = "nobody"


def status_of(pid):
    """/proc/PID/status as pairs."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def readable(folder, user):
    """The folder as an operator would prepare it for that user."""
    row = pwd.getpwnam(user)
    for path in (folder, *folder.iterdir()):
        os.chown(path, row.pw_uid, row.pw_gid)
    return row


def test_becomes_another_user(h):
    """As root: it becomes nobody.  As somebody: it cannot, and says so."""
    t = h.stand(start=False, config={"user": NOBODY})
    if not IS_ROOT:
        said = t.proxy.start_fails()
        assert "only root can become" in said and NOBODY in said, said
        return
    row = readable(t.proxy.dir, NOBODY)
    t.proxy.start()
    s = status_of(t.proxy.process.pid)
    assert s["Uid"].split() == [str(row.pw_uid)] * 4, s["Uid"]
    assert s["Gid"].split() == [str(row.pw_gid)] * 4, s["Gid"]
    assert set(s["Groups"].split()) <= {str(row.pw_gid)}, s["Groups"]
    assert int(s["CapEff"], 16) == int(s["CapPrm"], 16) == 0, s
    assert t.get().status == 200
    db = t.proxy.dir / "understudy.db"
    assert db.stat().st_uid == row.pw_uid
    t.legs(1)
    t.proxy.upgrade()           # the sockets are inherited, so is the user
    assert status_of(t.proxy.process.pid)["Uid"].split() == [str(row.pw_uid)] * 4
    assert t.get().status == 200
    t.proxy.change({"workers": 4})
    t.proxy.upgrade()           # it may not bind more: it shares
    assert all(t.get().status == 200 for _ in range(40))
    assert not [l for l in t.proxy.logged("privileges", 0) if l["level"] == "warn"]


def test_the_admin_socket_is_the_users(h):
    path = h.folder("admin") / "admin.sock"
    me = NOBODY if IS_ROOT else str(os.geteuid())
    t = h.stand(start=False, config={"user": me, "admin": {"address": f"unix:{path}"}})
    if IS_ROOT:
        readable(t.proxy.dir, NOBODY)
        os.chown(path.parent, pwd.getpwnam(NOBODY).pw_uid, -1)
    t.proxy.start()
    uid = pwd.getpwnam(NOBODY).pw_uid if IS_ROOT else os.geteuid()
    assert path.stat().st_uid == uid
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert t.status()["rollout"]["epoch"] == 1


def test_a_folder_it_may_not_write_is_named(h):
    t = h.stand(start=False, config={
        "user": NOBODY if IS_ROOT else str(os.geteuid()), "store": "sqlite:closed/x.db"})
    closed = t.proxy.dir / "closed"
    closed.mkdir(mode=0o555)    # root's own, and nobody's
    said = t.proxy.start_fails()
    assert "closed/x.db" in said and "Permission denied" in said, said


def test_who_is_not_there(h):
    for key, value, want in (("user", "no-such-user", 'no user "no-such-user"'),
                             ("group", "no-such-group", 'no group "no-such-group"')):
        with h.check(key):
            config = {"user": str(os.geteuid()), key: value}
            t = h.stand(start=False, config=config)
            said = t.proxy.start_fails()
            assert want in json.loads(said.splitlines()[-2])["msg"], said


def test_a_group_needs_a_user(h):
    t = h.stand(start=False, config={"group": "nogroup"})
    assert "/group" in t.proxy.start_fails()


def test_root_is_warned(h):
    t = h.stand()
    warned = [l for l in t.proxy.logged("privileges") if "root" in l["msg"]]
    assert bool(warned) == IS_ROOT, warned


def test_no_new_privileges_and_no_core_files(h):
    t = h.stand(config={"core_dumps": False})
    pid = t.proxy.process.pid
    assert status_of(pid)["NoNewPrivs"] == "1"
    # Not dumpable: its files in /proc belong to root, whoever it is.
    assert os.stat(f"/proc/{pid}/mem").st_uid == 0
    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
        core = next(l for l in f if l.startswith("Max core file size"))
    assert core.split()[4] == "0", core


def test_core_files_can_be_allowed(h):
    t = h.stand(config={"core_dumps": True})
    pid = t.proxy.process.pid
    assert os.stat(f"/proc/{pid}/environ").st_uid == os.geteuid()


def test_too_few_files_are_said_with_both_numbers(h):
    t = h.stand(start=False, config={"limits": {"connections": 3000}})
    t.proxy.start(launcher=["/bin/sh", "-c", 'ulimit -n 700; exec "$@"', "sh"])
    line = t.proxy.wait_log("limits")
    assert line["level"] == "warn" and "3000" in line["msg"] and "700" in line["msg"], line
    t.proxy.stop()
    t.proxy.change({"limits": {"connections": 10}, "workers": 1})
    t.proxy.start(launcher=["/bin/sh", "-c", 'ulimit -Sn 300; exec "$@"', "sh"])
    with open(f"/proc/{t.proxy.process.pid}/limits", encoding="ascii") as f:
        soft, hard = next(l for l in f if l.startswith("Max open files")).split()[3:5]
    assert soft == hard, "the soft limit is raised"
    assert not t.proxy.logged("limits")
    mark = t.proxy.mark()
    t.proxy.change({"limits": {"connections": 1_000_000}})
    t.proxy.signal(signal.SIGHUP)
    assert "1000000" in t.proxy.wait_log("limits", since=mark)["msg"], "a reload says it, too"
    assert eventually(lambda: t.get().status == 200, "it serves")
