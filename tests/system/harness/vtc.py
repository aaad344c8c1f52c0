"""vtc -- varnishtest scripts as cases: client and servers byte by byte.

A script of ../vtc finds understudy running at ${understudy}, in front of
nothing.  It starts its servers, puts them behind by

    shell "${use} ${s1_port} ${s2_port}"

(legacy, enhanced; without the second nothing answers there) and talks.  That
writes the configuration and has it reloaded, so no port is ever chosen
beforehand.  Lines "# stand: {...}" and "# metrics: {...}" at the top of a
script hold JSON: what differs from the everyday configuration (percent,
shadow, config, rules), and counters that must have these values at the end.
"""

import json
import shutil
import subprocess

from . import programs
from .ctl import Ctl
from .stand import base_config, base_rules
from .proxy import merged
from .wait import SLACK, eventually

USE = """#!/bin/sh
# %s: put these ports behind understudy
set -e
sed "s/@legacy@/$1/; s/@enhanced@/${2:-%d}/" template.json > next.json
mv next.json understudy.json
%s reload --reason "the backends of the script"
"""


def program():
    """varnishtest: installed, or unpacked by deploy/install-packages."""
    found = shutil.which("varnishtest")
    unpacked = programs.TOP / "build/varnish/usr/bin/varnishtest"
    return found or str(unpacked)


def said(path, word):
    """The JSON behind "# word:" in a script; {} if there is none."""
    value = {}
    for line in path.read_text().splitlines():
        if line.startswith(f"# {word}: "):
            value = merged(value, json.loads(line.partition(": ")[2]))
    return value


def put_up(h, path):
    """understudy in front of nothing, and the script that changes that."""
    stand = said(path, "stand")
    nothing = h.refusing()
    template = merged(base_config("http://127.0.0.1:@legacy@", "http://127.0.0.1:@enhanced@"),
                      merged({"workers": 1}, stand.get("config")))
    first = json.loads(json.dumps(template).replace("@legacy@", str(nothing.port))
                       .replace("@enhanced@", str(nothing.port)))
    rules = merged(base_rules(stand.get("percent", 0), stand.get("shadow", 0)),
                   stand.get("rules"))
    proxy = h.proxy(first, rules)
    (proxy.dir / "template.json").write_text(json.dumps(template))
    use = proxy.dir / "use"
    use.write_text(USE % (path.stem, nothing.port, " ".join(Ctl.of(proxy).command())))
    return proxy, f"cd {proxy.dir} && sh {use}"


def run(h, path):
    """Run one script; an AssertionError with its log if it fails."""
    proxy, use = put_up(h, path)
    folder = h.folder("vtc")
    done = subprocess.run(
        [program(), "-t", str(int(40 * SLACK)), "-D", "understudy=%s:%d" % proxy.address,
         "-D", "understudy_port=%d" % proxy.address[1], "-D", f"use={use}", str(path)],
        cwd=folder, env=programs.environment(TMPDIR=str(folder)), capture_output=True,
        text=True, errors="replace", timeout=60 * SLACK, check=False)
    assert done.returncode == 0, f"exit {done.returncode}\n" + done.stdout[-6000:] + done.stderr
    for name, want in said(path, "metrics").items():
        eventually(lambda n=name, w=want: proxy.admin().metrics().get(n, 0) == w,
                   f"{name} is {want}")
