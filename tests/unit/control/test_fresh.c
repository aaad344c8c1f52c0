/* Evidence that begins anew: when, with which weight, and when it is given up.
 * SPDX-License-Identifier: MIT
 */
#include "control/fresh.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "control/judge_condition.h"

static struct fresh fresh;

static struct sides
sides(uint64_t own, uint64_t own_n, uint64_t legacy, uint64_t legacy_n)
{
	return (struct sides){ { own, own_n }, { legacy, legacy_n } };
}

static void
renew(uint64_t own, uint64_t legacy, uint64_t spell)
{
	struct sides now = sides(own, own * 100, legacy, legacy * 100);

	fresh_renew(&fresh, &now, spell);
}

Test(fresh, begins_at_each_so_many_bad_events_of_both_sides)
{
	static const struct {
		uint64_t own, legacy;
		unsigned count;
	} steps[] = {
		{ 0, 0, 0 },
		{ FRESH_EVENTS - 1, 0, 0 },
		{ FRESH_EVENTS - 1, 1, 1 },
		{ FRESH_EVENTS - 1, FRESH_EVENTS, 1 },
		{ FRESH_EVENTS, FRESH_EVENTS, 2 },
		/* However many at once, one begins. */
		{ 10 * FRESH_EVENTS, 10 * FRESH_EVENTS, 3 },
		{ 10 * FRESH_EVENTS, 11 * FRESH_EVENTS - 1, 3 },
		{ 10 * FRESH_EVENTS, 11 * FRESH_EVENTS, 4 },
	};

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		renew(steps[i].own, steps[i].legacy, 0);
		cr_expect_eq(fresh.count, steps[i].count, "step %zu: %u", i,
		    fresh.count);
	}
}

Test(fresh, sees_what_came_since)
{
	struct sides then = sides(30, 3000, 2, 100), now = sides(41, 3500, 5, 900);
	struct sides since;

	fresh_renew(&fresh, &then, 0);
	since = fresh_since(&fresh.starts[0], &now);
	cr_expect_eq(since.own.events, 11);
	cr_expect_eq(since.own.n, 500);
	cr_expect_eq(since.legacy.events, 3);
	cr_expect_eq(since.legacy.n, 800);
}

Test(fresh, is_given_up_after_a_whole_spell)
{
	renew(FRESH_EVENTS, 0, 5);
	renew(2 * FRESH_EVENTS, 0, 6);
	cr_expect_eq(fresh.count, 2);
	renew(2 * FRESH_EVENTS, 0, 7);
	cr_expect_eq(fresh.count, 1);
	cr_expect_eq(fresh.starts[0].spell, 6);
	renew(2 * FRESH_EVENTS, 0, 8);
	cr_expect_eq(fresh.count, 0);
	/* The next is as far from the last as ever, and counted on. */
	renew(3 * FRESH_EVENTS - 1, 0, 8);
	cr_expect_eq(fresh.count, 0);
	renew(3 * FRESH_EVENTS, 0, 8);
	cr_expect_eq(fresh.count, 1);
	cr_expect_eq(fresh.starts[0].number, 3);
}

Test(fresh, the_oldest_makes_room)
{
	for (uint64_t i = 1; i <= FRESH_MAX + 5; i++)
		renew(i * FRESH_EVENTS, 0, 0);
	cr_expect_eq(fresh.count, FRESH_MAX);
	cr_expect_eq(fresh.starts[0].number, 6);
	cr_expect_eq(fresh.starts[FRESH_MAX - 1].number, FRESH_MAX + 5);
}

Test(fresh, counters_that_begin_at_zero_again_are_not_subtracted_from)
{
	renew(FRESH_EVENTS, FRESH_EVENTS, 0);
	renew(1, 0, 0);
	cr_expect_eq(fresh.count, 0);
	renew(FRESH_EVENTS, 0, 0);
	cr_expect_eq(fresh.count, 0);
	renew(FRESH_EVENTS + 1, 0, 0);
	cr_expect_eq(fresh.count, 1);
	cr_expect_eq(fresh.starts[0].number, 2);
}

Test(fresh, all_weights_add_up_to_one)
{
	double sum = exp(FRESH_LN_STAGE);

	for (uint64_t j = 1; j <= 1000000; j++)
		sum += exp(fresh_ln_weight(&(struct fresh_start){ .number = j }));
	cr_expect_float_eq(sum, 1 - 0.5 / 1000001, 1e-9, "%.12f", sum);
}

/* --- what a rule makes of it ------------------------------------------------- */

static const struct condition errors = { .version = VERSION_ENHANCED,
	.measure = MEASURE_ERROR_RATE, .relation = RELATION_LEGACY_TIMES,
	.limit = 1.2, .test = TEST_SEQUENTIAL, .alpha = 0.001 };
static struct condition_view view;

static void
add(enum version v, uint64_t n, uint64_t failures)
{
	view.since[v].requests += n;
	view.since[v].failures += failures;
}

static bool
is_proven(const struct condition *c, bool with_fresh,
    struct condition_reading *out)
{
	static const struct fresh none;

	if (with_fresh)
		condition_renew(c, &view, &fresh);
	condition_judge(c, &view, with_fresh ? &fresh : &none, out);
	return out->holding == HOLDING_YES;
}

/* Half of the requests each, one in a hundred fails, for so many of each; then
 * one in twenty of enhanced's: how many more, to the nearest hundred? */
static uint64_t
requests_to_proof(unsigned hundreds, bool with_fresh)
{
	struct condition_reading r;
	uint64_t n;

	memset(&fresh, 0, sizeof fresh);
	memset(&view, 0, sizeof view);
	for (unsigned i = 0; i < hundreds; i++) {
		view.spell = i / (FRESH_SPELL / 2);
		add(VERSION_LEGACY, 100, 1);
		add(VERSION_ENHANCED, 100, 1);
		cr_assert(!is_proven(&errors, with_fresh, &r));
	}
	for (n = 100; n < 100000; n += 100) {
		view.spell = (hundreds + n / 30) / (FRESH_SPELL / 2);
		add(VERSION_LEGACY, 100, 1);
		add(VERSION_ENHANCED, 100, 5);
		if (is_proven(&errors, with_fresh, &r))
			break;
	}
	/* What is told of is what it was proven by. */
	if (with_fresh && hundreds >= 1000) {
		cr_expect_gt(r.lately.own.events, 4 * r.lately.legacy.events);
		cr_expect_leq(r.lately.own.n, n + FRESH_EVENTS * 100);
	} else if (!with_fresh) {
		cr_expect_eq(r.lately.own.n, 0);
	}
	return n;
}

Test(fresh, a_stage_of_weeks_does_not_hide_what_comes_now)
{
	uint64_t young = requests_to_proof(30, true);

	cr_expect_leq(young, 1500, "%d", (int)young);
	cr_expect_leq(young, requests_to_proof(30, false));
	/* A hundred times the past costs less than twice the proof. */
	cr_expect_leq(requests_to_proof(3000, true), 2 * young);
	cr_expect_geq(requests_to_proof(3000, false), 10 * young);
}

/* What users' weights leave of the stage is not what they leave of spells. */
Test(fresh, users_count_by_spells)
{
	struct condition_reading r;

	for (unsigned i = 0; i < 20; i++) {
		add(VERSION_LEGACY, 100, 1);
		add(VERSION_ENHANCED, 100, 1);
		(void)is_proven(&errors, true, &r);
	}
	add(VERSION_LEGACY, 1000, 10);
	add(VERSION_ENHANCED, 1000, 60);
	view.since[VERSION_ENHANCED].excess.stage = 1000;
	view.since[VERSION_ENHANCED].excess.stage_failures = 60;
	cr_expect(!is_proven(&errors, false, &r));
	cr_expect(is_proven(&errors, true, &r));
	view.since[VERSION_ENHANCED].excess.spell = 1000;
	view.since[VERSION_ENHANCED].excess.spell_failures = 60;
	cr_expect(!is_proven(&errors, true, &r));
}

static uint64_t
next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Looked at after every bad event for 3,000 of them, while enhanced is exactly as
 * bad as tolerated. */
Test(fresh, is_seldom_wrong_however_often_it_begins)
{
	struct condition c = errors;
	double t0 = tolerated_share(0.5, c.limit);
	uint64_t seed = 7;
	unsigned wrong = 0, runs = 300;

	c.alpha = 0.05;
	for (unsigned run = 0; run < runs; run++) {
		struct condition_reading r = { 0 };

		memset(&fresh, 0, sizeof fresh);
		memset(&view, 0, sizeof view);
		for (unsigned i = 0; i < 3000 && r.holding != HOLDING_YES; i++) {
			bool own = (double)next(&seed) < t0 * 2147483648.0;

			view.spell = i / FRESH_SPELL;
			add(VERSION_ENHANCED, 100, own);
			add(VERSION_LEGACY, 100, !own);
			(void)is_proven(&c, true, &r);
		}
		wrong += r.holding == HOLDING_YES;
	}
	cr_expect_leq(wrong, runs * 0.05 + 3 * sqrt(runs * 0.05), "%u", wrong);
}

/* --- shared cause ---------------------------------------------------------------- */

/* One in a thousand for long; then everything fails for a while, of which legacy
 * has its share or not. */
static bool
is_held(double limit, unsigned legacy_failures, unsigned enhanced_failures)
{
	struct condition c = errors;
	struct condition_reading r;

	c.relation = RELATION_VALUE;
	c.limit = limit;
	memset(&fresh, 0, sizeof fresh);
	memset(&view, 0, sizeof view);
	for (unsigned i = 0; i < 100; i++) {
		add(VERSION_LEGACY, 1000, 1);
		add(VERSION_ENHANCED, 1000, 1);
		cr_assert(!is_proven(&c, true, &r));
	}
	for (unsigned i = 0; i < 4; i++) {
		add(VERSION_LEGACY, 50, legacy_failures / 4);
		add(VERSION_ENHANCED, 50, enhanced_failures / 4);
		(void)is_proven(&c, true, &r);
	}
	memcpy(view.windows, view.since, sizeof view.windows);
	cr_assert_eq(r.holding, HOLDING_YES);
	cr_assert(r.is_late);
	return condition_is_shared(&c, &view, &r, false);
}

Test(fresh, what_both_did_lately_is_shared_though_neither_did_before)
{
	cr_expect(is_held(0.05, 60, 60));
	cr_expect(is_held(0.05, 80, 60));
	/* Worse by every interval of the difference: in a thousand outages of both
	 * one looks like that. */
	cr_expect(is_held(0.05, 24, 60));
	/* A few of legacy's are no cause for so many of enhanced's. */
	cr_expect_not(is_held(0.05, 8, 100));
	cr_expect_not(is_held(0.05, 0, 60));
}

Test(fresh, enhanced_is_proven_worse_or_the_cause_is_shared)
{
	static const struct {
		struct sides lately;
		bool is_worse, want;
	} rows[] = {
		{ { { 29, 59 }, { 13, 64 } }, false, true },
		{ { { 29, 59 }, { 13, 64 } }, true, false },
		{ { { 29, 59 }, { 0, 0 } }, false, false },
	};
	struct condition c = errors;

	c.relation = RELATION_VALUE;
	c.limit = 0.05;
	memset(&view, 0, sizeof view);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct condition_reading r = { .is_late = true,
			.is_worse = rows[i].is_worse, .lately = rows[i].lately };

		for (int was = 0; was < 2; was++)
			cr_expect_eq(condition_is_shared(&c, &view, &r, was),
			    rows[i].want, "row %zu", i);
	}
}
