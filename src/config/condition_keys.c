/* condition_keys -- what the rows of a condition cannot say.
 * SPDX-License-Identifier: MIT
 *
 * What a limit means depends on the metric, so it is read when both are
 * there.  Contract in condition_keys.h.
 */
#include "config/condition_keys.h"

#include <assert.h>
#include <string.h>

#include "config/read.h"
#include "config/words.h"

#define MIN_REQUESTS_FIXED 20

/* --- the limit ------------------------------------------------------------- */

/* tag: the relation, and in its last bit whether it is "below". */
static bool
read_limit(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct condition *c = target;

	if (value->kind != JSON_STRING && value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	c->relation = (enum relation)(key->tag >> 1);
	c->below = (key->tag & 1) != 0;
	return true;
}

static void
schema_limit(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": [\"string\", \"number\"]");
}

const struct key_type key_measure_limit = { "share, duration or number",
	"a share like \"5%\", a duration like \"500ms\" or a number like 1.5",
	read_limit, NULL, schema_limit };

/* Bounds as in a row. */
static const struct key limit_as_rate = { .type = &key_rate,
	.width = sizeof(double), .max = 100000 };
static const struct key limit_as_time = { .type = &key_duration,
	.width = sizeof(uint64_t), .min = 0, .max = 3600e3 };
static const struct key limit_as_factor = { .type = &key_factor,
	.width = sizeof(double), .min = 0.001, .max = 1000 };
static const struct key limit_as_number = { .type = &key_factor,
	.width = sizeof(double), .min = -1e15, .max = 1e15 };

static bool
is_factor(enum relation relation)
{
	return relation == RELATION_LEGACY_TIMES ||
	    relation == RELATION_START_TIMES;
}

static void
take_limit(struct reader *r, const struct json *value, struct condition *c)
{
	uint64_t ms = 0;

	if (is_factor(c->relation)) {
		limit_as_factor.type->read(r, &limit_as_factor, value, &c->limit);
		return;
	}
	switch (measure_unit(c->measure)) {
	case UNIT_SHARE:
		limit_as_rate.type->read(r, &limit_as_rate, value, &c->limit);
		break;
	case UNIT_TIME:
		if (limit_as_time.type->read(r, &limit_as_time, value, &ms))
			c->limit = (double)ms * 1000;
		break;
	case UNIT_NUMBER:
		limit_as_number.type->read(r, &limit_as_number, value, &c->limit);
		break;
	}
}

/* --- what goes together ------------------------------------------------------ */

static bool
is_of_legacy(enum relation relation)
{
	return relation == RELATION_LEGACY_BY ||
	    relation == RELATION_LEGACY_TIMES;
}

/* Legacy has no fallbacks, and differs from nothing. */
static bool
is_of_enhanced_only(enum measure m)
{
	return m == MEASURE_FALLBACK_RATE || m == MEASURE_DIVERGENCE_RATE;
}

static void
check_version(struct reader *r, const struct json *object,
    const struct condition *c)
{
	bool only_enhanced = is_of_enhanced_only(c->measure);

	if (c->version == VERSION_LEGACY && is_of_legacy(c->relation))
		read_fault_in(r, object, "version", "\"legacy\" would be compared with "
		    "itself; remove it, or use \"above\"");
	else if (c->version == VERSION_LEGACY && only_enhanced)
		read_fault_in(r, object, "version", "%s is a number of enhanced only; "
		    "remove it", measure_name(c->measure));
	if (only_enhanced && is_of_legacy(c->relation))
		read_fault_in(r, object, condition_key(c), "legacy has no %s to compare "
		    "with; use \"above\"", measure_name(c->measure));
}

static bool
is_testable(const struct condition *c)
{
	enum measure_unit unit = measure_unit(c->measure);

	if (c->below || c->measure == MEASURE_LATENCY_MEAN)
		return false;
	if (c->relation == RELATION_VALUE)
		return unit != UNIT_NUMBER;
	return c->relation == RELATION_LEGACY_TIMES && unit == UNIT_SHARE;
}

static void
check_test(struct reader *r, const struct json *object, struct condition *c)
{
	bool is_sequential = c->test == TEST_SEQUENTIAL;

	if (json_member(object, "min_requests") == NULL)
		c->min_requests = is_sequential ? 1 : MIN_REQUESTS_FIXED;
	if (is_sequential && !is_testable(c))
		read_fault_in(r, object, "test", "there is no sequential test of %s "
		    "%s; use \"above\" or \"above_legacy_times\" of a rate, \"above\" "
		    "of a latency quantile, or \"fixed\"", measure_name(c->measure),
		    condition_key(c));
	/* A share of 0 or 1 cannot be exceeded by evidence. */
	if (is_sequential && c->relation == RELATION_VALUE &&
	    measure_unit(c->measure) == UNIT_SHARE &&
	    !(c->limit > 0 && c->limit < 1))
		read_fault_in(r, object, condition_key(c), "must be more than 0%% and "
		    "less than 100%% for a sequential test");
	if (!is_sequential && json_member(object, "alpha") != NULL)
		read_fault_in(r, object, "alpha", "is of \"test\": \"sequential\"; "
		    "remove it, or ask for that test");
}

void
check_condition(struct reader *r, const struct json *object,
    struct condition *c)
{
	const struct json *metric = json_member(object, "metric"), *value;
	const char *key = condition_key(c);

	value = json_member(object, key);
	if (metric == NULL || metric->kind != JSON_STRING ||
	    word_index(measure_words, metric->text, metric->len) < 0)
		return;
	if (value != NULL && (value->kind == JSON_STRING ||
	    value->kind == JSON_NUMBER)) {
		size_t mark = read_enter(r, key, strlen(key));

		take_limit(r, value, c);
		read_leave(r, mark);
	}
	check_version(r, object, c);
	check_test(r, object, c);
}
