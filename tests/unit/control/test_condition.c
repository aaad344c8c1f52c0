/* Conditions: a truth table of each measure, relation, test and bound.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "control/judge_condition.h"

/* One version: n legs, how many are bad, and how many take 400 ms instead of
 * 10 ms. */
struct side {
	uint64_t n, bad, slow;
};

static void
fill(struct tally *t, const struct side *s)
{
	memset(t, 0, sizeof *t);
	t->requests = t->primary_requests = t->compared = s->n;
	t->failures = t->fallbacks = t->different = s->bad;
	for (uint64_t i = 0; i < s->n; i++) {
		uint64_t us = i < s->slow ? 400000 : 10000;

		hist_add(&t->latency, us);
		t->latency_us_sum += us;
	}
}

static void
view_of(struct condition_view *view, const struct side *legacy,
    const struct side *enhanced)
{
	memset(view, 0, sizeof *view);
	fill(&view->windows[VERSION_LEGACY], legacy);
	fill(&view->windows[VERSION_ENHANCED], enhanced);
	memcpy(view->since, view->windows, sizeof view->since);
}

#define ABOVE(r, x) .relation = RELATION_##r, .limit = x
#define BELOW(r, x) .below = true, .relation = RELATION_##r, .limit = x
#define M(name) .version = VERSION_ENHANCED, .measure = MEASURE_##name

static const struct {
	const char *why;
	struct condition c;
	struct side legacy, enhanced;
	enum holding want, surely;
} cases[] = {
	{ "rate below", { M(ERROR_RATE), BELOW(VALUE, 0.05) }, { 0 },
	    { 100, 4, 0 }, HOLDING_YES, HOLDING_NO },
	{ "rate surely below", { M(ERROR_RATE), BELOW(VALUE, 0.05) }, { 0 },
	    { 1000, 20, 0 }, HOLDING_YES, HOLDING_YES },
	{ "no failure in few is not below one percent", { M(ERROR_RATE),
	    BELOW(VALUE, 0.01) }, { 0 }, { 100, 0, 0 }, HOLDING_YES, HOLDING_NO },
	{ "no failure in three hundred is", { M(ERROR_RATE), BELOW(VALUE, 0.01) },
	    { 0 }, { 300, 0, 0 }, HOLDING_YES, HOLDING_YES },
	{ "rate above", { M(ERROR_RATE), ABOVE(VALUE, 0.05) }, { 0 },
	    { 100, 6, 0 }, HOLDING_YES, HOLDING_NO },
	{ "nothing is known of nobody", { M(ERROR_RATE), ABOVE(VALUE, 0.05) },
	    { 0 }, { 0 }, HOLDING_UNKNOWN, HOLDING_UNKNOWN },
	{ "not inferior by two points", { M(ERROR_RATE), BELOW(LEGACY_BY, 0.02) },
	    { 2000, 20, 0 }, { 2000, 20, 0 }, HOLDING_YES, HOLDING_YES },
	{ "not known to be within half a point", { M(ERROR_RATE),
	    BELOW(LEGACY_BY, 0.005) }, { 2000, 20, 0 }, { 200, 2, 0 },
	    HOLDING_YES, HOLDING_NO },
	{ "legacy unknown", { M(ERROR_RATE), BELOW(LEGACY_BY, 0.02) }, { 0 },
	    { 2000, 20, 0 }, HOLDING_UNKNOWN, HOLDING_UNKNOWN },
	{ "start unknown", { M(ERROR_RATE), ABOVE(START_BY, 0.02) }, { 0 },
	    { 2000, 20, 0 }, HOLDING_UNKNOWN, HOLDING_UNKNOWN },
	{ "p95 of too few has no upper bound", { M(LATENCY_P95),
	    BELOW(VALUE, 100000) }, { 0 }, { 58, 0, 0 }, HOLDING_YES,
	    HOLDING_UNKNOWN },
	{ "p95 of enough has", { M(LATENCY_P95), BELOW(VALUE, 100000) }, { 0 },
	    { 59, 0, 0 }, HOLDING_YES, HOLDING_YES },
	{ "p95 not surely", { M(LATENCY_P95), BELOW(VALUE, 100000) }, { 0 },
	    { 100, 0, 4 }, HOLDING_YES, HOLDING_NO },
	{ "mean", { M(LATENCY_MEAN), ABOVE(VALUE, 48000) }, { 0 },
	    { 100, 0, 10 }, HOLDING_YES, HOLDING_YES },
	{ "a gain", { M(LATENCY_MEAN), BELOW(LEGACY_TIMES, 1) }, { 100, 0, 10 },
	    { 100, 0, 9 }, HOLDING_YES, HOLDING_YES },
	{ "no gain", { M(LATENCY_MEAN), BELOW(LEGACY_TIMES, 1) }, { 100, 0, 10 },
	    { 100, 0, 10 }, HOLDING_NO, HOLDING_NO },
	{ "requests fall away", { M(REQUESTS), BELOW(LEGACY_TIMES, 0.8) },
	    { 1000, 0, 0 }, { 700, 0, 0 }, HOLDING_YES, HOLDING_YES },
	{ "none at all is a number", { M(REQUESTS), BELOW(VALUE, 10) }, { 0 },
	    { 0 }, HOLDING_YES, HOLDING_YES },
};

Test(condition, holds_in_each_case)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct condition_reading r;
		struct condition_view view;

		view_of(&view, &cases[i].legacy, &cases[i].enhanced);
		condition_judge(&cases[i].c, &view, &r);
		cr_expect_eq(r.holding, cases[i].want, "%s: %d", cases[i].why,
		    (int)r.holding);
		cr_expect_eq(condition_holds_surely(&cases[i].c, &view, &r),
		    cases[i].surely, "%s: surely %d", cases[i].why,
		    (int)r.holding);
	}
}

/* Violations are numbers: one is known at once, none only of enough. */
static const struct {
	const char *why;
	uint64_t requests, violations, legacy_violations;
	struct condition c;
	enum holding want, surely;
} isolation[] = {
	{ "one in a single request", 1, 1, 0, { M(ISOLATION), ABOVE(VALUE, 0),
	    .min_requests = 20 }, HOLDING_YES, HOLDING_YES },
	{ "none in a single request", 1, 0, 0, { M(ISOLATION), ABOVE(VALUE, 0),
	    .min_requests = 20 }, HOLDING_UNKNOWN, HOLDING_UNKNOWN },
	{ "none in twenty", 20, 0, 0, { M(ISOLATION), ABOVE(VALUE, 0),
	    .min_requests = 20 }, HOLDING_NO, HOLDING_NO },
	{ "a gate of too few", 19, 0, 0, { M(ISOLATION), BELOW(VALUE, 1),
	    .min_requests = 20 }, HOLDING_UNKNOWN, HOLDING_UNKNOWN },
	{ "a gate of enough", 20, 0, 0, { M(ISOLATION), BELOW(VALUE, 1),
	    .min_requests = 20 }, HOLDING_YES, HOLDING_YES },
	{ "a gate with one", 2000, 1, 0, { M(ISOLATION), BELOW(VALUE, 1),
	    .min_requests = 20 }, HOLDING_NO, HOLDING_NO },
	{ "no more than legacy", 2000, 5, 5, { M(ISOLATION),
	    ABOVE(LEGACY_BY, 0) }, HOLDING_NO, HOLDING_NO },
	{ "more than legacy", 2000, 6, 5, { M(ISOLATION), ABOVE(LEGACY_BY, 0) },
	    HOLDING_YES, HOLDING_YES },
};

Test(condition, counts_violations)
{
	for (size_t i = 0; i < COUNT_OF(isolation); i++) {
		const struct side side = { isolation[i].requests, 0, 0 };
		struct condition_reading r;
		struct condition_view view;

		view_of(&view, &side, &side);
		view.windows[VERSION_LEGACY].isolation =
		    isolation[i].legacy_violations;
		view.windows[VERSION_ENHANCED].isolation =
		    isolation[i].violations;
		condition_judge(&isolation[i].c, &view, &r);
		cr_expect_eq(r.holding, isolation[i].want, "%s: %d",
		    isolation[i].why, (int)r.holding);
		cr_expect_eq(condition_holds_surely(&isolation[i].c, &view, &r),
		    isolation[i].surely, "%s", isolation[i].why);
		cr_expect_not(condition_is_shared(&isolation[i].c, &view));
	}
}

Test(condition, compares_with_the_start)
{
	const struct condition by = { M(ERROR_RATE), ABOVE(START_BY, 0.02) };
	const struct condition times = { M(ERROR_RATE), ABOVE(START_TIMES, 2) };
	const struct side bad = { 100, 5, 0 };
	struct condition_reading r;
	struct condition_view view;

	view_of(&view, &bad, &bad);
	view.has_start = true;
	view.start = (struct measured){ .value = 0.02, .n = 100, .events = 2 };
	condition_judge(&by, &view, &r);
	cr_expect_eq(r.holding, HOLDING_YES);
	cr_expect_float_eq(r.limit, 0.04, 1e-12);
	condition_judge(&times, &view, &r);
	cr_expect_eq(r.holding, HOLDING_YES);
	view.start.value = 0.03;
	condition_judge(&by, &view, &r);
	cr_expect_eq(r.holding, HOLDING_NO);
}

/* --- sequential ------------------------------------------------------------- */

static const struct {
	const char *why;
	struct condition c;
	struct side legacy, enhanced;
	enum holding want;
} sequential[] = {
	{ "total failure of a tenth", { M(ERROR_RATE), ABOVE(LEGACY_TIMES, 1.5) },
	    { 90, 0, 0 }, { 10, 10, 0 }, HOLDING_YES },
	{ "a few of a tenth", { M(ERROR_RATE), ABOVE(LEGACY_TIMES, 1.5) },
	    { 90, 1, 0 }, { 10, 2, 0 }, HOLDING_NO },
	{ "alike", { M(ERROR_RATE), ABOVE(LEGACY_TIMES, 1.5) },
	    { 90000, 900, 0 }, { 10000, 100, 0 }, HOLDING_NO },
	{ "both broken", { M(ERROR_RATE), ABOVE(LEGACY_TIMES, 1.5) },
	    { 90000, 81000, 0 }, { 10000, 9000, 0 }, HOLDING_NO },
	{ "one percent has become five", { M(ERROR_RATE),
	    ABOVE(LEGACY_TIMES, 1.5) }, { 3600, 36, 0 }, { 400, 22, 0 },
	    HOLDING_YES },
	{ "over a plain limit", { M(ERROR_RATE), ABOVE(VALUE, 0.01) }, { 0 },
	    { 200, 12, 0 }, HOLDING_YES },
	{ "about the plain limit", { M(ERROR_RATE), ABOVE(VALUE, 0.01) }, { 0 },
	    { 20000, 200, 0 }, HOLDING_NO },
	{ "p95 over its limit", { M(LATENCY_P95), ABOVE(VALUE, 100000) }, { 0 },
	    { 200, 0, 30 }, HOLDING_YES },
	{ "p95 at its limit", { M(LATENCY_P95), ABOVE(VALUE, 100000) }, { 0 },
	    { 2000, 0, 100 }, HOLDING_NO },
};

Test(condition, is_proven_in_each_case)
{
	for (size_t i = 0; i < COUNT_OF(sequential); i++) {
		struct condition c = sequential[i].c;
		struct condition_reading r;
		struct condition_view view;

		c.test = TEST_SEQUENTIAL;
		c.alpha = 0.001;
		view_of(&view, &sequential[i].legacy, &sequential[i].enhanced);
		condition_judge(&c, &view, &r);
		cr_expect_eq(r.holding, sequential[i].want, "%s: E = %g",
		    sequential[i].why, r.evidence);
		cr_expect_eq(r.evidence >= 1000, r.holding == HOLDING_YES, "%s",
		    sequential[i].why);
	}
}

/* --- shared cause -------------------------------------------------------------- */

static const struct {
	const char *why;
	struct condition c;
	struct side legacy, enhanced;
	bool want;
} shared[] = {
	{ "both over", { M(ERROR_RATE), ABOVE(VALUE, 0.05) }, { 1000, 200, 0 },
	    { 100, 20, 0 }, true },
	{ "legacy fine", { M(ERROR_RATE), ABOVE(VALUE, 0.05) }, { 1000, 40, 0 },
	    { 100, 20, 0 }, false },
	{ "both over, enhanced surely worse", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 100, 0 }, { 100, 60, 0 }, false },
	{ "both slow", { M(LATENCY_P95), ABOVE(VALUE, 100000) }, { 1000, 0, 100 },
	    { 100, 0, 10 }, true },
	{ "against legacy it cannot be", { M(ERROR_RATE), ABOVE(LEGACY_BY, 0) },
	    { 1000, 200, 0 }, { 100, 30, 0 }, false },
	{ "differences are nobody else's", { M(DIVERGENCE_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 200, 0 }, { 100, 20, 0 }, false },
	{ "legacy's own", { .version = VERSION_LEGACY,
	    .measure = MEASURE_ERROR_RATE, ABOVE(VALUE, 0.05) },
	    { 1000, 200, 0 }, { 100, 20, 0 }, false },
};

Test(condition, is_shared_in_each_case)
{
	for (size_t i = 0; i < COUNT_OF(shared); i++) {
		struct condition_view view;

		view_of(&view, &shared[i].legacy, &shared[i].enhanced);
		cr_expect_eq(condition_is_shared(&shared[i].c, &view),
		    shared[i].want, "%s", shared[i].why);
	}
}
