"""What is secret is shown nowhere: not by the API, not in the log, not to
other processes of the same user."""

import hashlib
import json
import os
import pwd
import subprocess

from harness import Admin, eventually
from harness.programs import UNDERSTUDY

PASSWORD = "hunter2-is-the-password"
TOKEN = "0123456789abcdef0123456789abcdef-token"


def shown(t, admin):
    """Everything that the process says about itself, as one text."""
    parts = [admin.call("GET", path).body.decode()
             for path in ("/api/v1/config", "/api/v1/status", "/api/v1/events", "/metrics")]
    for path in ("/api/v1/nosuch?x=", "/api/v1/users/"):
        parts.append(admin.call("GET", path + TOKEN).body.decode().replace(TOKEN, ""))
    return "\n".join(parts + t.proxy.raw)


def test_neither_password_nor_token_is_shown(h):
    """Also while connecting fails, at the most talkative level, and with a
    configuration that is refused."""
    tokens = json.dumps({"tokens": [{"name": "op", "role": "operator", "sha256":
                                     hashlib.sha256(TOKEN.encode()).hexdigest()}]})
    closed = h.refusing().port
    for store in (f"postgresql://me:{PASSWORD}@127.0.0.1:{closed}/db",
                  f"host=127.0.0.1 port={closed} user=me password={PASSWORD} dbname=db",
                  f"postgresql://127.0.0.1:{closed}/db?user=me&password={PASSWORD}"):
        with h.check(store):
            t = h.stand(config={"store": store, "log_level": "debug",
                                "admin": {"tokens": "tokens.json"}},
                        files={"tokens.json": tokens}, token=TOKEN)
            eventually(lambda: [l for l in t.proxy.logged("store") if l["level"] == "warn"],
                       "connecting has failed")
            t.get()
            admin = t.proxy.admin()
            wrong = Admin(t.proxy.admin_address, TOKEN + "x").call("GET", "/api/v1/status")
            assert wrong.status == 401 and TOKEN.encode() not in wrong.body
            text = shown(t, admin)
            assert PASSWORD not in text and TOKEN not in text
            t.proxy.change({"store": store + "x", "workerz": 1})
            admin.call("POST", "/api/v1/reload", {"reason": "test"})
            checked = subprocess.run([UNDERSTUDY, "--check", "-c",
                                      str(t.proxy.dir / "understudy.json")],
                                     capture_output=True, text=True, check=False)
            assert checked.returncode == 1
            assert PASSWORD not in checked.stdout + checked.stderr + shown(t, admin)
            with open(f"/proc/{t.proxy.process.pid}/cmdline", "rb") as f:
                assert PASSWORD.encode() not in f.read()


def test_the_hash_key_is_shown_nowhere(h):
    t = h.stand(config={"log_level": "debug"})
    t.get()
    t.legs(1)
    key = t.store().one("SELECT value FROM local WHERE key = 'hash_key'")
    assert len(key) == 64
    text = shown(t, t.proxy.admin())
    assert key not in text and bytes.fromhex(key).hex() not in text


def test_the_memory_is_closed_to_the_same_user(h):
    """Run as root it becomes nobody, and another nobody looks."""
    root = os.geteuid() == 0
    nobody = pwd.getpwnam("nobody")
    same = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if root else {}
    for allowed in (False, True):
        with h.check(f"core_dumps {allowed}"):
            t = h.stand(start=False, config={"core_dumps": allowed,
                                             "user": "nobody" if root else None})
            if root:
                for path in (t.proxy.dir, *t.proxy.dir.iterdir()):
                    os.chown(path, nobody.pw_uid, -1)
            t.proxy.start()
            done = subprocess.run(["cat", f"/proc/{t.proxy.process.pid}/environ"],
                                  stdin=subprocess.DEVNULL, capture_output=True,
                                  check=False, **same)
            assert (done.returncode == 0) == allowed, done.stderr
