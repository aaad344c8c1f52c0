"""What understudy asks of the kernel is what deploy/understudy.service allows."""

import os
import pwd
import re
import shutil
import signal
import subprocess

from harness import Client, limit, native, scripts, wire
from harness.programs import TOP
from harness.tls import client_context, server_context

UNIT = TOP / "deploy/understudy.service"
# systemd allows these whatever the filter says (systemd.exec(5)).
ALWAYS = {"execve", "exit", "exit_group", "getrlimit", "rt_sigreturn", "sigreturn"}
# As the unit's user: SQLite makes root's files the database's owner's.
AS_NOBODY = ("-u", "nobody") if os.geteuid() == 0 else ()
# "PID call(" and, where another thread came in between, "PID <... call resumed>"
CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed>)", re.MULTILINE)


def groups():
    """{"@group": its members} as this systemd knows them."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], check=True,
                          capture_output=True, text=True, timeout=60).stdout
    found, members = {}, set()
    for line in text.splitlines():
        word = line.strip()
        if line.startswith("@"):
            members = found[word] = set()
        elif word and not word.startswith("#"):
            members.add(word)
    return found


def expanded(word, table):
    """All calls of a group, or the call."""
    if not word.startswith("@"):
        return {word}
    return set().union(*(expanded(member, table) for member in table[word]))


def allowed():
    """What the unit's SystemCallFilter= lines come to."""
    table, calls = groups(), set()
    for line in UNIT.read_text().splitlines():
        if line.startswith("SystemCallFilter="):
            words = line.partition("=")[2]
            named = set().union(*(expanded(w, table) for w in words.lstrip("~").split()))
            calls = calls - named if words.startswith("~") else calls | named
    return calls | ALWAYS


def use(t, ca):
    """All that a day brings."""
    body = b'{"a": 1}' * 20000
    for n in range(3):
        assert t.get(user=f"u{n}").status == 200
        assert t.post(body, user=f"u{n}").status == 200
    host, _, port = t.proxy.ready["listen"][1].rpartition(":")
    with Client((host, int(port)), tls=client_context(ca), name="api.example") as c:
        assert c.ask(fields=[("x-user-id", "u")]).status == 200
    t.status()
    t.proxy.admin().metrics()
    t.proxy.admin().rollout(percent=40)
    t.proxy.admin().rollback("a test")
    t.proxy.admin().rearm("a test", resume=True)
    t.proxy.signal(signal.SIGHUP)
    t.proxy.wait_log("reload", level="info")
    t.proxy.signal(signal.SIGUSR1)


def give_away(folder):
    """The folder and what is in it are nobody's."""
    row = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, row.pw_uid, row.pw_gid)


@native
@limit(120)
def test_all_are_in_the_filter_of_the_unit(h):
    """A start, traffic of every kind, a reload, an upgrade and a stop."""
    if not shutil.which("strace") or not shutil.which("systemd-analyze"):
        h.skip("no strace, or no systemd-analyze")
    ca = h.authority()
    trace = h.folder("strace") / "calls"
    legacy = h.backend(name="legacy", host="localhost")     # a name: the resolver has work
    enhanced = h.backend(scripts.echo(), "enhanced", tls=server_context(ca.issue("127.0.0.1")))
    t = h.stand(percent=50, shadow=100, legacy=legacy, enhanced=enhanced, config={
        "listen": [{"address": "127.0.0.1:0"},
                   {"address": "127.0.0.1:0", "tls": ca.issue("api.example").config()}],
        "access_log": {"path": "access.log"},
        "backends": {"enhanced": {"tls": {"ca": str(ca.certificate)},
                                  "health": {"path": "/", "interval": "200ms"}}}},
        start=False, prefix=("strace", "-D", "-f", "-qq", "-o", str(trace), *AS_NOBODY))
    if AS_NOBODY:
        for folder in (t.proxy.dir, ca.certificate.parent):
            give_away(folder)
    t.proxy.start()
    use(t, ca)
    t.proxy.upgrade()
    use(t, ca)
    t.proxy.wait_former()
    t.proxy.stop()
    called = set(CALL.findall(trace.read_text()))
    assert {"epoll_wait", "accept4", "sendmsg"} <= called, sorted(called)
    beyond = called - allowed()
    assert not beyond, sorted(beyond)
