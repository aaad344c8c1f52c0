"""`understudy --migrate` makes the schema, once, and says what it did."""

import sqlite3
import subprocess

from harness import limit
from harness.programs import UNDERSTUDY, environment


def migrate(proxy, code=0):
    """Run it on the proxy's files; standard output."""
    done = subprocess.run([UNDERSTUDY, "-c", str(proxy.dir / "understudy.json"), "--migrate"],
                          capture_output=True, text=True, env=environment(), timeout=60,
                          check=False)
    assert done.returncode == code, done
    return done.stdout + done.stderr


def check(t):
    """Twice: the second time there is nothing to do; then it serves."""
    assert "version" in migrate(t.proxy)
    before = t.store().rows("SELECT part, version FROM schema_version ORDER BY 1, 2")
    migrate(t.proxy)
    assert t.store().rows("SELECT part, version FROM schema_version ORDER BY 1, 2") == before
    t.proxy.start()
    assert t.get().status == 200
    t.legs(1)


def test_sqlite(h):
    check(h.stand(start=False))


@limit(120)
def test_postgres(h):
    check(h.stand(start=False, config={"store": h.cluster().conninfo}))


def test_unreachable_is_an_error(h):
    t = h.stand(start=False, config={"store": "postgresql://nobody@127.0.0.1:1/none"})
    assert "127.0.0.1" in migrate(t.proxy, code=1)


def test_a_newer_schema_is_refused(h):
    t = h.stand(start=False)
    migrate(t.proxy)
    with sqlite3.connect(t.proxy.dir / "understudy.db") as db:
        db.execute("INSERT INTO schema_version SELECT part, 999, applied FROM schema_version"
                   " LIMIT 1")
    assert "newer" in migrate(t.proxy, code=1)
