"""understudyctl: where it finds the server, tokens, and exit statuses."""

import json
import subprocess

from harness import scripts
from harness.ctl import DENIED, OK, UNREACHABLE, Ctl
from harness.programs import UNDERSTUDYCTL, environment


def test_unreachable(h):
    port = h.refusing().port
    _, why = Ctl(f"http://127.0.0.1:{port}").run("status", exit_status=UNREACHABLE)
    assert str(port) in why, why
    Ctl(f"unix:{h.dir}/nosuch.sock").run("status", exit_status=UNREACHABLE)


def test_a_server_that_is_none(h):
    b = h.backend(scripts.fixed(b"<html>not ours</html>"))
    _, why = Ctl(b.url).run("status", exit_status=UNREACHABLE)
    assert why


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
