/* measure -- see measure.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/measure.h"

#include <assert.h>

#include "config/words.h"

/* One-sided 95 %, and what that leaves. */
#define BOUND_Z 1.6449
#define BOUND_ALPHA 0.05

/* Two slots are never read at the same moment, so events can be a step ahead
 * of n. */
static struct rate
rate_of(enum measure m, const struct tally *t)
{
	struct rate r = { 0, 0 };

	switch (m) {
	case MEASURE_ERROR_RATE:
		r = (struct rate){ t->failures, t->requests };
		break;
	case MEASURE_FALLBACK_RATE:
		r = (struct rate){ t->fallbacks, t->primary_requests };
		break;
	case MEASURE_DIVERGENCE_RATE:
		r = (struct rate){ t->different, t->compared };
		break;
	case MEASURE_LATENCY_P50:
	case MEASURE_LATENCY_P95:
	case MEASURE_LATENCY_P99:
	case MEASURE_LATENCY_MEAN:
	case MEASURE_REQUESTS:
	case MEASURE_ISOLATION:
	case MEASURE_COUNT:
		break;
	}
	if (r.events > r.n)
		r.events = r.n;
	return r;
}

double
measure_quantile(enum measure m)
{
	switch (m) {
	case MEASURE_LATENCY_P50:
		return 0.50;
	case MEASURE_LATENCY_P95:
		return 0.95;
	case MEASURE_LATENCY_P99:
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

static void
take_share(struct rate r, struct measured *out)
{
	out->n = r.n;
	out->events = r.events;
	out->value = r.n > 0 ? (double)r.events / (double)r.n : 0;
}

static void
take_time(enum measure m, const struct tally *t, struct measured *out)
{
	out->n = hist_total(&t->latency);
	if (m != MEASURE_LATENCY_MEAN)
		out->value = (double)hist_quantile_us(&t->latency,
		    measure_quantile(m));
	else if (out->n > 0)
		out->value = (double)t->latency_us_sum / (double)out->n;
}

void
measure_take(enum measure m, const struct tally *t, struct measured *out)
{
	*out = (struct measured){ 0 };
	switch (measure_unit(m)) {
	case UNIT_SHARE:
		take_share(rate_of(m, t), out);
		break;
	case UNIT_TIME:
		take_time(m, t, out);
		break;
	case UNIT_NUMBER:
		out->n = t->requests;
		out->value = (double)(m == MEASURE_ISOLATION ? t->isolation :
		    t->requests);
		break;
	}
}

bool
measure_bound(enum measure m, const struct tally *t, bool upper, double *out)
{
	struct rate r = rate_of(m, t);
	double q = measure_quantile(m);
	uint64_t n, rank;

	if (measure_unit(m) == UNIT_SHARE) {
		*out = upper ? wilson_upper(r.events, r.n, BOUND_Z) :
		    wilson_lower(r.events, r.n, BOUND_Z);
		return r.n > 0;
	}
	if (!(q > 0))
		return false;
	n = hist_total(&t->latency);
	if (!(upper ? quantile_upper_rank(n, q, BOUND_ALPHA, &rank) :
	    quantile_lower_rank(n, q, BOUND_ALPHA, &rank)))
		return false;
	*out = (double)hist_ranked_us(&t->latency, rank);
	return true;
}

struct rate
measure_events(enum measure m, const struct tally *t, double limit_us)
{
	struct rate r = rate_of(m, t);

	if (measure_unit(m) == UNIT_SHARE) {
		/* Evidence is of users, not of how often one of them tries. */
		uint64_t excess = m != MEASURE_ERROR_RATE ? 0 :
		    t->excess < r.events ? t->excess : r.events;

		return (struct rate){ r.events - excess, r.n - excess };
	}
	return (struct rate){ hist_above(&t->latency, (uint64_t)limit_us),
		hist_total(&t->latency) };
}
