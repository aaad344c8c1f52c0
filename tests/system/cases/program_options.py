"""The command line, the log, and what the program says about itself."""

import json
import subprocess
from pathlib import Path

from harness.programs import UNDERSTUDY, environment


def run(*args):
    """understudy with these arguments."""
    return subprocess.run([UNDERSTUDY, *args], capture_output=True, text=True, timeout=60,
                          env=environment(), check=False)


def test_help_and_version(h):
    done = run("--help")
    assert done.returncode == 0 and "--check" in done.stdout and not done.stderr
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("understudy "), done


def test_wrong_options(h):
    for args in (("--nosuch",), ("extra",), ("-c",), ("--print", "nosuch")):
        with h.check(" ".join(args)):
            done = run(*args)
            assert done.returncode == 2 and done.stderr, done


def test_references(h):
    for what in ("config-reference", "config-schema", "rules-schema", "metrics-reference",
                 "api-reference", "openapi"):
        with h.check(what):
            done = run("--print", what)
            assert done.returncode == 0 and len(done.stdout) > 500, done.stdout[:200]


def test_schemas_fit_the_everyday_files(h):
    for what, keys in (("config-schema", {"listen", "backends", "store", "rules"}),
                       ("rules-schema", {"identity", "rollout", "guard", "compare"})):
        with h.check(what):
            schema = json.loads(run("--print", what).stdout)
            assert keys <= set(schema["properties"]), schema["properties"].keys()
            assert schema.get("additionalProperties") is False


def test_a_port_that_is_taken(h):
    t = h.stand()
    port = t.proxy.admin_address[1]
    other = h.stand(start=False, config={"admin": {"address": f"127.0.0.1:{port}"}})
    assert str(port) in other.proxy.start_fails()


def test_log_lines_have_their_members(h):
    t = h.stand()
    t.get()
    t.proxy.stop()
    events = [line["event"] for line in t.proxy.lines]
    assert "ready" in events and events[-1] == "stopped", events
    for line in t.proxy.lines:
        assert {"ts", "level", "event", "msg"} <= set(line), line


def test_ready_names_every_listener(h):
    t = h.stand(config={"listen": [{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"}]})
    ports = {address.rpartition(":")[2] for address in t.proxy.ready["listen"]}
    assert len(ports) == 2 and "0" not in ports, t.proxy.ready


def test_a_listener_on_a_unix_socket_serves_or_is_refused(h):
    # what must not be: --check is content, and the start fails
    path = h.dir / "listen.sock"
    t = h.stand(start=False, config={"listen": [{"address": f"unix:{path}"}]})
    checked = run("-c", str(t.proxy.dir / "understudy.json"), "--check")
    if checked.returncode == 1:
        assert "/listen/0/address" in checked.stdout + checked.stderr, checked
        return
    t.proxy.start()
    assert t.proxy.address == str(path)
    assert t.get().status == 200


def test_threads_are_named(h):
    t = h.stand(config={"workers": 2})
    tasks = Path(f"/proc/{t.proxy.process.pid}/task")
    names = sorted((task / "comm").read_text().strip() for task in tasks.iterdir())
    assert [n for n in names if n != "understudy"] == [
        "judge 0", "recorder", "worker 0", "worker 1"], names
