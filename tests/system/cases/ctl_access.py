"""understudyctl: where it finds the server, tokens, and exit statuses."""

import json
import subprocess

from harness import scripts
from harness.ctl import DENIED, OK, UNREACHABLE, USAGE, Ctl
from harness.programs import UNDERSTUDYCTL, environment


def test_unreachable(h):
    port = h.refusing().port
    _, why = Ctl(f"http://127.0.0.1:{port}").run("status", exit_status=UNREACHABLE)
    assert str(port) in why and "Connection refused" in why, why
    _, why = Ctl(f"unix:{h.dir}/nosuch.sock").run("status", exit_status=UNREACHABLE)
    assert "nosuch.sock: No such file or directory" in why and "localhost" not in why, why
    for admin in "ftp://127.0.0.1", "tcp://127.0.0.1:9900":
        _, why = Ctl(admin).run("status", exit_status=USAGE)
        assert "--admin: must be http://" in why and admin in why, why


def test_a_server_that_is_none(h):
    b = h.backend(scripts.fixed(b"<html>not ours</html>"))
    _, why = Ctl(b.url).run("status", exit_status=UNREACHABLE)
    assert why


def test_the_listener_for_clients_is_none(h):
    """A backend takes what it does not know, or refuses it in words of its own: nobody must
    believe that a rollback was done, or refused."""
    t = h.stand()
    ctl = Ctl("http://%s:%d" % t.proxy.address)
    for status, says in (200, {"changed": True, "rollout": {}}), (404, {"error": "no such thing"}):
        t.legacy.script = scripts.as_json(says, status)
        for words in ("rollback", "--reason", "now"), ("status",), ("plan",), ("alert-test",):
            with h.check(f"{words[0]}: {status}"):
                out, why = ctl.run(*words, exit_status=UNREACHABLE)
                assert "does not speak the admin API" in why and not out, (out, why)
    assert not t.status()["rollout"]["latched"]


def test_unix_socket(h):
    path = h.dir / "a.sock"
    t = h.stand(config={"admin": {"address": f"unix:{path}"}})
    assert Ctl.of(t.proxy).json("status")["rollout"]["stage"] == "test"


def test_address_by_environment(h):
    t = h.stand()
    env = environment(UNDERSTUDY_ADMIN="http://" + t.proxy.ready["admin"])
    done = subprocess.run([UNDERSTUDYCTL, "status", "--json"], capture_output=True, text=True,
                          env=env, timeout=60, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["rollout"], done


def make_token(role):
    """(token, its line) as `understudyctl token` gives them."""
    document = Ctl("http://127.0.0.1:1").json("token", role, "--role", role)
    return document["token"], document["line"]


def test_tokens_that_it_made_itself(h):
    viewer, viewer_line = make_token("viewer")
    operator, operator_line = make_token("operator")
    assert viewer != operator and viewer not in json.dumps(viewer_line)
    t = h.stand(files={"t.json": json.dumps({"tokens": [viewer_line, operator_line]})},
                token=operator, config={"admin": {"address": "127.0.0.1:0", "tokens": "t.json"}})
    change = ("set", "percent", "1", "--reason", "x")
    for token, look, alter in ((None, DENIED, DENIED), ("wrong", DENIED, DENIED),
                               (viewer, OK, DENIED), (operator, OK, OK)):
        with h.check(str(token)[:12]):
            ctl = Ctl("http://" + t.proxy.ready["admin"], token)
            ctl.run("status", exit_status=look)
            ctl.run(*change, exit_status=alter)
    # Secrets are often kept with a line feed at their end.
    Ctl("http://" + t.proxy.ready["admin"], operator + "\n").run(*change)
    (h.dir / "token").write_text(operator + "\n")
    Ctl("http://" + t.proxy.ready["admin"]).run("--token-file", str(h.dir / "token"), "status")


def test_help_and_version(h):
    done = subprocess.run([UNDERSTUDYCTL, "--help"], capture_output=True, text=True, timeout=60,
                          env=environment(), check=False)
    assert done.returncode == 0
    for command in ("status", "set", "rollback", "rearm", "reload", "explain", "override",
                    "diffs", "events", "watch"):
        assert command in done.stdout, command
    done = subprocess.run([UNDERSTUDYCTL, "--version"], capture_output=True, text=True,
                          timeout=60, env=environment(), check=False)
    assert done.returncode == 0 and "understudyctl" in done.stdout
