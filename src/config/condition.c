/* condition -- see condition.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/condition.h"

#include "config/words.h"

static double
measure_quantile(enum measure m)
{
	switch (m) {
	case MEASURE_LATENCY_P50:
	case MEASURE_FIRST_CONTENT_P50:
		return 0.50;
	case MEASURE_LATENCY_P95:
	case MEASURE_FIRST_BYTE_P95:
	case MEASURE_FIRST_CONTENT_P95:
		return 0.95;
	case MEASURE_LATENCY_P99:
	case MEASURE_FIRST_CONTENT_P99:
		return 0.99;
	case MEASURE_ERROR_RATE:
	case MEASURE_FALLBACK_RATE:
	case MEASURE_DIVERGENCE_RATE:
	case MEASURE_LATENCY_MEAN:
	case MEASURE_REQUESTS:
	case MEASURE_ISOLATION:
	case MEASURE_COUNT:
		break;
	}
	return 0;
}

const char *
condition_name(const struct condition *c)
{
	return c->kind == NUMBER_MEASURE ? measure_name(c->measure) : c->name;
}

enum measure_unit
condition_unit(const struct condition *c)
{
	return c->kind == NUMBER_MEASURE ? measure_unit(c->measure) : c->unit;
}

const char *
condition_whose(const struct condition *c)
{
	return c->kind == NUMBER_PROBE ? "" : version_name(c->version);
}

double
condition_quantile(const struct condition *c)
{
	return c->kind == NUMBER_MEASURE ? measure_quantile(c->measure) :
	    c->quantile;
}

bool
condition_is_of_start(const struct condition *c)
{
	return c->relation == RELATION_START_BY ||
	    c->relation == RELATION_START_TIMES;
}

bool
condition_is_of_both(const struct condition *c)
{
	if (c->kind != NUMBER_MEASURE)
		return c->kind != NUMBER_PROBE;
	return c->measure != MEASURE_FALLBACK_RATE &&
	    c->measure != MEASURE_DIVERGENCE_RATE &&
	    c->measure != MEASURE_REQUESTS && c->measure != MEASURE_ISOLATION;
}

static const char *const relation_keys[RELATION_COUNT][2] = {
	[RELATION_VALUE] = { "above", "below" },
	[RELATION_LEGACY_BY] = { "above_legacy_by", "below_legacy_by" },
	[RELATION_LEGACY_TIMES] = { "above_legacy_times", "below_legacy_times" },
	[RELATION_START_BY] = { "above_start_by", "below_start_by" },
	[RELATION_START_TIMES] = { "above_start_times", "below_start_times" },
};

const char *
condition_key(const struct condition *c)
{
	return relation_keys[c->relation][c->below];
}
