/* test_bucket -- the published arithmetic, read from its page.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/json.h"
#include "policy/bucket.h"

#define PAGE "docs/bucketing.md"

/* --- the vectors of docs/bucketing.md ----------------------------------------- */

struct vector {
	const char *texts[3]; /* salt, domain, id */
	size_t lens[3];
	uint64_t hash;
	unsigned bucket;
};

/* "| `"salt"` | `"domain"` | `"id"` | `hash` | bucket |" */
static bool
parse_line(struct arena *a, char *line, struct vector *v)
{
	char *cell = strtok(line, "|"), *end;

	for (unsigned i = 0; i < 3; i++, cell = strtok(NULL, "|")) {
		struct json_fault why;
		struct json *text;

		if (cell == NULL || strncmp(cell, " `\"", 3) != 0)
			return false;
		end = strrchr(cell, '`');
		text = json_parse(a, cell + 2, (size_t)(end - cell - 2), false,
		    &why);
		cr_assert(text != NULL && text->kind == JSON_STRING, "%s", cell);
		v->texts[i] = arena_strndup(a, text->text, text->len);
		v->lens[i] = text->len;
	}
	return cell != NULL && sscanf(cell, " `%" SCNx64 "`", &v->hash) == 1 &&
	    (cell = strtok(NULL, "|")) != NULL &&
	    sscanf(cell, "%u", &v->bucket) == 1;
}

static void
check_vector(const struct vector *v)
{
	char whole[1024];
	int len = snprintf(whole, sizeof whole, "%s\x1f%s\x1f%s", v->texts[0],
	    v->texts[1], v->texts[2]);

	cr_expect_eq(XXH3_64bits(whole, (size_t)len), v->hash, "hash of %s",
	    whole);
	cr_expect_eq(bucket_of(v->texts[0], v->texts[1], v->texts[2],
	    v->lens[2]), v->bucket, "bucket of %s", whole);
}

static FILE *
open_page(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	FILE *page;

	snprintf(path, sizeof path, "%s/" PAGE, srcdir != NULL ? srcdir : ".");
	page = fopen(path, "r");
	cr_assert_not_null(page, "%s: run from the top, or set srcdir", path);
	return page;
}

Test(bucket, follows_its_published_vectors)
{
	FILE *page = open_page();
	char line[2048];
	unsigned count = 0;

	while (fgets(line, sizeof line, page) != NULL) {
		struct vector v = { .hash = 0 };
		struct arena a;

		arena_init(&a, 0);
		if (parse_line(&a, line, &v)) {
			check_vector(&v);
			count++;
		}
		arena_fini(&a);
	}
	fclose(page);
	cr_expect_geq(count, 20, "%u vectors", count);
}

/* --- properties ---------------------------------------------------------------- */

/* Over 1024 bytes the parts are hashed one by one. */
Test(bucket, long_texts_are_hashed_alike)
{
	static char id[4096];

	memset(id, 'x', sizeof id);
	for (size_t len = 900; len <= sizeof id; len++) {
		static char whole[8192];
		size_t n = (size_t)sprintf(whole, "salt\x1f" "rollout\x1f");
		uint64_t hash;

		memcpy(whole + n, id, len);
		hash = XXH3_64bits(whole, n + len);
		cr_assert_eq(bucket_of("salt", "rollout", id, len),
		    (uint32_t)((unsigned __int128)hash * 100000 >> 64), "%zu",
		    len);
	}
}

static uint32_t
bucket_of_user(const char *salt, const char *domain, unsigned user)
{
	char id[32];
	int len = snprintf(id, sizeof id, "user-%u", user);

	return bucket_of(salt, domain, id, (size_t)len);
}

#define USERS 10000

Test(bucket, stays_and_only_grows)
{
	/* Thousandths of a percent, as a rollout would raise them. */
	static const uint32_t steps[] = { 0, 1, 10, 1000, 5000, 10000, 25000,
		50000, 75000, 99999, 100000 };
	unsigned before = 0;

	for (unsigned i = 0; i < USERS; i++)
		cr_assert_eq(bucket_of_user("s", "rollout", i),
		    bucket_of_user("s", "rollout", i));
	for (size_t step = 0; step < sizeof steps / sizeof steps[0]; step++) {
		unsigned in = 0;
		double share = steps[step] / 1e5, want = USERS * share;

		for (unsigned i = 0; i < USERS; i++)
			in += bucket_of_user("s", "rollout", i) < steps[step];
		cr_expect_geq(in, before);
		before = in;
		/* Five standard deviations of a binomial draw. */
		cr_expect_lt((in - want) * (in - want),
		    25 * want * (1 - share) + 25, "%u of %u at %u", in, USERS,
		    steps[step]);
	}
	cr_expect_eq(before, USERS);
}

/* 99.9 % of fair draws with 99 degrees of freedom stay under 148.2. */
Test(bucket, is_even)
{
	static const char *const salts[] = { "understudy", "context-engine-1",
		"", "2024-q3" };

	for (size_t s = 0; s < sizeof salts / sizeof salts[0]; s++) {
		unsigned slots[100] = { 0 };
		double sum = 0;

		for (unsigned i = 0; i < 100000; i++) {
			uint32_t bucket = bucket_of_user(salts[s], "rollout", i);

			cr_assert_lt(bucket, BUCKET_COUNT);
			slots[bucket / 1000]++;
		}
		for (unsigned i = 0; i < 100; i++)
			sum += (slots[i] - 1000.0) * (slots[i] - 1000.0) / 1000;
		cr_expect_lt(sum, 148.2, "salt \"%s\": chi-square %.1f", salts[s],
		    sum);
	}
}

/* The mirror's draw and another rollout's draw say nothing about this one:
 * of 10,000 users 2,500 share both halves, give or take 5 x 43. */
Test(bucket, domains_and_salts_are_independent)
{
	unsigned domains = 0, salts = 0;

	for (unsigned i = 0; i < USERS; i++) {
		bool low = bucket_of_user("s", "rollout", i) < 50000;

		domains += low && bucket_of_user("s", "shadow", i) < 50000;
		salts += low && bucket_of_user("t", "rollout", i) < 50000;
	}
	cr_expect(domains > 2285 && domains < 2715, "%u", domains);
	cr_expect(salts > 2285 && salts < 2715, "%u", salts);
}
