"""measure -- CPU time and memory of a running proxy, and numbers about numbers."""

import re
import statistics
import time
from pathlib import Path

SETTLE_S = 15    # at most, until a proxy has worked off its queues


def group_of(pid):
    """The process and its children."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            pass    # ended meanwhile
    return found


def tasks_of(pid):
    """{thread id: name} of a process."""
    return {int(t.name): (t / "comm").read_text().strip()
            for t in Path(f"/proc/{pid}/task").iterdir()}


def workers_of(pid):
    """understudy's worker threads, by their names."""
    return [task for task, name in tasks_of(pid).items() if name.startswith("worker")]


def task_ns(pid, task):
    """Nanoseconds that a thread has been on a core."""
    return int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])


class Meter:
    """The CPU time of all threads of some processes."""

    def __init__(self, pids, workers=()):
        self.pids, self.workers = pids, workers

    def read(self):
        """(ns of all threads, ns of the worker threads)"""
        whole = sum(task_ns(p, t) for p in self.pids for t in tasks_of(p))
        return whole, sum(task_ns(self.pids[0], t) for t in self.workers)

    def settle(self):
        """Wait until a proxy has worked off what a load left it."""
        end = time.monotonic() + SETTLE_S
        before = self.read()[0]
        while time.monotonic() < end:
            time.sleep(0.2)
            now = self.read()[0]
            if now - before < 6e6:      # its clocks tick
                return
            before = now


def rss_bytes(pid):
    """Resident memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024


def fit(points):
    """(a, b) of y = a + b x, the squares of relative errors being least."""
    sums = [0.0] * 5
    for x, y in points:
        w = 1 / (y * y)
        for i, v in enumerate((w, w * x, w * x * x, w * y, w * x * y)):
            sums[i] += v
    s, sx, sxx, sy, sxy = sums
    b = (s * sxy - sx * sy) / (s * sxx - sx * sx)
    return (sy - b * sx) / s, b


def worst_of_fit(points):
    """How far the worst point is from the straight line, as a factor."""
    a, b = fit(points)
    return max(max(y / (a + b * x), (a + b * x) / y) for x, y in points)


def median(values):
    """Of a list that may be empty."""
    return statistics.median(values) if values else float("nan")
