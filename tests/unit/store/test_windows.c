/* test_windows -- minutes become rows, and their histograms merge.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "observe/minute_record.h"
#include "store/batch.h"
#include "store/deliver.h"
#include "store/records.h"
#include "store/row.h"
#include "store/schema.h"
#include "store/spool.h"
#include "support.h"

TestSuite(windows, .init = support_start, .fini = support_stop);

#define MINUTE INT64_C(1767225600000000) /* 2026 */

/* Latencies of many sizes, by a series of one's own. */
static void
add(struct tally *t, unsigned seed, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		hist_add(&t->latency, seed >> (seed & 31));
		t->requests++;
	}
	t->failures += n / 4;
	t->compared += n;
	t->different += n / 2;
}

static struct minute_record *
minute(const char *route, int64_t at_us, const struct tally *t)
{
	struct minute_record *m = minute_record_new(t);

	m->minute_us = at_us;
	m->version = VERSION_ENHANCED;
	strcpy(m->instance, "me");
	m->rollout = "move";
	strcpy(m->route, route);
	return m;
}

/* Two minutes of /a, and both in one of /b. */
static struct batch *
batch_of_two(void)
{
	struct tally *first = mem_zalloc(sizeof *first);
	struct tally *second = mem_zalloc(sizeof *second);
	struct tally *both = mem_zalloc(sizeof *both);
	struct batch *b = mem_zalloc(sizeof *b);

	b->number = 1;
	add(first, 1, 500);
	add(second, 7, 700);
	add(both, 1, 500);
	add(both, 7, 700);
	b->minutes[b->minute_count++] = minute("/a", MINUTE, first);
	b->minutes[b->minute_count++] = minute("/a", MINUTE + 60000000, second);
	b->minutes[b->minute_count++] = minute("/b", MINUTE, both);
	free(first);
	free(second);
	free(both);
	return b;
}

#define MERGED_SQLITE(route) "SELECT group_concat(us || ':' || n) FROM (SELECT" \
	" CAST(j.key AS INTEGER) AS us, sum(j.value) AS n FROM windows," \
	" json_each(latency) AS j WHERE route = '" route "' GROUP BY 1 ORDER BY 1)"
#define MERGED_POSTGRES(route) "SELECT string_agg(us || ':' || n, ',' ORDER BY" \
	" us) FROM (SELECT key::bigint AS us, sum(value::bigint) AS n FROM" \
	" windows, jsonb_each_text(latency) WHERE route = '" route "'" \
	" GROUP BY 1) AS j"
#define ROW "SELECT minute || ' ' || instance || ' ' || rollout || ' ' || route" \
	" || ' ' || version || ' ' || requests || ' ' || failures || ' ' ||" \
	" compared || ' ' || different || ' ' || answered FROM windows" \
	" ORDER BY route DESC LIMIT 1"

static char merged[65536], both[65536];

static void
expect_merged(void)
{
	cr_expect_str_eq(merged, both);
	cr_expect_gt(strlen(both), 1000, "%s", both);
}

/* What two rows have together is what one of both would have. */
Test(windows, histograms_of_two_rows_are_that_of_both)
{
	const struct records_options options = { .instance = "me" };
	const char *path = in_dir("r.db");
	struct batch *b = batch_of_two();
	struct records *r = NULL;
	struct err err = { "" };
	unsigned refused = 9;
	char text[256];

	cr_assert(records_open(path, &options, &r, &err), "%s", err.text);
	cr_assert(records_write(r, b, &refused, &err), "%s", err.text);
	/* A second time is none. */
	cr_assert(records_write(r, b, &refused, &err), "%s", err.text);
	records_close(&r);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM windows"), 3);
	sqlite_text(path, MERGED_SQLITE("/a"), merged, sizeof merged);
	sqlite_text(path, MERGED_SQLITE("/b"), both, sizeof both);
	expect_merged();
	sqlite_text(path, ROW, text, sizeof text);
	cr_expect_str_eq(text, "2026-01-01T00:00:00.000000Z me move /b enhanced "
	    "1200 300 1200 600 1200");
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM windows WHERE"
	    " p50_us <= p95_us AND p95_us <= p99_us AND p50_us > 0"), 3);
	batch_clear(b);
	free(b);
}

/* Through the spool, as records go. */
static void
carry(const char *url, const struct batch *b)
{
	struct spool_load load = { .count = 0 };
	struct pg *pg = pg_connect(url);
	struct spool *spool = NULL;
	struct err err = { "" };
	struct delivery done;
	struct health health;
	bool full;

	health_init(&health);
	cr_assert(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
	cr_assert(spool_open(in_dir("spool.db"), &health, &spool, &err));
	cr_assert(spool_put(spool, b, NULL, NULL, UINT64_MAX / 2, &full, &err));
	cr_assert(spool_peek(spool, INT64_MAX, SPOOL_LOAD_MAX, &load, &err));
	cr_assert(deliver(pg, "me", &load, &done, &err), "%s", err.text);
	cr_expect_eq(done.dropped, 0);
	cr_expect_eq(done.written, 0, "minutes sum up, and are not counted");
	spool_load_fini(&load);
	spool_close(&spool);
	health_fini(&health);
	pg_close(&pg);
}

Test(windows, go_to_postgresql)
{
	const char *url = fresh_database();
	struct batch *b = batch_of_two();

	carry(url, b);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM windows"), 3);
	pg_text(url, MERGED_POSTGRES("/a"), merged, sizeof merged);
	pg_text(url, MERGED_POSTGRES("/b"), both, sizeof both);
	expect_merged();
	cr_expect_eq(pg_count(url, "SELECT sum(requests) FROM windows"), 2400);
	batch_clear(b);
	free(b);
}

Test(windows, without_answers_there_are_no_quantiles)
{
	struct tally *none = mem_zalloc(sizeof *none);
	struct minute_record *m = minute("", MINUTE, none);
	struct row *row = mem_zalloc(sizeof *row);
	struct buf line = { 0 };

	row_init(row);
	row_of_minute(row, m);
	row_write_copy(row, &line);
	cr_expect_str_eq(line.bytes, "2026-01-01T00:00:00.000000Z\tme\t\tenhanced"
	    "\t0\t0\t0\t0\t0\t0\t0\t0\t0\t\\N\t\\N\t\\N\t{}\tmove\n");
	buf_fini(&line);
	free(row);
	minute_record_free(&m);
	cr_expect_null(m);
	free(none);
}
