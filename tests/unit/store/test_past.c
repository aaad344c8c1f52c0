/* test_past -- legs and comparisons come back as they were written.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/deliver.h"
#include "store/local.h"
#include "store/past.h"
#include "store/records.h"
#include "store/remote.h"
#include "store/schema.h"
#include "store/spool.h"
#include "support.h"

TestSuite(past, .init = support_start, .fini = support_stop);

#define LEGS_OF_A_BATCH 900
#define BATCHES 3 /* more than are fetched at once */
#define LEGS (BATCHES * LEGS_OF_A_BATCH)

static struct leg_record
leg_of(unsigned n)
{
	struct leg_record leg = make_leg(n);

	if (n % 3 == 2)
		leg.rollout = "it's new";
	if (n % 9 == 4)
		leg.rollout = NULL;
	if (n == LEGS - 1) /* SQLite would round it up */
		leg.ts_us += 999999 - leg.ts_us % 1000000;
	if (n != 1)
		return leg;
	leg.bucket = UINT32_MAX;
	leg.first_byte_us = 0;
	leg.user[0] = '\0';
	leg.outcome = OUTCOME_CONNECT_TIMEOUT;
	leg.first_content_us = 77;
	strcpy(leg.signals, "{\"hit\":true}");
	return leg;
}

static struct batch *
batch_of(unsigned number)
{
	struct batch *b = make_batch(number + 1, LEGS_OF_A_BATCH,
	    number == 0 ? 2 : 0);

	for (unsigned i = 0; i < LEGS_OF_A_BATCH; i++)
		b->legs[i] = leg_of(number * LEGS_OF_A_BATCH + i);
	b->comparisons[1].rollout = "it's new";
	return b;
}

static void
put_sqlite(const char *path)
{
	const struct records_options options = { .instance = "me" };
	struct records *r = NULL;
	struct err err = { "" };
	unsigned refused;

	cr_assert(records_open(path, &options, &r, &err), "%s", err.text);
	for (unsigned i = 0; i < BATCHES; i++) {
		struct batch *b = batch_of(i);

		cr_assert(records_write(r, b, &refused, &err), "%s", err.text);
		batch_clear(b);
		free(b);
	}
	records_close(&r);
}

static void
put_postgres(const char *url)
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
	for (unsigned i = 0; i < BATCHES; i++) {
		struct batch *b = batch_of(i);

		cr_assert(spool_put(spool, b, NULL, NULL, UINT64_MAX / 2, &full,
		    &err));
		batch_clear(b);
		free(b);
	}
	while (spool_peek(spool, INT64_MAX, SPOOL_LOAD_MAX, &load, &err) &&
	    load.count > 0) {
		cr_assert(deliver(pg, "me", &load, &done, &err), "%s", err.text);
		cr_assert(spool_forget(spool, &load, &err));
		spool_load_fini(&load);
	}
	spool_load_fini(&load);
	spool_close(&spool);
	pg_close(&pg);
}

static struct past *
opened(const struct past_options *o)
{
	struct past *p = NULL;
	struct err err = { "" };

	cr_assert(past_open(o, &p, &err), "%s", err.text);
	return p;
}

static void
expect_leg(const struct past_leg *got, unsigned n)
{
	const struct leg_record leg = leg_of(n), *want = &leg;

	cr_expect_eq(got->ts_us, want->ts_us, "%u: %lld", n,
	    (long long)got->ts_us);
	cr_expect_str_eq(got->pair, want->pair);
	cr_expect_eq(got->leg, want->leg);
	cr_expect_eq(got->version, want->version);
	cr_expect_eq(got->outcome, want->outcome);
	cr_expect_eq(got->bucket, want->bucket);
	cr_expect_eq(got->status, want->status);
	cr_expect_eq(got->latency_us, want->latency_us);
	cr_expect_eq(got->first_byte_us, want->first_byte_us);
	cr_expect_eq(got->first_content_us, want->first_content_us);
	cr_expect_str_eq(got->user, want->user);
	cr_expect_str_eq(got->session, want->session);
	cr_expect_str_eq(got->route, want->route);
	if (want->signals[0] == '\0')
		cr_expect_str_empty(got->signals);
	else /* PostgreSQL writes JSON in its own way */
		cr_expect_not_null(strstr(got->signals, "\"hit\""));
}

static void
expect_all(const struct past_options *o, unsigned first, unsigned legs,
    unsigned pairs)
{
	struct past *p = opened(o);
	struct err err = { "" };
	struct past_pair pair;
	struct past_leg leg;
	uint64_t count;
	bool found;

	cr_assert(past_count(p, &count, &err), "%s", err.text);
	cr_expect_eq(count, legs + pairs, "%u rows", (unsigned)count);
	for (unsigned i = 0; i < legs; i++) {
		cr_assert(past_next_leg(p, &leg, &found, &err), "%s", err.text);
		cr_assert(found, "leg %u", i);
		if (i < 2 || i + 1 == legs)
			expect_leg(&leg, first + i);
	}
	cr_assert(past_next_leg(p, &leg, &found, &err), "%s", err.text);
	cr_expect_not(found);
	for (unsigned i = 0; i < pairs; i++) {
		cr_assert(past_next_pair(p, &pair, &found, &err), "%s", err.text);
		cr_assert(found);
		cr_expect_eq(pair.verdict, VERDICT_DIFFERENT);
		cr_expect_eq(pair.latency_us, 1000);
		cr_expect_str_eq(pair.route, "/api/v1/*");
	}
	cr_assert(past_next_pair(p, &pair, &found, &err), "%s", err.text);
	cr_expect_not(found);
	past_close(&p);
}

static void
expect_ranges(const char *store)
{
	const int64_t first_us = make_leg(0).ts_us;

	expect_all(&(struct past_options){ store, 0, 0, NULL }, 0, LEGS, 2);
	expect_all(&(struct past_options){ store, first_us + 1000, 0, NULL }, 1,
	    LEGS - 1, 1);
	expect_all(&(struct past_options){ store, 0, first_us + 1000, NULL }, 0, 1,
	    1);
	expect_all(&(struct past_options){ store, first_us + 3000,
	    first_us + 5000, NULL }, 3, 2, 0);
	expect_all(&(struct past_options){ store, first_us + 1000000000, 0, NULL },
	    0, 0, 0);
}

Test(past, comes_back_from_sqlite)
{
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));

	put_sqlite(in_dir("a.db"));
	expect_ranges(store);
	free(store);
}

Test(past, comes_back_from_postgres)
{
	const char *url = fresh_database();

	put_postgres(url);
	expect_ranges(url);
}

/* --- of one rollout ------------------------------------------------------------- */

/* "chat" is the main one; one event of it, and two of the other. */
static void
save_events(const struct settings *settings)
{
	static const char *const names[] = { "", "it's new", "it's new" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct rollout_state state = { .epoch = i + 1 };
		struct log_entry e = { .ts_us = INT64_C(1767225600000000),
			.epoch = i + 1, .kind = "stage" };
		struct store *s = NULL;
		struct err err = { "" };

		cr_assert(store_open_rollout(settings, names[i], &s, &err) &&
		    store_save(s, &state, &e, &err), "%s", err.text);
		store_close(&s);
	}
}

static void
expect_of(const char *store, const char *rollout, unsigned legs,
    unsigned pairs, unsigned events)
{
	struct past *p = opened(&(struct past_options){ .store = store,
	    .rollout = rollout });
	unsigned got[3] = { 0, 0, 0 };
	struct past_event event;
	struct past_pair pair;
	struct past_leg leg;
	struct err err = { "" };
	uint64_t count = 0;
	bool found;

	cr_assert(past_count(p, &count, &err), "%s", err.text);
	while (past_next_leg(p, &leg, &found, &err) && found)
		got[0]++;
	while (past_next_pair(p, &pair, &found, &err) && found)
		got[1]++;
	while (past_next_event(p, &event, &found, &err) && found)
		got[2]++;
	cr_expect_str_empty(err.text);
	cr_expect_eq(count, legs + pairs, "%s: %u", rollout, (unsigned)count);
	cr_expect_eq(got[0], legs, "%s: %u legs", rollout, got[0]);
	cr_expect_eq(got[1], pairs, "%s: %u pairs", rollout, got[1]);
	cr_expect_eq(got[2], events, "%s: %u events", rollout, got[2]);
	if (rollout != NULL) {
		cr_assert(past_knows_rollout(p, &found, &err), "%s", err.text);
		cr_expect_eq(found, legs > 0, "%s", rollout);
	}
	past_close(&p);
}

static void
expect_rollouts(const char *store)
{
	expect_of(store, NULL, LEGS, 2, 3);
	expect_of(store, "it's new", LEGS / 3, 1, 2);
	expect_of(store, "chat", LEGS - LEGS / 3 - LEGS / 9, 1, 1);
	/* Whatever the main one was called then. */
	expect_of(store, "no such", 0, 0, 1);
}

Test(past, of_one_rollout_from_sqlite)
{
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));
	struct settings settings = sqlite_settings();

	settings.store = store;
	put_sqlite(in_dir("a.db"));
	save_events(&settings);
	expect_rollouts(store);
	free(store);
}

Test(past, of_one_rollout_from_postgres)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);
	struct pg *pg = pg_connect(url);
	sqlite3 *file = NULL;
	struct err err = { "" };
	bool more = true;

	put_postgres(url);
	save_events(&settings);
	cr_assert(local_open(settings.spool, SQLITE_BULK, &file, &err));
	while (more)
		cr_assert(remote_carry(pg, file, "me", &more, &err), "%s",
		    err.text);
	expect_rollouts(url);
	sqlite_close(&file);
	pg_close(&pg);
}

/* Words that a newer program has written. */
Test(past, unknown_words_are_said_to_be)
{
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));
	struct past_leg leg;
	struct err err = { "" };
	sqlite3 *db = NULL;
	struct past *p;
	bool found;

	put_sqlite(in_dir("a.db"));
	cr_assert(sqlite_open(in_dir("a.db"), SQLITE_BULK, &db, &err));
	cr_assert(sqlite_exec(db, "UPDATE exchanges SET outcome = 'x', leg = 'y',"
	    " version = 'z'", &err), "%s", err.text);
	sqlite_close(&db);
	p = opened(&(struct past_options){ store, 0, 0, NULL });
	cr_assert(past_next_leg(p, &leg, &found, &err), "%s", err.text);
	cr_expect_eq(leg.outcome, OUTCOME_COUNT);
	cr_expect_eq(leg.leg, LEG_COUNT);
	cr_expect_eq(leg.version, VERSION_COUNT);
	past_close(&p);
	free(store);
}

static const struct {
	const char *store, *want;
} bad[] = {
	{ "none", "\"none\" keeps nothing" },
	{ "sqlite:/none/such.db", "/none/such.db" },
	{ "mysql://x", "neither" },
};

Test(past, a_store_that_is_none)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct past *p = NULL;
		struct err err = { "" };

		cr_expect_not(past_open(&(struct past_options){ bad[i].store, 0,
		    0, NULL }, &p, &err), "%s", bad[i].store);
		cr_expect_not_null(strstr(err.text, bad[i].want), "%s: %s",
		    bad[i].store, err.text);
	}
}
