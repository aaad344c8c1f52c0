"""store -- reading what understudy has recorded, in SQLite or PostgreSQL.

Both answer rows(sql) with a list of dicts, so that a case can run the same
SQL on either.  PostgreSQL is read through psql: no driver is needed.
"""

import json
import os
import sqlite3
import subprocess

from .wait import SLACK, eventually


class Store:
    """What both kinds share."""

    def one(self, sql):
        """The single value of a one-row, one-column query."""
        rows = self.rows(sql)
        assert len(rows) == 1, f"{len(rows)} rows: {sql}"
        return next(iter(rows[0].values()))

    def count(self, table="exchanges", where="1=1"):
        """How many rows (an AssertionError if there is no such table yet)."""
        return int(self.one(f"SELECT count(*) AS n FROM {table} WHERE {where}"))

    def wait_count(self, n, table="exchanges", where="1=1", seconds=20):
        """Wait for at least n rows; then exactly n must be there."""
        eventually(lambda: self.count(table, where) >= n,
                   f"{n} rows in {table} where {where}", seconds, every=0.05)
        got = self.count(table, where)
        assert got == n, f"{got} rows in {table} where {where}, wanted {n}"
        return self.rows(f"SELECT * FROM {table} WHERE {where} ORDER BY ts")


class SqliteStore(Store):
    """The embedded store (or the local file of a PostgreSQL one)."""

    def __init__(self, path):
        self.path = path

    def rows(self, sql):
        """Run a query on a fresh read-only connection."""
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10 * SLACK)
        try:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute(sql)]
        except sqlite3.OperationalError as fault:
            raise AssertionError(f"{fault}: {sql}") from fault
        finally:
            db.close()


class PgStore(Store):
    """PostgreSQL, by connection string."""

    def __init__(self, conninfo):
        self.conninfo = conninfo

    def psql(self, *args, stdin=None):
        """Run psql; its standard output."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-d", self.conninfo, *args], input=stdin, capture_output=True, text=True,
            timeout=30 * SLACK, env={**os.environ, "PGCONNECT_TIMEOUT": "10"}, check=False)
        if done.returncode != 0:
            raise AssertionError(f"psql: {done.stderr.strip()}")
        return done.stdout

    def rows(self, sql):
        """Run a query; values come as JSON gives them."""
        text = self.psql("-c", f"SELECT coalesce(json_agg(q), '[]') FROM ({sql}) q")
        return json.loads(text)

    def run(self, sql):
        """Run statements."""
        self.psql("-c", sql)
