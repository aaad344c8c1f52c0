"""The harness against itself: waiting, merging, metrics text, load, store."""

import os
import sqlite3
import threading

from harness import (Load, SqliteStore, Timeout, eventually, merged, parse_metrics,
                     programs, scripts)


def test_eventually_gives_up_with_a_reason(h):
    try:
        eventually(lambda: False, "the moon", seconds=0.05)
    except Timeout as fault:
        assert "the moon" in str(fault)
    else:
        raise AssertionError("no timeout")


def test_merged_keeps_replaces_removes(h):
    base = {"a": 1, "b": {"c": 2, "d": [3]}, "e": 4}
    assert merged(base, {"b": {"c": 5}, "e": None}) == {"a": 1, "b": {"c": 5, "d": [3]}}
    assert base["e"] == 4


def test_sanitizers_stop_whatever_the_environment_says(h):
    os.environ["ASAN_OPTIONS"] = "halt_on_error=0:verbosity=1"
    os.environ["UNDERSTUDY_X"] = "1"
    env = programs.environment(MORE="2")
    settings = dict(pair.split("=") for pair in env["ASAN_OPTIONS"].split(":"))
    assert settings["halt_on_error"] == "1" and settings["exitcode"] == "86", settings
    assert settings["verbosity"] == "1", settings
    assert "UNDERSTUDY_X" not in env and env["MORE"] == "2"


def test_metrics_text(h):
    good = "# HELP a x\n# TYPE a counter\na{l=\"v w\"} 3\na 4.5\n"
    assert parse_metrics(good) == {'a{l="v w"}': 3, "a": 4.5}
    for bad in ("a 1\n", "# TYPE a counter\na 1\na 1\n", "# TYPE a counter\na 1"):
        with h.check(bad):
            try:
                parse_metrics(bad)
            except AssertionError:
                continue
            raise ValueError("accepted")


def test_load_counts_failures(h):
    b = h.backend(scripts.echo())
    with Load(("127.0.0.1", b.port), threads=2) as load:
        eventually(lambda: load.done() > 50, "some answers")
        b.script = scripts.reset()
        eventually(lambda: load.failures, "failures are seen")
        b.script = scripts.echo()
    assert load.sent == load.done() + len(load.failures)


def test_sqlite_store(h):
    path = h.dir / "x.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE exchanges (ts, leg)")
    store = SqliteStore(path)
    def late():
        mine = sqlite3.connect(path)
        mine.execute("INSERT INTO exchanges VALUES (1, 'primary')")
        mine.commit()
    t = threading.Timer(0.1, late)
    t.start()
    assert store.wait_count(1)[0]["leg"] == "primary"
    t.join()


def test_a_failing_row_is_told(h):
    with h.check("row 1"):
        assert 1 == 2, "no"
    faults = h.finish(False)
    assert len(faults) == 1 and "[row 1] AssertionError: no" in faults[0], faults
    h._faults.clear()
