"""screen -- what a person sees: a story that scrolls, a table that stays.

On a terminal the table is redrawn in place below the story.  Anywhere else
(a pipe, a log of a CI job) there are no escape codes and no redrawing: the
table is printed again every few seconds.  Eighty columns are enough.
"""

import os
import shutil
import textwrap
import time

PLAIN_SECONDS = 5
WIDTH = 80
STYLES = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "33",
          "cyan": "1;36", "": ""}
BAR = 12


class Screen:
    """Where the story is told."""

    def __init__(self, out):
        self.out = out
        self.tty = out.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.colour = self.tty and "NO_COLOR" not in os.environ
        encoding = (out.encoding or "").lower().replace("-", "")
        self.blocks = "█·" if encoding == "utf8" else "#."
        self.plain_seconds = PLAIN_SECONDS
        self._drawn = 0          # lines of the table on the terminal now
        self._next_plain = 0.0

    def _put(self, text):
        self.out.write(text)
        self.out.flush()

    def _styled(self, text, style):
        if not self.colour or not STYLES[style]:
            return text
        return f"\033[{STYLES[style]}m{text}\033[0m"

    def _size(self):
        size = shutil.get_terminal_size((WIDTH, 24))
        return min(size.columns, WIDTH), size.lines

    def clear_table(self):
        """Take the table off the terminal; the next draw puts it back."""
        if self._drawn:
            self._put(f"\033[{self._drawn}F\033[J")
            self._drawn = 0

    def leave_table(self):
        """Let the table stand where it is, as a part of the story."""
        self._drawn = 0

    def say(self, text="", style=""):
        """Lines of the story, as they are."""
        self.clear_table()
        self._put("".join(self._styled(line, style) + "\n" for line in text.split("\n")))

    def tell(self, title, text):
        """A step of the story: a title and a paragraph."""
        self.say()
        self.say(f"--> {title}", "cyan")
        self.paragraph(text)
        self._next_plain = time.monotonic() + self.plain_seconds

    def paragraph(self, text, style="", head=""):
        """Text in the width of the screen, beside a head."""
        self.say(textwrap.fill(" ".join(text.split()), self._size()[0] - 1,
                               initial_indent=f"    {head}", subsequent_indent=" " * (4 + len(head))),
                 style)

    def draw(self, lines, must=False):
        """The table: [(text, style)].  Elsewhere than on a terminal only
        every few seconds, or when it must be seen."""
        if not self.tty:
            if must or time.monotonic() >= self._next_plain:
                self._next_plain = time.monotonic() + self.plain_seconds
                self.say("\n" + "\n".join(text.rstrip() for text, _ in lines))
            return
        columns, rows = self._size()
        self.clear_table()
        # One row stays free, or the terminal scrolls and the way back up is
        # one line short.
        shown = [("", ""), *lines][:max(1, rows - 2)]
        self._put("".join(self._styled(text[:columns - 1], style) + "\n"
                          for text, style in shown))
        self._drawn = len(shown)


# -- the table -----------------------------------------------------------------

def count(number):
    """1204 -> 1,204"""
    return f"{int(number or 0):,}"


def milliseconds(value):
    """A latency, or a dash."""
    if not value:
        return "-"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def percent(number):
    """5 -> 5%, 0.5 -> 0.5%"""
    return f"{float(number or 0):g}%"


def bar(blocks, share):
    """A share of 0..1 as a bar."""
    full = round(share * BAR)
    if share > 0:
        full = max(1, full)
    return blocks[0] * full + blocks[1] * (BAR - full)


def header_lines(status, seconds):
    """Stage and switch."""
    rollout = status["rollout"]
    clock = f"{int(seconds) // 60}:{int(seconds) % 60:02}"
    if rollout["latched"] or not rollout["enabled"]:
        left = f"stage {rollout['stage']}, but every request goes to legacy"
    else:
        left = (f"stage {rollout['stage']}: {percent(rollout['percent'])} of users on enhanced, "
                f"{percent(rollout['shadow'])} mirrored")
    lines = [(f"{left:<70}{clock:>8}", "bold")]
    if rollout["latched"]:
        lines += [(line, "red") for line in textwrap.wrap(
            f"LATCHED: {rollout['reason']}", WIDTH - 2, subsequent_indent="         ")]
    return lines


def version_lines(status, report, blocks):
    """The table proper; clients' share of the last seconds as a bar."""
    recent = report.get("recent", {})
    total = sum(recent.values())
    heading = "clients, last 5 s" if report else ""
    lines = [(f"  {'version':<9}{'requests':>9}{'errors':>8}{'rate':>8}{'p50':>9}"
              f"{'p95':>9}   {heading}", "dim")]
    for name in ("legacy", "enhanced"):
        v = status["versions"][name]
        requests, failures = v["requests"], v["failures"]
        rate = 100 * failures / requests if requests else 0
        text = (f"  {name:<9}{count(requests):>9}{count(failures):>8}{rate:>7.2f}%"
                f"{milliseconds(v['latency_ms']['p50']):>9}"
                f"{milliseconds(v['latency_ms']['p95']):>9}")
        if report:
            share = recent.get(name, 0) / total if total else 0
            text += f"   {bar(blocks, share)} {share:>4.0%}"
        lines.append((text, "red" if rate >= 1 else ""))
    return lines


def mirror_lines(status):
    """Shadow and comparison."""
    shadow, c = status["shadow"], status["comparisons"]
    dropped = sum(shadow["dropped"].values())
    return [(f"  mirrored {count(shadow['sent'])} (dropped {count(dropped)});  compared: "
             f"{count(c['same'])} same, {count(c['noise'])} noise, "
             f"{count(c['different'])} different", "")]


def difference_lines(differences):
    """Where the versions differ most."""
    lines = []
    for row in differences[:4]:
        path = str(row.get("path", "?"))
        if len(path) > 28:
            path = ".." + path[-26:]   # the end of a pointer says more
        pair = [" ".join(str(row.get(v) or "").split()) or "-" for v in ("legacy", "enhanced")]
        same = len(os.path.commonprefix(pair))
        legacy, enhanced = (shorten(value, same) for value in pair)
        lines.append((f"  {count(row.get('count')):>8} x {path:<28} {legacy} / {enhanced}", "dim"))
    return lines


def shorten(value, same, width=17):
    """One value of a difference; it begins to differ behind same characters."""
    if same > 6 and len(value) > width:
        value = ".." + value[same:].lstrip()
    return value if len(value) <= width else value[:width - 2] + ".."


def client_lines(report, status):
    """What clients saw."""
    if not report:
        return []
    failures = report["failures"]
    rescued = status.get("clients", {}).get("fallbacks", status["versions"]["enhanced"].get(
        "fallbacks", 0))
    text = (f"  client-visible failures: {count(failures)} of {count(report['answered'] + failures)} "
            f"({count(rescued)} rescued by fallback);  p95 {milliseconds(report['recent_p95_ms'])}")
    return [(text, "red" if failures else "green")]


def table(status, differences, report, seconds, blocks):
    """All lines of the table."""
    return [*header_lines(status, seconds), *version_lines(status, report, blocks),
            *mirror_lines(status), *difference_lines(differences),
            *client_lines(report, status)]
