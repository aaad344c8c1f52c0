/* sqlite -- see sqlite.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* arg: how many milliseconds, as a number. */
static int
on_busy(void *arg, int tries)
{
	if ((uintptr_t)tries >= (uintptr_t)arg)
		return 0;
	sqlite3_sleep(1);
	return 1;
}

void
sqlite_set_patience(sqlite3 *db, unsigned ms)
{
	sqlite3_busy_handler(db, on_busy, (void *)(uintptr_t)ms);
}

bool
sqlite_fault(sqlite3 *db, const char *tried, struct err *err)
{
	const char *path = sqlite3_db_filename(db, "main");

	return err_set(err, "%s: %s: %s", path != NULL ? path : "sqlite", tried,
	    sqlite3_errmsg(db));
}

/* SQLite would make the file world-readable, and its own message for a
 * missing directory names neither the directory nor the reason.  A file that
 * is there is not opened: closing it again would drop the locks of every other
 * connection of this process (fcntl(2)), and another process on the same file
 * would take it for unused and remove the log under it.  Case
 * upgrade.a_file_that_two_processes_share found it malformed. */
static bool
make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd != -1) {
		close(fd);
		return true;
	}
	if (errno == EEXIST && access(path, R_OK | W_OK) == 0)
		return true;
	return err_set(err, "%s: open: %s", path, strerror(errno));
}

/* Several programs that open a new file at once all want to turn it into WAL:
 * each reads it first and then needs it alone.  SQLite sees that none of them
 * would ever get further and refuses without asking on_busy(). */
static bool
exec_when_free(sqlite3 *db, const char *sql, struct err *err)
{
	int tries = 0;
	bool ok;

	do
		ok = sqlite_exec(db, sql, err);
	while (!ok && (sqlite3_errcode(db) & 0xff) == SQLITE_BUSY &&
	    on_busy((void *)(uintptr_t)SQLITE_PATIENCE_MS, tries++));
	return ok;
}

static bool
configure(sqlite3 *db, enum sqlite_use use, struct err *err)
{
	/* auto_vacuum only takes effect before the first page is written,
	 * and changing to WAL writes it.  A file system that cannot do WAL
	 * keeps its journal: slower, as safe. */
	static const char *const common =
	    "PRAGMA auto_vacuum = INCREMENTAL;"
	    "PRAGMA journal_mode = WAL;"
	    "PRAGMA journal_size_limit = 16777216;";

	sqlite_set_patience(db, SQLITE_PATIENCE_MS);
	if (!exec_when_free(db, common, err))
		return false;
	switch (use) {
	case SQLITE_DURABLE:
		return sqlite_exec(db,
		    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;",
		    err);
	case SQLITE_BULK:
		return sqlite_exec(db,
		    "PRAGMA synchronous = NORMAL;"
		    "PRAGMA wal_autocheckpoint = 1000;", err);
	}
	return false;
}

/* SQLite counts its memory under a lock, for statistics that nobody reads: 6 %
 * of what a row costs. */
static void
configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

bool
sqlite_open(const char *path, enum sqlite_use use, sqlite3 **out,
    struct err *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sqlite3 *db = NULL;

	pthread_once(&once, configure_library);
	if (strcmp(path, SQLITE_IN_MEMORY) != 0 && !make_file(path, err))
		return false;
	if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
		err_set(err, "%s: %s", path, sqlite3_errmsg(db));
		sqlite3_close(db);
		return false;
	}
	sqlite3_extended_result_codes(db, 1);
	if (!configure(db, use, err)) {
		sqlite_close(&db);
		return false;
	}
	*out = db;
	return true;
}

bool
sqlite_open_to_read(const char *path, sqlite3 **out, struct err *err)
{
	int rc = sqlite3_open_v2(path, out, SQLITE_OPEN_READONLY |
	    SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK) {
		sqlite_set_patience(*out, SQLITE_PATIENCE_MS);
		return true;
	}
	err_set(err, "%s: open: %s", path, access(path, R_OK) == -1 ?
	    strerror(errno) : sqlite3_errstr(rc));
	sqlite_close(out);
	return false;
}

void
sqlite_close(sqlite3 **db)
{
	int rc;

	if (*db == NULL)
		return;
	rc = sqlite3_close(*db);
	assert(rc == SQLITE_OK); /* else a statement of ours is still open */
	*db = NULL;
}

bool
sqlite_exec(sqlite3 *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return sqlite_fault(db, "write", err);
}

bool
sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
    struct err *err)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out,
	    NULL) == SQLITE_OK)
		return true;
	return sqlite_fault(db, "prepare", err);
}

void
sqlite_finalize(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt); /* its result repeats the last step's */
	*stmt = NULL;
}

static void
bind_one(sqlite3_stmt *stmt, int at, char kind, va_list *values)
{
	const void *bytes;

	switch (kind) {
	case 'i':
		sqlite3_bind_int64(stmt, at, va_arg(*values, int64_t));
		return;
	case 'r':
		sqlite3_bind_double(stmt, at, va_arg(*values, double));
		return;
	case 't':
		sqlite3_bind_text(stmt, at, va_arg(*values, const char *), -1,
		    SQLITE_STATIC);
		return;
	case 'b':
		bytes = va_arg(*values, const void *);
		sqlite3_bind_blob64(stmt, at, bytes, va_arg(*values, size_t),
		    SQLITE_STATIC);
		return;
	}
	assert(!"a letter sqlite_run() knows");
}

bool
sqlite_run(sqlite3 *db, struct err *err, const char *sql, const char *kinds,
    ...)
{
	sqlite3_stmt *stmt = NULL;
	va_list values;
	int rc;

	if (!sqlite_prepare(db, sql, &stmt, err))
		return false;
	va_start(values, kinds);
	for (int at = 1; kinds[at - 1] != '\0'; at++)
		bind_one(stmt, at, kinds[at - 1], &values);
	va_end(values);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		continue;
	if (rc != SQLITE_DONE)
		sqlite_fault(db, "write", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_DONE;
}

bool
sqlite_number(sqlite3 *db, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (!sqlite_prepare(db, sql, &stmt, err))
		return false;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else if (rc != SQLITE_DONE)
		sqlite_fault(db, "read", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

bool
sqlite_begin(sqlite3 *db, struct err *err)
{
	return sqlite_exec(db, "BEGIN IMMEDIATE", err);
}

bool
sqlite_commit(sqlite3 *db, struct err *err)
{
	if (sqlite_exec(db, "COMMIT", err))
		return true;
	sqlite_rollback(db);
	return false;
}

void
sqlite_rollback(sqlite3 *db)
{
	/* Some failures (disk full) have rolled back already. */
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}
