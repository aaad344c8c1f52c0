"""programs -- what the bench runs: built here, installed, or unpacked."""

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
OURS = ("echo", "floor", "pace", "relay_evhttp", "source")


class Failed(Exception):
    """Something did not start, or did not answer as it should."""


class Unsupported(Exception):
    """The understudy that is measured cannot do that."""


class Processes:
    """What was started; ended by pid, last first."""

    def __init__(self):
        self.running = []

    def start(self, command, cores, **options):
        """On these cores; ended by the kernel should this script be killed."""
        def prepare():
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
            os.sched_setaffinity(0, cores)
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        # A group of its own: Ctrl-C is ours to pass on.
        process = subprocess.Popen([str(c) for c in command], preexec_fn=prepare,
                                   start_new_session=True, text=True, **options)
        self.running.append(process)
        return process

    def stop(self, processes=None):
        """These, or all: asked, then made to."""
        ending = list(reversed(self.running if processes is None else processes))
        for process in ending:
            if process.poll() is None:
                process.terminate()
        for process in ending:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
            if process in self.running:
                self.running.remove(process)


def read_event(stream, name):
    """The JSON line with this event, among others; bounded by the peer's end."""
    for line in stream:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == name:
            return event
    raise Failed(f"ended before it was {name}")


class Programs:
    """Where the programs are; fetches the peers that are missing."""

    def __init__(self, build, peers):
        self.build, self.peers = build, peers or build / "bench-peers"
        self.environment = dict(os.environ)
        self.understudy = build / "understudy"
        if not self.understudy.exists():
            raise Failed(f"no understudy in {build} (--build DIR)")
        for name in OURS:
            made = build / "tests/bench" / name
            if not made.exists():
                raise Failed(f"no {made}; make there")
            setattr(self, name, made)
        self.nginx = self.peer("nginx", "usr/sbin")
        self.haproxy = self.peer("haproxy", "usr/sbin")
        self.wrk = self.peer("wrk", "usr/bin")

    def peer(self, name, folder):
        """An installed one, or one unpacked from its package."""
        found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if found:
            return Path(found)
        if not self.peers.exists():
            self.unpack()
        libraries = {str(p.parent) for p in self.peers.glob("usr/lib/*/*.so*")}
        self.environment["LD_LIBRARY_PATH"] = ":".join(sorted(libraries))
        made = self.peers / folder / name
        if not made.exists():
            raise Failed(f"no {name} in {self.peers}; remove it, it will be made again")
        return made

    def unpack(self):
        """The packages of the group "bench", without installing them: an
        installed nginx or haproxy would be started as a service."""
        names = subprocess.run([TOP / "deploy/install-packages", "--list", "bench"],
                               capture_output=True, text=True, check=True).stdout.split()
        print(f"unpacking {' '.join(names)} in {self.peers} (not installing them)", flush=True)
        self.peers.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.peers.parent) as folder:
            whole = Path(folder) / "whole"
            whole.mkdir()
            download(names, folder)
            for package in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, whole], check=True)
            try:
                whole.rename(self.peers)
            except OSError:     # another bench was faster
                if not self.peers.exists():
                    raise


def download(names, folder):
    """By apt, with fresh lists if the old ones do not do."""
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *names]
    if subprocess.run(command, cwd=folder, check=False).returncode == 0:
        return
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*prefix, "apt-get", "-qq", "update"], check=True)
    subprocess.run(command, cwd=folder, check=True)
