"""ledger -- who asked what, who got it, and what must never be.

Every request carries a token of its own: in its target, in a field and in
its body.  Backends report each arrival, clients each answer; what breaks an
invariant is written down at once as a violation, and the case fails.
"""

import collections
import itertools
import random
import threading
import time

# A request that may be sent twice by the rules (RFC 9110, section 9.2.1).
SAFE = ("GET", "HEAD", "OPTIONS")
MOST_VIOLATIONS = 20


class Ask:
    """One request as its client means it."""

    def __init__(self, token, method, user, body):
        self.token = token
        self.method = method
        self.user = user            # None: nobody says who asks
        self.body = body
        self.fields = []
        self.sent_at = None         # just before its first byte
        self.forbidden = False      # refused by the grammar: no backend may see it
        self.unfinished = False     # its body never ends as it should
        self.patient = True         # the client sends and reads as it should
        self.client = threading.current_thread().name
        self.arrivals = []

    @property
    def was_spoiled(self):
        """Has a backend, as primary, done what breaks an answer off?"""
        return any(not a.shadow and not a.clean for a in self.arrivals)

    def __repr__(self):
        legs = ", ".join(map(repr, self.arrivals)) or "seen by nobody"
        return f"{self.client}: {self.method} {self.token} ({len(self.body)} bytes; {legs})"


class Arrival:
    """A request's head, read by a backend."""

    def __init__(self, version, shadow, first, at):
        self.version = version
        self.shadow = shadow
        self.first = first          # on its connection
        self.at = at
        self.way = "?"
        self.clean = False          # its answer is whole and in time
        self.said = False           # any byte of an answer was sent

    def __repr__(self):
        return (f"{self.version}{' shadow' if self.shadow else ''} {self.way}"
                f"{'' if self.first else ' reused'}")


class Ledger:
    """Shared by all threads of a case."""

    def __init__(self, seed):
        self.seed = seed
        self.violations = []
        self.counts = collections.Counter()
        self.asks = {}
        self.fences = []            # [from, to or None]: no enhanced in between
        self.over = threading.Event()
        self.may_cut = False        # the program is being stopped
        self._serial = itertools.count(1)
        self._lock = threading.Lock()

    def draw(self, *what):
        """Random numbers of their own for that purpose."""
        return random.Random("/".join(map(str, (self.seed, *what))))

    def violation(self, text):
        """What must never be, was."""
        with self._lock:
            if len(self.violations) < MOST_VIOLATIONS:
                self.violations.append(text)

    def count(self, what):
        """One more of these."""
        with self._lock:
            self.counts[what] += 1

    def ask(self, method, user, make_body):
        """A new request; make_body(token) gives its body."""
        token = f"t{next(self._serial)}"
        a = self.asks[token] = Ask(token, method, user, make_body(token))
        return a

    # -- the latch -----------------------------------------------------------

    def close_fence(self):
        """A rollback has been acknowledged."""
        self.fences.append([time.monotonic(), None])

    def open_fence(self):
        """A rearm is about to be asked for."""
        if self.fences and self.fences[-1][1] is None:
            self.fences[-1][1] = time.monotonic()

    def is_fenced(self, ask, now):
        """Did all that ask lived through happen behind a rollback?"""
        return any(ask.sent_at >= begin and (end is None or now <= end)
                   for begin, end in list(self.fences))

    # -- what backends saw ---------------------------------------------------

    def arrived(self, version, request, first):
        """A backend has read a head.  (Ask, Arrival), or None for a stranger."""
        now = time.monotonic()
        parts = request.path.split("/")
        token = parts[2] if len(parts) > 2 else ""
        ask = self.asks.get(token)
        if ask is None or ask.sent_at is None:
            self.violation(f"{version} got what nobody sent: {request.raw_head[:200]!r}")
            return None
        arrival = Arrival(version, request.is_shadow, first, now)
        self._check_head(ask, arrival, request)
        with self._lock:
            earlier = list(ask.arrivals)
            ask.arrivals.append(arrival)
        self._check_repeats(ask, arrival, earlier)
        if version == "enhanced" and self.is_fenced(ask, now):
            self.violation(f"enhanced was asked after a rollback: {ask}")
        return ask, arrival

    def _check_head(self, ask, arrival, r):
        where = f"{arrival.version} got {ask}"
        if ask.forbidden:
            self.violation(f"{where}: refused by the grammar, yet forwarded")
        if r.method != ask.method:
            self.violation(f"{where}: as {r.method}")
        for name, want in (("x-token", [ask.token]), ("x-request-id", [ask.token]),
                           ("host", ["test"])):
            if r.fields.all(name) != want:
                self.violation(f"{where}: {name} is {r.fields.all(name)}")
        if r.header("x-hop") or r.header("x-understudy-leg") not in (None, "shadow"):
            self.violation(f"{where}: fields {r.fields}")

    def _check_repeats(self, ask, now, earlier):
        """Once by each version in each role; a fallback is legacy's primary
        after enhanced's.  Repeated is only what may be: nothing was answered
        on a connection that had rested."""
        same = [a for a in earlier if (a.version, a.shadow) == (now.version, now.shadow)]
        may_repeat = (len(same) == 1 and ask.method in SAFE
                      and not same[0].first and not same[0].said)
        if same and not may_repeat:
            self.violation(f"sent twice in one role: {ask}")
        if ask.method not in SAFE and any(a.version == now.version for a in earlier):
            self.violation(f"a version got twice what is not safe: {ask}")
        if not now.shadow and now.version == "enhanced" and any(
                a.version == "legacy" and not a.shadow for a in earlier):
            self.violation(f"enhanced was asked after legacy: {ask}")
        if now.shadow and any(a.shadow and a.version != now.version for a in earlier):
            self.violation(f"two shadows: {ask}")

    def body_arrived(self, ask, arrival, body):
        """A backend has read a body to its end."""
        if ask.unfinished:
            self.violation(f"a broken body arrived whole at {arrival}: {ask}")
        elif body != ask.body:
            self.violation(f"another body ({len(body)} bytes) at {arrival}: {ask}")

    # -- what clients got ----------------------------------------------------

    def answered(self, ask, a):
        """A complete answer, in its place."""
        served = a.header("x-served")
        if a.header("x-request-id") != ask.token:
            self.violation(f"answer of {a.header('x-request-id')} to {ask}: {a}")
        if served is None:
            self.count(f"own {a.status}")
            if a.header("x-token") is not None:
                self.violation(f"neither ours nor a backend's: {a} to {ask}")
            return
        self.count(f"whole {served}")
        if a.header("x-token") != ask.token or a.version != served:
            self.violation(f"wrong fields {a.fields} to {ask}")
        if served == "enhanced" and self.is_fenced(ask, time.monotonic()):
            self.violation(f"enhanced answered after a rollback: {ask}")
        if served == "enhanced" and ask.user is None:
            self.violation(f"nobody was sent to enhanced: {ask}")
        if not self._is_whole(ask, a, served):
            self.violation(f"not its whole body: {len(a.body)} bytes, {a.body[:60]!r} ... "
                           f"{a.body[-60:]!r} to {ask}")

    @staticmethod
    def _is_whole(ask, a, served):
        if ask.method == "HEAD" or a.status in (204, 304):
            return a.body == b""
        return (a.body.startswith(f"{ask.token}|{served}|".encode())
                and a.body.endswith(f"|{ask.token}|end".encode()))

    def cut(self, ask, how):
        """An answer broke off, or never began."""
        self.count("cut" if ask.patient else "left")
        if ask.patient and not ask.was_spoiled and not self.may_cut:
            self.violation(f"broken off without a reason ({how}): {ask}")
