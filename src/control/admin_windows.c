/* admin_windows -- GET /api/v1/routes: each route in the last minutes.
 * SPDX-License-Identifier: MIT
 *
 * A number comes with the interval in which it surely lies, both ends at
 * 95 %: Wilson's for shares, order statistics for quantiles.  What too few
 * requests say nothing of is null, with how many there were and are needed.
 */
#include "control/admin_call.h"

#include <math.h>

#include "base/clock.h"
#include "control/json_text.h"
#include "control/measure.h"
#include "control/minutes.h"

#define ALPHA 0.05 /* of measure_bound() */

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

static json_t *
number(bool is_known, double value)
{
	return is_known ? json_real(value) : json_null();
}

/* The least n of which the largest is surely over the quantile: 59 of p95. */
static uint64_t
needed(double q)
{
	return (uint64_t)ceil(log(ALPHA) / log(fmax(q, 1 - q)));
}

static json_t *
measured(enum measure measure, const struct tally *t)
{
	const struct condition c = { .measure = measure };
	double scale = condition_unit(&c) == UNIT_TIME ? 1e3 : 1;
	double q = condition_quantile(&c), low = 0, high = 0;
	bool is_known;
	struct measured m;

	measure_take(&c, t, &m);
	is_known = measure_bound(&c, t, false, &low);
	is_known = measure_bound(&c, t, true, &high) && is_known;
	return json_pack("{s:o, s:o, s:o, s:o, s:o}",
	    "value", number(is_known, m.value / scale),
	    "low", number(is_known, low / scale),
	    "high", number(is_known, high / scale),
	    "n", json_count(m.n),
	    "needs", json_count(q > 0 ? needed(q) : 1));
}

static json_t *
version(const struct minutes *minutes, size_t i, enum version v)
{
	json_t *o = json_object();
	struct tally t;

	(void)minutes_recent(minutes, i, v, &t);
	set(o, "requests", json_count(t.requests));
	set(o, "failures", json_count(t.failures));
	set(o, "primary", json_count(t.primary_requests));
	set(o, "shadow", json_count(t.shadow_requests));
	set(o, "error_rate", measured(MEASURE_ERROR_RATE, &t));
	set(o, "latency_p50_ms", measured(MEASURE_LATENCY_P50, &t));
	set(o, "latency_p95_ms", measured(MEASURE_LATENCY_P95, &t));
	if (v == VERSION_LEGACY)
		return o;
	set(o, "fallbacks", json_count(t.fallbacks));
	set(o, "compared", json_count(t.compared));
	set(o, "different", json_count(t.different));
	return o;
}

static json_t *
route(const struct minutes *m, size_t i)
{
	const char *path = minutes_route(m, i);
	json_t *o = json_object();
	struct tally t;

	set(o, "route", path != NULL ? json_text(path) : json_null());
	set(o, "since", json_time(minutes_recent(m, i, VERSION_LEGACY, &t)));
	for (enum version v = 0; v < VERSION_COUNT; v++)
		set(o, version_name(v), version(m, i, v));
	return o;
}

void
admin_get_routes(const struct admin_scene *s, struct admin_call *c)
{
	const struct minutes *m = s->ports.of.minutes;
	const struct rules *rules =
	    &rollout_snapshot(s->ports.of.rollout)->config->rules;
	json_t *list = json_array();

	for (size_t i = 0; m != NULL && i < minutes_count(m); i++)
		json_array_append_new(list, route(m, i));
	json_print(json_pack("{s:o, s:o, s:o}", "time",
	    json_time(clock_wall_us()), "left_out",
	    json_count(rules->counting.left_out), "routes", list), &c->reply);
}
