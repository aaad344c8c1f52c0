"""npm -- real clients and servers of the npm registry, pinned.

../npm holds the scripts and the versions of what they import, none of which
depends on anything; they are installed once into a folder that
UNDERSTUDY_NPM_DIR names (else into the case's own, because installing needs
the network).
"""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

from .programs import SYSTEM
from .wait import SLACK

FILES = SYSTEM / "npm"


def installed(h):
    """A folder with the libraries and the scripts."""
    folder = Path(os.environ.get("UNDERSTUDY_NPM_DIR") or h.folder("npm"))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)    # cases run beside each other
        for file in FILES.iterdir():
            shutil.copy(file, folder / file.name)
        if not _is_there(folder):
            _install(folder)
    return folder


def _is_there(folder):
    """Has an earlier run installed the versions that are asked for?"""
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    try:
        found = {name: json.loads((folder / "node_modules" / name / "package.json")
                                  .read_text())["version"] for name in wanted}
    except (OSError, ValueError):
        return False
    return (folder / "complete").exists() and found == wanted


def _install(folder):
    """The pinned libraries, from whatever registry npm is set up for."""
    done = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund",
                           "--no-package-lock", "--ignore-scripts"], cwd=folder,
                          capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "complete").touch()


def prepare():
    """Install for every case to come, before the clock of any of them runs."""
    if os.environ.get("UNDERSTUDY_NPM_DIR"):
        installed(None)


def run(h, script, *words, seconds=60):
    """Run a script to its end; its last line."""
    done = subprocess.run(["node", script, *map(str, words)], cwd=installed(h),
                          capture_output=True, text=True, timeout=seconds * SLACK, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


class Server:
    """A script that serves: its first line is its port, and it ends when its
    standard input does."""

    def __init__(self, h, script, *words):
        self.faults = []
        self.process = subprocess.Popen(
            ["node", script, *map(str, words)], cwd=installed(h), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self):
        """End it."""
        self.process.stdin.close()
        self.process.wait(15 * SLACK)
        self.process.stdout.close()
