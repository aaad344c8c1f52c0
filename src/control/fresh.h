/* fresh -- evidence that begins anew, again and again, while a stage lasts.
 * SPDX-License-Identifier: MIT
 *
 * What a stage has seen in a week outweighs what it sees now: a thousand bad
 * events that came in the proportion of the traffic hide the next hundred that
 * do not.  So beside the evidence of the whole stage there is that of later
 * beginnings, one at each FRESH_EVENTS-th bad event.  All together are one
 * test: with w the weights of its parts,
 *
 *   E = w E_stage + sum over j of w_j E_j,  w = 1/2,  w_j = 1/2 * 1/(j (j + 1))
 *
 * Each E_j is 1 before it begins, and the weights of all that can ever begin
 * add up to 1; so E is over 1/alpha with probability alpha at most over the
 * whole stage, as each of its parts alone would be.  What is given up, as old
 * beginnings are, only makes E smaller.  (A detector that is a mixture over
 * when the change came: Shin, Ramdas and Rinaldo, arXiv 2203.03532.)
 *
 * A beginning is given up after a whole spell: then users' weights have been
 * counted anew twice (observe/weights.h), and it would see each of them with as
 * many failures more.  Pure.
 */
#ifndef CONTROL_FRESH_H
#define CONTROL_FRESH_H

#include <stdint.h>

#include "base/evidence.h"

#define FRESH_EVENTS 16      /* of both sides, from one beginning to the next */
#define FRESH_MAX 32         /* at once; the oldest makes room */
#define FRESH_SPELL 128      /* failures of a spell, of both versions */
/* Those that are left out, too: where all users have failed so often that they
 * do not count, there would never be another spell. */
#define FRESH_SPELL_LONGEST 1024

/* Bad events on both sides, and of how many. */
struct sides {
	struct rate own, legacy;
};

struct fresh_start {
	struct sides at;     /* what had been before it */
	uint64_t number;     /* j, from 1 */
	uint64_t spell;
};

/* All zeros at the stage's beginning. */
struct fresh {
	struct fresh_start starts[FRESH_MAX]; /* from the oldest */
	unsigned count;
	uint64_t begun;      /* so far, in this stage */
	struct sides newest; /* what had been before the newest */
};

/* What is there now, in that spell: begin anew, give up. */
void fresh_renew(struct fresh *f, const struct sides *now, uint64_t spell);
/* What came since; ln w_j. */
struct sides fresh_since(const struct fresh_start *s, const struct sides *now);
double fresh_ln_weight(const struct fresh_start *s);
/* ln w of the whole stage. */
#define FRESH_LN_STAGE (-0.69314718055994531)

#endif
