/* spool -- see spool.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/spool.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/local.h"
#include "store/schema.h"

struct spool {
	sqlite3 *db;           /* owns */
	sqlite3_stmt *insert;  /* owns */
	sqlite3_stmt *oldest;  /* owns */
	sqlite3_stmt *remove;  /* owns */
	struct health *health; /* borrows, outlives us */
	struct row row;        /* reused */
	struct buf lines[TABLE_COUNT]; /* owns; reused by spool_put() */
};

bool
spool_open(const char *path, struct health *health, struct spool **out,
    struct err *err)
{
	struct spool *s = mem_zalloc(sizeof *s);
	bool ok;

	s->health = health;
	row_init(&s->row);
	ok = local_open(path, SQLITE_BULK, &s->db, err) &&
	    schema_apply_sqlite(s->db, &schema_spool, NULL, err) &&
	    sqlite_prepare(s->db, "INSERT OR IGNORE INTO spool (batch, format,"
	    " row_count, bytes, exchanges, comparisons, differences, samples,"
	    " windows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &s->insert, err) &&
	    sqlite_prepare(s->db, "SELECT batch, row_count, bytes, exchanges,"
	    " comparisons, differences, samples, windows, format FROM spool"
	    " WHERE batch < ?"
	    " ORDER BY batch LIMIT ?", &s->oldest, err) &&
	    sqlite_prepare(s->db, "DELETE FROM spool WHERE batch = ?",
	    &s->remove, err);
	if (ok)
		*out = s;
	else
		spool_close(&s);
	return ok;
}

void
spool_close(struct spool **s)
{
	if (*s == NULL)
		return;
	sqlite_finalize(&(*s)->insert);
	sqlite_finalize(&(*s)->oldest);
	sqlite_finalize(&(*s)->remove);
	sqlite_close(&(*s)->db);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		buf_fini(&(*s)->lines[t]);
	free(*s);
	*s = NULL;
}

sqlite3 *
spool_file(struct spool *s)
{
	return s->db;
}

bool
spool_measure(struct spool *s, struct err *err)
{
	int64_t rows = 0, bytes = 0;

	if (!sqlite_number(s->db, "SELECT sum(row_count) FROM spool", &rows,
	    err) || !sqlite_number(s->db, "SELECT sum(bytes) FROM spool",
	    &bytes, err))
		return false;
	atomic_store(&s->health->spool_rows, (uint64_t)rows);
	atomic_store(&s->health->spool_bytes, (uint64_t)bytes);
	return true;
}

/* Never below zero: another process on the same file puts in and takes out
 * what we have not counted. */
static void
count_down(_Atomic uint64_t *count, uint64_t n)
{
	uint64_t now = atomic_load(count);

	while (!atomic_compare_exchange_weak(count, &now,
	    now > n ? now - n : 0))
		continue;
}

/* --- putting --------------------------------------------------------------- */

static void
write_kept(struct spool *s, const struct kept_sample *k)
{
	for (int i = 0; i < KEPT_SIDE_COUNT; i++)
		if (k->answers[i].there) {
			row_of_answer(&s->row, k, (enum kept_side)i);
			row_write_copy(&s->row, &s->lines[TABLE_SAMPLES]);
		}
}

static void
write_lines(struct spool *s, const struct batch *b,
    const char *(*why_word)(unsigned), struct pace *pace)
{
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		buf_clear(&s->lines[t]);
	for (unsigned i = 0; i < b->leg_count; i++) {
		row_of_leg(&s->row, &b->legs[i], why_word);
		row_write_copy(&s->row, &s->lines[TABLE_EXCHANGES]);
		if (i % PACE_ROWS == 0)
			pace_keep(pace);
	}
	for (unsigned i = 0; i < b->comparison_count; i++) {
		const struct comparison_record *c = &b->comparisons[i];

		row_of_comparison(&s->row, c);
		row_write_copy(&s->row, &s->lines[TABLE_COMPARISONS]);
		for (unsigned d = 0; d < c->kept; d++) {
			row_of_difference(&s->row, c, d);
			row_write_copy(&s->row, &s->lines[TABLE_DIFFERENCES]);
		}
	}
	for (unsigned i = 0; i < b->kept_count; i++)
		write_kept(s, b->kept[i]);
	for (unsigned i = 0; i < b->minute_count; i++) {
		row_of_minute(&s->row, b->minutes[i]);
		row_write_copy(&s->row, &s->lines[TABLE_WINDOWS]);
	}
}

static void
bind_lines(struct spool *s, int first)
{
	for (int t = 0; t < TABLE_COUNT; t++) {
		const struct buf *lines = &s->lines[t];

		sqlite3_bind_blob64(s->insert, first + t,
		    lines->len > 0 ? lines->bytes : "", lines->len,
		    SQLITE_STATIC);
	}
}

static bool
insert(struct spool *s, const struct batch *b, uint64_t bytes,
    struct err *err)
{
	int rc;

	sqlite3_bind_int64(s->insert, 1, b->number);
	sqlite3_bind_int(s->insert, 2, ROW_FORMAT);
	sqlite3_bind_int64(s->insert, 3, batch_count(b));
	sqlite3_bind_int64(s->insert, 4, (int64_t)bytes);
	bind_lines(s, 5);
	rc = sqlite3_step(s->insert);
	sqlite3_reset(s->insert);
	return rc == SQLITE_DONE || sqlite_fault(s->db, "spool rows", err);
}

bool
spool_put(struct spool *s, const struct batch *b,
    const char *(*why_word)(unsigned), struct pace *pace, uint64_t max_bytes,
    bool *full_out, struct err *err)
{
	uint64_t bytes = 0;

	write_lines(s, b, why_word, pace);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		bytes += s->lines[t].len;
	*full_out = atomic_load(&s->health->spool_bytes) + bytes > max_bytes;
	if (*full_out)
		return true;
	/* Counted first: the carrier may take it out at once. */
	atomic_fetch_add(&s->health->spool_bytes, bytes);
	atomic_fetch_add(&s->health->spool_rows, batch_count(b));
	if (insert(s, b, bytes, err))
		return true;
	count_down(&s->health->spool_bytes, bytes);
	count_down(&s->health->spool_rows, batch_count(b));
	return false;
}

/* --- taking ---------------------------------------------------------------- */

/* Lines that an earlier program wrote, without the last columns. */
static void
add_columns(struct buf *lines, unsigned count)
{
	struct buf longer = { 0 };
	const char *at = lines->bytes, *end = at + lines->len, *next;

	for (; at < end; at = next + 1) {
		next = memchr(at, '\n', (size_t)(end - at));
		if (next == NULL)
			break;
		buf_add(&longer, at, (size_t)(next - at));
		for (unsigned i = 0; i < count; i++)
			buf_puts(&longer, "\t\\N");
		buf_puts(&longer, "\n");
	}
	buf_fini(lines);
	*lines = longer;
}

/* See ROW_FORMAT. */
static unsigned
columns_missing(int format, int table)
{
	return (format < 4 ? 1 : 0) + (table != TABLE_EXCHANGES ? 0 :
	    (format < 2 ? 1 : 0) + (format < 3 ? 2 : 0));
}

static void
take_batch(sqlite3_stmt *stmt, struct spooled *b)
{
	int format = sqlite3_column_int(stmt, 3 + TABLE_COUNT);

	memset(b, 0, sizeof *b);
	b->number = sqlite3_column_int64(stmt, 0);
	b->rows = (unsigned)sqlite3_column_int(stmt, 1);
	b->bytes = (uint64_t)sqlite3_column_int64(stmt, 2);
	for (int t = 0; t < TABLE_COUNT; t++) {
		const void *lines = sqlite3_column_blob(stmt, 3 + t);
		int len = sqlite3_column_bytes(stmt, 3 + t);

		if (len > 0)
			buf_add(&b->lines[t], lines, (size_t)len);
		if (len > 0 && format < ROW_FORMAT)
			add_columns(&b->lines[t], columns_missing(format, t));
	}
}

bool
spool_peek(struct spool *s, int64_t below, unsigned max,
    struct spool_load *out, struct err *err)
{
	uint64_t bytes = 0;
	int rc = SQLITE_DONE;

	out->count = 0;
	sqlite3_bind_int64(s->oldest, 1, below);
	sqlite3_bind_int64(s->oldest, 2, max < SPOOL_LOAD_MAX ? max :
	    SPOOL_LOAD_MAX);
	while (bytes < SPOOL_LOAD_BYTES && out->count < SPOOL_LOAD_MAX &&
	    (rc = sqlite3_step(s->oldest)) == SQLITE_ROW) {
		take_batch(s->oldest, &out->batches[out->count]);
		bytes += out->batches[out->count++].bytes;
	}
	sqlite3_reset(s->oldest);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return true;
	spool_load_fini(out);
	return sqlite_fault(s->db, "read the spool", err);
}

void
spool_load_fini(struct spool_load *load)
{
	for (unsigned i = 0; i < load->count; i++)
		for (unsigned t = 0; t < TABLE_COUNT; t++)
			buf_fini(&load->batches[i].lines[t]);
	load->count = 0;
}

static bool
remove_batch(struct spool *s, int64_t number, struct err *err)
{
	int rc;

	sqlite3_bind_int64(s->remove, 1, number);
	rc = sqlite3_step(s->remove);
	sqlite3_reset(s->remove);
	return rc == SQLITE_DONE || sqlite_fault(s->db, "empty the spool", err);
}

bool
spool_forget(struct spool *s, const struct spool_load *load, struct err *err)
{
	uint64_t rows = 0, bytes = 0;

	if (!sqlite_begin(s->db, err))
		return false;
	for (unsigned i = 0; i < load->count; i++) {
		if (!remove_batch(s, load->batches[i].number, err)) {
			sqlite_rollback(s->db);
			return false;
		}
		/* Another process on the same file may have been faster. */
		if (sqlite3_changes(s->db) > 0) {
			rows += load->batches[i].rows;
			bytes += load->batches[i].bytes;
		}
	}
	if (!sqlite_commit(s->db, err))
		return false;
	count_down(&s->health->spool_rows, rows);
	count_down(&s->health->spool_bytes, bytes);
	return true;
}

void
spool_shrink(struct spool *s)
{
	int64_t free_pages = 0;

	/* 4 MB stay for the next batches; 1 MB at a time holds nobody up.
	 * A failure here will show again where it matters. */
	if (!sqlite_number(s->db, "PRAGMA freelist_count", &free_pages, NULL) ||
	    free_pages <= 1024 ||
	    !sqlite_exec(s->db, "PRAGMA incremental_vacuum(256)", NULL))
		return;
}
