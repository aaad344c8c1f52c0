/* tally -- the numbers of one version, as of a moment or of a window.
 * SPDX-License-Identifier: MIT
 */
#ifndef OBSERVE_TALLY_H
#define OBSERVE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"
#include "config/signal_rules.h"
#include "observe/excess.h"

/* The numbers of one version summed over workers and roles, control legs left
 * out: what windows and the status page are made of. */
struct tally {
	uint64_t requests;   /* legs ended whose blame is not the client's or ours */
	uint64_t failures;
	struct excess_tally excess; /* of these, what is left out of some numbers */
	uint64_t primary_requests;
	uint64_t shadow_requests;
	uint64_t fallbacks;  /* of enhanced; 0 for legacy */
	uint64_t compared;   /* same + noise + different */
	uint64_t different;
	uint64_t isolation;  /* violations, see isolation.h */
	uint64_t latency_us_sum;
	/* What rules ask for besides (signals.h). */
	struct signal_tally {
		uint64_t n;
		uint64_t sum;  /* shares: yes; numbers: two's complement */
	} signals[SIGNAL_RULES_MAX];
	uint64_t spread_count;
	struct hist latency;
	struct hist spreads[SPREADS_MAX]; /* so many; the others have no values */
};
/* Bytes of a tally with so many distributions. */
#define TALLY_BYTES(spread_count) (offsetof(struct tally, spreads) + \
	(spread_count) * sizeof(struct hist))

/* Whoever looks at a window fifty times a second wants one histogram of it, or
 * none: a bit for that of latency, for the signals, and for each distribution. */
#define TALLY_LATENCY 1u
#define TALLY_SIGNALS 2u
#define TALLY_SPREAD(i) (4u << (i))
#define TALLY_ALL (~0u)

/* out = a - b; both have the same distributions.  What is not wanted stays in
 * out as it was. */
void tally_subtract(const struct tally *a, const struct tally *b,
    unsigned wanted, struct tally *out);

/* No more of its distributions than it has. */
void tally_copy(const struct tally *from, struct tally *to);

#endif
