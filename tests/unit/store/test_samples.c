/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/crypt.h"
#include "store/deliver.h"
#include "store/records.h"
#include "store/samples.h"
#include "store/schema.h"
#include "store/spool.h"
#include "store/trim.h"
#include "support.h"

TestSuite(samples, .init = support_start, .fini = support_stop);

static const struct keep_key key = { "one key of thirty-two bytes here" };

/* Pairs from first on, one a second; sealed if there is a key. */
static struct batch *
batch_of(int64_t number, unsigned first, unsigned count, unsigned bytes,
    const struct keep_key *sealed_with)
{
	struct batch *b = make_batch(number, 0, count);
	struct err err = { "" };

	for (unsigned i = 0; i < count; i++) {
		struct kept_sample *k = make_kept(first + i, bytes);

		b->comparisons[i].ts_us = k->ts_us;
		memcpy(b->comparisons[i].pair, k->pair, sizeof k->pair);
		if (sealed_with != NULL)
			cr_assert(crypt_seal_sample(sealed_with, k, &err));
		b->kept[b->kept_count++] = k;
	}
	return b;
}

static void
put_sqlite(const char *path, struct batch *b)
{
	const struct records_options options = { .instance = "me" };
	struct records *r = NULL;
	struct err err = { "" };
	unsigned refused = 9;

	cr_assert(records_open(path, &options, &r, &err), "%s", err.text);
	cr_assert(records_write(r, b, &refused, &err), "%s", err.text);
	/* Again, as after a COMMIT whose answer was an error. */
	cr_assert(records_write(r, b, &refused, &err), "%s", err.text);
	cr_expect_eq(refused, 0);
	records_close(&r);
	batch_clear(b);
	free(b);
}

static void
put_postgres(const char *url, struct batch *b)
{
	struct spool_load load = { .count = 0 };
	struct health health;
	struct spool *spool = NULL;
	struct delivery done;
	struct pg *pg = pg_connect(url);
	struct err err = { "" };
	bool full;

	health_init(&health);
	cr_assert(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
	cr_assert(spool_open(in_dir("spool.db"), &health, &spool, &err));
	cr_assert(spool_put(spool, b, NULL, NULL, UINT64_MAX / 2, &full, &err));
	cr_assert(spool_peek(spool, INT64_MAX, SPOOL_LOAD_MAX, &load, &err));
	for (int i = 0; i < 2; i++) /* twice, as after a lost answer */
		cr_assert(deliver(pg, "me", &load, &done, &err), "%s", err.text);
	cr_assert(spool_forget(spool, &load, &err));
	spool_load_fini(&load);
	spool_close(&spool);
	pg_close(&pg);
	health_fini(&health);
	batch_clear(b);
	free(b);
}

static struct samples *
opened(const struct samples_options *options)
{
	struct samples *s = NULL;
	struct err err = { "" };

	cr_assert(samples_open(options, &s, &err), "%s", err.text);
	return s;
}

static void
expect_same(const struct kept_sample *got, unsigned n)
{
	struct kept_sample *want = make_kept(n, 300);

	cr_assert_not_null(got);
	cr_expect_eq(got->ts_us, want->ts_us);
	cr_expect_eq(got->epoch, want->epoch);
	cr_expect_eq(got->rules_mark, want->rules_mark);
	cr_expect_eq(got->verdict, want->verdict);
	cr_expect_str_eq(got->pair, want->pair);
	cr_expect_str_eq(got->stage, want->stage);
	cr_expect_str_eq(got->route, want->route);
	cr_expect_str_eq(got->path, want->path);
	for (int i = 0; i < KEPT_SIDE_COUNT; i++) {
		const struct kept_answer *a = &got->answers[i];
		const struct kept_answer *b = &want->answers[i];

		cr_assert_eq(a->there, b->there);
		if (!a->there)
			continue;
		cr_expect_eq(a->status, b->status);
		cr_expect_eq(a->outcome, b->outcome);
		cr_expect_str_eq(a->content_type, b->content_type);
		cr_expect_str_eq(a->form, b->form);
		cr_expect_str_eq(a->left_out, b->left_out);
		cr_expect_eq(a->cut, b->cut);
		cr_expect_eq(a->body_bytes, b->body_bytes);
		cr_expect_eq(a->latency_us, b->latency_us);
		cr_expect_eq(a->first_byte_us, b->first_byte_us);
		cr_expect_eq(a->longest_gap_us, b->longest_gap_us);
		cr_expect(a->fields.len == b->fields.len && (a->fields.len == 0 ||
		    memcmp(a->fields.bytes, b->fields.bytes, b->fields.len) ==
		    0));
		cr_expect(a->body.len == b->body.len && (a->body.len == 0 ||
		    memcmp(a->body.bytes, b->body.bytes, b->body.len) == 0));
	}
	kept_sample_free(&want);
}

static void
expect_all(const struct samples_options *options, unsigned first,
    unsigned count)
{
	struct samples_difference diffs[RECORD_DIFFS_MAX];
	struct samples *s = opened(options);
	struct kept_sample *k = NULL;
	struct err err = { "" };
	uint64_t total = 0;
	unsigned found = 0;

	cr_assert(samples_count(s, &total, &err), "%s", err.text);
	cr_expect_eq(total, count);
	for (unsigned i = 0; i < count; i++) {
		cr_assert(samples_next(s, &k, &err), "%s", err.text);
		expect_same(k, first + i);
		cr_assert(samples_differences(s, k, diffs, &found, &err), "%s",
		    err.text);
		cr_expect_eq(found, 2);
		cr_expect_str_eq(diffs[0].kind, "value");
		kept_sample_free(&k);
	}
	cr_assert(samples_next(s, &k, &err), "%s", err.text);
	cr_expect_null(k);
	samples_close(&s);
}

Test(samples, are_read_back_from_sqlite)
{
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));

	put_sqlite(in_dir("a.db"), batch_of(1, 0, 8, 300, NULL));
	expect_all(&(struct samples_options){ .store = store }, 0, 8);
	free(store);
}

Test(samples, are_read_back_from_postgres)
{
	const char *url = fresh_database();

	put_postgres(url, batch_of(1, 0, 8, 300, NULL));
	put_postgres(url, batch_of(2, 8, 8, 300, NULL));
	put_postgres(url, batch_of(3, 16, 8, 300, NULL));
	expect_all(&(struct samples_options){ .store = url }, 0, 24);
}

Test(samples, are_decrypted)
{
	const char *url = fresh_database();
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));
	struct samples *s;
	struct kept_sample *k;
	struct err err = { "" };

	put_sqlite(in_dir("a.db"), batch_of(1, 0, 4, 300, &key));
	put_postgres(url, batch_of(1, 0, 4, 300, &key));
	expect_all(&(struct samples_options){ .store = store, .keys = &key,
		.key_count = 1 }, 0, 4);
	expect_all(&(struct samples_options){ .store = url, .keys = &key,
		.key_count = 1 }, 0, 4);
	s = opened(&(struct samples_options){ .store = store });
	cr_expect_not(samples_next(s, &k, &err));
	cr_expect(strstr(err.text, "is encrypted under key") != NULL, "%s",
	    err.text);
	samples_close(&s);
	free(store);
}

static const struct {
	const char *why;
	unsigned since, until; /* pairs, as times */
	const char *route;
	unsigned first, count;
} filters[] = {
	{ "all", 0, 0, NULL, 0, 8 },
	{ "from one on", 3, 0, NULL, 3, 5 },
	{ "up to one", 0, 3, NULL, 0, 3 },
	{ "between", 2, 4, NULL, 2, 2 },
	{ "of no such route", 0, 0, "it's none", 0, 0 },
};

Test(samples, by_time_and_route)
{
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));
	struct kept_sample *k = make_kept(0, 1);
	int64_t first_us = k->ts_us;

	kept_sample_free(&k);
	put_sqlite(in_dir("a.db"), batch_of(1, 0, 8, 300, NULL));
	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		struct samples_options o = { .store = store,
			.route = filters[i].route };

		if (filters[i].since > 0)
			o.since_us = first_us + filters[i].since * 1000000;
		if (filters[i].until > 0)
			o.until_us = first_us + filters[i].until * 1000000;
		expect_all(&o, filters[i].first, filters[i].count);
	}
	free(store);
}

Test(samples, of_one_pair)
{
	char *store = mem_printf("sqlite:%s", in_dir("a.db"));
	struct kept_sample *k = make_kept(5, 1);

	put_sqlite(in_dir("a.db"), batch_of(1, 0, 8, 300, NULL));
	expect_all(&(struct samples_options){ .store = store,
		.pair = k->pair }, 5, 1);
	kept_sample_free(&k);
	free(store);
}

static const struct {
	const char *store, *want;
} bad_stores[] = {
	{ "none", "keeps nothing" },
	{ "sqlite:/no/such/file", "No such file" },
	{ "what", "neither" },
};

Test(samples, says_what_cannot_be_opened)
{
	for (size_t i = 0; i < COUNT_OF(bad_stores); i++) {
		struct samples_options o = { .store = bad_stores[i].store };
		struct samples *s = NULL;
		struct err err = { "" };

		cr_expect_not(samples_open(&o, &s, &err));
		cr_expect_null(s);
		cr_expect(strstr(err.text, bad_stores[i].want) != NULL, "%s",
		    err.text);
	}
}

/* --- trimming ------------------------------------------------------------------- */

/* Pairs of 2 * 1000 bytes, one a second. */
static const struct {
	const char *why;
	uint64_t total, for_ms;
	unsigned left;
} trims[] = {
	{ "all fit", 100000, 0, 8 },
	{ "exactly", 16000, 0, 8 },
	{ "one pair too many", 15999, 0, 7 },
	{ "half", 8000, 0, 4 },
	{ "none fits", 1, 0, 0 },
	{ "too old", 100000, 3500, 4 },
	{ "all too old", 100000, 1, 1 },
	{ "too old and too many", 4000, 3500, 2 },
};

static int64_t
last_us(void)
{
	struct kept_sample *k = make_kept(7, 1);
	int64_t us = k->ts_us;

	kept_sample_free(&k);
	return us;
}

Test(samples, the_oldest_go_from_sqlite)
{
	for (size_t i = 0; i < COUNT_OF(trims); i++) {
		struct keep_settings keep = { .total_bytes = trims[i].total,
			.for_ms = trims[i].for_ms };
		char *path = mem_strdup(in_dir("t.db"));
		sqlite3 *db = NULL;
		struct err err = { "" };
		uint64_t rows = 0, gone = 0;
		bool more = true;

		unlink(path);
		put_sqlite(path, batch_of(1, 0, 8, 1000, NULL));
		cr_assert(sqlite_open(path, SQLITE_BULK, &db, &err));
		while (more) {
			cr_assert(trim_sqlite(db, &keep, last_us(), &rows, &more,
			    &err), "%s", err.text);
			gone += rows;
		}
		sqlite_close(&db);
		cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM samples"),
		    2 * trims[i].left, "%s", trims[i].why);
		cr_expect_eq(gone, 16 - 2 * trims[i].left, "%s", trims[i].why);
		free(path);
	}
}

Test(samples, the_oldest_go_from_postgres)
{
	for (size_t i = 0; i < COUNT_OF(trims); i++) {
		struct keep_settings keep = { .total_bytes = trims[i].total,
			.for_ms = trims[i].for_ms };
		const char *url = fresh_database();
		struct pg *pg;
		struct err err = { "" };
		uint64_t rows = 0;

		put_postgres(url, batch_of(1, 0, 8, 1000, NULL));
		pg = pg_connect(url);
		cr_assert(trim_postgres(pg, &keep, last_us(), &rows, &err), "%s",
		    err.text);
		pg_close(&pg);
		cr_expect_eq(pg_count(url, "SELECT count(*) FROM samples"),
		    2 * trims[i].left, "%s", trims[i].why);
		cr_expect_eq(rows, 16 - 2 * trims[i].left, "%s", trims[i].why);
	}
}

Test(samples, more_than_one_transaction_takes)
{
	struct keep_settings keep = { .total_bytes = 1 };
	char *path = mem_strdup(in_dir("t.db"));
	sqlite3 *db = NULL;
	struct err err = { "" };
	uint64_t rows = 0;
	bool more = true;
	int rounds = 0;

	for (unsigned i = 0; i < 10; i++)
		put_sqlite(path, batch_of((int64_t)i + 1, 8 * i, 8, 10, NULL));
	cr_assert(sqlite_open(path, SQLITE_BULK, &db, &err));
	for (; more; rounds++)
		cr_assert(trim_sqlite(db, &keep, last_us(), &rows, &more, &err));
	cr_expect_geq(rounds, 3);
	sqlite_close(&db);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM samples"), 0);
	free(path);
}
