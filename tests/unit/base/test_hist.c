/* The histogram: its error, its quantiles, its differences.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "base/hist.h"

static void
check_value(uint64_t us)
{
	unsigned slot = hist_slot(us);
	uint64_t middle;
	double off;

	cr_assert_lt(slot, HIST_SLOTS, "%llu", (unsigned long long)us);
	middle = hist_value_us(slot);
	off = fabs((double)middle - (double)us);
	cr_assert_leq(off, (double)us * 0.01, "%llu -> %llu",
	    (unsigned long long)us, (unsigned long long)middle);
	cr_assert_eq(hist_slot(middle), slot, "%llu", (unsigned long long)us);
}

Test(hist, is_within_one_percent_everywhere)
{
	for (uint64_t us = 0; us < 300000; us++)
		check_value(us);
	for (uint64_t us = 300000; us <= UINT32_MAX; us += us / 3001 + 1)
		check_value(us);
	check_value(UINT32_MAX);
}

Test(hist, is_within_one_percent_at_every_edge)
{
	for (unsigned bit = 7; bit < 32; bit++) {
		for (unsigned part = 64; part < 128; part++) {
			uint64_t edge = (uint64_t)part << (bit - 6);

			check_value(edge - 1);
			check_value(edge);
			cr_assert_eq(hist_slot(edge), hist_slot(edge - 1) + 1);
		}
	}
}

Test(hist, puts_the_very_slow_into_the_last_slot)
{
	cr_expect_eq(hist_slot(UINT32_MAX), HIST_SLOTS - 1);
	cr_expect_eq(hist_slot(UINT64_C(1) << 32), HIST_SLOTS - 1);
	cr_expect_eq(hist_slot(UINT64_MAX), HIST_SLOTS - 1);
}

static const struct {
	const char *why;
	uint64_t values[8]; /* up to the first 0 */
	double q;
	uint64_t want;
} quantiles[] = {
	{ "empty", { 0 }, 0.5, 0 },
	{ "one", { 10 }, 0.5, 10 },
	{ "one, none of them", { 10 }, 0, 10 },
	{ "one, all", { 10 }, 1, 10 },
	{ "median of two is the lower", { 10, 20 }, 0.5, 10 },
	{ "just over half", { 10, 20 }, 0.51, 20 },
	{ "median of three", { 30, 10, 20 }, 0.5, 20 },
	{ "p99 of few is the greatest", { 1, 2, 3, 4, 5 }, 0.99, 5 },
	{ "p80 of five is the fourth", { 1, 2, 3, 4, 5 }, 0.8, 4 },
	{ "below nothing", { 10, 20 }, -1, 10 },
	{ "above all", { 10, 20 }, 2, 20 },
	{ "not a number", { 10, 20 }, NAN, 10 },
};

Test(hist, finds_quantiles)
{
	for (size_t i = 0; i < COUNT_OF(quantiles); i++) {
		struct hist h = { .slots = { 0 } };

		for (size_t j = 0; quantiles[i].values[j] != 0; j++)
			hist_add(&h, quantiles[i].values[j]);
		cr_expect_eq(hist_quantile_us(&h, quantiles[i].q),
		    quantiles[i].want, "%s", quantiles[i].why);
	}
}

/* 0.07 * 100 is more than 7 in binary: the rank is 7 all the same. */
Test(hist, takes_the_nearest_rank_exactly)
{
	struct hist h = { .slots = { 0 } };

	for (unsigned us = 1; us <= 50; us++) {
		hist_add(&h, us);
		hist_add(&h, us);
	}
	for (unsigned percent = 1; percent <= 100; percent++)
		cr_expect_eq(hist_quantile_us(&h, percent / 100.0),
		    (percent + 1) / 2, "%u", percent);
}

Test(hist, subtracts_an_earlier_state)
{
	struct hist now = { .slots = { 0 } }, before, window;

	hist_add(&now, 5);
	hist_add(&now, 1000);
	before = now;
	hist_add(&now, 7);
	hist_add(&now, 7);
	hist_subtract(&now, &before, &window);
	cr_expect_eq(hist_total(&now), 4);
	cr_expect_eq(hist_total(&window), 2);
	cr_expect_eq(hist_quantile_us(&window, 0.01), 7);
	cr_expect_eq(hist_quantile_us(&window, 1), 7);
	hist_subtract(&now, &now, &now);
	cr_expect_eq(hist_total(&now), 0);
}

/* Workers' slots have 32 bits. */
Test(hist, subtracts_rightly_over_a_slot_that_ran_over)
{
	static _Atomic uint32_t slots[HIST_SLOTS];
	struct hist now = { .slots = { 0 } }, before = now, window;

	slots[5] = UINT32_MAX;
	slots[7] = 4;
	hist_add_slots(&before, slots);
	slots[5] += 2;
	hist_add_slots(&now, slots);
	hist_subtract(&now, &before, &window);
	cr_expect_eq(window.slots[5], 2);
	cr_expect_eq(hist_total(&window), 2);
	cr_expect_eq(hist_ranked_us(&window, 2), 5);
}

/* A histogram in which nothing was ever written, over what was there before. */
Test(hist, does_not_read_what_is_empty)
{
	struct hist now = { .slots = { 0 } }, before, window;

	memset(&before, 0xa5, sizeof before);
	memset(before.octaves, 0, sizeof before.octaves);
	memset(now.slots, 0x5a, sizeof now.slots);
	memset(&window, 0x77, sizeof window);
	hist_add(&now, 3);
	hist_add(&now, 70000);
	hist_subtract(&now, &before, &window);
	cr_expect_eq(hist_total(&window), 2);
	cr_expect_eq(hist_ranked_us(&window, 1), 3);
	cr_expect_eq(hist_ranked_us(&window, 2), hist_value_us(hist_slot(70000)));
	cr_expect_eq(hist_ranked_us(&window, 3), 0);
	cr_expect_eq(hist_above(&window, 0), 2);
	cr_expect_eq(hist_above(&window, 500), 1);
	cr_expect_eq(hist_above(&window, 80000), 0);
	hist_copy(&window, &before);
	hist_add(&before, 500);
	cr_expect_eq(hist_ranked_us(&before, 2), hist_value_us(hist_slot(500)));
	hist_subtract(&now, &now, &window);
	cr_expect_eq(hist_total(&window), 0);
	cr_expect_eq(hist_above(&window, 0), 0);
	cr_expect_eq(hist_quantile_us(&window, 0.5), 0);
}

/* Slot by slot, whichever doublings they are of. */
Test(hist, adds_the_slots_of_others)
{
	static _Atomic uint32_t slots[HIST_SLOTS];
	struct hist h = { .slots = { 0 } };

	hist_add(&h, 9);
	hist_add_slots(&h, slots);
	cr_expect_eq(hist_total(&h), 1);
	slots[9] = 2;
	slots[HIST_SLOTS - 1] = 1;
	hist_add_slots(&h, slots);
	cr_expect_eq(hist_total(&h), 4);
	cr_expect_eq(h.slots[9], 3);
	cr_expect_eq(hist_above(&h, 9), 1);
	cr_expect_eq(hist_quantile_us(&h, 1), hist_value_us(HIST_SLOTS - 1));
}

/* By each slot, as it was before there were totals. */
Test(hist, counts_above_as_slot_by_slot)
{
	struct hist h = { .slots = { 0 } };

	for (uint64_t us = 1; us < UINT64_C(1) << 33; us += us / 7 + 1)
		hist_add(&h, us);
	for (uint64_t us = 0; us < UINT64_C(1) << 33; us += us / 50 + 1) {
		uint64_t want = 0;

		for (unsigned i = HIST_SLOTS; i-- > 0 && hist_value_us(i) > us;)
			want += h.octaves[i >> HIST_SUB_BITS] > 0 ? h.slots[i] : 0;
		cr_assert_eq(hist_above(&h, us), want, "%llu",
		    (unsigned long long)us);
	}
}
