"""cases -- what is measured, and the figure to reach.

A case has arms: proxies that take turns under the same load.  A round gives
each arm a dictionary of figures; a target compares figures of the same round,
so that what else the machine does meets both sides.
"""

from . import load, peers
from .measure import median
from .programs import Failed


class Target:
    """A figure to reach: of(round) is a number of one round, and the median
    over the rounds has to be at most (or at least) the limit."""

    def __init__(self, what, limit, of, at_least=False, unit=""):
        self.what, self.limit, self.of, self.unit = what, limit, of, unit
        self.at_least = at_least

    def judge(self, rounds):
        """(median, smallest, largest, met?)"""
        values = [self.of(r) for r in rounds]
        reached = median(values)
        met = reached >= self.limit if self.at_least else reached <= self.limit
        return reached, min(values), max(values), met


def ratio(arm, figure, base, base_figure=None):
    """Of two arms in a round."""
    return lambda r: r[arm][figure] / r[base][base_figure or figure]


def difference(arm, figure, base):
    """Of two arms in a round."""
    return lambda r: r[arm][figure] - r[base][figure]


def spread(arm, figures):
    """The largest of an arm's figures to the smallest."""
    return lambda r: (max(r[arm][f] for f in figures) / min(r[arm][f] for f in figures))


class Case:
    """One of the bench.  figures: (key, heading, digits) of the table;
    compare: the keys also shown as subject's ratio to each arm."""

    name = title = about = subject = ""
    arms = ()
    figures = ()
    compare = ()
    targets = ()
    most_rounds = 99
    # A p99 of two seconds is a noisy thing, the median of many is not: so many
    # turns for one that was asked for, each shorter.
    times = 1

    def __init__(self, bench):
        self.bench = bench
        self.proxies = {}
        self.notes = []
        self.repeated = False   # a round failed, and was run again

    def prepare(self):
        """Start what stays for all rounds, and warm it up."""

    def measure(self, arm):
        """One arm's turn: its figures."""
        raise NotImplementedError

    def finish(self):
        """After the last round; may add notes."""

    def saturate(self, arm):
        """wrk as fast as it goes."""
        bench, proxy = self.bench, self.proxies[arm]
        before = proxy.meter.read()
        seen = load.saturate(bench, proxy, bench.options.seconds)
        busy = proxy.meter.read()[0] - before[0]
        proxy.meter.settle()
        after = proxy.meter.read()
        return {"cpu_us": (after[0] - before[0]) / seen["requests"] / 1e3,
                "worker_us": (after[1] - before[1]) / seen["requests"] / 1e3,
                "rate": seen["rate"], "p50_ms": seen["p50_ms"], "p99_ms": seen["p99_ms"],
                "busy": busy / 1e7 / seen["seconds"],
                "rss_mib": load.rss_bytes(proxy.pid) / 2**20}

    def warm_up(self):
        """Each arm once, not counted."""
        for proxy in self.proxies.values():
            with load.Pace(self.bench, proxy, "closed", body=load.BODY_BYTES, connections=32,
                           seconds=0.3):
                pass


def start_each(bench):
    """Everything that passes on a request and its answer."""
    legacy = bench.start_echo()
    return {"nginx": peers.start_nginx(bench, legacy),
            "haproxy": peers.start_haproxy(bench, legacy),
            "floor": peers.start_relay(bench, "floor", legacy),
            "relay_evhttp": peers.start_relay(bench, "relay_evhttp", legacy),
            "understudy": peers.start_understudy(bench, legacy),
            "understudy-recording": peers.start_understudy(bench, legacy,
                                                           store="sqlite:store.db")}


SATURATED = (("cpu_us", "CPU µs/request", 2), ("worker_us", "worker threads", 2),
             ("rate", "requests/s", 0), ("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2),
             ("busy", "core busy %", 0), ("rss_mib", "RSS MiB", 1))


class Plain(Case):
    """The first two rows."""

    name = "plain"
    title = "Plain proxy, keep-alive, 1 kB JSON POST, 32 connections"
    about = ("As fast as wrk asks. *understudy* keeps no store; *understudy-recording* writes "
             "every leg to SQLite; nginx and HAProxy keep no logs.")
    arms = ("nginx", "haproxy", "floor", "relay_evhttp", "understudy", "understudy-recording")
    subject = "understudy"
    figures = SATURATED
    compare = ("cpu_us", "rate", "rss_mib")
    targets = (
        Target("CPU per request of nginx", 0.75, ratio("understudy", "cpu_us", "nginx")),
        Target("CPU per request of HAProxy", 0.75, ratio("understudy", "cpu_us", "haproxy")),
        Target("CPU per request of the floor", 1.3, ratio("understudy", "cpu_us", "floor")),
        Target("recording every leg, CPU per request of nginx without logs", 0.9,
               ratio("understudy-recording", "cpu_us", "nginx")))

    def prepare(self):
        self.proxies = start_each(self.bench)
        self.warm_up()

    measure = Case.saturate

    def finish(self):
        note_records(self, "understudy-recording", 1, 0)


class Shadow(Case):
    """Everything on."""

    name = "shadow"
    title = "Shadow to both, every pair compared, every leg recorded"
    about = ("*nginx-mirror* sends each request to both backends and does nothing more; "
             "*understudy-shadow* also compares the answers, and records both legs and the "
             "verdict, with all its threads on the one core.")
    arms = ("nginx-mirror", "understudy-shadow")
    subject = "understudy-shadow"
    figures = SATURATED
    compare = ("cpu_us", "rate")
    targets = (
        Target("whole process, CPU per request of nginx's mirror", 0.6,
               ratio("understudy-shadow", "cpu_us", "nginx-mirror")),
        Target("worker threads alone, CPU per request of nginx's mirror", 0.35,
               ratio("understudy-shadow", "worker_us", "nginx-mirror", "cpu_us")))

    def prepare(self):
        bench = self.bench
        both = bench.start_echo(), bench.start_echo()
        self.proxies = {
            "nginx-mirror": peers.start_nginx(bench, *both, mirror=True),
            "understudy-shadow": peers.start_understudy(bench, *both, shadow=100,
                                                        store="sqlite:store.db")}
        self.warm_up()

    measure = Case.saturate

    def finish(self):
        note_records(self, "understudy-shadow", 2, 1)


def note_records(case, arm, legs, comparisons):
    """A proxy that loses what it is to write down would be cheap."""
    proxy = case.proxies[arm]
    proxy.meter.settle()
    case.bench.processes.stop([proxy.process])
    have = proxy.recorded()
    shares = [f"{100 * have[0] / (legs * proxy.requests):.1f}% of the legs"]
    if comparisons:
        shares.append(f"{100 * have[1] / (comparisons * proxy.requests):.1f}% of the pairs")
    case.notes.append(f"{arm}: {proxy.requests} requests, on record: {', '.join(shares)} "
                      "(over 100%: those that wrk gave up at the end of a round)")


class Latency(Case):
    """p99 where nobody is saturated."""

    name = "latency"
    title = "Latency at half of nginx's saturation rate"
    about = ("An open loop by the clock: a request's time counts from when it was due, so a "
             "stall counts for everybody it held up.")
    arms = ("nginx", "haproxy", "floor", "relay_evhttp", "understudy", "understudy-recording")
    subject = "understudy"
    figures = (("p50_ms", "p50 ms", 3), ("p99_ms", "p99 ms", 3), ("p999_ms", "p99.9 ms", 3),
               ("cpu_us", "CPU µs/request", 2), ("rate", "requests/s", 0))
    compare = ("p50_ms", "p99_ms")
    times = 3
    targets = (Target("p99 of nginx", 1.0, ratio("understudy", "p99_ms", "nginx")),
               Target("p99 of HAProxy", 1.0, ratio("understudy", "p99_ms", "haproxy")))

    def prepare(self):
        bench = self.bench
        self.proxies = start_each(bench)
        self.warm_up()
        most = median([load.wrk(bench, self.proxies["nginx"], 1)["rate"]
                       for _ in range(1 if bench.options.quick else 3)])
        self.rate = int(most / (20 if bench.options.quick else 2))
        self.notes.append(f"nginx's saturation: {most:.0f} requests/s; asked: {self.rate}/s")

    def measure(self, arm):
        return at_rate(self.bench, self.proxies[arm], self.rate,
                       seconds=self.bench.options.seconds / 2)


def at_rate(bench, proxy, rate, connections=load.CONNECTIONS, **how):
    """By the clock."""
    how.setdefault("seconds", bench.options.seconds)
    with load.Pace(bench, proxy, "rate", body=load.BODY_BYTES, connections=connections,
                   rate=rate, **how) as pace:
        done = pace.done
    return {"cpu_us": pace.cpu_us(), "rate": done["requests"] / done["seconds"],
            **{f"{q}_ms": done[f"latency_{q}_us"] / 1e3 for q in ("p50", "p99", "p999")}}


class Faults(Case):
    """The shadow can be lost, never felt."""

    name = "faults"
    title = "The primary's latency beside a shadow that misbehaves"
    about = ("understudy with recording, by the clock; every request is also sent to a second "
             "backend that never answers (*hung*; a shadow is given up after 1 s), answers "
             "200 ms late (*slow*), or resets the connection (*resetting*); with *none* the "
             "stage has no shadow.")
    arms = ("none", "hung", "slow", "resetting")
    subject = ""
    figures = (("p50_ms", "p50 ms", 3), ("p99_ms", "p99 ms", 3), ("p999_ms", "p99.9 ms", 3),
               ("cpu_us", "CPU µs/request", 2))
    targets = tuple(Target(f"{arm} shadow, p99 of none", 1.1, ratio(arm, "p99_ms", "none"))
                    for arm in ("hung", "slow", "resetting"))
    rate = 4000
    times = 3

    def prepare(self):
        bench = self.bench
        legacy = bench.start_echo()
        for arm in self.arms:
            fault = {"hung": ("--fault", "hang"), "resetting": ("--fault", "reset"),
                     "slow": ("--fault", "slow", "--delay", 200)}.get(arm, ())
            self.proxies[arm] = peers.start_understudy(
                bench, legacy, bench.start_echo(*fault), shadow=0 if arm == "none" else 100,
                store="sqlite:store.db")
        self.warm_up()
        self.notes.append(f"{self.rate} requests/s")

    def measure(self, arm):
        seen = at_rate(self.bench, self.proxies[arm],
                       self.rate // 10 if self.bench.options.quick else self.rate,
                       seconds=self.bench.options.seconds / 2)
        self.proxies[arm].meter.settle()
        return seen


class Tls(Case):
    """Termination."""

    name = "tls"
    title = "TLS 1.3 termination"
    about = ("ECDSA P-256 certificate made for the run. Keep-alive: wrk on 32 connections. New "
             "connections: 8 at a time, each with one request, with a full handshake and with "
             "a resumed session.")
    arms = ("nginx", "haproxy", "understudy")
    subject = "understudy"
    most_rounds = 5
    figures = (("kept_us", "kept, CPU µs/request", 2), ("full_us", "full handshake, CPU µs", 1),
               ("resumed_us", "resumed, CPU µs", 1), ("rate", "requests/s, kept", 0))
    compare = ("kept_us", "full_us", "resumed_us")
    targets = (Target("keep-alive, CPU per request of nginx", 1.0,
                      ratio("understudy", "kept_us", "nginx")),
               Target("new connections, CPU of nginx", 1.0,
                      ratio("understudy", "full_us", "nginx")),
               Target("resumed connections, CPU of nginx", 1.0,
                      ratio("understudy", "resumed_us", "nginx")))

    def prepare(self):
        bench = self.bench
        legacy = bench.start_echo()
        self.proxies = {"understudy": peers.start_understudy(bench, legacy, tls=True),
                        "nginx": peers.start_nginx(bench, legacy, tls=True),
                        "haproxy": peers.start_haproxy(bench, legacy, tls=True)}
        self.warm_up()

    def measure(self, arm):
        bench, proxy = self.bench, self.proxies[arm]
        kept = self.saturate(arm)
        return {"kept_us": kept["cpu_us"], "rate": kept["rate"],
                "full_us": self.fresh(bench, proxy),
                "resumed_us": self.fresh(bench, proxy, resume=True)}

    @staticmethod
    def fresh(bench, proxy, **how):
        """A connection for each request."""
        with load.Pace(bench, proxy, "fresh", connections=8, body=load.BODY_BYTES,
                       seconds=bench.options.seconds / 2, **how) as pace:
            done = pace.done
        # The first ones have no session yet.
        full = done["requests"] - done["resumed"]
        if how and full > 16 + done["requests"] / 10 or not how and done["resumed"] > 0:
            raise Failed(f"{done['resumed']} of {done['requests']} sessions were resumed")
        return pace.cpu_us()
