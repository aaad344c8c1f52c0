/* start_rows -- see start_rows.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/start_rows.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static bool
save_all(sqlite3 *db, const char *rollout, int64_t stage_us,
    const struct stage_start *rows, size_t count, struct err *err)
{
	char since[CLOCK_TEXT_MAX];

	clock_format(stage_us, since);
	if (!sqlite_run(db, err, "DELETE FROM stage_starts WHERE rollout = ?",
	    "t", rollout))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!sqlite_run(db, err, "INSERT OR REPLACE INTO stage_starts"
		    " (rollout, key, stage_since, version, value, n, events)"
		    " VALUES (?, ?, ?, ?, ?, ?, ?)", "ttttrii", rollout,
		    rows[i].key, since, version_name(rows[i].of), rows[i].value,
		    (int64_t)rows[i].n, (int64_t)rows[i].events))
			return false;
	return true;
}

bool
start_rows_save(sqlite3 *db, const char *rollout, int64_t stage_us,
    const struct stage_start *rows, size_t count, struct err *err)
{
	if (!sqlite_begin(db, err))
		return false;
	if (save_all(db, rollout, stage_us, rows, count, err))
		return sqlite_commit(db, err);
	sqlite_rollback(db);
	return false;
}

/* false: it is not what this program writes. */
static bool
take_row(sqlite3_stmt *stmt, struct stage_start *out)
{
	const char *key = (const char *)sqlite3_column_text(stmt, 0);
	const char *of = (const char *)sqlite3_column_text(stmt, 1);
	int64_t n = sqlite3_column_int64(stmt, 3);
	int64_t events = sqlite3_column_int64(stmt, 4);

	if (key == NULL || of == NULL || n < 0 || events < 0 ||
	    !text_copy(out->key, sizeof out->key, key, strlen(key)))
		return false;
	out->of = strcmp(of, version_name(VERSION_LEGACY)) == 0 ?
	    VERSION_LEGACY : VERSION_ENHANCED;
	out->value = sqlite3_column_double(stmt, 2);
	out->n = (uint64_t)n;
	out->events = (uint64_t)events;
	return true;
}

bool
start_rows_load(sqlite3 *db, const char *rollout, int64_t stage_us,
    struct stage_start *rows, size_t max, size_t *count_out, struct err *err)
{
	char since[CLOCK_TEXT_MAX];
	sqlite3_stmt *stmt = NULL;
	int rc;

	*count_out = 0;
	if (!sqlite_prepare(db, "SELECT key, version, value, n, events"
	    " FROM stage_starts WHERE stage_since = ? AND rollout = ?", &stmt,
	    err))
		return false;
	clock_format(stage_us, since);
	sqlite3_bind_text(stmt, 1, since, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, rollout, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (*count_out < max && take_row(stmt, &rows[*count_out]))
			(*count_out)++;
	if (rc != SQLITE_DONE)
		sqlite_fault(db, "read the numbers at the stage's start", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_DONE;
}
