/* trim -- see trim.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/trim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

/* Answers that go in one transaction: some MB, some ms. */
#define ROWS_AT_ONCE 64

/* The time before which all is too old; "" = nothing is. */
static void
age_limit(const struct keep_settings *keep, int64_t now_us,
    char out[CLOCK_TEXT_MAX])
{
	out[0] = '\0';
	if (keep->for_ms > 0)
		clock_format(now_us - (int64_t)keep->for_ms * 1000, out);
}

/* --- SQLite ------------------------------------------------------------------ */

static bool
is_over(const char *ts, const char *limit, int64_t freed, int64_t excess)
{
	return freed < excess || strcmp(ts, limit) < 0;
}

/* The time up to which pairs go, "" if none does. */
static bool
find_cut(sqlite3 *db, const char *limit, int64_t excess,
    char cut[CLOCK_TEXT_MAX], bool *more_out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int64_t freed = 0;
	int rows = 0, rc = SQLITE_DONE;

	cut[0] = '\0';
	if (!sqlite_prepare(db, "SELECT ts, kept_bytes FROM samples ORDER BY ts"
	    " LIMIT 64", &stmt, err))
		return false;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *ts = (const char *)sqlite3_column_text(stmt, 0);

		if (!is_over(ts, limit, freed, excess))
			break;
		freed += sqlite3_column_int64(stmt, 1);
		snprintf(cut, CLOCK_TEXT_MAX, "%s", ts);
		rows++;
	}
	*more_out = rows == ROWS_AT_ONCE;
	sqlite_finalize(&stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ||
	    sqlite_fault(db, "read samples", err);
}

bool
trim_sqlite(sqlite3 *db, const struct keep_settings *keep, int64_t now_us,
    uint64_t *rows_out, bool *more_out, struct err *err)
{
	char limit[CLOCK_TEXT_MAX], cut[CLOCK_TEXT_MAX];
	int64_t total = 0;

	*rows_out = 0;
	age_limit(keep, now_us, limit);
	if (!sqlite_number(db, "SELECT sum(kept_bytes) FROM samples", &total,
	    err) || !find_cut(db, limit, total - (int64_t)keep->total_bytes, cut,
	    more_out, err))
		return false;
	if (cut[0] == '\0')
		return true;
	if (!sqlite_run(db, err, "DELETE FROM samples WHERE ts <= ?", "t", cut))
		return false;
	*rows_out = (uint64_t)sqlite3_changes(db);
	return true;
}

/* --- PostgreSQL --------------------------------------------------------------- */

bool
trim_postgres(struct pg *pg, const struct keep_settings *keep,
    int64_t now_us, uint64_t *rows_out, struct err *err)
{
	char limit[CLOCK_TEXT_MAX];
	struct buf sql = { 0 };
	PGresult *res;

	*rows_out = 0;
	age_limit(keep, now_us, limit);
	buf_printf(&sql, "DELETE FROM samples WHERE ts <= (SELECT max(ts) FROM"
	    " (SELECT ts, sum(kept_bytes) OVER (ORDER BY ts DESC) AS running"
	    " FROM samples) AS s WHERE running > %" PRIu64 ")",
	    keep->total_bytes);
	if (limit[0] != '\0')
		buf_printf(&sql, " OR ts < '%s'", limit);
	res = pg_query(pg, sql.bytes, 0, NULL, err);
	buf_fini(&sql);
	if (res == NULL)
		return false;
	*rows_out = strtoull(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return true;
}
