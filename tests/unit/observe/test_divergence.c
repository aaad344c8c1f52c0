/* The table of where versions differ, and its bound.
 * SPDX-License-Identifier: MIT
 */
#include "observe/divergence.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

static struct divergence *d;
static struct divergence_row rows[DIVERGENCE_MAX + 1];

static void
start(void)
{
	d = divergence_new();
}

static void
stop(void)
{
	divergence_free(&d);
	cr_expect_null(d);
}

TestSuite(divergence, .init = start, .fini = stop);

static void
add(struct comparison_record *r, const char *path, enum diff_kind kind)
{
	struct difference *diff = &r->differences[r->kept++];

	snprintf(diff->path, sizeof diff->path, "%s", path);
	diff->kind = (uint8_t)kind;
	snprintf(diff->legacy, sizeof diff->legacy, "l%d", (int)r->ts_us);
	snprintf(diff->enhanced, sizeof diff->enhanced, "e%d", (int)r->ts_us);
}

Test(divergence, counts_pairs_by_route_path_and_kind)
{
	struct comparison_record r = { .ts_us = 10, .route = "/a", .pair = "p1" };

	add(&r, "/x", DIFF_VALUE);
	add(&r, "/x", DIFF_TYPE);
	add(&r, "/x", DIFF_VALUE);
	divergence_add(d, &r, r.differences, r.kept);
	r = (struct comparison_record){ .ts_us = 20, .route = "/a", .pair = "p2" };
	add(&r, "/x", DIFF_VALUE);
	divergence_add(d, &r, r.differences, r.kept);
	r = (struct comparison_record){ .ts_us = 30, .route = "/b", .pair = "p3" };
	add(&r, "/x", DIFF_VALUE);
	divergence_add(d, &r, r.differences, r.kept);

	cr_assert_eq(divergence_top(d, rows, 10), 3);
	cr_expect_eq(rows[0].count, 2, "twice in one pair is one pair");
	cr_expect_str_eq(rows[0].route, "/a");
	cr_expect_eq(rows[0].kind, DIFF_VALUE);
	cr_expect_eq(rows[0].first_us, 10);
	cr_expect_eq(rows[0].last_us, 20);
	cr_expect_str_eq(rows[0].pair, "p2");
	cr_expect_str_eq(rows[0].legacy, "l20");
	cr_expect_str_eq(rows[1].route, "/a");
	cr_expect_eq(rows[1].kind, DIFF_TYPE);
	cr_expect_str_eq(rows[2].route, "/b");
}

Test(divergence, knows_how_many_pairs_a_route_had)
{
	struct comparison_record r = { .ts_us = 10, .route = "/a" };
	struct difference many[DIVERGENCE_PAIR_MAX + 1];

	divergence_add(d, &r, NULL, 0);
	r.verdict = VERDICT_INCOMPARABLE;
	divergence_add(d, &r, NULL, 0);
	r.verdict = VERDICT_DIFFERENT;
	add(&r, "/x", DIFF_VALUE);
	divergence_add(d, &r, r.differences, r.kept);
	strcpy(r.route, "/b");
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		many[i] = r.differences[0];
		snprintf(many[i].path, sizeof many[i].path, "/%zu", i);
	}
	divergence_add(d, &r, many, COUNT_OF(many));
	cr_expect_eq(divergence_top(d, rows, DIVERGENCE_MAX),
	    1 + DIVERGENCE_PAIR_MAX, "also those that a record has no room for");
	cr_expect_str_eq(rows[0].route, "/a");
	cr_expect_eq(rows[0].compared, 2, "incomparable ones do not count");
	cr_expect_eq(rows[1].compared, 1);
}

Test(divergence, routes_are_bounded)
{
	struct comparison_record r = { .ts_us = 1 };

	add(&r, "/x", DIFF_VALUE);
	for (int i = 0; i < DIVERGENCE_ROUTES_MAX + 5; i++) {
		snprintf(r.route, sizeof r.route, "/r%d", i);
		divergence_add(d, &r, r.differences, r.kept);
	}
	cr_expect_eq(divergence_top(d, rows, DIVERGENCE_MAX),
	    DIVERGENCE_ROUTES_MAX + 5);
	for (int i = 0; i < DIVERGENCE_ROUTES_MAX + 5; i++)
		cr_expect(rows[i].compared == 1 || rows[i].compared == 5);
}

Test(divergence, fills_no_more_rows_than_asked)
{
	struct comparison_record r = { .ts_us = 1 };

	add(&r, "/x", DIFF_VALUE);
	add(&r, "/y", DIFF_VALUE);
	divergence_add(d, &r, r.differences, r.kept);
	cr_expect_eq(divergence_top(d, rows, 1), 1);
	cr_expect_eq(divergence_top(d, rows, 0), 0);
}

Test(divergence, counts_what_does_not_fit_as_other)
{
	char path[32];
	size_t count;

	for (int i = 0; i < DIVERGENCE_MAX + 50; i++) {
		struct comparison_record r = { .ts_us = i };

		snprintf(path, sizeof path, "/field%d", i);
		add(&r, path, DIFF_EXTRA);
		divergence_add(d, &r, r.differences, r.kept);
	}
	count = divergence_top(d, rows, DIVERGENCE_MAX + 1);
	cr_assert_eq(count, DIVERGENCE_MAX + 1);
	cr_expect_str_eq(rows[0].path, "other");
	cr_expect_eq(rows[0].count, 50);
	for (size_t i = 1; i < count; i++)
		cr_expect_eq(rows[i].count, 1);
}
