/* guard_explain -- a judgement in words and in JSON, numbers and all.
 * SPDX-License-Identifier: MIT
 *
 * The sentence becomes the reason of the rollout state, the JSON the evidence
 * of its event: both must say what was measured, over what, and against what.
 * Latencies are milliseconds here, shares stay 0..1.
 */
#include "control/guard.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/streak.h"

const char *
judgement_name(enum judgement j)
{
	static const char *const names[] = {
		[JUDGE_UNKNOWN] = "unknown", [JUDGE_FINE] = "fine",
		[JUDGE_PENDING] = "pending", [JUDGE_TRIP] = "trip",
		[JUDGE_SHARED] = "shared",
	};

	return names[j];
}

/* "7.2%", "240ms" or "17" */
static void
add_value(struct buf *b, enum measure_unit unit, double value)
{
	if (unit == UNIT_SHARE)
		buf_printf(b, "%.4g%%", value * 100);
	else if (unit == UNIT_NUMBER)
		buf_printf(b, "%.6g", value);
	else if (value < 10000)
		buf_printf(b, "%.2gms", value / 1000);
	else
		buf_printf(b, "%.0fms", value / 1000);
}

void
guard_explain_number(const struct condition *c, struct buf *b)
{
	buf_puts(b, condition_name(c));
	if (condition_whose(c)[0] != '\0')
		buf_printf(b, " of %s", condition_whose(c));
	if (c->route != NULL)
		buf_printf(b, " on %s", c->route);
}

/* " (72 of 1000)" or " (of 1000)"; a count is of nothing but itself, nor is
 * what a probe says. */
static void
add_count(struct buf *b, const struct condition *c, uint64_t events, uint64_t n)
{
	enum measure_unit unit = condition_unit(c);

	if (unit == UNIT_SHARE)
		buf_printf(b, " (%" PRIu64 " of %" PRIu64 ")", events, n);
	else if (unit == UNIT_TIME || c->kind == NUMBER_SIGNAL)
		buf_printf(b, " (of %" PRIu64 ")", n);
}

static void
add_span(struct buf *b, uint64_t ms)
{
	char text[32];

	text_format_duration(ms * 1000, text);
	buf_puts(b, text);
}

static void
add_over(struct buf *b, const struct condition *c, bool is_late)
{
	if (c->kind == NUMBER_PROBE && c->per == PER_NONE)
		return; /* of now */
	if (c->test == TEST_SEQUENTIAL) {
		buf_puts(b, is_late && condition_unit(c) == UNIT_SHARE ?
		    " lately" : " since the stage began");
	} else if (c->last > 0) {
		buf_printf(b, " over the last %" PRIu64, c->last);
	} else {
		buf_puts(b, " over the last ");
		add_span(b, c->window_ms);
	}
}

static void
add_limit(struct buf *b, const struct condition *c,
    const struct condition_reading *r)
{
	enum measure_unit unit = condition_unit(c);
	bool is_times = c->relation == RELATION_LEGACY_TIMES ||
	    c->relation == RELATION_START_TIMES;

	buf_puts(b, c->below ? "below " : "above ");
	add_value(b, unit, r->limit);
	if (c->relation == RELATION_VALUE)
		return;
	buf_printf(b, ", that is %s ", !condition_is_of_start(c) ? "legacy's" :
	    r->baseline_of == c->version ? "the start's" :
	    "legacy's at the start,");
	add_value(b, unit, r->baseline);
	add_count(b, c, r->baseline_events, r->baseline_n);
	if (is_times) {
		buf_printf(b, " x %.4g", c->limit);
	} else {
		buf_puts(b, c->limit < 0 ? " - " : " + ");
		add_value(b, unit, fabs(c->limit));
	}
}

static void
explain_sentence(const struct guard_rule *rule, const struct guard_reading *r,
    struct buf *b)
{
	const struct condition *c = &rule->when;
	enum measure_unit unit = condition_unit(c);

	buf_printf(b, "%s: ", rule->name);
	guard_explain_number(c, b);
	buf_puts(b, " is ");
	add_value(b, unit, r->numbers.value);
	add_count(b, c, r->numbers.events, r->numbers.n);
	add_over(b, c, r->numbers.is_late);
	buf_puts(b, ", ");
	if (r->numbers.is_late && unit != UNIT_SHARE)
		buf_printf(b, "lately %" PRIu64 " of %" PRIu64 " were ",
		    r->numbers.lately.own.events, r->numbers.lately.own.n);
	add_limit(b, c, &r->numbers);
	if (c->test == TEST_SEQUENTIAL)
		buf_printf(b, " by evidence of %.3g to 1 (%.3g needed)",
		    r->numbers.evidence, 1 / c->alpha);
	if (rule->for_ms > 0) {
		buf_puts(b, ", for ");
		add_span(b, r->above_ns / NS_PER_MS);
	}
	if (r->judgement == JUDGE_SHARED)
		buf_puts(b, "; legacy is as bad, so nothing is done");
}

/* In the unit of the JSON. */
static double
scale(enum measure_unit unit, double value)
{
	return unit == UNIT_TIME ? value / 1000 : value;
}

const char *
guard_unit_name(enum measure_unit unit)
{
	return unit == UNIT_TIME ? "ms" : unit == UNIT_SHARE ? "share" : "number";
}

static void
condition_json(const struct condition *c, const struct condition_reading *r,
    struct buf *b)
{
	enum measure_unit unit = condition_unit(c);
	const char *base;

	buf_printf(b, ",\"metric\":\"%s\",\"version\":\"%s\",\"relation\":\"%s\"",
	    condition_name(c), condition_whose(c), condition_key(c));
	buf_printf(b, ",\"unit\":\"%s\",\"value\":%.6g,\"limit\":%.6g,"
	    "\"n\":%" PRIu64, guard_unit_name(unit), scale(unit, r->value),
	    scale(unit, r->limit), r->n);
	if (c->route != NULL) {
		buf_puts(b, ",\"route\":");
		buf_json_string(b, c->route, strlen(c->route));
	}
	if (unit == UNIT_SHARE)
		buf_printf(b, ",\"events\":%" PRIu64, r->events);
	base = condition_is_of_start(c) ? "start" : "legacy";
	buf_printf(b, ",\"%s\":%.6g,\"%s_n\":%" PRIu64, base,
	    scale(unit, r->baseline), base, r->baseline_n);
	if (condition_is_of_start(c) && c->kind != NUMBER_PROBE)
		buf_printf(b, ",\"start_version\":\"%s\"",
		    version_name(r->baseline_of));
	if (c->test == TEST_SEQUENTIAL)
		buf_printf(b, ",\"evidence\":%.6g,\"alpha\":%.6g,"
		    "\"since\":\"%s\"", r->evidence, c->alpha,
		    r->is_late ? "lately" : "stage");
	if (c->last > 0)
		buf_printf(b, ",\"last\":%" PRIu64, c->last);
	else
		buf_printf(b, ",\"window_ms\":%" PRIu64, c->window_ms);
	buf_printf(b, ",\"min_requests\":%" PRIu64, c->min_requests);
}

static void
explain_json(const struct guard_rule *rule, const struct guard_reading *r,
    struct buf *b)
{
	buf_puts(b, "{\"rule\":");
	buf_json_string(b, rule->name, strlen(rule->name));
	condition_json(&rule->when, &r->numbers, b);
	buf_printf(b, ",\"for_ms\":%" PRIu64 ",\"above_ms\":%" PRIu64,
	    rule->for_ms, r->above_ns / NS_PER_MS);
	buf_printf(b, ",\"action\":\"%s\",\"severity\":\"%s\"}",
	    guard_action_name(rule->action), severity_name(rule->severity));
}

void
guard_explain(const struct guard_rule *rule, const struct guard_reading *r,
    struct buf *sentence, struct buf *json)
{
	if (sentence != NULL)
		explain_sentence(rule, r, sentence);
	if (json != NULL)
		explain_json(rule, r, json);
}

void
guard_explain_gate(const struct gate *gate, const struct condition_reading *r,
    struct buf *b)
{
	const struct condition *c = &gate->when;
	enum measure_unit unit = condition_unit(c);

	guard_explain_number(c, b);
	buf_puts(b, " ");
	if (r->holding == HOLDING_UNKNOWN && condition_is_of_start(c) &&
	    r->n >= c->min_requests && r->n > 0) {
		buf_puts(b, "was not known at the stage's start");
		return;
	}
	if (r->holding == HOLDING_UNKNOWN && c->kind == NUMBER_PROBE) {
		buf_puts(b, "is not known");
		return;
	}
	if (r->holding == HOLDING_UNKNOWN) {
		buf_printf(b, "is not known yet (%" PRIu64 " of %" PRIu64 ")", r->n,
		    c->min_requests);
		return;
	}
	buf_puts(b, "is ");
	add_value(b, unit, r->value);
	add_count(b, c, r->events, r->n);
	if (r->has_bound) {
		buf_printf(b, ", surely %s ", c->below ? "below" : "above");
		add_value(b, unit, r->bound);
	}
	buf_puts(b, "; ");
	add_limit(b, c, r);
	buf_puts(b, " is asked for");
}

static uint32_t
row_of(const struct breaker *b, enum breaker_cause cause)
{
	return cause == BREAKER_HALF_ROW ? streak_half(b) : b->consecutive;
}

static void
breaker_sentence(const struct breaker *b, const struct guard_reading *r,
    enum breaker_cause cause, struct buf *out)
{
	if (cause != BREAKER_RATE)
		buf_printf(out, "breaker: %" PRIu32 " failures of enhanced in a "
		    "row on one worker%s", row_of(b, cause),
		    cause == BREAKER_HALF_ROW ? " while legacy was well" : "");
	else
		buf_printf(out, "breaker: enhanced fails at least %.4g%% of its "
		    "requests, above %.4g%%", r->numbers.value * 100,
		    r->numbers.limit * 100);
	buf_printf(out, " (%" PRIu64 " of %" PRIu64 " over the last ",
	    r->numbers.events, r->numbers.n);
	add_span(out, b->window_ms);
	buf_puts(out, ")");
}

void
breaker_explain(const struct breaker *b, const struct guard_reading *r,
    enum breaker_cause cause, struct buf *sentence, struct buf *json)
{
	if (sentence != NULL)
		breaker_sentence(b, r, cause, sentence);
	if (json == NULL)
		return;
	buf_printf(json, "{\"rule\":\"breaker\",\"metric\":\"%s\","
	    "\"version\":\"enhanced\",\"unit\":\"share\",",
	    cause == BREAKER_RATE ? "failure_rate_lower_bound" :
	    "consecutive_failures");
	if (cause != BREAKER_RATE)
		buf_printf(json, "\"consecutive\":%" PRIu32 ",", row_of(b, cause));
	buf_printf(json, "\"value\":%.6g,\"limit\":%.6g,\"z\":%.3g,\"n\":%" PRIu64
	    ",\"events\":%" PRIu64 ",\"window_ms\":%" PRIu64
	    ",\"min_requests\":%" PRIu64 ",\"action\":\"rollback\","
	    "\"severity\":\"critical\"}", r->numbers.value,
	    r->numbers.limit, BREAKER_Z, r->numbers.n, r->numbers.events,
	    b->window_ms, b->min_requests);
}
