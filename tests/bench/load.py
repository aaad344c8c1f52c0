"""load -- wrk at saturation, pace by the clock; what they saw."""

import json
import re
import selectors
import subprocess
import time

from .measure import rss_bytes
from .programs import Failed, read_event

CONNECTIONS = 32
BODY_BYTES = 1024
PATH = "/v1/chat/completions"


def duration_ms(text):
    """wrk's "1.23ms"."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]


def write_script(path):
    """wrk's request: 1 kB of JSON."""
    frame = '{"model":"m","messages":[{"role":"user","content":"%s"}]}'
    body = frame % ("x" * (BODY_BYTES - len(frame) + 2))
    path.write_text(f'wrk.method = "POST"\nwrk.body = \'{body}\'\n'
                    'wrk.headers["Content-Type"] = "application/json"\n')


def wrk(bench, proxy, seconds, connections=CONNECTIONS, threads=1):
    """Its figures: requests, rate, latencies."""
    script = bench.folder / "post.lua"
    if not script.exists():
        write_script(script)
    scheme = "https" if proxy.tls else "http"
    process = bench.processes.start(
        [bench.programs.wrk, f"-t{threads}", f"-c{connections}", f"-d{round(seconds)}s",
         "--latency", "-s", script, f"{scheme}://127.0.0.1:{proxy.port}{PATH}"],
        bench.load_cores, stdout=subprocess.PIPE, env=bench.programs.environment)
    text = process.communicate(timeout=seconds + 60)[0]
    bench.processes.stop([process])
    if "Non-2xx" in text or "Socket errors" in text or process.returncode != 0:
        raise Failed(f"wrk: {text}")

    def said(pattern):
        found = re.search(pattern, text, re.M)
        if found is None:   # nothing was answered: too little of a core was left
            raise Failed(f"wrk does not say {pattern}: {text}")
        return found[1]

    done = int(said(r"(\d+) requests in"))
    proxy.requests += done
    return {"requests": done, "seconds": round(seconds),
            "rate": float(said(r"Requests/sec:\s+([\d.]+)")),
            **{f"p{q}_ms": duration_ms(said(rf"^ +{q}%\s+(\S+)$")) for q in (50, 99)}}


def saturate(bench, proxy, seconds, connections=CONNECTIONS, threads=1):
    """As fast as it goes: wrk, which knows whole seconds only, or for less
    than one of them pace."""
    if seconds >= 1:
        return wrk(bench, proxy, seconds, connections, threads)
    with Pace(bench, proxy, "closed", body=BODY_BYTES, connections=connections,
              seconds=seconds) as pace:
        done = pace.done
    return {"requests": done["requests"], "seconds": done["seconds"],
            "rate": done["requests"] / done["seconds"],
            **{f"p{q}_ms": done[f"latency_p{q}_us"] / 1e3 for q in (50, 99)}}


class Pace:
    """pace between its gates: what it did, and the CPU time of a proxy
    between them.  Connections stand while the with-block runs."""

    def __init__(self, bench, proxy, load, **options):
        self.bench, self.proxy = bench, proxy
        self.seconds = options.get("seconds", 1)
        command = [bench.programs.pace, "--port", proxy.port, "--load", load]
        for name, value in options.items():
            command += [f"--{name}"] if value is True else [f"--{name}", value]
        if proxy.tls:
            command.append("--tls")
        self.process = bench.processes.start(command, bench.load_cores,
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        meter = self.proxy.meter
        read_event(self.process.stdout, "ready")
        self.rss_before = self.rss_most = rss_bytes(self.proxy.pid) if meter else 0
        before = meter.read() if meter else (0, 0)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.done = self.read_done()
        after = meter.read() if meter else (0, 0)
        self.cpu_ns = after[0] - before[0]
        if self.done["failed"] > 0:
            raise Failed(f"pace: {self.done}")
        self.proxy.requests += self.done["requests"]
        return self

    def read_done(self):
        """Its last line; memory is looked at while it is awaited."""
        end = time.monotonic() + self.seconds + 60
        waiting = selectors.DefaultSelector()
        waiting.register(self.process.stdout, selectors.EVENT_READ)
        while not waiting.select(0.1):
            if self.proxy.meter:
                self.rss_most = max(self.rss_most, rss_bytes(self.proxy.pid))
            if time.monotonic() > end:
                raise Failed("pace does not come to an end")
        text = self.process.stdout.readline()
        try:
            return json.loads(text)
        except ValueError as fault:
            raise Failed(f"pace: {text!r} (exit status {self.process.poll()})") from fault

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self.bench.processes.stop([self.process])

    def cpu_us(self):
        """Of the proxy, per request."""
        if self.done["requests"] == 0:
            raise Failed("not one request was answered")
        return self.cpu_ns / 1e3 / self.done["requests"]
