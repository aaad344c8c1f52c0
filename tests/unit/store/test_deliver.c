/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/deliver.h"
#include "store/schema.h"
#include "store/spool.h"
#include "support.h"

static struct health health;
static struct spool *spool;
static struct spool_load load;
static const char *url;
static struct pg *pg;

static void
start(void)
{
	struct err err = { "" };

	support_start();
	health_init(&health);
	cr_assert(spool_open(in_dir("spool.db"), &health, &spool, &err));
	url = fresh_database();
	pg = pg_connect(url);
	cr_assert(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
}

static void
stop(void)
{
	pg_close(&pg);
	spool_load_fini(&load);
	spool_close(&spool);
	health_fini(&health);
	support_stop();
}

TestSuite(deliver, .init = start, .fini = stop);

static void
put(const struct batch *b)
{
	struct err err = { "" };
	bool full;

	cr_assert(spool_put(spool, b, test_why_word, NULL,
	    UINT64_MAX / 2, &full, &err));
}

static void
put_new(int64_t number, unsigned legs, unsigned comparisons)
{
	struct batch *b = make_batch(number, legs, comparisons);

	put(b);
	free(b);
}

static void
peek(void)
{
	struct err err = { "" };

	spool_load_fini(&load);
	cr_assert(spool_peek(spool, INT64_MAX, SPOOL_LOAD_MAX, &load, &err));
}

static struct delivery
send_load(void)
{
	struct delivery done = { 0 };
	struct err err = { "" };

	cr_assert(deliver(pg, "me", &load, &done, &err), "%s", err.text);
	return done;
}

static int64_t
rows(const char *table)
{
	char sql[64];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	return pg_count(url, sql);
}

Test(deliver, brings_every_kind_of_row)
{
	struct delivery done;
	char text[256];

	put_new(1, 10, 3);
	put_new(2, 10, 0);
	peek();
	done = send_load();
	cr_expect_eq(done.written, 23);
	cr_expect_eq(done.dropped, 0);
	cr_expect_eq(rows("exchanges"), 20);
	cr_expect_eq(rows("comparisons"), 3);
	cr_expect_eq(rows("differences"), 6);
	cr_expect_eq(rows("batches"), 2);
	pg_text(url, "SELECT concat_ws(' ', to_char(ts AT TIME ZONE 'UTC',"
	    " 'YYYY-MM-DD HH24:MI:SS.US'), pair, leg, version, stage, epoch,"
	    " method, path, status, outcome, latency_us, bucket, decision,"
	    " failure) FROM exchanges WHERE bucket = 3", text, sizeof text);
	cr_expect_str_eq(text, "2026-01-01 00:00:00.126456"
	    " 00000000000000000000000000000003 shadow enhanced shadow 7 POST"
	    " /api/v1/chat 200 done 1003 3 bucket f");
}

/* The crash between PostgreSQL's COMMIT and our deletion from the spool:
 * the same load comes again, with newer batches behind it. */
Test(deliver, what_has_arrived_does_not_arrive_again)
{
	struct delivery done;

	put_new(1, 10, 3);
	put_new(2, 5, 0);
	peek();
	send_load();
	put_new(3, 7, 1);
	peek();
	cr_assert_eq(load.count, 3);
	done = send_load();
	cr_expect_eq(done.written, 8, "only the third");
	cr_expect_eq(rows("exchanges"), 22);
	cr_expect_eq(rows("differences"), 8);
	done = send_load();
	cr_expect_eq(done.written, 0);
	cr_expect_eq(rows("exchanges"), 22);
}

Test(deliver, instances_have_numbers_of_their_own)
{
	struct delivery done;
	struct err err = { "" };

	put_new(1, 10, 0);
	peek();
	send_load();
	cr_assert(deliver(pg, "you", &load, &done, &err));
	cr_expect_eq(rows("exchanges"), 20);
}

/* The crash before COMMIT: nothing of it is there, all of it comes again. */
Test(deliver, a_lost_connection_loses_nothing)
{
	struct delivery done;
	struct err err = { "" };

	put_new(1, 1000, 100);
	peek();
	pg_count(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE datname = current_database() AND pid <> pg_backend_pid()");
	cr_expect_not(deliver(pg, "me", &load, &done, &err));
	cr_expect_eq(rows("exchanges"), 0);
	pg_close(&pg);
	pg = pg_connect(url);
	cr_expect_eq(send_load().written, 1100);
	cr_expect_eq(rows("exchanges"), 1000);
}

static void *
deliver_too(void *arg)
{
	struct pg *other = pg_connect(url);
	struct delivery *done = arg;
	struct err err = { "" };
	bool ok = deliver(other, "me", &load, done, &err);

	pg_close(&other);
	return ok ? NULL : arg;
}

/* A transaction of a connection we gave up on still runs: the new one must
 * wait for it and then find the rows there. */
Test(deliver, waits_for_a_transaction_left_behind)
{
	struct delivery done = { 9, 9 };
	struct err err = { "" };
	pthread_t thread;
	void *failed;

	put_new(1, 10, 0);
	peek();
	cr_assert(pg_exec(pg, "BEGIN; INSERT INTO batches VALUES ('me', 1, 10);"
	    "INSERT INTO exchanges SELECT now(), '', '', '', '', 0, '', 0, '',"
	    " '', '', 0, '', '', false, false, '', 0, 0, 0, 0, 0, '', ''"
	    " FROM generate_series(1, 10)", &err), "%s", err.text);
	pthread_create(&thread, NULL, deliver_too, &done);
	cr_assert(WAIT_FOR(pg_count(url, "SELECT count(*) FROM pg_stat_activity"
	    " WHERE datname = current_database()"
	    " AND wait_event_type = 'Lock'") == 1));
	cr_assert(pg_commit(pg, &err), "%s", err.text);
	pthread_join(thread, &failed);
	cr_expect_null(failed);
	cr_expect_eq(done.written, 0);
	cr_expect_eq(rows("exchanges"), 10);
}

static const struct {
	const char *why;
	unsigned legs, bad[4], bad_count;
} poisons[] = {
	{ "alone", 1, { 0 }, 1 },
	{ "the first", 100, { 0 }, 1 },
	{ "the last", 100, { 99 }, 1 },
	{ "in the middle", 1000, { 517 }, 1 },
	{ "neighbours", 64, { 31, 32, 33 }, 3 },
	{ "all of them", 3, { 0, 1, 2 }, 3 },
};

Test(deliver, a_refused_row_does_not_hold_up_the_others)
{
	struct err err = { "" };
	int64_t want = 0;

	cr_assert(pg_exec(pg, "ALTER TABLE exchanges ADD CHECK (path <> 'bad')",
	    &err));
	for (size_t i = 0; i < COUNT_OF(poisons); i++) {
		struct batch *b = make_batch((int64_t)i + 1, poisons[i].legs, 1);
		struct delivery done;

		for (unsigned n = 0; n < poisons[i].bad_count; n++)
			strcpy(b->legs[poisons[i].bad[n]].path, "bad");
		put(b);
		free(b);
		peek();
		done = send_load();
		want += poisons[i].legs - poisons[i].bad_count;
		cr_expect_eq(done.dropped, poisons[i].bad_count, "%s",
		    poisons[i].why);
		cr_expect_eq(done.written, poisons[i].legs + 1 -
		    poisons[i].bad_count, "%s", poisons[i].why);
		cr_expect_eq(rows("exchanges"), want, "%s", poisons[i].why);
		cr_assert(spool_forget(spool, &load, &err));
	}
	cr_expect_eq(rows("comparisons"), COUNT_OF(poisons));
}

Test(deliver, hostile_bytes_arrive)
{
	struct batch *b = make_batch(1, 256, 0);
	char text[64];

	for (unsigned i = 0; i < 256; i++)
		snprintf(b->legs[i].path, sizeof b->legs[i].path, "/%cx\\N\\.",
		    (char)i);
	put(b);
	free(b);
	peek();
	cr_expect_eq(send_load().dropped, 0);
	cr_expect_eq(rows("exchanges"), 256);
	pg_text(url, "SELECT path FROM exchanges WHERE bucket = 9", text,
	    sizeof text);
	cr_expect_str_eq(text, "/\tx\\N\\.");
}

Test(deliver, forgets_old_numbers_only)
{
	struct err err = { "" };

	cr_assert(pg_exec(pg, "INSERT INTO batches VALUES"
	    " ('me', 1, 1, now() - interval '2 hours'),"
	    " ('me', 2, 1, now() - interval '2 hours'),"
	    " ('me', 3, 1, now()),"
	    " ('you', 1, 1, now() - interval '2 hours')", &err));
	cr_assert(deliver_prune(pg, "me", 2, &err), "%s", err.text);
	cr_expect_eq(rows("batches"), 3);
	cr_assert(deliver_prune(pg, "me", 99, &err), "%s", err.text);
	cr_expect_eq(rows("batches"), 2);
}

Test(deliver, a_missing_table_is_not_the_datas_fault)
{
	struct delivery done;
	struct err err = { "" };

	put_new(1, 10, 0);
	peek();
	cr_assert(pg_exec(pg, "ALTER TABLE exchanges RENAME TO gone", &err));
	cr_expect_not(deliver(pg, "me", &load, &done, &err));
	pg_rollback(pg);
	cr_assert(pg_exec(pg, "ALTER TABLE gone RENAME TO exchanges", &err));
	cr_expect_eq(send_load().written, 10);
}
