/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/records.h"
#include "store/row.h"
#include "support.h"

static struct records *records;

/* The shortest pace there is: a break at every chance. */
static bool
is_urgent(void *arg)
{
	return *(bool *)arg;
}

static bool no = false;
static struct pace pace = { .is_urgent = is_urgent, .arg = &no };

static void
start(void)
{
	const struct records_options options = { .instance = "me",
		.why_word = test_why_word, .pace = &pace };
	struct err err = { "" };

	support_start();
	cr_assert(records_open(in_dir("r.db"), &options, &records, &err), "%s",
	    err.text);
}

static void
stop(void)
{
	records_close(&records);
	support_stop();
}

TestSuite(records, .init = start, .fini = stop);

static void
write_batch(const struct batch *b)
{
	struct err err = { "" };
	unsigned refused = 9;

	cr_assert(records_write(records, b, &refused, &err), "%s", err.text);
	cr_expect_eq(refused, 0);
}

Test(records, writes_every_kind_of_row)
{
	struct batch *b = make_batch(1, 10, 3);
	const char *path = in_dir("r.db");
	char text[256];

	write_batch(b);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM exchanges"), 10);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM comparisons"), 3);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM differences"), 6);
	sqlite_text(path, "SELECT ts || ' ' || pair || ' ' || leg || ' ' || version"
	    " || ' ' || stage || ' ' || epoch || ' ' || method || ' ' || path ||"
	    " ' ' || status || ' ' || outcome || ' ' || latency_us || ' ' ||"
	    " bucket || ' ' || decision FROM exchanges WHERE bucket = 3", text,
	    sizeof text);
	cr_expect_str_eq(text, "2026-01-01T00:00:00.126456Z"
	    " 00000000000000000000000000000003 shadow enhanced shadow 7 POST"
	    " /api/v1/chat 200 done 1003 3 bucket");
	free(b);
}

Test(records, a_batch_is_written_once)
{
	struct batch *b = make_batch(1, 10, 3);

	write_batch(b);
	write_batch(b); /* as after a COMMIT whose answer was an error */
	b->number = 2;
	write_batch(b);
	cr_expect_eq(sqlite_count(in_dir("r.db"),
	    "SELECT count(*) FROM exchanges"), 20);
	cr_expect_eq(sqlite_count(in_dir("r.db"),
	    "SELECT count(*) FROM batches"), 1);
	free(b);
}

Test(records, all_or_nothing)
{
	struct batch *b = make_batch(1, 10, 3);
	struct err err = { "" };
	sqlite3 *db = NULL;
	unsigned refused;

	cr_assert(sqlite_open(in_dir("r.db"), SQLITE_BULK, &db, &err));
	cr_assert(sqlite_exec(db, "ALTER TABLE differences RENAME TO gone", &err));
	cr_expect_not(records_write(records, b, &refused, &err));
	cr_expect_eq(sqlite_count(in_dir("r.db"),
	    "SELECT count(*) FROM exchanges"), 0);
	cr_assert(sqlite_exec(db, "ALTER TABLE gone RENAME TO differences", &err));
	write_batch(b);
	sqlite_close(&db);
	free(b);
}

/* Each column in turn is another than in the row that its place in the
 * statement held before, and is what it was again. */
Test(records, nothing_stays_of_the_rows_before)
{
	struct batch *b = make_batch(1, 160, 0);
	const char *path = in_dir("r.db");

	for (unsigned i = 0; i < 160; i++) {
		struct leg_record *l = &b->legs[i];
		bool odd = i / 16 % 2 == 1; /* statements of 16 rows */

		l->bucket = i;
		l->status = odd ? 502 : 200;
		l->outcome = odd ? OUTCOME_UPSTREAM_CUT : OUTCOME_DONE;
		l->failure = odd;
		l->first_byte_us = odd ? 0 : 7;
		snprintf(l->error, sizeof l->error, "%s", odd ? "broke" : "");
		snprintf(l->user, sizeof l->user, "%s", odd ? "" : "u");
		snprintf(l->stage, sizeof l->stage, "s%u", i);
	}
	write_batch(b);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM exchanges WHERE"
	    " (bucket / 16 % 2 = 0 AND status = 200 AND outcome = 'done'"
	    " AND blame = 'nobody' AND failure = 0 AND first_byte_us = 7"
	    " AND error IS NULL AND user_hash = 'u'"
	    " AND stage = 's' || bucket)"), 80);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM exchanges WHERE"
	    " (bucket / 16 % 2 = 1 AND status = 502 AND outcome = 'upstream_cut'"
	    " AND blame = 'upstream' AND failure = 1 AND first_byte_us IS NULL"
	    " AND error = 'broke' AND user_hash IS NULL"
	    " AND stage = 's' || bucket)"), 80);
	free(b);
}

/* More than a statement takes, and not a multiple of it. */
Test(records, many_rows_keep_their_order)
{
	struct batch *b = make_batch(1, 100, 40);
	const char *path = in_dir("r.db");

	write_batch(b);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM exchanges"), 100);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM exchanges"
	    " WHERE rowid = bucket + 1"), 100);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM comparisons"), 40);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM differences"), 80);
	free(b);
}

/* What was bound for the row before is bound no more once it is another. */
Test(records, each_row_has_its_rollout)
{
	static const char *const names[] = { "chat", "search", NULL };
	struct batch *b = make_batch(1, 100, 40);
	struct err err = { "" };
	unsigned refused = 0;

	for (unsigned i = 0; i < 100; i++)
		b->legs[i].rollout = names[i / 7 % 3];
	for (unsigned i = 0; i < 40; i++)
		b->comparisons[i].rollout = names[i / 7 % 3];
	b->kept[0] = make_kept(1, 10);
	b->kept_count = 1;
	cr_assert(records_write(records, b, &refused, &err), "%s", err.text);
	for (unsigned i = 0; i < 3; i++) {
		char sql[200];

		snprintf(sql, sizeof sql, "SELECT count(*) FROM exchanges WHERE"
		    " bucket / 7 %% 3 = %u AND rollout IS %s", i,
		    i == 0 ? "'chat'" : i == 1 ? "'search'" : "NULL");
		cr_expect_eq(sqlite_count(in_dir("r.db"), sql),
		    i == 0 ? 35 : i == 1 ? 35 : 30, "%u", i);
	}
	cr_expect_eq(sqlite_count(in_dir("r.db"), "SELECT count(*) FROM"
	    " comparisons WHERE rollout = 'search'"), 14);
	cr_expect_eq(sqlite_count(in_dir("r.db"), "SELECT count(*) FROM"
	    " differences WHERE rollout = 'search'"), 28);
	cr_expect_eq(sqlite_count(in_dir("r.db"), "SELECT count(*) FROM"
	    " samples WHERE rollout = 'chat'"), 2);
	batch_clear(b);
	free(b);
}

static void
refuse_some(const char *sql, unsigned want)
{
	struct batch *b = make_batch(1, 40, 0);
	struct err err = { "" };
	sqlite3 *db = NULL;
	unsigned refused = 0;

	cr_assert(sqlite_open(in_dir("r.db"), SQLITE_BULK, &db, &err));
	cr_assert(sqlite_exec(db, sql, &err));
	strcpy(b->legs[5].pair, b->legs[4].pair);
	strcpy(b->legs[37].pair, b->legs[4].pair);
	cr_assert(records_write(records, b, &refused, &err), "%s", err.text);
	cr_expect_eq(refused, want);
	cr_expect_eq(sqlite_count(in_dir("r.db"),
	    "SELECT count(*) FROM exchanges"), 40 - want);
	sqlite_close(&db);
	free(b);
}

Test(records, a_refused_row_does_not_hold_up_the_others)
{
	refuse_some("CREATE UNIQUE INDEX u ON exchanges (pair)", 2);
}

/* A trigger fails the whole statement: its rows are tried one by one. */
Test(records, a_row_that_a_trigger_refuses_neither)
{
	refuse_some("CREATE TRIGGER t BEFORE INSERT ON exchanges"
	    " WHEN NEW.pair IN (SELECT pair FROM exchanges)"
	    " BEGIN SELECT RAISE(ABORT, 'no'); END", 2);
}
