"""stand -- what a case holds: backends, understudy, databases, and their end.

A case is a function test_*(h) in cases/; h is a Harness.  Whatever it makes
is stopped when the case ends, in the reverse order, and the end is part of
the test: understudy must exit 0 on SIGTERM, without a sanitizer's report,
and must have written nothing wrong to any backend.
"""

import contextlib
import traceback
from pathlib import Path

from . import scripts
from .backend import Backend, Mute, Refusing, Unreachable
from .client import Client, ask
from .pg import Cluster
from .proxy import Proxy, merged
from .store import PgStore, SqliteStore
from .tls import Authority
from .wait import eventually


class Skipped(Exception):
    """The case cannot say anything here; the text says why."""


def limit(seconds):
    """Decorator: this case may take longer than the runner's timeout.  (The
    runner reads it from the source, without importing the case.)"""
    def mark(function):
        function.limit = seconds
        return function
    return mark


def long(function):
    """Decorator: only run with --long."""
    return function


def native(function):
    """Decorator: not under a sanitizer, where what it measures means nothing."""
    return function


def alone(function):
    """Decorator: what it measures, or starts, wants the machine for itself."""
    return function


def base_config(legacy_url, enhanced_url):
    """The everyday understudy.json of a case."""
    return {
        "listen": [{"address": "127.0.0.1:0"}],
        "admin": {"address": "127.0.0.1:0"},
        "backends": {"legacy": {"urls": [legacy_url]},
                     "enhanced": {"urls": [enhanced_url]}},
        "store": "sqlite:understudy.db",
        "workers": 2,
        "rules": ["rules.json"],
    }


def base_rules(percent, shadow):
    """The everyday rules.json: stage "test" has the numbers asked for."""
    return {
        "identity": [{"header": "x-user-id"}],
        "session": [{"header": "x-session-id"}],
        "rollout": {
            "enabled": True, "salt": "test-salt", "advance": "manual", "stage": "test",
            "stages": [{"name": "off"},
                       {"name": "test", "percent": percent, "shadow": shadow},
                       {"name": "full", "percent": 100}],
        },
        "breaker": {"enabled": False},
    }


VERDICTS = ("same", "noise", "different", "incomparable")


class Stand:
    """Two backends with understudy in front of them."""

    def __init__(self, harness, proxy, legacy, enhanced):
        self.h = harness
        self.proxy = proxy
        self.legacy = legacy
        self.enhanced = enhanced

    def client(self, **kw):
        """A raw connection to understudy."""
        return self.h.keep(Client(self.proxy.address, **kw))

    def ask(self, method="GET", target="/", fields=(), body=None, **kw):
        """One request on a connection of its own."""
        return ask(self.proxy.address, method, target, fields, body, **kw)

    def get(self, target="/", user="user-1", **kw):
        """GET as that user."""
        return self.ask("GET", target, [("x-user-id", user)], **kw)

    def post(self, body, target="/", user="user-1", kind="application/json", fields=()):
        """POST a body as that user."""
        return self.ask("POST", target,
                        [("x-user-id", user), ("content-type", kind), *fields], body)

    def status(self):
        """GET /api/v1/status."""
        return self.proxy.status()

    def metric(self, series):
        """One number of /metrics; 0 if the series is not there yet."""
        return self.proxy.admin().metrics().get(series, 0)

    def wait_metric(self, series, at_least, seconds=15):
        """Wait until a number of /metrics has grown that far."""
        return eventually(lambda: self.metric(series) >= at_least,
                          f"{series} >= {at_least}", seconds)

    def wait_status(self, probe, why, seconds=15):
        """Wait until probe(status) is true; the status then."""
        def look():
            s = self.status()
            return s if probe(s) else None
        return eventually(look, why, seconds)

    def settle(self, seconds=60):
        """Wait until nothing runs, is compared or waits to be written any more:
        then rows, counters and status must agree.  The status then."""
        def rests():
            legs = sum(n for series, n in self.proxy.admin().metrics().items()
                       if series.startswith("understudy_legs_total{"))
            running = self.metric("understudy_requests_inflight")
            s = self.status()
            verdicts = sum(s["comparisons"][v] for v in VERDICTS)
            rows = s["store"]["written"] + s["store"]["dropped"]
            return s if not running and s["shadow"]["inflight"] == 0 and \
                verdicts == s["comparisons"]["offered"] and \
                s["store"]["spooled"] == 0 and rows >= legs + verdicts else None
        return eventually(rests, "all has ended and is written", seconds)

    def store(self):
        """What has been recorded."""
        text = self.proxy.config["store"]
        if text.startswith("sqlite:"):
            return SqliteStore(self.proxy.dir / text[7:])
        return PgStore(text)

    def legs(self, n, where="1=1"):
        """Wait until exactly n legs are recorded, and return them."""
        return self.store().wait_count(n, "exchanges", where)


class Harness:
    """Makes things for one case, and ends them."""

    def __init__(self, folder):
        self.dir = Path(folder)
        self._made = []
        self._faults = []
        self._serial = 0

    # -- making ----------------------------------------------------------------

    def keep(self, thing):
        """End thing (stop or close) with the case."""
        self._made.append(thing)
        return thing

    def folder(self, name):
        """A new folder of the case."""
        self._serial += 1
        path = self.dir / f"{name}-{self._serial}"
        path.mkdir(mode=0o755)
        return path

    def backend(self, script=None, name="backend", **kw):
        """A fake upstream; kw: as Backend has them."""
        return self.keep(Backend(script or scripts.echo(), name, **kw))

    def authority(self, name="ca"):
        """A CA of its own."""
        return Authority(self.folder(name), name)

    def refusing(self):
        """A port where connections are refused."""
        return self.keep(Refusing())

    def mute(self):
        """A port whose TLS handshakes never begin."""
        return self.keep(Mute())

    def unreachable(self):
        """A port where connections never complete."""
        return self.keep(Unreachable())

    def cluster(self):
        """A running private PostgreSQL."""
        return self.keep(Cluster(self.folder("pg"))).start()

    def proxy(self, config, rules, start=True, env=None, token=None, files=None,
              prefix=()):
        """understudy on these files; files = {name: text} lie beside them.
        prefix: a command that runs it (exec)."""
        folder = self.folder("understudy")
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        proxy = self.keep(Proxy(folder, config, rules, env, token, prefix))
        return proxy.start() if start else proxy

    def stand(self, percent=0, shadow=0, legacy=None, enhanced=None, config=None,
              rules=None, **kw):
        """Two backends and understudy.  legacy, enhanced: a script, or
        something with a .url; config, rules: laid over the everyday ones."""
        backends = []
        for name, given in (("legacy", legacy), ("enhanced", enhanced)):
            backends.append(given if hasattr(given, "url") else self.backend(given, name))
        files = base_config(*(b.url for b in backends)), base_rules(percent, shadow)
        proxy = self.proxy(merged(files[0], config), merged(files[1], rules), **kw)
        return Stand(self, proxy, *backends)

    # -- judging ---------------------------------------------------------------

    @contextlib.contextmanager
    def check(self, label):
        """One row of a table: its failure does not hide the next row's."""
        try:
            yield
        except Exception as fault:  # every kind is this row's failure
            where = traceback.extract_tb(fault.__traceback__)[-1]
            self._faults.append(f"[{label}] {type(fault).__name__}: {fault} "
                                f"({Path(where.filename).name}:{where.lineno})")

    def skip(self, why):
        """Give up without a verdict."""
        raise Skipped(why)

    def finish(self, failed):
        """End everything; returns what was wrong, as texts."""
        faults = list(self._faults)
        for thing in reversed(self._made):
            try:
                self._end(thing, failed or bool(faults))
            except Exception as fault:  # keep ending the others
                faults.append(f"at the end: {type(fault).__name__}: {fault}")
        for thing in self._made:
            faults += getattr(thing, "faults", [])
        if failed or faults:
            faults += [f"--- log of {p.dir.name}:\n{p.log_tail()}"
                       for p in self._made if isinstance(p, Proxy) and p.raw]
        self._made.clear()
        return faults

    @staticmethod
    def _end(thing, failed):
        if hasattr(thing, "stop"):
            thing.stop()
        else:
            thing.close()
        if isinstance(thing, Proxy) and not failed:
            thing.check_log()
