"""names -- host names of a case's own: understudy runs in a mount namespace where
/etc/hosts is a file of the case.
"""

import contextlib
import os
import subprocess
import threading

# Whoever is not in the hosts file does not exist: nobody listens there.
RESOLV = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"


class Names:
    """A hosts file, and the command that puts understudy behind it."""

    def __init__(self, h):
        self.hosts = h.folder("names") / "hosts"
        self.resolv = self.hosts.with_name("resolv.conf")
        self.resolv.write_text(RESOLV)
        mounts = " && ".join(f"mount --bind {mine} {theirs}" for mine, theirs in (
            (self.hosts, "/etc/hosts"), (self.resolv, "/etc/resolv.conf")))
        unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-r", "-m"]
        if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
            h.skip("no mount namespace can be made here")
        self.prefix = [*unshare, "sh", "-c", f'{mounts} && exec "$0" "$@"']

    def say(self, *addresses, name="chat.test"):
        """The name stands for these from now on.  (In place: it is mounted.)"""
        text = "127.0.0.1 localhost\n" + "".join(f"{a} {name}\n" for a in addresses)
        with open(self.hosts, "r+" if self.hosts.exists() else "w", encoding="ascii") as f:
            f.write(text + " " * 200 + "\n")
            f.truncate()


class SilentNames(Names):
    """A name server that says nothing: resolv.conf, which comes before all else,
    is a pipe, and who looks into it waits for speak()."""

    def __init__(self, h):
        super().__init__(h)
        self.say()
        self.resolv.unlink()
        os.mkfifo(self.resolv)
        self.may_speak = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        self.may_speak.wait()
        while True:
            with contextlib.suppress(BrokenPipeError), \
                    open(self.resolv, "w", encoding="ascii") as pipe:
                pipe.write(RESOLV)

    def speak(self):
        """Let who waits, and who will ask, read on (in the hosts file, then)."""
        self.may_speak.set()
