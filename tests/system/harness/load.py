"""load -- steady traffic in the background, with every failure written down.

For the cases that operate understudy under load: each thread keeps one
connection and sends request after request; a connection that closes without
an answer, or any status other than the wanted one (None: any will do), is a
failed request.
"""

import threading
import time

from . import wire
from .client import Client
from .wait import SLACK


class Load:
    """`with Load(address) as load:` ...; then load.failures, load.answers."""

    def __init__(self, address, threads=4, target="/load", status=200, users=200,
                 body=None, pause=0.0, keep=True, **connect):
        self.address = address
        self.target = target
        self.status = status
        self.users = users
        self.body = body
        self.pause = pause
        self.keep = keep        # connections between requests
        self.connect = connect  # for Client()
        self.failures = []
        self.answers = []      # (monotonic time asked, answered, version)
        self.sent = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True)
                         for i in range(threads)]

    def __enter__(self):
        for t in self._threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """End the traffic; every request sent has been answered or failed."""
        self._stop.set()
        for t in self._threads:
            t.join(30 * SLACK)
        running = sum(t.is_alive() for t in self._threads)
        assert not running, f"{running} requests without an answer"

    def done(self):
        """Requests answered so far."""
        with self._lock:
            return len(self.answers)

    def _request(self, user):
        method = "GET" if self.body is None else "POST"
        return wire.request(method, self.target, [("x-user-id", f"user-{user}")], self.body)

    def _run(self, number):
        client = None
        user = number
        while not self._stop.wait(self.pause):
            user = (user + 7) % self.users
            asked = time.monotonic()
            try:
                client = client or Client(self.address, **self.connect)
                with self._lock:
                    self.sent += 1
                client.send(self._request(user))
                answer = client.read_answer()
            except (OSError, AssertionError) as fault:
                self._fail(f"{type(fault).__name__}: {fault}")
                client = None
                self._stop.wait(0.05)
                continue
            self._count(asked, answer)
            if answer.header("connection") == "close" or not self.keep:
                client.close()
                client = None
        if client:
            client.close()

    def _count(self, asked, answer):
        if self.status is not None and answer.status != self.status:
            self._fail(f"status {answer.status}: {answer.body[:120]!r}")
        with self._lock:
            self.answers.append((asked, time.monotonic(), answer.version))

    def _fail(self, text):
        with self._lock:
            self.failures.append(text)
