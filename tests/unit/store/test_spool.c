/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/spool.h"
#include "support.h"

#define NO_CAP (UINT64_C(1) << 40)

static struct health health;
static struct spool *spool;
static struct spool_load load;

static void
open_spool(void)
{
	struct err err = { "" };

	cr_assert(spool_open(in_dir("spool.db"), &health, &spool, &err), "%s",
	    err.text);
	cr_assert(spool_measure(spool, &err), "%s", err.text);
}

static void
start(void)
{
	support_start();
	health_init(&health);
	open_spool();
}

static void
stop(void)
{
	spool_load_fini(&load);
	spool_close(&spool);
	health_fini(&health);
	support_stop();
}

TestSuite(spool, .init = start, .fini = stop);

static bool
put(int64_t number, unsigned legs, uint64_t cap)
{
	struct batch *b = make_batch(number, legs, 1);
	struct err err = { "" };
	bool full = true;

	cr_assert(spool_put(spool, b, NULL, NULL, cap, &full, &err), "%s", err.text);
	free(b);
	return !full;
}

static void
peek(unsigned max)
{
	struct err err = { "" };

	spool_load_fini(&load);
	cr_assert(spool_peek(spool, INT64_MAX, max, &load, &err), "%s", err.text);
}

Test(spool, gives_back_the_oldest_first)
{
	put(5, 3, NO_CAP);
	put(4, 2, NO_CAP);
	put((INT64_C(2) << 32) + 1, 1, NO_CAP);
	peek(2);
	cr_assert_eq(load.count, 2);
	cr_expect_eq(load.batches[0].number, 4);
	cr_expect_eq(load.batches[0].rows, 3, "two legs and a comparison");
	cr_expect_eq(load.batches[1].number, 5);
	cr_expect(strstr(load.batches[1].lines[TABLE_EXCHANGES].bytes,
	    "\t/api/v1/chat\t"));
	cr_expect(strstr(load.batches[1].lines[TABLE_DIFFERENCES].bytes,
	    "/choices/*/field1"));
}

Test(spool, leaves_the_numbers_of_a_successor_alone)
{
	struct err err = { "" };

	put((INT64_C(2) << 32) + 1, 1, NO_CAP);
	put((INT64_C(3) << 32) + 1, 1, NO_CAP);
	cr_assert(spool_peek(spool, INT64_C(3) << 32, 10, &load, &err));
	cr_assert_eq(load.count, 1);
	cr_expect_eq(load.batches[0].number, (INT64_C(2) << 32) + 1);
}

Test(spool, survives_being_closed)
{
	uint64_t bytes;

	put(1, 3, NO_CAP);
	bytes = health.spool_bytes;
	spool_close(&spool);
	health.spool_bytes = health.spool_rows = 0;
	open_spool();
	cr_expect_eq(health.spool_rows, 4);
	cr_expect_eq(health.spool_bytes, bytes);
	peek(10);
	cr_expect_eq(load.count, 1);
}

Test(spool, forgets_what_has_arrived)
{
	struct err err = { "" };

	put(1, 3, NO_CAP);
	put(2, 3, NO_CAP);
	peek(1);
	cr_assert(spool_forget(spool, &load, &err), "%s", err.text);
	cr_assert(spool_forget(spool, &load, &err), "twice is harmless");
	cr_expect_eq(health.spool_rows, 4);
	peek(10);
	cr_assert_eq(load.count, 1);
	cr_expect_eq(load.batches[0].number, 2);
	cr_assert(spool_forget(spool, &load, &err));
	cr_expect_eq(health.spool_rows, 0);
	cr_expect_eq(health.spool_bytes, 0);
}

Test(spool, takes_the_same_batch_once)
{
	put(7, 3, NO_CAP);
	put(7, 3, NO_CAP);
	peek(10);
	cr_expect_eq(load.count, 1);
}

Test(spool, refuses_over_its_cap)
{
	struct err err = { "" };

	cr_expect(put(1, 10, 4000));
	cr_expect_not(put(2, 10, 4000));
	cr_expect_eq(health.spool_rows, 11);
	peek(1);
	cr_assert(spool_forget(spool, &load, &err));
	cr_expect(put(3, 10, 4000), "there is room again");
}

Test(spool, loads_stay_bounded)
{
	for (int i = 1; i <= 30; i++)
		put(i, BATCH_LEGS_MAX, NO_CAP);
	peek(SPOOL_LOAD_MAX);
	cr_expect_gt(load.count, 1);
	cr_expect_lt(load.count, 30);
}

Test(spool, gives_pages_back_to_the_disk)
{
	struct err err = { "" };
	int64_t before, after;

	for (int i = 1; i <= 60; i++)
		put(i, BATCH_LEGS_MAX, NO_CAP);
	for (peek(SPOOL_LOAD_MAX); load.count > 0; peek(SPOOL_LOAD_MAX))
		cr_assert(spool_forget(spool, &load, &err));
	before = sqlite_count(in_dir("spool.db"), "PRAGMA page_count");
	for (int i = 0; i < 100; i++)
		spool_shrink(spool);
	after = sqlite_count(in_dir("spool.db"), "PRAGMA page_count");
	cr_expect_gt(before, 2000);
	cr_expect_lt(after, 1500);
}

/* Batches that wait from before there were signals, before streams, and before
 * rollouts. */
Test(spool, completes_the_lines_of_an_earlier_program)
{
	struct err err = { "" };

	cr_assert(sqlite_exec(spool_file(spool), "INSERT INTO spool (batch,"
	    " format, row_count, bytes, exchanges, comparisons, differences)"
	    " VALUES (1, 1, 2, 8, CAST('a\tb\nc\td\n' AS BLOB), x'', x''),"
	    " (2, 2, 1, 4, CAST('a\tb\n' AS BLOB), x'', x''),"
	    " (3, 3, 1, 4, CAST('a\tb\n' AS BLOB), CAST('c\n' AS BLOB),"
	    "  CAST('d\n\n' AS BLOB))",
	    &err), "%s", err.text);
	put(4, 1, NO_CAP);
	peek(4);
	cr_assert_eq(load.count, 4);
	cr_expect_str_eq(load.batches[0].lines[TABLE_EXCHANGES].bytes,
	    "a\tb\t\\N\t\\N\t\\N\t\\N\nc\td\t\\N\t\\N\t\\N\t\\N\n");
	cr_expect_str_eq(load.batches[1].lines[TABLE_EXCHANGES].bytes,
	    "a\tb\t\\N\t\\N\t\\N\n");
	cr_expect_str_eq(load.batches[2].lines[TABLE_EXCHANGES].bytes,
	    "a\tb\t\\N\n");
	cr_expect_str_eq(load.batches[2].lines[TABLE_COMPARISONS].bytes,
	    "c\t\\N\n");
	cr_expect_str_eq(load.batches[2].lines[TABLE_DIFFERENCES].bytes,
	    "d\t\\N\n\t\\N\n");
	cr_expect_eq(load.batches[0].lines[TABLE_COMPARISONS].len, 0);
	cr_expect_not_null(strstr(load.batches[3].lines[TABLE_EXCHANGES].bytes,
	    "\t\\N\t\\N\tchat\n"), "the present one is as it was written");
}
