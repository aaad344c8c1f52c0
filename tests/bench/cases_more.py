"""cases_more -- streams, memory, and what grows with connections and bytes."""

import json
import time
from pathlib import Path

from . import load, peers
from .cases import SATURATED, Case, Target, at_rate, difference, ratio, spread
from .measure import fit, rss_bytes, worst_of_fit


def all_three(bench, legacy, **how):
    """A starter for each of the arms that most cases have."""
    return {"nginx": lambda: peers.start_nginx(bench, legacy, **how),
            "haproxy": lambda: peers.start_haproxy(bench, legacy, **how),
            "understudy": lambda: peers.start_understudy(bench, legacy, **how)}


class Direct:
    """A backend, taken for a proxy that is not there."""

    meter = None
    tls = False

    def __init__(self, port):
        self.port, self.requests = port, 0


class Events(Case):
    """What a reader of a stream sees."""

    name = "sse"
    title = "Event streams: delay of each event, 2,000 streams at once"
    about = ("Each event carries the time of its sending; the delay is from there to the "
             "client's `recv`, on the one clock of the machine. Streams begin over one second "
             "and have an event each 200 ms. *direct* has no proxy.")
    arms = ("direct", "nginx", "haproxy", "understudy")
    figures = (("first_p50_ms", "first p50 ms", 3), ("first_p99_ms", "first p99 ms", 3),
               ("later_p50_ms", "later p50 ms", 3), ("later_p99_ms", "later p99 ms", 3))
    targets = (Target("first event, p99 over direct", 2.0,
                      difference("understudy", "first_p99_ms", "direct"), unit=" ms"),
               Target("later events, p99 over direct", 2.0,
                      difference("understudy", "later_p99_ms", "direct"), unit=" ms"))
    most_rounds = 3

    def prepare(self):
        source = self.bench.start_source()
        self.proxies = {"direct": Direct(source),
                        "nginx": peers.start_nginx(self.bench, source),
                        "haproxy": peers.start_haproxy(self.bench, source, events=True),
                        "understudy": peers.start_understudy(self.bench, source)}

    def measure(self, arm):
        streams, events = (100, 3) if self.bench.options.quick else (2000, 15)
        with load.Pace(self.bench, self.proxies[arm], "events", connections=streams,
                       rate=2000, path=f"/events/{events}/200", seconds=30) as pace:
            done = pace.done
        if done["requests"] < streams or done["later_count"] != streams * (events - 1):
            raise load.Failed(f"{arm}: {done}")
        return {"first_p50_ms": done["latency_p50_us"] / 1e3,
                "first_p99_ms": done["latency_p99_us"] / 1e3,
                "later_p50_ms": done["later_p50_us"] / 1e3,
                "later_p99_ms": done["later_p99_us"] / 1e3}


class Memory(Case):
    """What a connection holds: by connecting many and dividing.  Each round
    has a fresh process, for memory that was used once stays."""

    arms = ("nginx", "haproxy", "understudy")
    subject = "understudy"
    figures = (("kib", "KiB of RSS per connection", 2), ("base_mib", "RSS MiB before", 1))
    compare = ("kib",)
    most_rounds = 3

    def start_backend(self):
        """Its port."""
        raise NotImplementedError

    def hold(self, proxy):
        """(bytes grown, connections)"""
        raise NotImplementedError

    def prepare(self):
        self.start = all_three(self.bench, self.start_backend())

    def measure(self, arm):
        proxy = self.start[arm]()
        try:
            grown, connections = self.hold(proxy)
            return {"kib": grown / connections / 1024, "base_mib": self.base / 2**20}
        finally:
            self.bench.processes.stop([proxy.process])


class Idle(Memory):
    """Nothing under way."""

    name = "idle"
    title = "Memory of an idle keep-alive connection"
    about = ("5,000 connections that have had one request each, after 32 had many. What nginx "
             "and HAProxy allot at the start, for as many as are configured, is not in it.")
    targets = (Target("RSS per connection", 1.0, lambda r: r["understudy"]["kib"],
                      unit=" KiB"),)

    def start_backend(self):
        return self.bench.start_echo()

    def hold(self, proxy):
        connections = 500 if self.bench.options.quick else 5000
        with load.Pace(self.bench, proxy, "closed", body=load.BODY_BYTES, seconds=0.3):
            pass
        self.base = rss_bytes(proxy.pid)
        with load.Pace(self.bench, proxy, "hold", body=load.BODY_BYTES,
                       connections=connections, seconds=30) as pace:
            if pace.done["requests"] < connections:
                raise load.Failed(f"only {pace.done['requests']} connections were served")
            time.sleep(0.3)     # what is freed a moment later is not held
            return rss_bytes(proxy.pid) - self.base, connections


class Slow(Memory):
    """Back-pressure."""

    name = "slow-reader"
    title = "Memory of a slow reader of a 1 GiB stream"
    about = ("64 clients that take 4 KiB each 50 ms of an answer that the backend has at "
             "once; the most that the process had meanwhile.")
    targets = (Target("RSS per connection", 64, lambda r: r["understudy"]["kib"],
                      unit=" KiB"),)

    def start_backend(self):
        return self.bench.start_source()

    def hold(self, proxy):
        with load.Pace(self.bench, proxy, "closed", path="/bytes/1024", seconds=0.3):
            pass
        self.base = rss_bytes(proxy.pid)
        connections = 64
        with load.Pace(self.bench, proxy, "slow", path=f"/bytes/{1 << 30}",
                       connections=connections, slow=4096,
                       seconds=min(2, self.bench.options.seconds)) as pace:
            return max(pace.rss_most, rss_bytes(proxy.pid)) - self.base, connections


COUNTS = (10, 100, 1000, 10000)


class Connections(Case):
    """Does a connection that says nothing cost anything?"""

    name = "connections"
    title = "CPU per request from 10 to 10,000 connections"
    about = ("The same rate by the clock for all, dealt out over all connections in turn, at "
             "most 64 requests at once; opening the connections is not counted.")
    arms = ("nginx", "haproxy", "understudy")
    subject = "understudy"
    figures = tuple((f"cpu_{n}", f"{n:,}: CPU µs", 2) for n in COUNTS)
    compare = (f"cpu_{COUNTS[-1]}",)
    targets = (Target("dearest count to the cheapest", 1.3,
                      spread("understudy", [f"cpu_{n}" for n in COUNTS])),)
    most_rounds = 3
    rate = 10000

    def prepare(self):
        legacy = self.bench.start_echo()
        self.proxies = {n: start() for n, start in all_three(self.bench, legacy).items()}
        self.warm_up()
        self.notes.append(f"{self.rate} requests/s")

    def measure(self, arm):
        quick = self.bench.options.quick
        seen = {}
        for count in COUNTS:
            seen[f"cpu_{count}"] = at_rate(
                self.bench, self.proxies[arm], self.rate // (5 if quick else 1),
                count // 10 if quick else count, inflight=64,
                seconds=self.bench.options.seconds / 2)["cpu_us"]
            self.proxies[arm].meter.settle()
        return seen


SIZES = (1 << 10, 10 << 10, 100 << 10, 1000 << 10)


class Bodies(Case):
    """Is a long body dearer than its bytes?"""

    name = "bodies"
    title = "CPU per request from 1 kB to 1 MB bodies"
    about = ("Request and answer of that size, 8 connections. The line a + b × KiB is fitted "
             "by relative errors; *worst* is how far the worst size is from it, as a factor.")
    arms = ("nginx", "haproxy", "understudy")
    subject = "understudy"
    figures = (*((f"cpu_{n}", f"{n >> 10:,} KiB: CPU µs", 1) for n in SIZES),
               ("a_us", "a µs", 1), ("b_us", "b µs/KiB", 3), ("worst", "worst", 2))
    compare = ("a_us", "b_us")
    targets = (Target("worst size to the straight line", 1.3,
                      lambda r: r["understudy"]["worst"]),)
    most_rounds = 5

    def prepare(self):
        for size in SIZES:
            legacy = self.bench.start_echo("--size", size)
            for arm, start in all_three(self.bench, legacy).items():
                self.proxies[arm, size] = start()

    def measure(self, arm):
        seen = {}
        for size in SIZES:
            with load.Pace(self.bench, self.proxies[arm, size], "closed", body=size,
                           connections=8, seconds=self.bench.options.seconds / 2) as pace:
                seen[f"cpu_{size}"] = pace.cpu_us()
        points = [(size / 1024, seen[f"cpu_{size}"]) for size in SIZES]
        seen["a_us"], seen["b_us"] = fit(points)
        seen["worst"] = worst_of_fit(points)
        return seen


class Workers(Case):
    """Do two workers hinder each other?"""

    name = "workers"
    title = "Two workers on two cores against one"
    about = "wrk on 64 connections."
    arms = ("one", "two")
    subject = "two"
    figures = (("cpu_us", "CPU µs/request", 2), ("rate", "requests/s", 0),
               ("busy", "cores busy %", 0))
    compare = ("cpu_us", "rate")

    def __init__(self, bench):
        super().__init__(bench)
        if len(bench.cores) >= 4:
            self.proxy_cores = set(bench.cores[:2])
            self.load_cores = set(bench.cores[2:])
            self.targets = (Target("requests/s of one worker", 1.7,
                                   ratio("two", "rate", "one"), at_least=True),)
        else:
            self.proxy_cores = self.load_cores = set(bench.cores[:2])
            self.targets = (Target("CPU per request of one worker (the load generator leaves "
                                   "no room for throughput)", 1.1,
                                   ratio("two", "cpu_us", "one")),)
            self.notes.append("this machine has fewer than four cores: proxy, load and "
                              "backends share two, so requests/s say nothing")

    def prepare(self):
        bench = self.bench
        bench.load_cores, self.before = self.load_cores, bench.load_cores
        legacy = bench.start_echo()
        self.proxies = {
            name: peers.start_understudy(bench, legacy, workers=workers, cores=self.proxy_cores)
            for name, workers in (("one", 1), ("two", 2))}
        self.warm_up()

    def measure(self, arm):
        bench, proxy = self.bench, self.proxies[arm]
        before = proxy.meter.read()[0]
        seen = load.saturate(bench, proxy, bench.options.seconds, connections=64,
                             threads=1 if len(bench.cores) < 4 else 2)
        used = proxy.meter.read()[0] - before
        return {"cpu_us": used / seen["requests"] / 1e3, "rate": seen["rate"],
                "busy": used / 1e7 / seen["seconds"]}

    def finish(self):
        self.bench.load_cores = self.before


class Guarded(Case):
    """What it costs to be watched."""

    name = "guard"
    title = "Guard rules and breaker: 1 kB JSON POST, all served by enhanced"
    about = ("*guarded* has the guard rules and the breaker of `rules/chat.json`, six rules that "
             "are looked at fifty times a second; *unguarded* has no rule and no breaker. "
             "Workers count the same for both.")
    arms = ("unguarded", "guarded")
    subject = "guarded"
    figures = SATURATED
    compare = ("cpu_us", "worker_us", "rate")
    targets = (Target("worker threads, CPU per request of unguarded", 1.01,
                      ratio("guarded", "worker_us", "unguarded")),
               Target("whole process, CPU per request of unguarded", 1.01,
                      ratio("guarded", "cpu_us", "unguarded")))

    def prepare(self):
        chat = Path(__file__).resolve().parent.parent.parent / "rules/chat.json"
        guard = json.loads(chat.read_text(encoding="utf-8"))
        legacy = self.bench.start_echo()
        for arm in self.arms:
            watched = {key: guard[key] for key in ("guard", "breaker")} \
                if arm == "guarded" else {"breaker": {"enabled": False}}
            self.proxies[arm] = peers.start_understudy(self.bench, legacy, rules={
                "rollout": {"stages": [{"name": "bench", "percent": 100}],
                            "overrides": [{"path": "/*", "version": "enhanced"}]}, **watched})
        self.warm_up()

    measure = Case.saturate
