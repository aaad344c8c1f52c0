/* measure -- the number of a condition, of one version, out of a tally.
 * SPDX-License-Identifier: MIT
 *
 * Its n is what it is a share, a mean or a quantile of: fallbacks happen only
 * where a client waits, differences only where a pair was compared, a signal
 * is only in answers that say it.  Pure.
 */
#ifndef CONTROL_MEASURE_H
#define CONTROL_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/evidence.h"
#include "config/condition.h"
#include "observe/stats.h"
#include "observe/weights.h"

struct measured {
	double value;     /* share 0..1, us, or a number */
	uint64_t n;       /* of how many */
	uint64_t events;  /* of shares: how many of the n */
};

/* Of a probe there is none in a tally. */
void measure_take(const struct condition *c, const struct tally *t,
    struct measured *out);

/* What of a tally is looked at beside its counts: for tally_subtract(). */
unsigned measure_wants(const struct condition *c);

/* Was there enough to take it from, by what the condition asks for? */
bool measure_is_known(const struct condition *c, const struct measured *m);

/* One end of the interval in which the value surely lies, at one-sided 95 %:
 * Wilson's for shares, an order statistic for quantiles.  false: n is too
 * small to say (59 for an upper bound of p95), or it is a number of which
 * none is known. */
bool measure_bound(const struct condition *c, const struct tally *t, bool upper,
    double *out) MUST_CHECK;

/* "Bad events" for a sequential test: of a share its events, of a quantile
 * what is over the limit.  Of errors, what users' weights leave of them. */
struct rate measure_events(const struct condition *c, const struct tally *t,
    double limit, enum weight weight);

#endif
