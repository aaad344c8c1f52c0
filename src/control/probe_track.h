/* probe_track -- how a probe's number moves.
 * SPDX-License-Identifier: MIT
 *
 * Kept by the control thread beside the rules; fed with what the poller has
 * found.  Pure, time is an argument.
 */
#ifndef CONTROL_PROBE_TRACK_H
#define CONTROL_PROBE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers kept of one probe, evenly over the longest span that is asked of. */
#define PROBE_POINTS_MAX 512
/* And so many of them are needed for a growth. */
#define PROBE_POINTS_MIN 3

struct probe_point {
	uint64_t at_ns;
	double value;
};

struct probe_track {
	uint64_t mark;           /* of the question; 0 = none */
	struct probe_point last; /* at_ns 0 = there was none yet */
	struct probe_point points[PROBE_POINTS_MAX]; /* a ring, the oldest first */
	size_t first, count;
};

/* A number of that moment; the same moment again changes nothing.  span_ms: the
 * longest that probe_track_growth() will be asked for; 0 = never. */
void probe_track_add(struct probe_track *t, uint64_t at_ns, double value,
    uint64_t span_ms);

/* The last number, if it is no older than that. */
bool probe_track_now(const struct probe_track *t, uint64_t now_ns,
    uint64_t stale_ms, double *out);
/* How much it grows in per_ms, by the line of least squares over the numbers of
 * the last span_ms.  false: they cover less than half of it, or are too few. */
bool probe_track_growth(const struct probe_track *t, uint64_t now_ns,
    uint64_t span_ms, uint64_t per_ms, double *out);

#endif
