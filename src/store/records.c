/* records -- see records.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/records.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/row.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/trim.h"

/* Rows of one INSERT.  A statement costs about as much as six of its rows
 * do (docs/performance.md), and most of what it costs is there by 16. */
#define ROWS_TOGETHER PACE_ROWS

/* Rows on their way into one table. */
struct inserter {
	sqlite3_stmt *one, *many;        /* own; of 1 and of ROWS_TOGETHER rows */
	unsigned count;                  /* of rows that are filled */
	unsigned refused;                /* in this transaction */
	struct row rows[ROWS_TOGETHER];
	struct bound bound[ROWS_TOGETHER][ROW_CELLS_MAX]; /* of many */
};

struct records {
	sqlite3 *db;                     /* owns */
	char *instance;                  /* owns */
	const char *(*why_word)(unsigned); /* may be NULL */
	struct pace *pace;               /* borrows; may be NULL */
	unsigned together;               /* rows of a statement, now */
	bool is_refused;                 /* a statement failed for its contents */
	struct inserter inserters[TABLE_COUNT];
};

/* OR IGNORE: a row that breaks a constraint is left out, and the rest of the
 * statement stands; and so SQLite keeps no copy of the pages to undo it. */
static bool
prepare_insert(struct records *r, enum table t, unsigned rows,
    sqlite3_stmt **out, struct err *err)
{
	const struct table_row *table = table_info(t);
	struct buf sql = { 0 };
	bool ok;

	buf_printf(&sql, "INSERT OR IGNORE INTO %s (%s) VALUES ", table->name,
	    table->columns);
	for (unsigned row = 0; row < rows; row++)
		for (unsigned i = 0; i < table->column_count; i++)
			buf_printf(&sql, "%s?%s", i > 0 ? ", " : row > 0 ?
			    ", (" : "(", i + 1 < table->column_count ? "" : ")");
	ok = sqlite_prepare(r->db, sql.bytes, out, err);
	buf_fini(&sql);
	return ok;
}

bool
records_open(const char *path, const struct records_options *options,
    struct records **out, struct err *err)
{
	struct records *r = mem_zalloc(sizeof *r);
	bool ok;

	r->instance = mem_strdup(options->instance);
	r->why_word = options->why_word;
	r->pace = options->pace;
	ok = sqlite_open(path, SQLITE_BULK, &r->db, err) &&
	    schema_apply_sqlite(r->db, &schema_records, NULL, err);
	for (unsigned t = 0; ok && t < TABLE_COUNT; t++) {
		struct inserter *in = &r->inserters[t];

		for (unsigned i = 0; i < ROWS_TOGETHER; i++)
			row_init(&in->rows[i]);
		ok = prepare_insert(r, t, 1, &in->one, err) &&
		    prepare_insert(r, t, ROWS_TOGETHER, &in->many, err);
	}
	if (ok)
		*out = r;
	else
		records_close(&r);
	return ok;
}

void
records_close(struct records **r)
{
	if (*r == NULL)
		return;
	for (unsigned t = 0; t < TABLE_COUNT; t++) {
		sqlite_finalize(&(*r)->inserters[t].one);
		sqlite_finalize(&(*r)->inserters[t].many);
	}
	sqlite_close(&(*r)->db);
	free((*r)->instance);
	free(*r);
	*r = NULL;
}

/* Insert so many of the rows, beginning with that one. */
static bool
insert(struct records *r, struct inserter *in, unsigned first, unsigned count,
    struct err *err)
{
	sqlite3_stmt *stmt = count == 1 ? in->one : in->many;
	int at = 0, rc;

	for (unsigned i = 0; i < count; i++)
		at = row_bind(&in->rows[first + i], stmt, at,
		    count == 1 ? NULL : in->bound[i]);
	rc = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	switch (rc & 0xff) {
	case SQLITE_DONE:
		in->refused += count - (unsigned)sqlite3_changes(r->db);
		return true;
	case SQLITE_CONSTRAINT: /* not of the row itself: of a trigger */
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		if (count == 1) {
			in->refused++;
			return true;
		}
		r->is_refused = true;
		break;
	}
	return sqlite_fault(r->db, "write rows", err);
}

/* Insert what waits; all of it, or as soon as a statement is full. */
static bool
flush(struct records *r, struct inserter *in, bool all, struct err *err)
{
	unsigned first = 0;

	if (!all && in->count < r->together)
		return true;
	if (in->count == ROWS_TOGETHER && r->together == ROWS_TOGETHER) {
		if (!insert(r, in, 0, ROWS_TOGETHER, err))
			return false;
		first = ROWS_TOGETHER;
	}
	while (first < in->count)
		if (!insert(r, in, first++, 1, err))
			return false;
	in->count = 0;
	pace_keep(r->pace);
	return true;
}

static bool
insert_comparison(struct records *r, const struct comparison_record *c,
    struct err *err)
{
	struct inserter *in = &r->inserters[TABLE_COMPARISONS];

	row_of_comparison(&in->rows[in->count++], c);
	if (!flush(r, in, false, err))
		return false;
	in = &r->inserters[TABLE_DIFFERENCES];
	for (unsigned i = 0; i < c->kept; i++) {
		row_of_difference(&in->rows[in->count++], c, i);
		if (!flush(r, in, false, err))
			return false;
	}
	return true;
}

static bool
insert_kept(struct records *r, const struct kept_sample *k, struct err *err)
{
	struct inserter *in = &r->inserters[TABLE_SAMPLES];

	for (int i = 0; i < KEPT_SIDE_COUNT; i++) {
		if (!k->answers[i].there)
			continue;
		row_of_answer(&in->rows[in->count++], k, (enum kept_side)i);
		if (!flush(r, in, false, err))
			return false;
	}
	return true;
}

static bool
insert_all(struct records *r, const struct batch *b, struct err *err)
{
	struct inserter *in = &r->inserters[TABLE_EXCHANGES];

	for (unsigned i = 0; i < b->leg_count; i++) {
		row_of_leg(&in->rows[in->count++], &b->legs[i], r->why_word);
		if (!flush(r, in, false, err))
			return false;
	}
	for (unsigned i = 0; i < b->comparison_count; i++)
		if (!insert_comparison(r, &b->comparisons[i], err))
			return false;
	for (unsigned i = 0; i < b->kept_count; i++)
		if (!insert_kept(r, b->kept[i], err))
			return false;
	for (unsigned i = 0; i < b->minute_count; i++) {
		in = &r->inserters[TABLE_WINDOWS];
		row_of_minute(&in->rows[in->count++], b->minutes[i]);
		if (!flush(r, in, false, err))
			return false;
	}
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (!flush(r, &r->inserters[t], true, err))
			return false;
	return true;
}

/* A COMMIT that failed may have been written all the same (the disk went
 * away behind it).  The number in the same transaction tells. */
static bool
claim_number(struct records *r, const struct batch *b, bool *fresh_out,
    struct err *err)
{
	char now[CLOCK_TEXT_MAX];

	clock_format(clock_wall_us(), now);
	if (!sqlite_run(r->db, err, "DELETE FROM batches"
	    " WHERE instance = ? AND batch < ?", "ti", r->instance,
	    b->number) ||
	    !sqlite_run(r->db, err, "INSERT OR IGNORE INTO batches"
	    " (instance, batch, row_count, written) VALUES (?, ?, ?, ?)",
	    "tiit", r->instance, b->number, (int64_t)batch_count(b), now))
		return false;
	*fresh_out = sqlite3_changes(r->db) > 0;
	return true;
}

static bool
write_rows(struct records *r, const struct batch *b, unsigned together,
    struct err *err)
{
	bool is_fresh = false;

	r->together = together;
	r->is_refused = false;
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		r->inserters[t].count = r->inserters[t].refused = 0;
	if (!sqlite_begin(r->db, err))
		return false;
	if (!claim_number(r, b, &is_fresh, err) ||
	    (is_fresh && !insert_all(r, b, err))) {
		sqlite_rollback(r->db);
		return false;
	}
	return sqlite_commit(r->db, err);
}

/* Which row of many a trigger did not like only shows one by one. */
bool
records_write(struct records *r, const struct batch *b, unsigned *refused_out,
    struct err *err)
{
	*refused_out = 0;
	if (!write_rows(r, b, ROWS_TOGETHER, err) &&
	    !(r->is_refused && write_rows(r, b, 1, err)))
		return false;
	*refused_out = r->inserters[TABLE_EXCHANGES].refused +
	    r->inserters[TABLE_COMPARISONS].refused +
	    r->inserters[TABLE_SAMPLES].refused;
	return true;
}

bool
records_trim(struct records *r, const struct keep_settings *keep,
    uint64_t *rows_out, bool *more_out, struct err *err)
{
	return trim_sqlite(r->db, keep, clock_wall_us(), rows_out, more_out, err);
}
