"""The bench gives figures for every case; what they are is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

from harness import SLACK, alone, eventually, limit, native
from harness.programs import TOP, UNDERSTUDY, environment

RUN = TOP / "tests/bench/run"
BUILD = Path(UNDERSTUDY).resolve().parent
sys.path.insert(0, str(TOP / "tests"))


@native
@alone
@limit(600)
def test_every_case_gives_figures(h):
    page = h.dir / "performance.md"
    page.write_text("by hand\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nby hand too\n")
    done = subprocess.run([RUN, "--build", BUILD, "--quick", "--write", page],
                          capture_output=True, text=True, env=environment(), timeout=580,
                          check=False)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.startswith("by hand\n") and text.endswith("\nby hand too\n"), text
    assert "\nold\n" not in text and "FAILED" not in text, text
    for case in ("plain", "shadow", "latency", "faults", "tls", "sse", "idle", "slow-reader",
                 "connections", "bodies", "workers", "guard"):
        rows = [line for line in text.splitlines() if line.startswith(f"| {case}: ")]
        with h.check(case):
            assert rows, f"no figure to reach\n{text}"
            for row in rows:
                assert float(row.split("|")[3]) > -1000, row


@native
@alone
@limit(300)
def test_stops_what_it_started_when_told_to(h):
    with subprocess.Popen([RUN, "--build", BUILD, "--only", "plain", "--seconds", "60"],
                          stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=environment(TMPDIR=str(h.folder("tmp")))) as bench:
        children = eventually(lambda: children_of(bench, 8), "all proxies run", 200)
        bench.terminate()
        bench.communicate(timeout=60)
        assert bench.returncode == 130
    eventually(lambda: not any(Path(f"/proc/{p}").exists() for p in children), "all are gone")


@native
@limit(120)
def test_the_benches_of_decisions_give_figures(h):
    decisions = subprocess.run([BUILD / "tests/bench/decisions", "--runs", "1",
                                TOP / "rules/chat.json"], cwd=h.dir, capture_output=True,
                               text=True, env=environment(), timeout=100, check=False)
    assert decisions.returncode == 0, decisions.stderr
    rows = [line for line in decisions.stdout.splitlines() if line.startswith("| chat.json")]
    assert "| 0 of 1 |" in rows[0] and len(rows) == 5, decisions.stdout
    for row in rows[1:]:
        assert "| 0 of 1 |" in row, f"missed\n{decisions.stdout}"
    rollback = subprocess.run([TOP / "tests/bench/rollback", "--build", BUILD, "--trips", "2"],
                              capture_output=True, text=True, timeout=100, check=False,
                              env=environment())
    assert rollback.returncode == 0, rollback.stderr
    rows = rollback.stdout.splitlines()[2:]
    assert len(rows) == 2 and all(row.endswith("| 0 |") for row in rows), rollback.stdout


def children_of(process, at_least):
    """Process ids, if there are so many."""
    assert process.poll() is None, process.communicate()
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return found if len(found) >= at_least else None


def test_a_stall_counts_for_all_it_holds_up(h):
    """200 requests a second on one connection to a backend that takes 50 ms:
    each waits for all before it, which a closed loop would not show."""
    slow = [BUILD / "tests/bench/echo", "--fault", "slow", "--delay", "50"]
    with subprocess.Popen(slow, stdout=subprocess.PIPE, text=True) as echo:
        try:
            port = json.loads(echo.stdout.readline())["port"]
            done = {load: pace(port, load) for load in ("closed", "rate")}
        finally:
            echo.terminate()
    assert done["closed"]["latency_p50_us"] >= 50000 and done["closed"]["failed"] == 0, done
    assert done["rate"]["unanswered"] > 0, done
    # Half of the 200 have waited for 100 others, or for the end.
    assert done["rate"]["latency_p50_us"] > 1000000, done


def pace(port, load):
    """Its last line."""
    told = subprocess.run(
        [BUILD / "tests/bench/pace", "--port", str(port), "--load", load, "--connections", "1",
         "--rate", "200", "--seconds", "1", "--body", "100"], input="\n", text=True,
        capture_output=True, env=environment(), timeout=60, check=True).stdout
    return json.loads(told.splitlines()[-1])


def test_fits_a_line(h):
    from bench.measure import fit, worst_of_fit

    a, b = fit([(1, 13.0), (10, 40.0), (100, 310.0)])
    assert abs(a - 10) < 1e-6 and abs(b - 3) < 1e-6
    assert worst_of_fit([(1, 13.0), (10, 40.0), (100, 310.0)]) < 1.000001
    assert worst_of_fit([(1, 13.0), (10, 80.0), (100, 310.0)]) > 1.3


def test_judging_a_pair(h):
    done = subprocess.run([BUILD / "tests/bench/compare", "--quick"], capture_output=True, text=True,
                          timeout=60 * SLACK, check=False)
    assert done.returncode == 0, done.stderr
    rows = [l.split("|") for l in done.stdout.splitlines() if l.startswith(("| JSON", "| stream"))]
    assert len(rows) == 24 and "1000 chunks" in done.stdout, done.stdout
    for row in rows:
        assert float(row[4]) > 0 and row[7].strip() == ("same" if "equal" in row[3] else "different"), row
