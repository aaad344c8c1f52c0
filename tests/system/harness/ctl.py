"""ctl -- running understudyctl against the understudy of a case."""

import json
import signal
import subprocess

from . import programs
from .wait import SLACK

OK, REFUSED, USAGE, UNREACHABLE, DENIED = range(5)


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
        """Run it with --json; the document."""
        return json.loads(self.run("--json", *words, exit_status=exit_status)[0])

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

