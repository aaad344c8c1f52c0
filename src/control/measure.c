/* measure -- see measure.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/measure.h"

/* One-sided 95 %, and what that leaves. */
#define BOUND_Z 1.6449
#define BOUND_ALPHA 0.05
/* Of a plain number in what a signal is counted in (signal_rules.h). */
#define PLAIN 1000.0

/* --- what it is taken from ------------------------------------------------------ */

static struct rate
rate_of_measure(enum measure m, const struct tally *t)
{
	switch (m) {
	case MEASURE_ERROR_RATE:
		return (struct rate){ t->failures, t->requests };
	case MEASURE_FALLBACK_RATE:
		return (struct rate){ t->fallbacks, t->primary_requests };
	case MEASURE_DIVERGENCE_RATE:
		return (struct rate){ t->different, t->compared };
	case MEASURE_LATENCY_P50:
	case MEASURE_LATENCY_P95:
	case MEASURE_LATENCY_P99:
	case MEASURE_LATENCY_MEAN:
	case MEASURE_REQUESTS:
	case MEASURE_ISOLATION:
	case MEASURE_FIRST_BYTE_P95:
	case MEASURE_FIRST_CONTENT_P50:
	case MEASURE_FIRST_CONTENT_P95:
	case MEASURE_FIRST_CONTENT_P99:
	case MEASURE_COUNT:
		break;
	}
	return (struct rate){ 0, 0 };
}

/* Two slots are never read at the same moment, so events can be a step ahead
 * of n. */
static struct rate
rate_of(const struct condition *c, const struct tally *t)
{
	struct rate r = { 0, 0 };

	if (c->kind == NUMBER_MEASURE)
		r = rate_of_measure(c->measure, t);
	else if (c->kind == NUMBER_SIGNAL)
		r = (struct rate){ t->signals[c->index].sum,
			t->signals[c->index].n };

	if (r.events > r.n)
		r.events = r.n;
	return r;
}

static bool
is_measure(const struct condition *c, enum measure m)
{
	return c->kind == NUMBER_MEASURE && c->measure == m;
}

static bool
is_latency(const struct condition *c)
{
	return c->kind == NUMBER_MEASURE &&
	    (c->measure == MEASURE_LATENCY_P50 ||
	    c->measure == MEASURE_LATENCY_P95 ||
	    c->measure == MEASURE_LATENCY_P99);
}

/* Of a quantile.  Of signals that are new there is none in a window yet. */
static const struct hist *
spread_of(const struct condition *c, const struct tally *t)
{
	static const struct hist none;

	if (is_latency(c))
		return &t->latency;
	return c->spread < t->spread_count ? &t->spreads[c->spread] : &none;
}

/* What one of its unit is in a distribution. */
static double
scale(const struct condition *c)
{
	return condition_unit(c) == UNIT_NUMBER ? PLAIN : 1;
}

/* --- the value -------------------------------------------------------------------- */

static void
take_share(struct rate r, struct measured *out)
{
	out->n = r.n;
	out->events = r.events;
	out->value = r.n > 0 ? (double)r.events / (double)r.n : 0;
}

static void
take_quantile(const struct condition *c, const struct tally *t,
    struct measured *out)
{
	const struct hist *h = spread_of(c, t);

	out->n = hist_total(h);
	out->value = (double)hist_quantile_us(h, condition_quantile(c)) /
	    scale(c);
}

static void
take_mean(uint64_t n, double sum, struct measured *out)
{
	out->n = n;
	out->value = n > 0 ? sum / (double)n : 0;
}

static void
take_count(enum measure m, const struct tally *t, struct measured *out)
{
	out->n = t->requests;
	out->value = (double)(m == MEASURE_ISOLATION ? t->isolation :
	    t->requests);
}

void
measure_take(const struct condition *c, const struct tally *t,
    struct measured *out)
{
	*out = (struct measured){ 0 };
	if (c->kind == NUMBER_PROBE)
		return;
	if (condition_unit(c) == UNIT_SHARE)
		take_share(rate_of(c, t), out);
	else if (condition_quantile(c) > 0)
		take_quantile(c, t, out);
	else if (c->kind == NUMBER_SIGNAL)
		take_mean(t->signals[c->index].n,
		    (double)(int64_t)t->signals[c->index].sum / scale(c), out);
	else if (c->measure == MEASURE_LATENCY_MEAN)
		take_mean(hist_total(&t->latency), (double)t->latency_us_sum, out);
	else
		take_count(c->measure, t, out);
}

bool
measure_is_known(const struct condition *c, const struct measured *m)
{
	/* None in the window is a number of requests, too. */
	if (is_measure(c, MEASURE_REQUESTS))
		return true;
	/* One user's data at another's is known with the first request. */
	if (is_measure(c, MEASURE_ISOLATION) && m->value > 0)
		return true;
	return m->n > 0 && m->n >= c->min_requests;
}

unsigned
measure_wants(const struct condition *c)
{
	if (is_latency(c) || is_measure(c, MEASURE_LATENCY_MEAN))
		return TALLY_LATENCY;
	if (condition_quantile(c) > 0)
		return TALLY_SPREAD(c->spread);
	return c->kind == NUMBER_SIGNAL ? TALLY_SIGNALS : 0;
}

/* --- how surely ----------------------------------------------------------------- */

bool
measure_bound(const struct condition *c, const struct tally *t, bool upper,
    double *out)
{
	struct rate r = rate_of(c, t);
	double q = condition_quantile(c);
	const struct hist *h;
	uint64_t n, rank;

	if (condition_unit(c) == UNIT_SHARE) {
		*out = upper ? wilson_upper(r.events, r.n, BOUND_Z) :
		    wilson_lower(r.events, r.n, BOUND_Z);
		return r.n > 0;
	}
	if (!(q > 0))
		return false;
	h = spread_of(c, t);
	n = hist_total(h);
	if (!(upper ? quantile_upper_rank(n, q, BOUND_ALPHA, &rank) :
	    quantile_lower_rank(n, q, BOUND_ALPHA, &rank)))
		return false;
	*out = (double)hist_ranked_us(h, rank) / scale(c);
	return true;
}

/* Evidence is of users, not of how often one of them tries. */
static struct rate
weighed(struct rate r, const struct tally *t, enum weight weight)
{
	bool by_spells = weight == WEIGHT_OF_SPELL;
	const struct excess_tally *e = &t->excess;
	uint64_t n = by_spells ? e->spell : e->stage;
	uint64_t events = by_spells ? e->spell_failures : e->stage_failures;

	if (n > r.n || events > r.events)
		return r;
	return (struct rate){ r.events - events, r.n - n };
}

struct rate
measure_events(const struct condition *c, const struct tally *t, double limit,
    enum weight weight)
{
	struct rate r = rate_of(c, t);
	const struct hist *h;

	if (condition_unit(c) == UNIT_SHARE)
		return c->kind == NUMBER_MEASURE &&
		    c->measure == MEASURE_ERROR_RATE ?
		    weighed(r, t, weight) : r;
	h = spread_of(c, t);
	limit *= scale(c);
	return (struct rate){ limit < 0 ? hist_total(h) :
	    hist_above(h, (uint64_t)limit), hist_total(h) };
}
