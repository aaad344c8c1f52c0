"""pg -- a private PostgreSQL cluster for one case, around pgcluster.

kill() is `kill -9` of the whole server, as when a machine loses power;
start() after it recovers the same data.
"""

import subprocess

from .programs import SYSTEM
from .store import PgStore
from .wait import SLACK

PGCLUSTER = SYSTEM / "pgcluster"


class Cluster:
    """The cluster in a folder of the case."""

    def __init__(self, folder):
        self.dir = str(folder)
        self.conninfo = None

    def _run(self, verb):
        # Not capture_output: the server would inherit the pipe and hold it
        # open, and a read to its end would wait for the server to stop.
        log = f"{self.dir}.{verb}"
        with open(log, "w+", encoding="utf-8") as out:
            code = subprocess.run([str(PGCLUSTER), verb, self.dir], stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=subprocess.STDOUT,
                                  timeout=60 * SLACK, check=False).returncode
            out.seek(0)
            text = out.read()
        if code != 0:
            raise AssertionError(f"pgcluster {verb}: {text}")
        return text

    def start(self):
        """Start (the first time: create); returns self."""
        lines = self._run("start").strip().splitlines()
        assert lines, "pgcluster start printed no connection string"
        self.conninfo = lines[-1].strip()
        return self

    def stop(self):
        """Stop in the ordinary way."""
        self._run("stop")

    def kill(self):
        """kill -9 of every process of it."""
        self._run("kill")

    def store(self):
        """Its tables."""
        return PgStore(self.conninfo)
