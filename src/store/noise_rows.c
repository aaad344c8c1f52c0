/* noise_rows -- see noise_rows.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/noise_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* --- likeness as a text: "45:17 46:3", hundredths and how many --------------- */

static void
write_likeness(const struct likeness *l, struct buf *out)
{
	buf_clear(out);
	for (unsigned i = 0; i < LIKENESS_BINS; i++)
		if (l->bins[i] > 0)
			buf_printf(out, "%s%u:%" PRIu32, out->len > 0 ? " " : "",
			    i, l->bins[i]);
}

/* What is damaged ends it; what was read until then counts. */
static void
read_likeness(const char *text, struct likeness *out)
{
	char *end;

	memset(out, 0, sizeof *out);
	while (*text != '\0') {
		unsigned long bin = strtoul(text, &end, 10), n;

		if (*end != ':' || bin >= LIKENESS_BINS)
			return;
		n = strtoul(end + 1, &end, 10);
		if (n > UINT32_MAX - out->total)
			return;
		out->bins[bin] = (uint32_t)n;
		out->total += (uint32_t)n;
		text = *end == ' ' ? end + 1 : "";
	}
}

/* --- rows ------------------------------------------------------------------------ */

static bool
save_one(sqlite3 *db, const struct noise_row *r, struct buf *likeness,
    struct err *err)
{
	char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];

	clock_format(r->first_us, first);
	clock_format(r->last_us, last);
	write_likeness(&r->likeness, likeness);
	return sqlite_run(db, err, "INSERT OR REPLACE INTO noise"
	    " (route, path, kind, is_text, pairs, only_enhanced, only_control,"
	    " both_differ, likeness, first_seen, last_seen)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "tttiiiiittt",
	    r->route, r->place.path, diff_kind_name(r->place.kind),
	    (int64_t)r->place.is_text, (int64_t)r->pairs,
	    (int64_t)r->seen.first_only, (int64_t)r->seen.second_only,
	    (int64_t)r->seen.both, likeness->len > 0 ? likeness->bytes : "",
	    first, last);
}

bool
noise_rows_save(sqlite3 *db, const struct noise_row *rows, size_t count,
    struct err *err)
{
	struct buf likeness = { 0 };
	bool ok;

	if (!sqlite_begin(db, err))
		return false;
	ok = true;
	for (size_t i = 0; ok && i < count; i++)
		ok = save_one(db, &rows[i], &likeness, err);
	buf_fini(&likeness);
	if (ok)
		return sqlite_commit(db, err);
	sqlite_rollback(db);
	return false;
}

static void
take_text(sqlite3_stmt *stmt, int column, char *out, size_t space)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	text_copy(out, space, text != NULL ? text : "",
	    text != NULL ? strlen(text) : 0);
}

static uint64_t
take_count(sqlite3_stmt *stmt, int column)
{
	int64_t n = sqlite3_column_int64(stmt, column);

	return n > 0 ? (uint64_t)n : 0;
}

/* false: a kind that this program does not know. */
static bool
take_kind(sqlite3_stmt *stmt, int column, uint8_t *out)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	for (enum diff_kind k = 0; text != NULL && k < DIFF_KIND_COUNT; k++)
		if (strcmp(text, diff_kind_name(k)) == 0) {
			*out = (uint8_t)k;
			return true;
		}
	return false;
}

static void
take_row(sqlite3_stmt *stmt, struct noise_board *board)
{
	struct noise_row r;
	const char *likeness;

	memset(&r, 0, sizeof r);
	if (!take_kind(stmt, 2, &r.place.kind))
		return;
	take_text(stmt, 0, r.route, sizeof r.route);
	take_text(stmt, 1, r.place.path, sizeof r.place.path);
	r.place.is_text = sqlite3_column_int(stmt, 3) != 0;
	r.pairs = take_count(stmt, 4);
	r.seen.first_only = take_count(stmt, 5);
	r.seen.second_only = take_count(stmt, 6);
	r.seen.both = take_count(stmt, 7);
	likeness = (const char *)sqlite3_column_text(stmt, 8);
	read_likeness(likeness != NULL ? likeness : "", &r.likeness);
	r.first_us = sqlite3_column_int64(stmt, 9);
	r.last_us = sqlite3_column_int64(stmt, 10);
	noise_restore(board, &r);
}

bool
noise_rows_load(sqlite3 *db, struct noise_board *board, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (!sqlite_prepare(db, "SELECT route, path, kind, is_text, pairs,"
	    " only_enhanced, only_control, both_differ, likeness, "
	    SQLITE_TIME_US("first_seen") ", " SQLITE_TIME_US("last_seen")
	    " FROM noise ORDER BY pairs DESC", &stmt, err))
		return false;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		take_row(stmt, board);
	if (rc != SQLITE_DONE)
		sqlite_fault(db, "read what was learned of noise", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_DONE;
}
