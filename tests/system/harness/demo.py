"""demo -- the demo chat backend as a process of the case."""

import json
import signal
import subprocess
import urllib.request

from . import programs
from .wait import SLACK


class Demo:
    """One demo backend.  Starts at once, on a free port."""

    def __init__(self, flavour, **options):
        args = [programs.DEMO_CHAT, "--port", "0", "--flavour", flavour]
        for name, value in options.items():
            args += [f"--{name}", str(value)]
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, env=programs.environment())
        line = self.process.stdout.readline()
        assert line, "the demo backend did not start"
        self.port = json.loads(line)["port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults = []

    def fault(self, **value):
        """Misbehave from now on, by its own API."""
        ask = urllib.request.Request(self.url + "/demo/fault", json.dumps(value).encode(),
                                     {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(ask, timeout=10 * SLACK) as answer:
            assert answer.status == 200

    def stop(self):
        """SIGTERM; it must exit 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10 * SLACK)
        finally:
            self.process.kill()
            self.process.stdout.close()
        assert code == 0, f"demo backend: exit status {code}"
