"""report -- tables, the machine they are of, and docs/performance.md."""

import platform
import re
import subprocess
import time
from pathlib import Path

from .measure import median

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


class Result:
    """What became of a case."""

    def __init__(self, case, rounds, fault=None, unsupported=None):
        self.case, self.rounds = case, rounds
        self.fault, self.unsupported = fault, unsupported


def table(heads, rows):
    """Markdown that can also be read as it is."""
    widths = [max(len(str(r[i])) for r in (heads, *rows)) for i in range(len(heads))]

    def line(cells):
        return "| " + " | ".join(
            str(c).ljust(w) if i == 0 else str(c).rjust(w)
            for i, (c, w) in enumerate(zip(cells, widths))) + " |"
    rule = "| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":"
                             for i, w in enumerate(widths)) + " |"
    return "\n".join((line(heads), rule, *(line(r) for r in rows)))


def of_case(result):
    """Its section."""
    case, rounds = result.case, result.rounds
    lines = [f"### {case.title}", "", case.about, ""]
    heads = ["arm"]
    for key, heading, _ in case.figures:
        heads.append(heading)
        if key in case.compare:
            heads.append(f"{case.subject} to it")
    rows = []
    for arm in case.arms:
        row = [arm]
        for key, _, digits in case.figures:
            value = median([r[arm][key] for r in rounds])
            row.append(f"{value:.{digits}f}" if value else "")
            if key in case.compare:
                row.append("" if arm == case.subject else
                           f"{median([r[case.subject][key] / r[arm][key] for r in rounds]):.2f}"
                           if all(r[arm][key] for r in rounds) else "-")
        rows.append(row)
    lines += [table(heads, rows), ""]
    lines += [f"* {note}." for note in case.notes]
    return "\n".join(lines).rstrip() + "\n"


def of_targets(results):
    """The table of figures to reach."""
    rows = []
    for result in results:
        case = result.case
        for target in case.targets:
            want = f"{'>=' if target.at_least else '<='} {target.limit:g}{target.unit}"
            name = f"{case.name}: {target.what}"
            if result.unsupported:
                rows.append([name, want, "NOT SUPPORTED", "", "no"])
            elif result.fault:
                rows.append([name, want, "FAILED", "", "no"])
            else:
                reached, least, most, met = target.judge(result.rounds)
                rows.append([name, want, f"{reached:.2f}", f"{least:.2f} - {most:.2f}",
                             "yes" if met else "NO"])
    return table(["case: figure", "to reach", "reached", "spread", "met"], rows)


def output_of(command, **options):
    """What it says, first line; "" where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10,
                              **options)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip().partition("\n")[0]


def read(path):
    """A file of /proc, or nothing."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def makefile_value(build, name):
    """What configure put into the Makefile."""
    m = re.search(rf"^{name} = (.*)$", read(build / "Makefile"), re.M)
    return m[1].strip() if m else "unknown"


def machine(bench):
    """What it ran on, and with what."""
    cpu = re.search(r"model name\s*: (.*)", read("/proc/cpuinfo"))
    hypervisor = "hypervisor" in read("/proc/cpuinfo")
    system = re.search(r'PRETTY_NAME="(.*)"', read("/etc/os-release"))
    programs, build = bench.programs, bench.programs.build
    env = programs.environment
    versions = [
        output_of([programs.understudy, "--version"]),
        output_of([programs.nginx, "-v"], env=env).removeprefix("nginx version: "),
        output_of([programs.haproxy, "-v"], env=env).partition(" 20")[0],
        output_of(["openssl", "version"]),
        "libevent " + output_of(["pkg-config", "--modversion", "libevent_core"])]
    flags = " ".join(makefile_value(build, n) for n in ("CFLAGS", "HARDEN_CFLAGS"))
    options = bench.options
    return "\n".join((
        f"* {'Virtual machine, ' if hypervisor else ''}{len(bench.cores)} cores of "
        f"{cpu[1] if cpu else platform.machine()}; proxy on {name_cores(bench.proxy_cores)}, "
        f"load and backends on {name_cores(bench.load_cores)}.",
        f"* Linux {platform.release()}, {system[1] if system else 'unknown system'}; TCP with "
        f"`{read('/proc/sys/net/ipv4/tcp_congestion_control')}`.",
        f"* {'; '.join(v for v in versions if v)}.",
        f"* understudy built by {output_of([makefile_value(build, 'CC').split()[0], '--version'])}"
        f" with `{flags}`.",
        f"* {time.strftime('%Y-%m-%d')}, `tests/bench/run {bench.command}`: at most "
        f"{options.rounds} rounds of {options.seconds:g} s; load average before it "
        f"{bench.load_before:.1f}"
        f"{': NOT a quiet machine' if bench.load_before > 1 else ''}."))


def name_cores(cores):
    """"core 1" """
    return f"core{'s' if len(cores) > 1 else ''} {', '.join(map(str, sorted(cores)))}"


def whole(bench, results):
    """Everything between the markers."""
    parts = ["Medians of paired rounds; the spread is the smallest and the largest round.", "",
             of_targets(results), ""]
    for result in results:
        if result.unsupported:
            parts.append(f"### {result.case.title}\n\n**Not supported by this understudy:** "
                         f"{result.unsupported}\n")
        elif result.fault:
            parts.append(f"### {result.case.title}\n\n**Failed:** {result.fault}\n")
        else:
            parts.append(of_case(result))
    parts += ["### The machine", "", machine(bench)]
    return "\n".join(parts)


def write(path, text):
    """Between the markers of a document; the rest is written by hand."""
    old = path.read_text()
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path}: no {BEGIN} ... {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
