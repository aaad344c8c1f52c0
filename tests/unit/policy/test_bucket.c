/* test_bucket -- the published arithmetic, read from its page.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
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

/* --- ten million ids of five shapes ------------------------------------------- */

#define IDS 2000000

static int
as_uuid(uint64_t n, char *out, size_t space)
{
	uint64_t a = n * UINT64_C(0x9e3779b97f4a7c15), b = (a ^ a >> 29) *
	    UINT64_C(0xbf58476d1ce4e5b9);

	return snprintf(out, space, "%08x-%04x-4%03x-8%03x-%012llx",
	    (unsigned)(a >> 32), (unsigned)(a & 0xffff), (unsigned)(b & 0xfff),
	    (unsigned)(b >> 12 & 0xfff),
	    (unsigned long long)(b >> 16 & 0xffffffffffff));
}

static int
as_number(uint64_t n, char *out, size_t space)
{
	return snprintf(out, space, "%llu", (unsigned long long)n);
}

static int
as_address(uint64_t n, char *out, size_t space)
{
	return snprintf(out, space, "first.last%llu@example.com",
	    (unsigned long long)n);
}

/* One to four bytes, any. */
static int
as_few_bytes(uint64_t n, char *out, size_t space)
{
	int len = n < 1 << 8 ? 1 : n < 1 << 16 ? 2 : n < 1 << 24 ? 3 : 4;

	(void)space;
	for (int i = 0; i < len; i++)
		out[i] = (char)(n >> (8 * i));
	return len;
}

/* Long, and equal but for the bits of a counter that are spread over it; with
 * the byte that stands between salt, domain and id. */
static int
as_if_to_collide(uint64_t n, char *out, size_t space)
{
	memset(out, 0x1f, space);
	for (int bit = 0; bit < 21; bit++)
		out[3 * bit] = (char)(out[3 * bit] ^ (int)(n >> bit & 1));
	return (int)space;
}

/* Chi-square over so many equal cells; z of its normal approximation. */
static double
chi_square_z(const uint32_t *counts, unsigned cells, double n)
{
	double sum = 0, want = n / cells, df = cells - 1;

	for (unsigned i = 0; i < cells; i++)
		sum += (counts[i] - want) * (counts[i] - want) / want;
	return (sum - df) / sqrt(2 * df);
}

Test(bucket, is_even_over_ids_of_every_shape, .timeout = 120)
{
	static const struct {
		const char *name;
		int (*write)(uint64_t n, char *out, size_t space);
	} shapes[] = { { "uuid", as_uuid }, { "integers", as_number },
		{ "emails", as_address }, { "short", as_few_bytes },
		{ "adversarial", as_if_to_collide } };
	static uint32_t buckets[BUCKET_COUNT];
	uint32_t percents[100];
	char id[64];

	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		memset(buckets, 0, sizeof buckets);
		memset(percents, 0, sizeof percents);
		for (uint64_t n = 0; n < IDS; n++) {
			size_t len = (size_t)shapes[s].write(n, id, sizeof id);
			uint32_t b = bucket_of("even", BUCKET_DOMAIN_ROLLOUT, id,
			    len);

			buckets[b]++;
			percents[b / (BUCKET_COUNT / 100)]++;
		}
		/* p > 0.001: z < 3.09; with 99 degrees of freedom the tail is
		 * longer than the normal one, 148.2 is 3.50 of them. */
		cr_expect_lt(chi_square_z(buckets, BUCKET_COUNT, IDS), 3.09, "%s",
		    shapes[s].name);
		cr_expect_lt(chi_square_z(percents, 100, IDS), 3.50, "%s",
		    shapes[s].name);
	}
}
