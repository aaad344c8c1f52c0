/* Counting legs and summing over workers.
 * SPDX-License-Identifier: MIT
 */
#include "observe/stats.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct stats_board *board;

static void
start(void)
{
	board = stats_board_new(2, 2);
}

static void
stop(void)
{
	stats_board_free(&board);
	cr_expect_null(board);
	stats_board_free(&board);
}

TestSuite(stats, .init = start, .fini = stop);

static void
count(size_t worker, enum version v, enum leg leg, enum outcome o,
    uint16_t status, uint64_t latency_us)
{
	leg_stats_count(&board->workers[worker]->legs[v][leg], o, status,
	    latency_us);
}

Test(stats, sums_legs_over_workers_and_roles)
{
	struct tally t;

	count(0, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 200, 1000);
	count(1, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 503, 2000);
	count(1, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_SHADOW_TIMEOUT, 0, 60000);
	count(1, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 200, 500);
	stats_tally(board, VERSION_ENHANCED, &t);
	cr_expect_eq(t.requests, 3);
	cr_expect_eq(t.failures, 2);
	cr_expect_eq(t.primary_requests, 2);
	cr_expect_eq(t.shadow_requests, 1);
	cr_expect_eq(t.latency_us_sum, 3000, "no answer, no latency");
	cr_expect_eq(hist_total(&t.latency), 2);
	cr_expect_eq(stats_leg_outcome(board, VERSION_ENHANCED, LEG_PRIMARY,
	    OUTCOME_UPSTREAM_5XX), 1);
}

Test(stats, leaves_out_what_the_client_or_we_ended)
{
	struct tally t;

	count(0, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_CLIENT_GONE, 200, 9000);
	count(0, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DRAINED, 0, 1);
	count(0, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 404, 100);
	stats_tally(board, VERSION_LEGACY, &t);
	cr_expect_eq(t.requests, 1);
	cr_expect_eq(t.failures, 0);
	cr_expect_eq(t.latency_us_sum, 100);
	cr_expect_eq(stats_leg_outcome(board, VERSION_LEGACY, LEG_PRIMARY,
	    OUTCOME_CLIENT_GONE), 1, "but it is counted");
}

Test(stats, sums_metrics_gauges_verdicts_and_refusals)
{
	struct tally t;

	metric_add(board->workers[0], METRIC_SHADOW_OPEN, 3);
	metric_add(board->workers[0], METRIC_SHADOW_OPEN, -2);
	metric_add(board->workers[1], METRIC_SHADOW_OPEN, 4);
	cr_expect_eq(stats_metric(board, METRIC_SHADOW_OPEN), 5);
	stat_add(&board->compares[0]->verdicts[VERDICT_SAME], 5);
	stat_add(&board->compares[1]->verdicts[VERDICT_DIFFERENT], 2);
	stat_add(&board->compares[1]->verdicts[VERDICT_NOISE], 1);
	stat_add(&board->compares[1]->verdicts[VERDICT_INCOMPARABLE], 7);
	stat_add(&board->workers[1]->fallbacks, 4);
	stat_add(&board->workers[1]->refused[OUTCOME_CLIENT_BAD_HEAD], 6);
	cr_expect_eq(stats_refused(board, OUTCOME_CLIENT_BAD_HEAD), 6);
	stats_tally(board, VERSION_ENHANCED, &t);
	cr_expect_eq(t.compared, 8, "incomparable pairs are not compared");
	cr_expect_eq(t.different, 2);
	cr_expect_eq(t.fallbacks, 4);
	stats_tally(board, VERSION_LEGACY, &t);
	cr_expect_eq(t.fallbacks, 0);
}

/* It shows what legacy is like, and serves nobody. */
Test(stats, leaves_control_legs_out_of_the_tally)
{
	struct tally t;

	count(0, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 200, 1000);
	count(0, VERSION_LEGACY, LEG_CONTROL, OUTCOME_UPSTREAM_CUT, 200, 9000);
	stats_tally(board, VERSION_LEGACY, &t);
	cr_expect_eq(t.requests, 1);
	cr_expect_eq(t.failures, 0);
	cr_expect_eq(t.shadow_requests, 0);
	cr_expect_eq(t.latency_us_sum, 1000);
	cr_expect_eq(hist_total(&t.latency), 1);
	cr_expect_eq(stats_leg_outcome(board, VERSION_LEGACY, LEG_CONTROL,
	    OUTCOME_UPSTREAM_CUT), 1, "but it is counted");
}

Test(stats, subtracts_an_earlier_tally)
{
	struct tally before, after, d;

	count(0, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 200, 1000);
	stats_tally(board, VERSION_LEGACY, &before);
	count(1, VERSION_LEGACY, LEG_SHADOW, OUTCOME_UPSTREAM_CUT, 200, 7000);
	stats_tally(board, VERSION_LEGACY, &after);
	tally_subtract(&after, &before, TALLY_ALL, &d);
	cr_expect_eq(d.requests, 1);
	cr_expect_eq(d.failures, 1);
	cr_expect_eq(d.primary_requests, 0);
	cr_expect_eq(d.shadow_requests, 1);
	cr_expect_eq(d.latency_us_sum, 7000);
	cr_expect_eq(hist_total(&d.latency), 1);
}
