/* test_routes -- what is counted of each route, and what a reload leaves of it.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "observe/routes.h"
#include "observe/stats.h"

static const struct signal_rules no_signals;

/* The first `watched` of the paths are named by conditions. */
static struct route_board *
board_of(const char *const *paths, size_t count, size_t watched,
    const struct signal_rules *signals, const struct route_board *before)
{
	struct route_counting c = { .count = count, .watched = watched,
		.mark = 1 };

	memcpy(c.paths, paths, count * sizeof *paths);
	return route_board_new(&c, signals, 2, 2, before);
}

static struct route_slots *
slots(const struct route_board *b, unsigned route, size_t worker, enum version v)
{
	const struct route r = { .counted = route };

	return route_counts_slots(route_board_counts(b, &r), worker, v);
}

Test(routes, sums_what_all_threads_counted)
{
	static const char *const paths[] = { "/a", "/b" };
	struct route_board *b = board_of(paths, 2, 0, &no_signals, NULL);
	struct tally *t = mem_zalloc(sizeof *t);

	routes_count(slots(b, 0, 0, VERSION_ENHANCED), LEG_PRIMARY, OUTCOME_DONE,
	    200, 1000);
	routes_count(slots(b, 0, 1, VERSION_ENHANCED), LEG_SHADOW,
	    OUTCOME_UPSTREAM_5XX, 500, 3000);
	excess_count(&slots(b, 0, 1, VERSION_ENHANCED)->excess, WEIGHT_OF_SPELL, true);
	/* No answer: of its time nothing is known. */
	routes_count(slots(b, 0, 1, VERSION_ENHANCED), LEG_PRIMARY,
	    OUTCOME_CONNECT_FAILED, 0, 7);
	/* It says nothing of the version. */
	routes_count(slots(b, 0, 1, VERSION_ENHANCED), LEG_PRIMARY,
	    OUTCOME_CLIENT_GONE, 200, 9);
	stat_add(&slots(b, 0, 0, VERSION_ENHANCED)->fallbacks, 1);
	routes_count(slots(b, 1, 0, VERSION_ENHANCED), LEG_PRIMARY, OUTCOME_DONE,
	    200, 50);
	routes_verdict(b->routes[0], 0, VERDICT_SAME);
	routes_verdict(b->routes[0], 1, VERDICT_DIFFERENT);
	routes_verdict(b->routes[0], 1, VERDICT_NOISE);
	routes_verdict(b->routes[0], 1, VERDICT_INCOMPARABLE);
	routes_verdict(NULL, 1, VERDICT_DIFFERENT);
	routes_tally(b->routes[0], VERSION_ENHANCED, t);
	cr_expect_eq(t->requests, 3);
	cr_expect_eq(t->failures, 2);
	cr_expect_eq(t->primary_requests, 2);
	cr_expect_eq(t->shadow_requests, 1);
	cr_expect_eq(t->excess.stage, 1);
	cr_expect_eq(t->excess.stage_failures, 1);
	cr_expect_eq(t->fallbacks, 1);
	cr_expect_eq(t->compared, 3);
	cr_expect_eq(t->different, 1);
	cr_expect_eq(t->latency_us_sum, 4000);
	cr_expect_eq(hist_total(&t->latency), 2);
	routes_tally(b->routes[0], VERSION_LEGACY, t);
	cr_expect_eq(t->requests, 0);
	cr_expect_eq(t->compared, 3);
	routes_tally(b->routes[1], VERSION_ENHANCED, t);
	cr_expect_eq(t->requests, 1);
	free(t);
	route_board_unref(&b);
	cr_expect_null(b);
}

static uint64_t
requests(const struct route_board *b, unsigned route)
{
	struct tally *t = mem_zalloc(sizeof *t);
	uint64_t n;

	routes_tally(b->routes[route], VERSION_LEGACY, t);
	n = t->requests;
	free(t);
	return n;
}

/* An exchange from before a reload ends after it: it counts all the same. */
Test(routes, who_stays_keeps_his_counters)
{
	static const char *const before[] = { "/a", "/b" };
	static const char *const after[] = { "/c", "/a" };
	struct route_board *old = board_of(before, 2, 0, &no_signals, NULL);
	struct route_board *new;

	routes_count(slots(old, 0, 0, VERSION_LEGACY), LEG_PRIMARY, OUTCOME_DONE,
	    200, 1);
	routes_count(slots(old, 1, 0, VERSION_LEGACY), LEG_PRIMARY, OUTCOME_DONE,
	    200, 1);
	new = board_of(after, 2, 0, &no_signals, old);
	routes_count(slots(old, 0, 0, VERSION_LEGACY), LEG_PRIMARY, OUTCOME_DONE,
	    200, 1);
	route_board_unref(&old);
	cr_expect_eq(requests(new, 0), 0);
	cr_expect_eq(requests(new, 1), 2);
	route_board_unref(&new);
}

Test(routes, signals_of_those_that_are_named)
{
	static const char *const paths[] = { "/a", "/b" };
	const struct route a = { .counted = 0 }, b = { .counted = 1 };
	const struct route out = { .counted = 2 };
	struct signal_rules signals = { .count = 1, .mark = 5 };
	struct route_board *one = board_of(paths, 2, 1, &signals, NULL), *two;

	cr_expect_not_null(route_board_signals(one, &a));
	cr_expect_null(route_board_signals(one, &b));
	cr_expect_null(route_board_signals(one, NULL));
	cr_expect_null(route_board_signals(NULL, &a));
	cr_expect_null(route_board_counts(one, &out));
	two = board_of(paths, 2, 2, &signals, one);
	cr_expect_eq(route_board_signals(two, &a), route_board_signals(one, &a));
	cr_expect_not_null(route_board_signals(two, &b));
	route_board_unref(&two);
	signals.mark = 6;
	two = board_of(paths, 2, 1, &signals, one);
	cr_expect_neq(route_board_signals(two, &a), route_board_signals(one, &a));
	route_board_unref(&two);
	route_board_unref(&one);
}

Test(routes, no_route_is_no_board)
{
	const struct route_counting none = { .mark = 0 };

	cr_expect_null(route_board_new(&none, &no_signals, 2, 2, NULL));
}
