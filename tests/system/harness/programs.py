"""programs -- where the programs under test are.

The runner's options and the environment name them; the default is what
`./configure && make` leaves at the top of the source tree.
"""

import os
from pathlib import Path

SYSTEM = Path(__file__).resolve().parent.parent
TOP = SYSTEM.parent.parent


def _program(variable, *default):
    return os.environ.get(variable) or str(TOP.joinpath(*default))


UNDERSTUDY = _program("UNDERSTUDY", "understudy")
UNDERSTUDYCTL = _program("UNDERSTUDYCTL", "understudyctl")
DEMO_CHAT = _program("UNDERSTUDY_DEMO_CHAT", "tests", "demo",
                     "understudy-demo-chat")
# "", "address" or "thread": what the programs were built with
SANITIZER = os.environ.get("UNDERSTUDY_SANITIZER", "")

_SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:halt_on_error=1:exitcode=86",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=86",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=86:second_deadlock_stack=1",
}
_REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:",
            "WARNING: ThreadSanitizer", "SUMMARY: ")


def environment(**more):
    """The environment of a program under test: no UNDERSTUDY_* of ours, and
    sanitizers that stop at the first report."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSTUDY")}
    for name, wanted in _SANITIZER_OPTIONS.items():
        # Behind what is there: of two settings the last one counts.
        env[name] = ":".join(filter(None, (env.get(name), wanted)))
    env.update({k: v for k, v in more.items() if v is not None})
    return env


def sanitizer_report(text):
    """The first line of a sanitizer's report in text, or None."""
    for line in text.splitlines():
        if any(mark in line for mark in _REPORTS):
            return line
    return None
