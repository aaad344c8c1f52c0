/* excess -- what of a version's legs is left out of some numbers.
 * SPDX-License-Identifier: MIT
 *
 * Requests are not drawn, users are: a number that is to say something of a
 * version leaves out what one user asks again and again.  Which of them a leg
 * is in is a set of enum weight; what it is not in is counted here, so that
 * whoever takes the number subtracts it.
 */
#ifndef OBSERVE_EXCESS_H
#define OBSERVE_EXCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/excess.h"

/* The same, summed over workers and read at one moment. */
struct excess_tally {
	uint64_t stage, stage_failures;
	uint64_t spell, spell_failures;
	uint64_t repeats;
};

/* A leg is in those numbers. */
void excess_count(struct excess *e, unsigned counts, bool failure);
void excess_tally_count(struct excess_tally *t, unsigned counts, bool failure);
void excess_tally_add(struct excess_tally *t, const struct excess *e);
/* out = a - b */
void excess_tally_subtract(const struct excess_tally *a,
    const struct excess_tally *b, struct excess_tally *out);

#endif
