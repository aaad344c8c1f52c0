/* judge_condition -- see judge_condition.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/judge_condition.h"

#include <assert.h>
#include <math.h>

#include "base/evidence.h"
#include "config/words.h"

#define SURE_Z 1.6449 /* one-sided 95 % */
/* A hold is looked at fifty times a second: 95 % would give way by chance. */
#define WORSE_Z 3.29
/* The least of legacy that a hold may begin with. */
#define FEW_REQUESTS 20
#define FEW_FAILURES 3
/* E beyond every alpha; exp() of more is no number. */
#define LN_EVIDENCE_MAX 700

/* --- baseline and limit ------------------------------------------------------ */

static bool
is_relative(const struct condition *c)
{
	return c->relation != RELATION_VALUE;
}

static bool
is_of_fallbacks(const struct condition *c)
{
	return c->kind == NUMBER_MEASURE &&
	    c->measure == MEASURE_FALLBACK_RATE;
}

/* Legacy has nobody to fall back to: what would be fallbacks are failures. */
static void
take_legacys(const struct condition *c, const struct condition_view *scene,
    struct measured *out)
{
	struct condition as = *c;

	if (is_of_fallbacks(c))
		as.measure = MEASURE_ERROR_RATE;
	measure_take(&as, &scene->windows[VERSION_LEGACY], out);
}

/* false: there is none, or too little of it.  Of a plain limit it is legacy's
 * number, for who reads the evidence. */
static bool
take_baseline(const struct condition *c,
    const struct condition_view *scene,
    struct measured *out)
{
	if (condition_is_of_start(c)) {
		*out = scene->start;
		return scene->has_start;
	}
	take_legacys(c, scene, out);
	if (!is_relative(c))
		return true;
	return out->n > 0 && out->n >= c->min_requests;
}

/* Zero failures in n is not a rate of zero: "times" takes legacy as having
 * had one, or a single failure of enhanced would be infinitely worse. */
static double
times(const struct condition *c, const struct measured *base)
{
	double value = base->value;

	if (condition_unit(c) == UNIT_SHARE && base->events == 0 &&
	    base->n > 0)
		value = 1.0 / (double)base->n;
	return value * c->limit;
}

static double
limit_of(const struct condition *c, const struct measured *base)
{
	switch (c->relation) {
	case RELATION_VALUE:
		return c->limit;
	case RELATION_LEGACY_BY:
	case RELATION_START_BY:
		return base->value + c->limit;
	case RELATION_LEGACY_TIMES:
	case RELATION_START_TIMES:
		return times(c, base);
	case RELATION_COUNT:
		break;
	}
	assert(!"unknown relation");
	return c->limit;
}

/* --- the sequential test ------------------------------------------------------- */

static struct sides
sides_of(const struct condition *c, const struct condition_view *scene,
    enum weight weight)
{
	struct condition as = *c;

	if (is_of_fallbacks(c))
		as.measure = MEASURE_ERROR_RATE;
	return (struct sides){
		measure_events(c, &scene->since[c->version], c->limit, weight),
		measure_events(&as, &scene->since[VERSION_LEGACY], c->limit,
		    weight),
	};
}

/* What ln_evidence() is asked. */
struct question {
	uint64_t candidate, other;
	double t0;
};

/* Of all requests, the share that may be bad; of a quantile q over T, the share
 * 1 - q that may be slower than T. */
static double
bad_share(const struct condition *c)
{
	return condition_unit(c) == UNIT_SHARE ? c->limit :
	    1 - condition_quantile(c);
}

/* Against legacy: of all bad events, the share that may be enhanced's.  false:
 * nothing is known yet. */
static bool
ask(const struct condition *c, const struct sides *s, struct question *out)
{
	double rho;

	if (s->own.n == 0)
		return false;
	if (c->relation == RELATION_VALUE) {
		*out = (struct question){ s->own.events,
			s->own.n - s->own.events, bad_share(c) };
		return true;
	}
	if (s->legacy.n == 0)
		return false;
	rho = (double)s->own.n / (double)(s->own.n + s->legacy.n);
	*out = (struct question){ s->own.events, s->legacy.events,
		tolerated_share(rho, c->limit) };
	return true;
}

static double
ln_evidence_of(const struct condition *c, const struct sides *s)
{
	struct question q;

	return !ask(c, s, &q) ? -INFINITY :
	    ln_evidence(q.candidate, q.other, q.t0);
}

/* A beginning that cannot be a hundredth of what is needed is not looked at
 * closely: nearly all of them, nearly always. */
#define LN_TOO_LITTLE (-4.6)

static double
add_fresh(const struct condition *c, const struct condition_view *scene,
    const struct fresh *fresh, double ln_stage, struct condition_reading *out)
{
	struct sides now = sides_of(c, scene, WEIGHT_OF_SPELL);
	double sum = exp(fmin(ln_stage, LN_EVIDENCE_MAX)), most = sum;

	for (unsigned i = 0; i < fresh->count; i++) {
		struct sides s = fresh_since(&fresh->starts[i], &now);
		double weight = fresh_ln_weight(&fresh->starts[i]), e;
		struct question q;

		if (!ask(c, &s, &q) || weight + ln_evidence_most(q.candidate,
		    q.other, q.t0) < LN_TOO_LITTLE - log(c->alpha))
			continue;
		e = exp(fmin(weight + ln_evidence(q.candidate, q.other, q.t0),
		    LN_EVIDENCE_MAX));
		sum += e;
		if (e > most) {
			most = e;
			out->is_late = true;
			out->lately = s;
		}
	}
	return sum;
}

static bool
is_proven(const struct condition *c,
    const struct condition_view *scene, const struct fresh *fresh,
    struct condition_reading *out)
{
	struct sides all = sides_of(c, scene, WEIGHT_OF_STAGE);
	double ln_e = ln_evidence_of(c, &all);

	out->evidence = add_fresh(c, scene, fresh, FRESH_LN_STAGE + ln_e, out);
	return out->evidence >= 1 / c->alpha;
}

/* What is proven of a limit by what came lately is held against what legacy did
 * then: of the stage, or of a window, that may be next to nothing. */
static bool
is_worse(const struct condition *c, const struct condition_view *scene,
    const struct fresh *fresh)
{
	struct condition against = *c;
	struct condition_reading r = { 0 };

	against.relation = RELATION_LEGACY_TIMES;
	against.limit = 1;
	return is_proven(&against, scene, fresh, &r);
}

static struct measured
measured_of(const struct rate *r)
{
	return (struct measured){ .value = r->n == 0 ? 0 : (double)r->events /
	    (double)r->n, .n = r->n, .events = r->events };
}

/* A rate since a stage began may be far below the limit when what came lately is
 * beyond it: who is told that it is, is told the numbers that show it. */
static void
tell_of_late(const struct condition *c, struct condition_reading *out)
{
	struct measured own = measured_of(&out->lately.own);
	struct measured legacy = measured_of(&out->lately.legacy);

	out->value = own.value;
	out->n = own.n;
	out->events = own.events;
	if (c->relation == RELATION_VALUE)
		return;
	out->baseline = legacy.value;
	out->baseline_n = legacy.n;
	out->baseline_events = legacy.events;
	out->limit = limit_of(c, &legacy);
}

void
condition_renew(const struct condition *c,
    const struct condition_view *scene, struct fresh *fresh)
{
	struct sides now;

	if (c->test != TEST_SEQUENTIAL)
		return;
	now = sides_of(c, scene, WEIGHT_OF_SPELL);
	fresh_renew(fresh, &now, scene->spell);
}

/* --- judging -------------------------------------------------------------------- */

/* That there were few requests is known when the window is over; that there
 * were fewer than legacy's, of the same window, at once. */
static bool
is_too_early(const struct condition *c, const struct condition_view *scene)
{
	return scene->is_young && c->below &&
	    c->relation != RELATION_LEGACY_BY &&
	    c->relation != RELATION_LEGACY_TIMES;
}

/* Fills all but the answer; false: unknown. */
static bool
read_numbers(const struct condition *c,
    const struct condition_view *scene,
    struct condition_reading *out)
{
	bool sequential = c->test == TEST_SEQUENTIAL;
	struct measured own, base;
	bool has_base = take_baseline(c, scene, &base);

	measure_take(c, sequential ? &scene->since[c->version] :
	    &scene->windows[c->version], &own);
	if (c->kind == NUMBER_PROBE)
		own = scene->probe;
	if (sequential && c->relation == RELATION_LEGACY_TIMES) {
		measure_take(c, &scene->since[VERSION_LEGACY], &base);
		has_base = base.n > 0 && base.n >= c->min_requests;
	}
	*out = (struct condition_reading){
		.value = own.value, .n = own.n, .events = own.events,
		.baseline = base.value, .baseline_n = base.n,
		.baseline_events = base.events, .limit = limit_of(c, &base),
		.baseline_of = condition_is_of_start(c) ? scene->start_of :
		    VERSION_LEGACY,
	};
	return has_base && measure_is_known(c, &own) && !is_too_early(c, scene);
}

void
condition_judge(const struct condition *c,
    const struct condition_view *scene, const struct fresh *fresh,
    struct condition_reading *out)
{
	bool holds;

	if (!read_numbers(c, scene, out))
		return;
	if (c->test == TEST_SEQUENTIAL)
		holds = is_proven(c, scene, fresh, out);
	else
		holds = c->below ? out->value < out->limit :
		    out->value > out->limit;
	if (holds && out->is_late && c->relation == RELATION_VALUE)
		out->is_worse = is_worse(c, scene, fresh);
	if (out->is_late && condition_unit(c) == UNIT_SHARE)
		tell_of_late(c, out);
	out->holding = holds ? HOLDING_YES : HOLDING_NO;
}

/* The far end of own's interval, or of the difference to legacy's rate. */
static bool
far_end(const struct condition *c,
    const struct condition_view *scene,
    const struct condition_reading *r, double *out)
{
	struct rate own = { r->events, r->n };
	struct rate base = { r->baseline_events, r->baseline_n };

	if (c->relation != RELATION_LEGACY_BY ||
	    condition_unit(c) != UNIT_SHARE)
		return measure_bound(c, &scene->windows[c->version],
		    c->below, out);
	*out = r->baseline + (c->below ? rate_excess_upper(own, base, SURE_Z) :
	    rate_excess_lower(own, base, SURE_Z));
	return true;
}

enum holding
condition_holds_surely(const struct condition *c,
    const struct condition_view *scene,
    struct condition_reading *out)
{
	double decisive;

	if (!read_numbers(c, scene, out))
		return HOLDING_UNKNOWN;
	out->has_bound = far_end(c, scene, out, &out->bound);
	/* A quantile of which no bound is known yet is not known. */
	if (!out->has_bound && condition_quantile(c) > 0)
		return HOLDING_UNKNOWN;
	decisive = out->has_bound ? out->bound : out->value;
	if (c->below ? decisive < out->limit : decisive > out->limit)
		out->holding = HOLDING_YES;
	else
		out->holding = HOLDING_NO;
	return out->holding;
}

/* --- shared cause ------------------------------------------------------------------ */

/* Against legacy it would not hold if legacy were as bad. */
static bool
may_be_shared(const struct condition *c)
{
	if (c->version == VERSION_LEGACY || c->relation == RELATION_LEGACY_BY ||
	    c->relation == RELATION_LEGACY_TIMES)
		return false;
	return condition_is_of_both(c) || is_of_fallbacks(c);
}

static bool
is_as_bad(const struct condition *c, const struct measured *own,
    const struct measured *legacy)
{
	struct rate ours = { own->events, own->n };
	struct rate theirs = { legacy->events, legacy->n };

	if (condition_unit(c) != UNIT_SHARE)
		return c->below ? own->value >= legacy->value :
		    own->value <= legacy->value;
	return c->below ? rate_excess_upper(ours, theirs, WORSE_Z) >= 0 :
	    rate_excess_lower(ours, theirs, WORSE_Z) <= 0;
}

/* Is legacy beyond the limit, too?  Where nearly all is enhanced's and nothing
 * is mirrored it has less than the condition asks for; then a few failures of
 * a few requests are enough, since who is surely worse is held for nothing. */
static bool
is_beyond(const struct condition *c, const struct measured *legacy,
    double limit)
{
	if (legacy->n < c->min_requests && (c->below ||
	    legacy->n < FEW_REQUESTS || legacy->events < FEW_FAILURES))
		return false;
	return c->below ? legacy->value < limit : legacy->value > limit;
}

bool
condition_is_shared(const struct condition *c,
    const struct condition_view *scene, const struct condition_reading *r,
    bool was_shared)
{
	struct measured own, legacy, base;
	double limit;

	if (!may_be_shared(c) || !take_baseline(c, scene, &base))
		return false;
	/* By the same test: of two that are bad for five minutes, one looks surely
	 * worse by every interval, if it is looked at all the time. */
	if (r->is_late)
		return r->lately.legacy.n > 0 && !r->is_worse;
	limit = limit_of(c, &base);
	measure_take(c, &scene->windows[c->version], &own);
	take_legacys(c, scene, &legacy);
	/* A quantile of a few tells nothing, however it began. */
	if (legacy.n == 0 || (legacy.n < c->min_requests &&
	    condition_unit(c) != UNIT_SHARE))
		return false;
	if (!was_shared && !is_beyond(c, &legacy, limit))
		return false;
	return is_as_bad(c, &own, &legacy);
}
