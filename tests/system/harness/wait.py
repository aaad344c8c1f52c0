"""wait -- waiting for things to become true, with a deadline.

Cases never sleep for a while and hope: they say what they wait for.  The
deadlines are generous because only a failing case ever reaches them; under
sanitizers UNDERSTUDY_TEST_SLACK stretches them further.
"""

import os
import time

SLACK = float(os.environ.get("UNDERSTUDY_TEST_SLACK", "1"))


class Timeout(AssertionError):
    """What was waited for did not happen."""


def deadline(seconds):
    """The monotonic moment `seconds` (stretched by the slack) from now."""
    return time.monotonic() + seconds * SLACK


def eventually(probe, why, seconds=15, every=0.02):
    """Call probe() until it returns something true, and return that.

    An AssertionError inside the probe counts as "not yet"; the last one is
    shown if the deadline passes, so that a failure says what was missing.
    """
    end = deadline(seconds)
    last = None
    while True:
        try:
            last = probe()
            if last:
                return last
        except AssertionError as fault:
            last = fault
        if time.monotonic() >= end:
            raise Timeout(f"{why}: not within {seconds * SLACK:g} s (last: {last!r})")
        time.sleep(every)
