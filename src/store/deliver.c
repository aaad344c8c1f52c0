/* deliver -- see deliver.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/deliver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

struct parcel {
	struct pg *pg;                 /* borrows */
	struct buf lines[TABLE_COUNT]; /* owns; of the claimed batches */
	uint64_t rows;                 /* records in them */
	bool is_careful;               /* look for refused rows */
	uint64_t dropped;
};

/* --- claiming ------------------------------------------------------------- */

/* A server whose commits do not reach its disk (synchronous_commit = off)
 * could forget in a crash what we forget on its word; DELIVER_BEGIN asks
 * for a real commit there. */
static void
write_claim(struct buf *sql, const char *instance,
    const struct spool_load *load)
{
	buf_puts(sql, DELIVER_BEGIN
	    "INSERT INTO batches (instance, batch, row_count) VALUES ");
	for (unsigned i = 0; i < load->count; i++)
		buf_printf(sql, "%s('%s', %" PRId64 ", %u)",
		    i == 0 ? "" : ", ", instance, load->batches[i].number,
		    load->batches[i].rows);
	buf_puts(sql, " ON CONFLICT DO NOTHING RETURNING batch");
}

static bool
is_claimed(const PGresult *res, int64_t number)
{
	for (int i = 0; i < PQntuples(res); i++)
		if (strtoll(PQgetvalue(res, i, 0), NULL, 10) == number)
			return true;
	return false;
}

static void
pack(struct parcel *p, const struct spooled *b)
{
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		if (b->lines[t].len > 0)
			buf_add(&p->lines[t], b->lines[t].bytes,
			    b->lines[t].len);
	p->rows += b->rows;
}

static bool
claim(struct parcel *p, const char *instance, const struct spool_load *load,
    struct err *err)
{
	struct buf sql = { 0 };
	PGresult *res;

	write_claim(&sql, instance, load);
	res = pg_query(p->pg, sql.bytes, 0, NULL, err);
	buf_fini(&sql);
	if (res == NULL)
		return false;
	for (unsigned i = 0; i < load->count; i++)
		if (is_claimed(res, load->batches[i].number))
			pack(p, &load->batches[i]);
	PQclear(res);
	return true;
}

/* --- copying -------------------------------------------------------------- */

static bool
copy(struct pg *pg, enum table t, const char *lines, size_t len,
    struct err *err)
{
	const struct table_row *table = table_info(t);
	char target[640];

	snprintf(target, sizeof target, "%s (%s)", table->name,
	    table->columns);
	return pg_copy(pg, target, lines, len, err);
}

static void
drop_row(struct parcel *p, enum table t, const char *line, size_t len,
    const struct err *why)
{
	static struct log_limit limit;
	/* Of an answer only which it is. */
	size_t most = t == TABLE_SAMPLES ? 80 : 400;
	unsigned long held = 0;

	/* Which belong to a comparison, and sum up others. */
	if (t != TABLE_DIFFERENCES && t != TABLE_WINDOWS)
		p->dropped++;
	if (log_limit_pass(&limit, &held))
		log_event(LOG_ERROR, "store", "%s; the row is dropped (%lu"
		    " others lately): %s: %.*s", why->text, held,
		    table_info(t)->name, (int)(len < most ? len : most), line);
}

/* The end of the line in the middle of the lines; their end if there is
 * only one. */
static size_t
middle(const char *lines, size_t len)
{
	const char *end = memchr(lines + len / 2, '\n', len - len / 2);
	size_t half = end != NULL ? (size_t)(end - lines) + 1 : len;

	if (half < len)
		return half;
	end = memchr(lines, '\n', len);
	return end != NULL ? (size_t)(end - lines) + 1 : len;
}

/* Copy under a savepoint; what is refused is halved until the refused line
 * stands alone. */
static bool
copy_careful(struct parcel *p, enum table t, const char *lines, size_t len,
    struct err *err)
{
	size_t half;

	if (!pg_exec(p->pg, "SAVEPOINT careful", err))
		return false;
	if (copy(p->pg, t, lines, len, err))
		return pg_exec(p->pg, "RELEASE SAVEPOINT careful", err);
	if (!pg_refused_data(p->pg))
		return false;
	half = middle(lines, len);
	if (half == len)
		drop_row(p, t, lines, len - 1, err);
	if (!pg_exec(p->pg, "ROLLBACK TO SAVEPOINT careful;"
	    "RELEASE SAVEPOINT careful", err))
		return false;
	return half == len ||
	    (copy_careful(p, t, lines, half, err) &&
	    copy_careful(p, t, lines + half, len - half, err));
}

static bool
copy_all(struct parcel *p, struct err *err)
{
	for (unsigned t = 0; t < TABLE_COUNT; t++) {
		const struct buf *lines = &p->lines[t];

		if (lines->len > 0 && !(p->is_careful ?
		    copy_careful(p, t, lines->bytes, lines->len, err) :
		    copy(p->pg, t, lines->bytes, lines->len, err)))
			return false;
	}
	return true;
}

/* --- the transaction ------------------------------------------------------ */

static bool
attempt(struct parcel *p, const char *instance, const struct spool_load *load,
    struct err *err)
{
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		buf_clear(&p->lines[t]);
	p->rows = p->dropped = 0;
	return claim(p, instance, load, err) && copy_all(p, err) &&
	    pg_commit(p->pg, err);
}

bool
deliver(struct pg *pg, const char *instance, const struct spool_load *load,
    struct delivery *out, struct err *err)
{
	struct parcel parcel = { .pg = pg };
	bool ok = attempt(&parcel, instance, load, err);

	if (!ok && pg_refused_data(pg) && pg_exec(pg, "ROLLBACK", err)) {
		parcel.is_careful = true;
		ok = attempt(&parcel, instance, load, err);
	}
	out->dropped = ok ? parcel.dropped : 0;
	/* A pair's answers are several rows, and may all be refused. */
	out->written = ok && parcel.rows > parcel.dropped ?
	    parcel.rows - parcel.dropped : 0;
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		buf_fini(&parcel.lines[t]);
	return ok;
}

bool
deliver_prune(struct pg *pg, const char *instance, int64_t oldest,
    struct err *err)
{
	struct buf sql = { 0 };
	bool ok;

	buf_printf(&sql, "DELETE FROM batches WHERE instance = '%s'"
	    " AND batch < %" PRId64 " AND written < now() - interval '1 hour'",
	    instance, oldest);
	ok = pg_exec(pg, sql.bytes, err);
	buf_fini(&sql);
	return ok;
}
