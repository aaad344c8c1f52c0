/* hist -- a histogram of durations with a bounded relative error.
 * SPDX-License-Identifier: MIT
 *
 * Log-linear: 64 slots for each doubling of microseconds, so a slot's
 * middle is within 1/128 (0.8 %) of every value in it; values of 2^32 us
 * (71 minutes) and more share the last slot.  Histograms merge and subtract
 * slot by slot.
 *
 * Latencies are within some doublings, and most of the slots are empty: each
 * doubling has its total, and where that is 0 its slots are neither read nor
 * copied, and may hold anything.  Whoever counts in slots of his own
 * (workers do) has them added by hist_add_slots().
 */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_OCTAVES (32 - HIST_SUB_BITS + 1)
#define HIST_SLOTS (HIST_OCTAVES << HIST_SUB_BITS)

struct hist {
	uint64_t octaves[HIST_OCTAVES]; /* entries of each doubling */
	uint32_t slots[HIST_SLOTS];     /* of those that have any */
};

unsigned hist_slot(uint64_t us);
/* The middle of a slot, in microseconds. */
uint64_t hist_value_us(unsigned slot);
void hist_add(struct hist *h, uint64_t us);
/* And what was counted in slots that somebody may be writing. */
void hist_add_slots(struct hist *h, const _Atomic uint32_t slots[HIST_SLOTS]);
void hist_copy(const struct hist *from, struct hist *to);
uint64_t hist_total(const struct hist *h);
/* The value below or at which a share q (0..1) of the entries lie (nearest
 * rank); 0 when empty. */
uint64_t hist_quantile_us(const struct hist *h, double q);
/* How many entries lie in slots whose middle is over us. */
uint64_t hist_above(const struct hist *h, uint64_t us);
/* The entry of that rank (from 1) in ascending order; 0 when there are not so
 * many. */
uint64_t hist_ranked_us(const struct hist *h, uint64_t rank);
/* out = a - b, slot by slot; b must be an earlier state of a; out may
 * be a. */
void hist_subtract(const struct hist *a, const struct hist *b,
    struct hist *out);

#endif
