"""ctl -- running understudyctl against the understudy of a case."""

import json
import signal
import subprocess

from . import answers, programs
from .wait import SLACK

OK, REFUSED, USAGE, UNREACHABLE, DENIED = range(5)

# Commands that print with --json what the admin API answered, as it was.
PASSED_ON = {
    "status": ("GET", "/api/v1/status"), "plan": ("GET", "/api/v1/plan"),
    "events": ("GET", "/api/v1/events"), "diffs": ("GET", "/api/v1/differences"),
    "overrides": ("GET", "/api/v1/overrides"), "explain": ("GET", "/api/v1/users/somebody"),
    "set": ("POST", "/api/v1/rollout"), ("diffs", "show"): ("GET", "/api/v1/samples/pair"),
}


class Ctl:
    """understudyctl with an admin address and a token."""

    def __init__(self, admin, token=None, **env):
        self.admin = admin
        self.env = programs.environment(**env)
        if token:
            self.env["UNDERSTUDY_TOKEN"] = token

    @classmethod
    def of(cls, proxy, token=None):
        """For a running proxy."""
        where = proxy.ready["admin"]
        return cls(where if where.startswith("unix:") else "http://" + where,
                   token or proxy.token)

    def command(self, *words):
        """The whole command line."""
        return [programs.UNDERSTUDYCTL, "--admin", self.admin, *words]

    def run(self, *words, exit_status=OK):
        """Run it; (standard output, standard error).  The exit status must
        be the wanted one, and a sanitizer may have nothing to say."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True,
                              timeout=30 * SLACK, env=self.env, stdin=subprocess.DEVNULL,
                              check=False)
        assert done.returncode == exit_status, (words, done)
        assert not programs.sanitizer_report(done.stderr), done.stderr
        return done.stdout, done.stderr

    def json(self, *words, exit_status=OK):
        """Run it with --json; the document, of the shape that the API has for it."""
        text = self.run("--json", *words, exit_status=exit_status)[0]
        asked = PASSED_ON.get(words[:2]) or PASSED_ON.get(words[0])
        if asked and exit_status == OK:
            answers.shared().check(*asked, 200, "application/json", text)
        return json.loads(text)

    def start(self, *words):
        """Start it and leave it running; its standard output is a pipe."""
        return subprocess.Popen(self.command(*words), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.env, text=True,
                                stdin=subprocess.DEVNULL)


def interrupt(process):
    """Ctrl-C; (exit status, standard output)."""
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10 * SLACK)
    return process.returncode, out

