/* measure -- one number of one version, out of a tally.
 * SPDX-License-Identifier: MIT
 *
 * The n of a measure is what it is a share or a quantile of: fallbacks happen
 * only where a client waits, differences only where a pair was compared.
 * Pure.
 */
#ifndef CONTROL_MEASURE_H
#define CONTROL_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/evidence.h"
#include "config/condition.h"
#include "observe/stats.h"

struct measured {
	double value;     /* share 0..1, us, or a number */
	uint64_t n;       /* of how many */
	uint64_t events;  /* of shares: how many of the n */
};

void measure_take(enum measure m, const struct tally *t,
    struct measured *out);

/* One end of the interval in which the value surely lies, at one-sided 95 %:
 * Wilson's for shares, an order statistic for quantiles.  false: n is too
 * small to say (59 for an upper bound of p95), or it is a number of which
 * none is known. */
bool measure_bound(enum measure m, const struct tally *t, bool upper,
    double *out) MUST_CHECK;

/* "Bad events" for a sequential test: failures, or legs over `limit_us`. */
struct rate measure_events(enum measure m, const struct tally *t,
    double limit_us);
/* The quantile of a latency measure; 0 of another. */
double measure_quantile(enum measure m);

#endif
