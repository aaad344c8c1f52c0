#!/usr/bin/python3
"""talk -- sends paced chat traffic and counts what a client would notice.

    talk.py [--users N] [--rate R] [--seconds S] [--json] http://127.0.0.1:8080

Some users, each with a conversation, ask questions one after the other:
OpenAI chat completions, whole and streamed, and the small chat API of
tests/demo/chat.c.  Every answer is read to its end and checked.  A failure is
whatever a user would see: no answer, another status than 200, a body that is
not what was asked for, a stream without its [DONE].  x-understudy-version
tells who answered, so it also counts users who went back from enhanced to
legacy.

Ends by itself after --seconds, or by SIGTERM or SIGINT: running requests are
finished, the summary is printed, and the exit status says whether there was
any failure.  With --json there is one report a second on standard output,
the last with "done": true; otherwise a summary for people at the end.
"""

import argparse
import collections
import http.client
import json
import signal
import sys
import threading
import time
from urllib.parse import urlsplit

USERS_PER_THREAD = 5
RECENT_SECONDS = 5
TIMEOUT_SECONDS = 45   # over understudy's own, so that its answer is seen

QUESTIONS = [
    "How do I {} without waking anybody up?",
    "What should I know before I {}?",
    "Can you help me to {} this week?",
    "Is it true that nobody can {} on a Friday?",
    "What would you do first to {}?",
    "Explain to a child how to {}.",
    "Why did my last attempt to {} fail?",
]
SUBJECTS = [
    "move a conversation to another server", "replace a chat backend",
    "rent a flat in Vienna", "bake bread with little yeast", "learn to swim",
    "tidy a cellar", "plan a garden", "repair a bicycle chain", "write a speech",
    "sell a piano", "train for a long walk", "choose a telescope", "keep bees",
    "read a balance sheet", "paint a window frame", "travel with a cat",
    "prepare for a job interview", "cook for twenty people", "archive old photos",
]


class Failure(Exception):
    """What a user would complain about."""


def question(number):
    """A question; the same number asks the same."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    return QUESTIONS[number // len(SUBJECTS) % len(QUESTIONS)].format(subject)


# -- one request of each kind --------------------------------------------------

def completion_body(user, text, stream):
    """The body of an OpenAI chat completion."""
    return {"model": "demo-chat-1", "user": user, "stream": stream,
            "messages": [{"role": "system", "content": "You are a helpful assistant."},
                         {"role": "user", "content": text}]}


def check_whole(response):
    """One JSON completion."""
    choice = json.loads(response.read())["choices"][0]
    if not choice["message"]["content"] or not choice["finish_reason"]:
        raise Failure("empty answer")


def check_stream(response):
    """Events up to [DONE], with some text and a finish_reason."""
    text, finish = "", None
    for line in response:
        line = line.strip()
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            response.read()
            break
        for choice in json.loads(data)["choices"]:
            text += choice["delta"].get("content") or ""
            finish = choice["finish_reason"] or finish
    else:
        raise Failure("stream cut before [DONE]")
    if not text or not finish:
        raise Failure("stream without an answer")


def check_reply(response):
    """An answer of POST /api/chat."""
    if not json.loads(response.read())["reply"]:
        raise Failure("empty answer")


def make_request(user, number):
    """(path, body, check) of a user's request: 45% whole, 35% streamed, the
    rest the other API."""
    text = question(number)
    kind = number * 7 % 20
    if kind < 9:
        return "/v1/chat/completions", completion_body(user, text, False), check_whole
    if kind < 16:
        return "/v1/chat/completions", completion_body(user, text, True), check_stream
    return "/api/chat", {"userId": user, "conversationId": f"{user}-conversation",
                         "message": text}, check_reply


# -- counting ------------------------------------------------------------------

class Tally:
    """What all clients saw.  Any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self.began = time.time()
        self.sent = 0
        self.answered = 0
        self.failures = collections.Counter()
        self.versions = collections.Counter()
        self.last_of = {}                       # version -> when it last answered
        self.version_of = {}                    # user -> version
        self.went_back = 0
        self._recent = collections.deque()      # (when, version, milliseconds)

    def start(self):
        """A request is on its way."""
        with self._lock:
            self.sent += 1

    def answer(self, user, version, milliseconds):
        """A request was answered as it should be."""
        now = time.time()
        with self._lock:
            self.answered += 1
            self.versions[version] += 1
            self.last_of[version] = now
            if self.version_of.get(user) == "enhanced" and version == "legacy":
                self.went_back += 1
            self.version_of[user] = version
            self._recent.append((now, version, milliseconds))

    def fail(self, why):
        """A client noticed something."""
        with self._lock:
            self.failures[why] += 1

    def report(self, done=False):
        """Everything so far, as an object for json.dumps."""
        now = time.time()
        with self._lock:
            while self._recent and self._recent[0][0] < now - RECENT_SECONDS:
                self._recent.popleft()
            times = sorted(ms for _, _, ms in self._recent)
            recent = collections.Counter(version for _, version, _ in self._recent)
            return {"ts": now, "done": done, "seconds": round(now - self.began, 1),
                    "sent": self.sent, "answered": self.answered,
                    "failures": sum(self.failures.values()),
                    "failures_by_reason": dict(self.failures.most_common(5)),
                    "versions": dict(self.versions), "recent": dict(recent),
                    "recent_p50_ms": percentile(times, 50),
                    "recent_p95_ms": percentile(times, 95),
                    "users": len(self.version_of),
                    "users_on_enhanced": sum(v == "enhanced"
                                             for v in self.version_of.values()),
                    "went_back": self.went_back, "last_answer_of": self.last_of}


def percentile(ordered, percent):
    """Nearest rank; None of nothing."""
    if not ordered:
        return None
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 1)


# -- users ---------------------------------------------------------------------

class Talker(threading.Thread):
    """A few users who take turns on one kept connection.  Never two requests
    of one user at once: the order of a user's answers must mean something."""

    def __init__(self, url, users, interval, offset, tally, stop):
        super().__init__(daemon=True)
        self.host, self.port = url.hostname, url.port or 80
        self.prefix = url.path.rstrip("/")
        self.users, self.interval, self.offset = users, interval, offset
        self.tally, self.stop = tally, stop
        self.connection = None

    def run(self):
        turn = 0
        due = time.monotonic() + self.offset
        while not self.stop.wait(max(0.0, due - time.monotonic())):
            self.ask(self.users[turn % len(self.users)], turn)
            turn += 1
            # Late: the pace goes on from now, nobody catches up in a burst.
            due = max(due + self.interval, time.monotonic())

    def ask(self, user, turn):
        """One request, counted."""
        self.tally.start()
        began = time.monotonic()
        try:
            version = self.exchange(user, turn)
        except (OSError, http.client.HTTPException, ValueError, LookupError,
                TypeError, Failure) as fault:
            self.connection = None
            self.tally.fail(str(fault) if isinstance(fault, Failure)
                            else f"{type(fault).__name__}: {fault}"[:100])
        else:
            self.tally.answer(user, version, (time.monotonic() - began) * 1000)

    def exchange(self, user, turn):
        """Ask and read the answer to its end; the version that gave it."""
        # Spread, so that users do not all ask the same at the same time.
        number = turn + sum(user.encode()) * 31
        path, body, check = make_request(user, number)
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, self.port,
                                                         timeout=TIMEOUT_SECONDS)
        self.connection.request("POST", self.prefix + path, json.dumps(body), {
            "Content-Type": "application/json", "x-user-id": user,
            "x-session-id": f"{user}-conversation"})
        response = self.connection.getresponse()
        if response.status != 200:
            response.read()
            raise Failure(f"status {response.status}")
        check(response)
        return response.headers.get("x-understudy-version", "unknown")


def make_talkers(options, tally, stop):
    """Threads that together keep the rate."""
    users = [f"demo-user-{i:03}" for i in range(options.users)]
    count = max(1, len(users) // USERS_PER_THREAD)
    interval = count / options.rate
    return [Talker(urlsplit(options.url), users[i::count], interval,
                   interval * i / count, tally, stop) for i in range(count)]


def print_summary(report):
    """For people."""
    print(f"{report['sent']} requests in {report['seconds']} s, "
          f"{report['answered']} answered, {report['failures']} failures")
    for version, count in sorted(report["versions"].items()):
        print(f"  {count:6} by {version}")
    for reason, count in report["failures_by_reason"].items():
        print(f"  {count:6} x {reason}")


def positive(text):
    """An option's number above zero."""
    number = float(text)
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError("must be above 0")
    return number


def main():
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url", help="where to send it: http://HOST:PORT")
    parser.add_argument("--users", type=int, default=60, help="default 60")
    parser.add_argument("--rate", type=positive, default=20,
                        help="requests a second, all users together; default 20")
    parser.add_argument("--seconds", type=positive, help="end after so long")
    parser.add_argument("--json", action="store_true", help="a report every second")
    options = parser.parse_args()
    if urlsplit(options.url).scheme != "http" or options.users < 1:
        parser.error("the address must be http://, and there must be a user")

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    tally = Tally()
    talkers = make_talkers(options, tally, stop)
    for talker in talkers:
        talker.start()
    end = time.monotonic() + (options.seconds or float("inf"))
    while not stop.wait(min(1.0, max(0.0, end - time.monotonic()))):
        if time.monotonic() >= end:
            stop.set()
        elif options.json:
            print(json.dumps(tally.report()), flush=True)
    for talker in talkers:
        talker.join()
    report = tally.report(done=True)
    if options.json:
        print(json.dumps(report), flush=True)
    else:
        print_summary(report)
    return 1 if report["failures"] or not report["answered"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.exit(1)   # nobody reads the reports any more
