/* The bench: many producers, some judges, nothing lost, nothing twice.
 * SPDX-License-Identifier: MIT
 */
#include "compare/bench.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

#include "support.h"

#define PRODUCERS 3
#define SAMPLES 2000

static struct stats_board *board;
static struct divergence *divergence;
static struct config *config;
static struct test_rules rules;
static atomic_uint recorded;
static atomic_uint offered, refused;

static bool
on_comparison(void *arg, const struct comparison_record *r)
{
	(void)arg;
	atomic_fetch_add(&recorded, 1);
	return r->verdict != VERDICT_NOISE;
}

static const struct record_sink sink = { .comparison = on_comparison };

static void
start(void)
{
	board = stats_board_new(1, 2);
	divergence = divergence_new();
	config = support_config(&rules);
}

static void
stop(void)
{
	cr_expect_eq(config->refs, 1, "every sample was released");
	stats_board_free(&board);
	divergence_free(&divergence);
	free(config);
}

TestSuite(bench, .init = start, .fini = stop);

/* Every fourth pair differs. */
static struct sample *
make(unsigned i)
{
	struct sample *s = sample_new(config);

	support_answer(&s->answers[0], 200, "application/json", "{\"a\":1}", 7);
	support_answer(&s->answers[1], 200, "application/json",
	    i % 4 == 0 ? "{\"a\":2}" : "{\"a\":1}", 7);
	return s;
}

static void *
produce(void *arg)
{
	struct sample_sink *to = arg;

	for (unsigned i = 0; i < SAMPLES; i++) {
		struct sample *s = make(i);

		if (to->offer(to->arg, s)) {
			atomic_fetch_add(&offered, 1);
		} else {
			atomic_fetch_add(&refused, 1);
			sample_free(&s);
		}
		if (i % 16 == 0)
			sched_yield();
	}
	return NULL;
}

Test(bench, judges_everything_it_took)
{
	struct judge_bench *b = judge_bench_start(2, 1024, &board, divergence,
	    NULL, &sink);
	struct sample_sink to = judge_bench_sink(b);
	pthread_t threads[PRODUCERS];
	uint64_t judged;

	for (int i = 0; i < PRODUCERS; i++)
		pthread_create(&threads[i], NULL, produce, &to);
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	judge_bench_stop(&b);
	cr_expect_null(b);
	judged = stats_verdict(board, VERDICT_SAME) +
	    stats_verdict(board, VERDICT_DIFFERENT);
	cr_expect_eq(judged, offered);
	cr_expect_eq(recorded, offered);
	cr_expect_eq(offered + refused, PRODUCERS * SAMPLES);
}

Test(bench, counts_differences_by_field)
{
	struct judge_bench *b = judge_bench_start(1, 64, &board, divergence,
	    NULL, &sink);
	struct sample_sink to = judge_bench_sink(b);
	struct divergence_row row;

	for (unsigned i = 0; i < 8; i++)
		cr_assert(to.offer(to.arg, make(i)));
	judge_bench_stop(&b);
	cr_expect_eq(stats_verdict(board, VERDICT_SAME), 6);
	cr_expect_eq(stats_verdict(board, VERDICT_DIFFERENT), 2);
	cr_assert_eq(divergence_top(divergence, &row, 1), 1);
	cr_expect_str_eq(row.path, "/a");
	cr_expect_eq(row.count, 2);
}

/* Without threads the queue fills, and what it holds is released. */
Test(bench, refuses_when_full_and_leaves_the_sample_with_its_owner)
{
	struct judge_bench *b = judge_bench_start(0, 4, &board, divergence,
	    NULL, &sink);
	struct sample_sink to = judge_bench_sink(b);
	struct sample *s = NULL;
	unsigned taken = 0;

	for (unsigned i = 0; i < 10; i++) {
		s = make(i);
		if (to.offer(to.arg, s))
			taken++;
		else
			sample_free(&s);
	}
	cr_expect_eq(taken, 4);
	judge_bench_stop(&b);
}
