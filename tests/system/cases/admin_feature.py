"""The rollout as a feature flag, the health document, and the OpenAPI file held
against the server."""

import json
import subprocess

from harness import eventually, programs, scripts

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NAMED = {"rollout": {"name": "dynamic-context"}}


def ask(admin, method, path, body=None):
    """The answer and its document."""
    a = admin.call(method, path, body)
    return a.status, json.loads(a.body)


def test_the_flag_switches_traffic(h):
    t = h.stand(percent=100, rules=NAMED)
    admin = t.proxy.admin()
    status, seen = ask(admin, "GET", "/admin/config")
    assert status == 200 and seen["features"][0]["feature"] == "dynamic-context"
    assert seen["features"][0]["enabled"] is True and t.get(user="u").version == "enhanced"
    off = {"feature": "dynamic-context", "enabled": False, "reason": "assembly is slow"}
    status, seen = ask(admin, "PATCH", "/admin/config", off)
    assert status == 200 and seen["changed"] and seen["feature"]["enabled"] is False, seen
    eventually(lambda: t.get(user="u").version == "legacy", "everything goes to legacy")
    assert ask(admin, "PATCH", "/admin/config", off)[1]["changed"] is False
    event = admin.get("/api/v1/events")["events"][0]
    assert event["reason"] == "assembly is slow" and event["actor"], event
    assert ask(admin, "PATCH", "/admin/config", {**off, "enabled": True})[1]["changed"]
    eventually(lambda: t.get(user="u").version == "enhanced", "and back")


def test_what_the_flag_refuses(h):
    t = h.stand(percent=100, rules=NAMED)
    admin = t.proxy.admin()
    for body, status, why in (
            ({"feature": "other", "enabled": False, "reason": "r"}, 404, "dynamic-context"),
            ({"feature": "dynamic-context", "enabled": False}, 400, "reason"),
            ({"feature": "dynamic-context", "enabled": "no", "reason": "r"}, 400, "enabled"),
            ({"feature": "dynamic-context", "enabled": False, "reason": ""}, 400, "reason")):
        with h.check(str(body)):
            got, seen = ask(admin, "PATCH", "/admin/config", body)
            assert got == status and why in seen["error"], (got, seen)
    assert t.get(user="u").version == "enhanced"


def test_health_says_who_is_there(h):
    health = {"health": {"path": "/health", "interval": "100ms", "timeout": "100ms",
                         "fall": 1, "rise": 1}}
    t = h.stand(percent=50, config={"backends": {"legacy": health, "enhanced": health}})
    admin = t.proxy.admin()

    def seen():
        return ask(admin, "GET", "/api/v1/health")

    eventually(lambda: seen()[1]["status"] == "healthy", "all is well")
    t.enhanced.script = scripts.status(503)
    eventually(lambda: seen()[1]["status"] == "degraded", "enhanced is down")
    status, document = seen()
    assert status == 200 and document["versions"]["enhanced"]["available"] is False, document
    assert document["versions"]["legacy"] == {"available": True, "endpoints": 1, "up": 1}
    t.legacy.script = scripts.status(503)
    eventually(lambda: seen()[0] == 503, "nobody is there")
    assert seen()[1]["status"] == "unhealthy"
    t.legacy.script = t.enhanced.script = scripts.fixed()
    eventually(lambda: seen()[1]["status"] == "healthy", "all is well again")


def test_the_openapi_file_is_the_server(h):
    """Each path answers the methods that the file has, and no others; and takes
    the members of bodies that the file has, and no others."""
    file = json.loads((programs.TOP / "docs/openapi.json").read_text())
    made = subprocess.run([programs.UNDERSTUDY, "--print", "openapi"], capture_output=True,
                          check=True, env=programs.environment()).stdout
    assert json.loads(made) == file
    admin = h.stand().proxy.admin()
    assert ask(admin, "GET", "/api/v1/nothing")[0] == 404
    for path, operations in file["paths"].items():
        real = path.replace("{pair}", "0" * 32).replace("{id}", "somebody")
        real = real.replace("{name}", "something")
        wrong = next(m for m in METHODS if m.lower() not in operations)
        a = admin.call(wrong, real)
        with h.check(path):
            allowed = {m.strip() for m in a.allow.split(",")} - {"HEAD"}
            assert a.status == 405 and allowed == {m.upper() for m in operations}, allowed
        for method, operation in operations.items():
            if "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            for name in [*schema["properties"], "nonsense"]:
                with h.check(f"{method} {path} {name}"):
                    status, seen = ask(admin, method.upper(), real, {name: [[]]})
                    unknown = "nonsense" in seen["error"]
                    assert status == 400 and unknown == (name == "nonsense"), seen
