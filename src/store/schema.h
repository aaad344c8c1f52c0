/* schema -- the tables and views of the store, as numbered migrations.
 * SPDX-License-Identifier: MIT
 *
 * A database is brought up to date by applying, in order and in one
 * transaction, the migrations whose number is above the one in its table
 * schema_version.  A migration is never edited once released: append.
 * Each database consists of parts with a numbering of their own:
 *   SQLite store    "local" (state, events, overrides) + "records"
 *   spool file      "local" + "spool"
 *   PostgreSQL      "store" (all but the spool)
 * The tables of both kinds have the same names and columns, so that a query
 * of docs/sql.md differs only in how it says "24 hours ago".
 *
 * A database with a higher number than this program knows is refused: an
 * older program must not write what a newer one will misread.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "store/postgres.h"
#include "store/sqlite.h"

struct migration {
	unsigned version;
	const char *what;       /* for the log: "tables" */
	const char *const *sql; /* statements, NULL-terminated */
};

struct schema {
	const char *part;
	const struct migration *migrations; /* by ascending version */
	size_t count;
};

extern const struct schema schema_local;
extern const struct schema schema_records;
extern const struct schema schema_spool;
extern const struct schema schema_postgres;

/* Bring one part of a SQLite file up to date.  Processes that come at the
 * same time wait for each other.  said (may be NULL) gets a line. */
bool schema_apply_sqlite(sqlite3 *db, const struct schema *schema,
    struct buf *said, struct err *err) MUST_CHECK;
/* The same for PostgreSQL, under an advisory lock of the transaction (so it
 * works through PgBouncer).  Needs no right to create anything when the
 * database is up to date already. */
bool schema_apply_postgres(struct pg *pg, struct buf *said, struct err *err)
    MUST_CHECK;

#endif
