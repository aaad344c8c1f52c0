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

/* Nothing of it came lately. */
static const struct condition_reading at_large;
static const struct fresh none;

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
		condition_judge(&cases[i].c, &view, &none, &r);
		cr_expect_eq(r.holding, cases[i].want, "%s: %d", cases[i].why,
		    (int)r.holding);
		cr_expect_eq(condition_holds_surely(&cases[i].c, &view, &r),
		    cases[i].surely, "%s: surely %d", cases[i].why,
		    (int)r.holding);
	}
}

/* Of a window that is not over yet: that there are many is known. */
Test(condition, knows_few_requests_only_of_a_whole_window)
{
	const struct condition few = { M(REQUESTS), BELOW(VALUE, 10) };
	const struct condition many = { M(REQUESTS), ABOVE(VALUE, 3) };
	const struct condition fewer = { M(REQUESTS), BELOW(LEGACY_TIMES, 0.8) };
	struct condition_reading r;
	struct condition_view view;

	view_of(&view, &(struct side){ 20, 0, 0 }, &(struct side){ 5, 0, 0 });
	view.is_young = true;
	condition_judge(&few, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_UNKNOWN);
	cr_expect_eq(condition_holds_surely(&few, &view, &r), HOLDING_UNKNOWN);
	condition_judge(&many, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_YES);
	condition_judge(&fewer, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_YES);
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
		condition_judge(&isolation[i].c, &view, &none, &r);
		cr_expect_eq(r.holding, isolation[i].want, "%s: %d",
		    isolation[i].why, (int)r.holding);
		cr_expect_eq(condition_holds_surely(&isolation[i].c, &view, &r),
		    isolation[i].surely, "%s", isolation[i].why);
		cr_expect_not(condition_is_shared(&isolation[i].c, &view,
		    &at_large, true));
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
	condition_judge(&by, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_YES);
	cr_expect_float_eq(r.limit, 0.04, 1e-12);
	condition_judge(&times, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_YES);
	view.start.value = 0.03;
	condition_judge(&by, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_NO);
}

/* --- signals ------------------------------------------------------------------ */

/* Signal 1: as a share, how often it is so; as a number, so often 10 instead of
 * 2 (thousandths of a plain number, or microseconds). */
struct said {
	uint64_t n, high;
};

static void
say(struct tally *t, const struct said *s, enum measure_unit unit)
{
	uint64_t one = unit == UNIT_NUMBER ? 1000 : 1;

	memset(t, 0, sizeof *t);
	t->requests = s->n * 2;
	t->signals[1].n = s->n;
	t->signals[1].sum = unit == UNIT_SHARE ? s->high :
	    (s->high * 10 + (s->n - s->high) * 2) * one;
	t->spread_count = 2;
	for (uint64_t i = 0; i < s->n; i++)
		hist_add(&t->spreads[1], (i < s->high ? 10 : 2) * one);
}

#define SIGNAL(u, q) .version = VERSION_ENHANCED, .kind = NUMBER_SIGNAL, \
	.index = 1, .name = (char *)"s", .unit = UNIT_##u, .quantile = q, \
	.spread = 1
#define CONTENT(p) .version = VERSION_ENHANCED, \
	.measure = MEASURE_FIRST_CONTENT_##p, .spread = 1

static const struct {
	const char *why;
	struct condition c;
	struct said legacy, enhanced;
	enum holding want, surely;
} of_signals[] = {
	{ "a share below", { SIGNAL(SHARE, 0), BELOW(VALUE, 0.8) }, { 0, 0 },
	    { 100, 75 }, HOLDING_YES, HOLDING_NO },
	{ "a share surely below", { SIGNAL(SHARE, 0), BELOW(VALUE, 0.8) },
	    { 0, 0 }, { 1000, 700 }, HOLDING_YES, HOLDING_YES },
	{ "a share above", { SIGNAL(SHARE, 0), ABOVE(VALUE, 0.6) }, { 0, 0 },
	    { 1000, 700 }, HOLDING_YES, HOLDING_YES },
	{ "no answer had it", { SIGNAL(SHARE, 0), ABOVE(VALUE, 0.6) }, { 0, 0 },
	    { 0, 0 }, HOLDING_UNKNOWN, HOLDING_UNKNOWN },
	{ "too few had it", { SIGNAL(SHARE, 0), ABOVE(VALUE, 0.6),
	    .min_requests = 20 }, { 0, 0 }, { 19, 19 }, HOLDING_UNKNOWN,
	    HOLDING_UNKNOWN },
	{ "worse than legacy", { SIGNAL(SHARE, 0), BELOW(LEGACY_BY, -0.05) },
	    { 1000, 900 }, { 1000, 700 }, HOLDING_YES, HOLDING_YES },
	{ "as good as legacy", { SIGNAL(SHARE, 0), BELOW(LEGACY_BY, -0.05) },
	    { 1000, 900 }, { 1000, 890 }, HOLDING_NO, HOLDING_NO },
	{ "a mean", { SIGNAL(NUMBER, 0), ABOVE(VALUE, 5.5) }, { 0, 0 },
	    { 100, 50 }, HOLDING_YES, HOLDING_YES },
	{ "a mean at its limit", { SIGNAL(NUMBER, 0), ABOVE(VALUE, 6) },
	    { 0, 0 }, { 100, 50 }, HOLDING_NO, HOLDING_NO },
	{ "a mean of a time", { SIGNAL(TIME, 0), ABOVE(VALUE, 5.5) }, { 0, 0 },
	    { 100, 50 }, HOLDING_YES, HOLDING_YES },
	{ "a mean against legacy", { SIGNAL(NUMBER, 0), ABOVE(LEGACY_TIMES, 2) },
	    { 100, 0 }, { 100, 50 }, HOLDING_YES, HOLDING_YES },
	{ "a quantile above", { SIGNAL(NUMBER, 0.9), ABOVE(VALUE, 9) }, { 0, 0 },
	    { 100, 20 }, HOLDING_YES, HOLDING_YES },
	{ "a quantile not surely above", { SIGNAL(NUMBER, 0.9),
	    ABOVE(VALUE, 9) }, { 0, 0 }, { 100, 11 }, HOLDING_YES, HOLDING_NO },
	{ "a quantile below", { SIGNAL(NUMBER, 0.9), ABOVE(VALUE, 9) }, { 0, 0 },
	    { 100, 5 }, HOLDING_NO, HOLDING_NO },
	{ "a quantile of too few", { SIGNAL(TIME, 0.95), BELOW(VALUE, 9) },
	    { 0, 0 }, { 58, 0 }, HOLDING_YES, HOLDING_UNKNOWN },
	{ "a quantile of enough", { SIGNAL(TIME, 0.95), BELOW(VALUE, 9) },
	    { 0, 0 }, { 59, 0 }, HOLDING_YES, HOLDING_YES },
	{ "first content", { CONTENT(P95), ABOVE(VALUE, 9) }, { 0, 0 },
	    { 200, 40 }, HOLDING_YES, HOLDING_YES },
	{ "first content, in its middle", { CONTENT(P50), ABOVE(VALUE, 9) },
	    { 0, 0 }, { 200, 40 }, HOLDING_NO, HOLDING_NO },
	{ "first content against legacy", { CONTENT(P99), ABOVE(LEGACY_BY, 5) },
	    { 500, 0 }, { 500, 40 }, HOLDING_YES, HOLDING_YES },
};

static void
view_of_signals(struct condition_view *view, const struct condition *c,
    const struct said *legacy, const struct said *enhanced)
{
	memset(view, 0, sizeof *view);
	say(&view->windows[VERSION_LEGACY], legacy, condition_unit(c));
	say(&view->windows[VERSION_ENHANCED], enhanced, condition_unit(c));
	memcpy(view->since, view->windows, sizeof view->since);
}

Test(condition, of_signals_holds_in_each_case)
{
	static struct condition_view view;

	for (size_t i = 0; i < COUNT_OF(of_signals); i++) {
		const struct condition *c = &of_signals[i].c;
		struct condition_reading r;

		view_of_signals(&view, c, &of_signals[i].legacy,
		    &of_signals[i].enhanced);
		condition_judge(c, &view, &none, &r);
		cr_expect_eq(r.holding, of_signals[i].want, "%s: %d, %g",
		    of_signals[i].why, (int)r.holding, r.value);
		cr_expect_eq(condition_holds_surely(c, &view, &r),
		    of_signals[i].surely, "%s: surely %d, %g",
		    of_signals[i].why, (int)r.holding, r.bound);
	}
}

static const struct {
	const char *why;
	struct condition c;
	struct said legacy, enhanced;
	enum holding want;
} sequential_signals[] = {
	{ "a share over its limit", { SIGNAL(SHARE, 0), ABOVE(VALUE, 0.01) },
	    { 0, 0 }, { 200, 12 }, HOLDING_YES },
	{ "a share at its limit", { SIGNAL(SHARE, 0), ABOVE(VALUE, 0.01) },
	    { 0, 0 }, { 2000, 20 }, HOLDING_NO },
	{ "a share worse than legacy's", { SIGNAL(SHARE, 0),
	    ABOVE(LEGACY_TIMES, 1.5) }, { 3600, 36 }, { 400, 22 }, HOLDING_YES },
	{ "a share like legacy's", { SIGNAL(SHARE, 0), ABOVE(LEGACY_TIMES, 1.5) },
	    { 9000, 90 }, { 1000, 10 }, HOLDING_NO },
	{ "a quantile over its limit", { SIGNAL(NUMBER, 0.95), ABOVE(VALUE, 9) },
	    { 0, 0 }, { 200, 30 }, HOLDING_YES },
	{ "a quantile at its limit", { SIGNAL(NUMBER, 0.95), ABOVE(VALUE, 9) },
	    { 0, 0 }, { 2000, 100 }, HOLDING_NO },
	{ "a limit below zero", { SIGNAL(NUMBER, 0.95), ABOVE(VALUE, -1) },
	    { 0, 0 }, { 200, 0 }, HOLDING_YES },
};

Test(condition, of_signals_is_proven_in_each_case)
{
	static struct condition_view view;

	for (size_t i = 0; i < COUNT_OF(sequential_signals); i++) {
		struct condition c = sequential_signals[i].c;
		struct condition_reading r;

		c.test = TEST_SEQUENTIAL;
		c.alpha = 0.001;
		view_of_signals(&view, &c, &sequential_signals[i].legacy,
		    &sequential_signals[i].enhanced);
		condition_judge(&c, &view, &none, &r);
		cr_expect_eq(r.holding, sequential_signals[i].want, "%s: E = %g",
		    sequential_signals[i].why, r.evidence);
	}
}

/* What is not wanted of a window is not there, and must not be looked at. */
Test(condition, looks_only_at_what_it_wants)
{
	static struct condition_view whole, part;
	static struct tally nothing;

	nothing.spread_count = 2;
	for (size_t i = 0; i < COUNT_OF(of_signals); i++) {
		const struct condition *c = &of_signals[i].c;
		struct condition_reading want, got;

		view_of_signals(&whole, c, &of_signals[i].legacy,
		    &of_signals[i].enhanced);
		memset(&part, 0x5a, sizeof part);
		part.has_start = part.is_young = false;
		for (unsigned v = 0; v < VERSION_COUNT; v++) {
			tally_subtract(&whole.windows[v], &nothing,
			    measure_wants(c), &part.windows[v]);
			tally_subtract(&whole.since[v], &nothing,
			    measure_wants(c), &part.since[v]);
		}
		(void)condition_holds_surely(c, &whole, &want);
		(void)condition_holds_surely(c, &part, &got);
		cr_expect_eq(got.holding, want.holding, "%s", of_signals[i].why);
		cr_expect_float_eq(got.value, want.value, 1e-9, "%s",
		    of_signals[i].why);
	}
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct condition *c = &cases[i].c;
		struct condition_reading want, got;

		view_of(&whole, &cases[i].legacy, &cases[i].enhanced);
		memset(&part, 0x5a, sizeof part);
		part.has_start = part.is_young = false;
		for (unsigned v = 0; v < VERSION_COUNT; v++)
			tally_subtract(&whole.windows[v], &nothing,
			    measure_wants(c), &part.windows[v]);
		(void)condition_holds_surely(c, &whole, &want);
		(void)condition_holds_surely(c, &part, &got);
		cr_expect_eq(got.holding, want.holding, "%s", cases[i].why);
		cr_expect_float_eq(got.value, want.value, 1e-9, "%s",
		    cases[i].why);
	}
}

/* A window that ends before a distribution was asked for has none of it. */
Test(condition, a_distribution_that_is_not_there_is_unknown)
{
	const struct condition c = { SIGNAL(NUMBER, 0.9), ABOVE(VALUE, 1) };
	static struct condition_view view;
	struct condition_reading r;

	view.windows[VERSION_ENHANCED].spread_count = 1;
	condition_judge(&c, &view, &none, &r);
	cr_expect_eq(r.holding, HOLDING_UNKNOWN);
}

static const struct {
	const char *why;
	struct condition c;
	struct said legacy, enhanced;
	bool want;
} shared_signals[] = {
	{ "both miss the cache", { SIGNAL(SHARE, 0), BELOW(VALUE, 0.8) },
	    { 1000, 500 }, { 1000, 500 }, true },
	{ "enhanced alone does", { SIGNAL(SHARE, 0), BELOW(VALUE, 0.8) },
	    { 1000, 900 }, { 1000, 500 }, false },
	{ "both do, enhanced surely more", { SIGNAL(SHARE, 0),
	    BELOW(VALUE, 0.8) }, { 1000, 750 }, { 1000, 500 }, false },
	{ "both take many tokens", { SIGNAL(NUMBER, 0), ABOVE(VALUE, 5) },
	    { 100, 60 }, { 100, 50 }, true },
	{ "enhanced takes more", { SIGNAL(NUMBER, 0), ABOVE(VALUE, 5) },
	    { 100, 50 }, { 100, 60 }, false },
	{ "both are slow", { SIGNAL(TIME, 0.5), ABOVE(VALUE, 5) }, { 100, 60 },
	    { 100, 60 }, true },
};

Test(condition, of_signals_is_shared_in_each_case)
{
	static struct condition_view view;

	for (size_t i = 0; i < COUNT_OF(shared_signals); i++) {
		const struct condition *c = &shared_signals[i].c;

		view_of_signals(&view, c, &shared_signals[i].legacy,
		    &shared_signals[i].enhanced);
		cr_expect_eq(condition_is_shared(c, &view, &at_large, false),
		    shared_signals[i].want, "%s", shared_signals[i].why);
	}
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
		condition_judge(&c, &view, &none, &r);
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
	bool want, was;
} shared[] = {
	{ "both over", { M(ERROR_RATE), ABOVE(VALUE, 0.05) }, { 1000, 200, 0 },
	    { 100, 20, 0 }, true, false },
	{ "legacy fine", { M(ERROR_RATE), ABOVE(VALUE, 0.05) }, { 1000, 40, 0 },
	    { 100, 20, 0 }, false, false },
	{ "both over, enhanced surely worse", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 100, 0 }, { 100, 60, 0 }, false, false },
	/* 12 of 100 against 6 of 100: sure by 95 %, not by every look */
	{ "both over, enhanced perhaps worse", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 60, 0 }, { 100, 12, 0 }, true, false },
	{ "held, and legacy is better first", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 40, 0 }, { 100, 6, 0 }, true, true },
	{ "not held before, and legacy is fine", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 40, 0 }, { 100, 6, 0 }, false, false },
	{ "held, and enhanced stays bad", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 40, 0 }, { 100, 20, 0 }, false, true },
	{ "both slow", { M(LATENCY_P95), ABOVE(VALUE, 100000) }, { 1000, 0, 100 },
	    { 100, 0, 10 }, true, false },
	{ "against legacy it cannot be", { M(ERROR_RATE), ABOVE(LEGACY_BY, 0) },
	    { 1000, 200, 0 }, { 100, 30, 0 }, false, false },
	{ "differences are nobody else's", { M(DIVERGENCE_RATE),
	    ABOVE(VALUE, 0.05) }, { 1000, 200, 0 }, { 100, 20, 0 }, false, false },
	{ "fallbacks, and legacy fails as often", { M(FALLBACK_RATE),
	    ABOVE(VALUE, 0.1) }, { 1000, 200, 0 }, { 100, 20, 0 }, true, false },
	{ "fallbacks, and legacy fails less", { M(FALLBACK_RATE),
	    ABOVE(VALUE, 0.1) }, { 1000, 20, 0 }, { 100, 20, 0 }, false, false },
	{ "fallbacks, and legacy surely fails less often", { M(FALLBACK_RATE),
	    ABOVE(VALUE, 0.1) }, { 1000, 110, 0 }, { 100, 60, 0 }, false, false },
	{ "little of legacy, and that is bad", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.1), .min_requests = 100 }, { 30, 5, 0 },
	    { 200, 30, 0 }, true, false },
	{ "too little of legacy", { M(ERROR_RATE), ABOVE(VALUE, 0.1),
	    .min_requests = 100 }, { 19, 5, 0 }, { 200, 30, 0 }, false, false },
	{ "too few failures of legacy", { M(ERROR_RATE), ABOVE(VALUE, 0.01),
	    .min_requests = 100 }, { 30, 2, 0 }, { 200, 9, 0 }, false, false },
	{ "little of legacy, and enhanced surely worse", { M(ERROR_RATE),
	    ABOVE(VALUE, 0.1), .min_requests = 100 }, { 30, 5, 0 },
	    { 200, 150, 0 }, false, false },
	{ "little of legacy, and slow", { M(LATENCY_P95), ABOVE(VALUE, 100000),
	    .min_requests = 100 }, { 30, 0, 30 }, { 200, 0, 200 }, false, false },
	{ "held, and of legacy too little to know how slow", { M(LATENCY_P95),
	    ABOVE(VALUE, 100000), .min_requests = 100 }, { 30, 0, 30 },
	    { 200, 0, 200 }, false, true },
	{ "legacy's own", { .version = VERSION_LEGACY,
	    .measure = MEASURE_ERROR_RATE, ABOVE(VALUE, 0.05) },
	    { 1000, 200, 0 }, { 100, 20, 0 }, false, false },
};

Test(condition, is_shared_in_each_case)
{
	for (size_t i = 0; i < COUNT_OF(shared); i++) {
		struct condition_view view;

		view_of(&view, &shared[i].legacy, &shared[i].enhanced);
		cr_expect_eq(condition_is_shared(&shared[i].c, &view, &at_large,
		    shared[i].was), shared[i].want, "%s", shared[i].why);
	}
}

/* A probe is known or not; there is no interval, and no legacy beside it. */
static const struct {
	const char *why;
	struct condition c;
	bool known, has_start;
	double value, start;
	enum holding want;
} probes[] = {
	{ "above", { ABOVE(VALUE, 50) }, true, false, 51, 0, HOLDING_YES },
	{ "not above", { ABOVE(VALUE, 50) }, true, false, 50, 0, HOLDING_NO },
	{ "below", { BELOW(VALUE, 1) }, true, false, 0, 0, HOLDING_YES },
	{ "dead", { ABOVE(VALUE, 50) }, false, false, 51, 0, HOLDING_UNKNOWN },
	{ "half as much again", { ABOVE(START_TIMES, 1.5) }, true, true, 151, 100,
	    HOLDING_YES },
	{ "not quite", { ABOVE(START_TIMES, 1.5) }, true, true, 150, 100,
	    HOLDING_NO },
	{ "by so much", { ABOVE(START_BY, 20) }, true, true, 121, 100,
	    HOLDING_YES },
	{ "from below nothing", { BELOW(START_BY, -20) }, true, true, -5, 16,
	    HOLDING_YES },
	{ "no start", { ABOVE(START_TIMES, 1.5) }, true, false, 151, 100,
	    HOLDING_UNKNOWN },
	{ "a start and no number", { ABOVE(START_TIMES, 1.5) }, false, true, 151,
	    100, HOLDING_UNKNOWN },
};

Test(condition, looks_at_probes)
{
	const struct side side = { 1000, 999, 0 };

	for (size_t i = 0; i < COUNT_OF(probes); i++) {
		struct condition c = probes[i].c;
		struct condition_reading r;
		struct condition_view view;

		view_of(&view, &side, &side);
		c.kind = NUMBER_PROBE;
		c.index = SIGNAL_RULES_MAX + 5; /* of no signal */
		c.unit = UNIT_NUMBER;
		c.version = VERSION_ENHANCED;
		c.min_requests = 1;
		view.probe = (struct measured){ probes[i].value,
			probes[i].known, 0 };
		view.has_start = probes[i].has_start;
		view.start = (struct measured){ probes[i].start, 1, 0 };
		condition_judge(&c, &view, &none, &r);
		cr_expect_eq(r.holding, probes[i].want, "%s: %d", probes[i].why,
		    (int)r.holding);
		cr_expect_eq(condition_holds_surely(&c, &view, &r),
		    probes[i].want, "%s", probes[i].why);
		cr_expect_not(condition_is_shared(&c, &view, &at_large, true));
	}
}
