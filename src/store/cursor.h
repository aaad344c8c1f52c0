/* cursor -- one SELECT, read row by row, from a store of either kind.
 * SPDX-License-Identifier: MIT
 *
 * However many rows there are, some at a time are in memory.  Values come as
 * text.  Of PostgreSQL it is a cursor within the transaction that is open.
 *
 * One thread at a time.
 */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "store/postgres.h"
#include "store/sqlite.h"

#define CURSOR_COLUMNS_MAX 16

struct cursor {
	const char *name;        /* borrows: an identifier, another for each */
	sqlite3 *db;             /* borrows; or */
	struct pg *pg;           /* borrows */
	sqlite3_stmt *stmt;      /* owns */
	PGresult *rows;          /* owns */
	int row;                 /* in it, the next */
	int columns;
	const char *values[CURSOR_COLUMNS_MAX]; /* borrow, until the next row;
	                            NULL = NULL */
};

/* Either db or pg; name borrows. */
bool cursor_begin(struct cursor *c, sqlite3 *db, struct pg *pg,
    const char *name, const char *sql, struct err *err) MUST_CHECK;
/* Also of one that never began. */
void cursor_end(struct cursor *c);
/* *found_out false: that was the last one. */
bool cursor_next(struct cursor *c, bool *found_out, struct err *err)
    MUST_CHECK;

#endif
