/* sticky_rows -- see sticky_rows.h.
 * SPDX-License-Identifier: MIT
 *
 * The words lie in the file as they lie in memory: it is this machine's alone.
 */
#include "store/sticky_rows.h"

#include <string.h>

static bool
save_page(sqlite3 *db, const char *rollout, const struct sticky *s,
    size_t page, struct err *err)
{
	uint64_t words[STICKY_PAGE];

	sticky_read_page(s, page, words);
	return sqlite_run(db, err, "INSERT OR REPLACE INTO sticky"
	    " (rollout, page, words) VALUES (?, ?, ?)", "tib", rollout,
	    (int64_t)page, (const void *)words,
	    sizeof words);
}

bool
sticky_rows_save(sqlite3 *db, const char *rollout, const struct sticky *s,
    const size_t *pages, size_t count, struct err *err)
{
	bool ok = true;

	if (!sqlite_begin(db, err))
		return false;
	for (size_t i = 0; ok && i < count; i++)
		ok = save_page(db, rollout, s, pages[i], err);
	if (ok)
		return sqlite_commit(db, err);
	sqlite_rollback(db);
	return false;
}

static void
take_page(sqlite3_stmt *stmt, struct sticky *s)
{
	int64_t page = sqlite3_column_int64(stmt, 0);
	const void *bytes = sqlite3_column_blob(stmt, 1);
	uint64_t words[STICKY_PAGE];

	if (page < 0 || (uint64_t)page >= sticky_pages(s) || bytes == NULL ||
	    sqlite3_column_bytes(stmt, 1) != (int)sizeof words)
		return;
	memcpy(words, bytes, sizeof words);
	sticky_write_page(s, (size_t)page, words);
}

bool
sticky_rows_load(sqlite3 *db, const char *rollout, struct sticky *s,
    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (!sqlite_prepare(db, "SELECT page, words FROM sticky"
	    " WHERE rollout = ?", &stmt, err))
		return false;
	sqlite3_bind_text(stmt, 1, rollout, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		take_page(stmt, s);
	if (rc != SQLITE_DONE)
		sqlite_fault(db, "read the versions of sessions", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_DONE;
}

bool
sticky_rows_forget(sqlite3 *db, const char *rollout, struct err *err)
{
	return sqlite_run(db, err, "DELETE FROM sticky WHERE rollout = ?", "t",
	    rollout);
}
