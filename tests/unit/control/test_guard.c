/* test_guard -- truth tables of the rules, the breaker and Wilson's bound.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "control/guard.h"

/* One version in a window: n legs, how many of them are events of the metric,
 * and their latency (all but `slow` of them take 10 ms). */
struct side {
	uint64_t n, events, slow;
};

static void
fill(struct tally *t, const struct side *s)
{
	memset(t, 0, sizeof *t);
	t->requests = t->primary_requests = t->compared = s->n;
	t->failures = t->fallbacks = t->different = s->events;
	for (uint64_t i = 0; i < s->n; i++)
		hist_add(&t->latency, i < s->slow ? 400000 : 10000);
}

static enum judgement
judge_with(const struct guard_rule *rule, struct side legacy,
    struct side enhanced, struct guard_memory *memory)
{
	struct condition_view scene = { 0 };
	struct guard_reading reading;

	fill(&scene.windows[VERSION_LEGACY], &legacy);
	fill(&scene.windows[VERSION_ENHANCED], &enhanced);
	guard_judge(rule, &scene, NS_PER_S, memory, &reading);
	return reading.judgement;
}

static enum judgement
judge(const struct guard_rule *rule, struct side legacy, struct side enhanced)
{
	struct guard_memory memory = { 0 };

	return judge_with(rule, legacy, enhanced, &memory);
}

static struct guard_rule
rule_of(enum measure measure, enum relation relation, double limit)
{
	return (struct guard_rule){ .name = "r", .action = GUARD_ROLLBACK,
		.when = { .measure = measure, .version = VERSION_ENHANCED,
		.relation = relation, .limit = limit, .window_ms = 10000,
		.min_requests = 100 } };
}

#define ERRORS MEASURE_ERROR_RATE
#define FALLBACKS MEASURE_FALLBACK_RATE
#define DIVERGENCE MEASURE_DIVERGENCE_RATE
#define BY RELATION_LEGACY_BY
#define TIMES RELATION_LEGACY_TIMES

static const struct {
	const char *why;
	enum measure metric;
	enum relation relation;
	double limit;
	struct side legacy, enhanced;
	enum judgement want;
} cases[] = {
	/* absolute shares */
	{ "none at all", ERRORS, RELATION_VALUE, 0.05, { 0 }, { 0 },
	    JUDGE_UNKNOWN },
	{ "one too few", ERRORS, RELATION_VALUE, 0.05, { 0 }, { 99, 99, 0 },
	    JUDGE_UNKNOWN },
	{ "just enough, fine", ERRORS, RELATION_VALUE, 0.05, { 0 }, { 100, 4, 0 },
	    JUDGE_FINE },
	{ "exactly at the limit", ERRORS, RELATION_VALUE, 0.05, { 0 },
	    { 100, 5, 0 }, JUDGE_FINE },
	{ "one above", ERRORS, RELATION_VALUE, 0.05, { 0 }, { 100, 6, 0 },
	    JUDGE_TRIP },
	{ "absolute, legacy as bad: held", ERRORS, RELATION_VALUE, 0.05,
	    { 1000, 900, 0 }, { 100, 6, 0 }, JUDGE_SHARED },
	{ "absolute, legacy bad, enhanced surely worse", ERRORS, RELATION_VALUE,
	    0.05, { 1000, 100, 0 }, { 100, 60, 0 }, JUDGE_TRIP },
	{ "absolute, legacy hardly seen", ERRORS, RELATION_VALUE, 0.05,
	    { 19, 19, 0 }, { 100, 60, 0 }, JUDGE_TRIP },
	{ "absolute, legacy seldom seen, and bad", ERRORS, RELATION_VALUE, 0.05,
	    { 99, 99, 0 }, { 100, 60, 0 }, JUDGE_SHARED },
	{ "legacy's failures are not enhanced's", ERRORS, RELATION_VALUE, 0.05,
	    { 1000, 900, 0 }, { 100, 0, 0 }, JUDGE_FINE },
	{ "fallbacks fine", FALLBACKS, RELATION_VALUE, 0.1, { 0 }, { 100, 10, 0 },
	    JUDGE_FINE },
	{ "fallbacks above", FALLBACKS, RELATION_VALUE, 0.1, { 0 }, { 100, 11, 0 },
	    JUDGE_TRIP },
	{ "divergence above", DIVERGENCE, RELATION_VALUE, 0.1, { 0 },
	    { 100, 11, 0 }, JUDGE_TRIP },
	{ "divergence unknown", DIVERGENCE, RELATION_VALUE, 0.1, { 0 },
	    { 50, 50, 0 }, JUDGE_UNKNOWN },
	/* absolute latencies, in us */
	{ "p50 fine with half of it slow", MEASURE_LATENCY_P50, RELATION_VALUE,
	    100000, { 0 }, { 100, 0, 50 }, JUDGE_FINE },
	{ "p50 above", MEASURE_LATENCY_P50, RELATION_VALUE, 100000, { 0 },
	    { 100, 0, 51 }, JUDGE_TRIP },
	{ "p95 fine", MEASURE_LATENCY_P95, RELATION_VALUE, 100000, { 0 },
	    { 100, 0, 5 }, JUDGE_FINE },
	{ "p95 above", MEASURE_LATENCY_P95, RELATION_VALUE, 100000, { 0 },
	    { 100, 0, 6 }, JUDGE_TRIP },
	{ "p99 fine", MEASURE_LATENCY_P99, RELATION_VALUE, 100000, { 0 },
	    { 100, 0, 1 }, JUDGE_FINE },
	{ "p99 above", MEASURE_LATENCY_P99, RELATION_VALUE, 100000, { 0 },
	    { 100, 0, 2 }, JUDGE_TRIP },
	{ "latency unknown", MEASURE_LATENCY_P95, RELATION_VALUE, 100000, { 0 },
	    { 99, 0, 99 }, JUDGE_UNKNOWN },
	/* legacy + difference */
	{ "difference fine", ERRORS, BY, 0.01, { 1000, 10, 0 }, { 100, 2, 0 },
	    JUDGE_FINE },
	{ "difference above", ERRORS, BY, 0.01, { 1000, 10, 0 }, { 100, 3, 0 },
	    JUDGE_TRIP },
	{ "both equally bad: shared cause", ERRORS, BY, 0.01, { 1000, 500, 0 },
	    { 100, 50, 0 }, JUDGE_FINE },
	{ "legacy unknown", ERRORS, BY, 0.01, { 99, 0, 0 }, { 100, 50, 0 },
	    JUDGE_UNKNOWN },
	{ "enhanced unknown", ERRORS, BY, 0.01, { 1000, 0, 0 }, { 99, 99, 0 },
	    JUDGE_UNKNOWN },
	{ "p95 by fine", MEASURE_LATENCY_P95, BY, 500000, { 100, 0, 0 },
	    { 100, 0, 50 }, JUDGE_FINE },
	{ "p95 by above", MEASURE_LATENCY_P95, BY, 100000, { 100, 0, 0 },
	    { 100, 0, 50 }, JUDGE_TRIP },
	{ "p95 both slow", MEASURE_LATENCY_P95, BY, 100000, { 100, 0, 50 },
	    { 100, 0, 50 }, JUDGE_FINE },
	{ "fallbacks by above", FALLBACKS, BY, 0.01, { 1000, 0, 0 },
	    { 100, 2, 0 }, JUDGE_TRIP },
	/* legacy x factor */
	{ "times fine", ERRORS, TIMES, 1.5, { 1000, 100, 0 }, { 100, 15, 0 },
	    JUDGE_FINE },
	{ "times above", ERRORS, TIMES, 1.5, { 1000, 100, 0 }, { 100, 16, 0 },
	    JUDGE_TRIP },
	{ "times both bad", ERRORS, TIMES, 1.5, { 1000, 900, 0 }, { 100, 99, 0 },
	    JUDGE_FINE },
	{ "one failure against none of as many", ERRORS, TIMES, 1.5,
	    { 100, 0, 0 }, { 100, 1, 0 }, JUDGE_FINE },
	{ "two against none of as many", ERRORS, TIMES, 1.5, { 100, 0, 0 },
	    { 100, 2, 0 }, JUDGE_TRIP },
	{ "p50 times fine", MEASURE_LATENCY_P50, TIMES, 50, { 100, 0, 0 },
	    { 100, 0, 60 }, JUDGE_FINE },
	{ "p50 times above", MEASURE_LATENCY_P50, TIMES, 2, { 100, 0, 0 },
	    { 100, 0, 60 }, JUDGE_TRIP },
	{ "times, legacy unknown", ERRORS, TIMES, 1.5, { 0 }, { 100, 50, 0 },
	    JUDGE_UNKNOWN },
};

Test(guard, judges_each_case)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct guard_rule rule = rule_of(cases[i].metric,
		    cases[i].relation, cases[i].limit);

		cr_expect_eq(judge(&rule, cases[i].legacy, cases[i].enhanced),
		    cases[i].want, "%s", cases[i].why);
	}
}

/* An outage of both ends: one falls below the limit sooner than the other. */
Test(guard, a_hold_ends_when_fine_or_surely_worse)
{
	static const struct {
		const char *why;
		struct side legacy, enhanced;
		enum judgement want;
	} steps[] = {
		{ "both fail", { 1000, 500, 0 }, { 100, 50, 0 }, JUDGE_SHARED },
		{ "legacy is below first", { 1000, 49, 0 }, { 100, 6, 0 },
		    JUDGE_SHARED },
		{ "both are", { 1000, 10, 0 }, { 100, 4, 0 }, JUDGE_FINE },
		{ "and enhanced alone is over it", { 1000, 49, 0 }, { 100, 6, 0 },
		    JUDGE_TRIP },
		{ "both fail again", { 1000, 500, 0 }, { 100, 50, 0 },
		    JUDGE_SHARED },
		{ "legacy recovers, enhanced does not", { 1000, 10, 0 },
		    { 100, 50, 0 }, JUDGE_TRIP },
	};
	struct guard_rule rule = rule_of(ERRORS, RELATION_VALUE, 0.05);
	struct guard_memory memory = { 0 };

	for (size_t i = 0; i < COUNT_OF(steps); i++)
		cr_expect_eq(judge_with(&rule, steps[i].legacy,
		    steps[i].enhanced, &memory), steps[i].want, "%s",
		    steps[i].why);
}

Test(guard, min_requests_of_zero_still_needs_one)
{
	struct guard_rule rule = rule_of(ERRORS, RELATION_VALUE, 0.05);
	const struct side none = { 0 }, bad = { 1, 1, 0 };

	rule.when.min_requests = 0;
	cr_expect_eq(judge(&rule, none, none), JUDGE_UNKNOWN);
	cr_expect_eq(judge(&rule, none, bad), JUDGE_TRIP);
}

Test(guard, a_rule_on_legacy_reads_legacy)
{
	struct guard_rule rule = rule_of(ERRORS, RELATION_VALUE, 0.05);
	const struct side fine = { 100, 0, 0 }, bad = { 100, 50, 0 };

	rule.when.version = VERSION_LEGACY;
	rule.action = GUARD_ALERT;
	cr_expect_eq(judge(&rule, bad, fine), JUDGE_TRIP);
	cr_expect_eq(judge(&rule, fine, bad), JUDGE_FINE);
}

/* --- for ---------------------------------------------------------------- */

enum weather { FINE, BAD, FEW };

static const struct {
	const char *why;
	unsigned after_s;    /* since the last line */
	enum weather weather;
	enum judgement want;
	unsigned above_s;
} minutes[] = {
	{ "begins", 0, BAD, JUDGE_PENDING, 0 },
	{ "half of it", 5, BAD, JUDGE_PENDING, 5 },
	{ "unknown holds", 2, FEW, JUDGE_UNKNOWN, 7 },
	{ "and keeps the start", 2, BAD, JUDGE_PENDING, 9 },
	{ "long enough", 1, BAD, JUDGE_TRIP, 10 },
	{ "stays", 30, BAD, JUDGE_TRIP, 40 },
	{ "fine clears", 1, FINE, JUDGE_FINE, 0 },
	{ "and it begins anew", 1, BAD, JUDGE_PENDING, 0 },
	{ "unknown for long does not trip", 60, FEW, JUDGE_UNKNOWN, 60 },
	{ "but the time counts", 1, BAD, JUDGE_TRIP, 61 },
};

Test(guard, must_stay_above_for_the_time)
{
	static const struct side sides[] = {
		[FINE] = { 100, 0, 0 }, [BAD] = { 100, 50, 0 },
		[FEW] = { 3, 3, 0 },
	};
	struct guard_rule rule = rule_of(ERRORS, RELATION_VALUE, 0.05);
	struct guard_memory memory = { 0 };
	struct condition_view scene = { 0 };
	struct guard_reading reading;
	uint64_t now_ns = NS_PER_S;

	rule.for_ms = 10000;
	for (size_t i = 0; i < COUNT_OF(minutes); i++) {
		now_ns += minutes[i].after_s * NS_PER_S;
		fill(&scene.windows[VERSION_ENHANCED], &sides[minutes[i].weather]);
		guard_judge(&rule, &scene, now_ns, &memory, &reading);
		cr_expect_eq(reading.judgement, minutes[i].want, "%s",
		    minutes[i].why);
		cr_expect_eq(reading.above_ns, minutes[i].above_s * NS_PER_S, "%s",
		    minutes[i].why);
	}
}

/* An outage of both ends within the time that the rule waits. */
Test(guard, holds_for_a_cause_that_was_shared_while_it_waited)
{
	const struct side bad = { 1000, 500, 0 }, below = { 1000, 49, 0 },
		bit = { 100, 6, 0 }, worse = { 100, 50, 0 };
	struct guard_rule rule = rule_of(ERRORS, RELATION_VALUE, 0.05);
	struct guard_memory memory = { 0 };
	struct condition_view scene = { 0 };
	struct guard_reading reading;

	rule.for_ms = 10000;
	fill(&scene.windows[VERSION_LEGACY], &bad);
	fill(&scene.windows[VERSION_ENHANCED], &worse);
	guard_judge(&rule, &scene, NS_PER_S, &memory, &reading);
	cr_expect_eq(reading.judgement, JUDGE_PENDING);
	fill(&scene.windows[VERSION_LEGACY], &below);
	fill(&scene.windows[VERSION_ENHANCED], &bit);
	guard_judge(&rule, &scene, 11 * NS_PER_S, &memory, &reading);
	cr_expect_eq(reading.judgement, JUDGE_SHARED);
	fill(&scene.windows[VERSION_ENHANCED], &worse);
	guard_judge(&rule, &scene, 12 * NS_PER_S, &memory, &reading);
	cr_expect_eq(reading.judgement, JUDGE_TRIP, "surely worse by now");
}

Test(guard, a_firing_is_over_after_a_whole_window_of_fine)
{
	const struct side fine = { 100, 0, 0 };
	struct guard_rule rule = rule_of(ERRORS, RELATION_VALUE, 0.05);
	struct guard_memory memory = { .fired = true };
	struct condition_view scene = { 0 };
	struct guard_reading reading;

	fill(&scene.windows[VERSION_ENHANCED], &fine);
	guard_judge(&rule, &scene, 5 * NS_PER_S, &memory, &reading);
	cr_expect(memory.fired);
	guard_judge(&rule, &scene, 14 * NS_PER_S, &memory, &reading);
	cr_expect(memory.fired);
	guard_judge(&rule, &scene, 15 * NS_PER_S, &memory, &reading);
	cr_expect(!memory.fired);
}

/* --- breaker ------------------------------------------------------------ */

static const struct {
	const char *why;
	bool enabled;
	uint64_t n, failures, legacy_n, legacy_failures;
	enum judgement want;
} breaks[] = {
	{ "too few", true, 19, 19, 0, 0, JUDGE_UNKNOWN },
	{ "all fail", true, 20, 20, 0, 0, JUDGE_TRIP },
	{ "half fails: surely above 20%", true, 20, 10, 0, 0, JUDGE_TRIP },
	{ "above 20%, but not surely", true, 20, 7, 0, 0, JUDGE_FINE },
	{ "fine", true, 1000, 10, 0, 0, JUDGE_FINE },
	{ "switched off", false, 1000, 1000, 0, 0, JUDGE_UNKNOWN },
	{ "legacy fails as well", true, 20, 20, 200, 150, JUDGE_SHARED },
	{ "legacy fails, and who knows", true, 20, 20, 19, 19, JUDGE_TRIP },
	{ "legacy fails a little", true, 20, 20, 200, 20, JUDGE_TRIP },
};

Test(guard, the_breaker_wants_to_be_sure)
{
	for (size_t i = 0; i < COUNT_OF(breaks); i++) {
		const struct breaker b = { .enabled = breaks[i].enabled,
			.failure_rate = 0.2, .min_requests = 20 };
		const struct tally windows[VERSION_COUNT] = {
			{ .requests = breaks[i].legacy_n,
			    .failures = breaks[i].legacy_failures },
			{ .requests = breaks[i].n,
			    .failures = breaks[i].failures },
		};
		struct guard_reading r;

		cr_expect_eq(breaker_judge(&b, windows, &r),
		    breaks[i].want == JUDGE_TRIP, "%s", breaks[i].why);
		cr_expect_eq(r.judgement, breaks[i].want, "%s", breaks[i].why);
	}
}

/* --- words -------------------------------------------------------------- */

Test(guard, explains_a_share)
{
	const struct guard_rule rule = { .name = "errors", .for_ms = 5000,
		.when = { .measure = ERRORS, .version = VERSION_ENHANCED,
		.limit = 0.05, .window_ms = 60000, .min_requests = 20 },
		.action = GUARD_ROLLBACK, .severity = SEVERITY_CRITICAL };
	const struct guard_reading r = { JUDGE_TRIP, .numbers = { .value = 0.072,
		.baseline = 0.01, .limit = 0.05, .n = 1000, .baseline_n = 9000,
		.events = 72, .baseline_events = 90 }, .above_ns = 6 * NS_PER_S };
	struct buf sentence = { 0 }, json = { 0 };

	guard_explain(&rule, &r, &sentence, &json);
	cr_expect_str_eq(sentence.bytes, "errors: error_rate of enhanced is 7.2% "
	    "(72 of 1000) over the last 1m, above 5%, for 6s");
	cr_expect_str_eq(json.bytes, "{\"rule\":\"errors\",\"metric\":"
	    "\"error_rate\",\"version\":\"enhanced\",\"relation\":\"above\","
	    "\"unit\":\"share\",\"value\":0.072,\"limit\":0.05,\"n\":1000,"
	    "\"events\":72,\"legacy\":0.01,\"legacy_n\":9000,"
	    "\"window_ms\":60000,\"min_requests\":20,\"for_ms\":5000,"
	    "\"above_ms\":6000,\"action\":\"rollback\","
	    "\"severity\":\"critical\"}");
	buf_fini(&sentence);
	buf_fini(&json);
}

Test(guard, explains_a_relative_latency)
{
	const struct guard_rule rule = { .name = "p95", .when = {
		.measure = MEASURE_LATENCY_P95, .version = VERSION_ENHANCED,
		.relation = BY, .limit = 100000, .window_ms = 10000 } };
	const struct guard_reading r = { JUDGE_TRIP, .numbers = {
		.value = 250000, .baseline = 120000, .limit = 220000, .n = 50,
		.baseline_n = 70 } };
	struct buf sentence = { 0 };

	guard_explain(&rule, &r, &sentence, NULL);
	cr_expect_str_eq(sentence.bytes, "p95: latency_p95 of enhanced is 250ms "
	    "(of 50) over the last 10s, above 220ms, that is legacy's 120ms "
	    "(of 70) + 100ms");
	buf_fini(&sentence);
}
