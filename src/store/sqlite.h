/* sqlite -- a connection to a local SQLite file, opened the way we need it.
 * SPDX-License-Identifier: MIT
 *
 * WAL, a busy handler that retries every millisecond (SQLite's own backs
 * off to 100 ms and would lose every race against a busy recorder), and one
 * of two uses:
 *   SQLITE_DURABLE  the control thread: each commit is on the disk when it
 *                   returns, and it never does the checkpoints of others
 *   SQLITE_BULK     recorder and carrier: a commit survives the death of
 *                   the process, the last ones may not survive a power cut
 * A connection belongs to one thread at a time.  Errors read
 * "PATH: what was tried: SQLite's reason".
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

/* A path that stands for no file: what is written ends with the connection. */
#define SQLITE_IN_MEMORY ":memory:"

/* A writer of ours holds the file for some milliseconds; five seconds of
 * refusal mean that something is broken. */
#define SQLITE_PATIENCE_MS 5000

/* A time as written by clock_format(), in microseconds since 1970.  Of its whole
 * seconds alone: SQLite rounds to milliseconds, .9995 to the next second. */
#define SQLITE_TIME_US(column) \
	"(CAST(strftime('%s', substr(" column ", 1, 19)) AS INTEGER) * 1000000" \
	" + CAST(substr(" column ", 21, 6) AS INTEGER))"

enum sqlite_use { SQLITE_DURABLE = 0, SQLITE_BULK };

/* Open, creating the file (mode 0640) if it is not there. */
bool sqlite_open(const char *path, enum sqlite_use use, sqlite3 **out,
    struct err *err) MUST_CHECK;
/* A file that is there, for nothing but reading. */
bool sqlite_open_to_read(const char *path, sqlite3 **out, struct err *err)
    MUST_CHECK;
void sqlite_close(sqlite3 **db);
/* How long a statement waits for the locks of others; SQLITE_PATIENCE_MS
 * unless told. */
void sqlite_set_patience(sqlite3 *db, unsigned ms);

/* Run statements that return nothing. */
bool sqlite_exec(sqlite3 *db, const char *sql, struct err *err) MUST_CHECK;
/* Run one statement with its values bound in order; rows are ignored.
 * kinds has a letter for each value: 'i' int64_t, 'r' double, 't' const
 * char * (NULL = NULL), 'b' const void * and size_t.  All are borrowed
 * until the return. */
bool sqlite_run(sqlite3 *db, struct err *err, const char *sql,
    const char *kinds, ...) MUST_CHECK;
/* The first column of the first row; *out keeps its value if there is none. */
bool sqlite_number(sqlite3 *db, const char *sql, int64_t *out,
    struct err *err) MUST_CHECK;

bool sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
    struct err *err) MUST_CHECK;
void sqlite_finalize(sqlite3_stmt **stmt);

/* A write transaction.  rollback is harmless outside of one. */
bool sqlite_begin(sqlite3 *db, struct err *err) MUST_CHECK;
bool sqlite_commit(sqlite3 *db, struct err *err) MUST_CHECK;
void sqlite_rollback(sqlite3 *db);

/* Write the connection's last failure to err.  Returns false. */
bool sqlite_fault(sqlite3 *db, const char *tried, struct err *err);

#endif
