"""api -- what the quickstart asks understudy and the demo backends."""

import json
import subprocess
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 3
# Not through a proxy that the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Failed(Exception):
    """No usable answer."""


def fetch(url, body=None):
    """GET, or POST of a JSON body; the JSON answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            return json.load(response)
    except (OSError, ValueError) as fault:
        raise Failed(f"{url}: {fault}") from fault


def rows_of(document, name):
    """The list in an answer, under its name or alone."""
    if isinstance(document, dict):
        document = document.get(name, [])
    return [row for row in document if isinstance(row, dict)]


class Admin:
    """understudy's admin API, and understudyctl on it."""

    def __init__(self, address, ctl):
        self.url = f"http://{address}"
        self.ctl = ctl

    def status(self):
        """GET /api/v1/status."""
        return fetch(f"{self.url}/api/v1/status")

    def differences(self):
        """The most frequent first."""
        return rows_of(fetch(f"{self.url}/api/v1/differences"), "differences")

    def events(self):
        """The newest first."""
        return rows_of(fetch(f"{self.url}/api/v1/events"), "events")

    def command(self, *words):
        """The words of an understudyctl call, for running and for showing."""
        return [str(self.ctl), "--admin", self.url, *words]

    def set_stage(self, stage, reason):
        """understudyctl set stage."""
        done = subprocess.run(self.command("set", "stage", stage, "--reason", reason),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30, check=False)
        if done.returncode != 0:
            raise Failed(f"understudyctl set stage {stage}: "
                         f"{(done.stderr or done.stdout).strip()}")


def set_fault(backend_url, mode, share=1):
    """Tell a demo backend how to behave."""
    return fetch(f"{backend_url}/demo/fault", {"mode": mode, "share": share})
