/* cursor -- see cursor.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/cursor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ROWS_AT_ONCE 1000 /* of PostgreSQL */

bool
cursor_begin(struct cursor *c, sqlite3 *db, struct pg *pg, const char *name,
    const char *sql, struct err *err)
{
	char *declare;
	bool ok;

	memset(c, 0, sizeof *c);
	c->name = name;
	c->db = db;
	c->pg = pg;
	if (db != NULL) {
		ok = sqlite_prepare(db, sql, &c->stmt, err);
		if (ok)
			c->columns = sqlite3_column_count(c->stmt);
	} else {
		declare = mem_printf("DECLARE %s NO SCROLL CURSOR FOR %s", name,
		    sql);
		ok = pg_exec(pg, declare, err);
		free(declare);
	}
	assert(c->columns <= CURSOR_COLUMNS_MAX);
	return ok;
}

void
cursor_end(struct cursor *c)
{
	sqlite_finalize(&c->stmt);
	PQclear(c->rows);
	c->rows = NULL;
}

static bool
next_sqlite(struct cursor *c, bool *found_out, struct err *err)
{
	int rc = sqlite3_step(c->stmt);

	*found_out = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE || sqlite_fault(c->db, "read rows", err);
	for (int i = 0; i < c->columns; i++)
		c->values[i] = (const char *)sqlite3_column_text(c->stmt, i);
	return true;
}

static bool
fetch(struct cursor *c, struct err *err)
{
	char *sql = mem_printf("FETCH %d FROM %s", ROWS_AT_ONCE, c->name);

	PQclear(c->rows);
	c->row = 0;
	c->rows = pg_query(c->pg, sql, 0, NULL, err);
	free(sql);
	if (c->rows == NULL)
		return false;
	c->columns = PQnfields(c->rows);
	assert(c->columns <= CURSOR_COLUMNS_MAX);
	return true;
}

static bool
next_postgres(struct cursor *c, bool *found_out, struct err *err)
{
	*found_out = false;
	if ((c->rows == NULL || c->row == PQntuples(c->rows)) && !fetch(c, err))
		return false;
	if (PQntuples(c->rows) == 0)
		return true;
	for (int i = 0; i < c->columns; i++)
		c->values[i] = PQgetisnull(c->rows, c->row, i) ? NULL :
		    PQgetvalue(c->rows, c->row, i);
	c->row++;
	*found_out = true;
	return true;
}

bool
cursor_next(struct cursor *c, bool *found_out, struct err *err)
{
	return c->db != NULL ? next_sqlite(c, found_out, err) :
	    next_postgres(c, found_out, err);
}
