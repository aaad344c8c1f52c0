/* latch -- the one flag that takes every worker to legacy at once.
 * SPDX-License-Identifier: MIT
 *
 * Shared by all threads and read (relaxed) at every decision.  Set by a
 * worker's breaker or by the control thread; cleared by the control thread
 * when a person rearms.  It is ahead of the snapshot: from the store of the
 * flag on, no decision gives enhanced, whatever snapshot is in force.
 */
#ifndef POLICY_LATCH_H
#define POLICY_LATCH_H

#include <stdatomic.h>
#include <stdbool.h>

enum latch_cause {
	LATCH_OPEN = 0,
	/* Set by a worker; the control thread has yet to write it down. */
	LATCH_BREAKER, /* by the whole row of failures (streak.h) */
	LATCH_BREAKER_HALF, /* by half of it, while legacy was well */
	LATCH_STATE,   /* written down in the rollout state */
};

struct latch {
	_Atomic int cause;
};

static inline bool
latch_is_set(struct latch *l)
{
	return atomic_load_explicit(&l->cause, memory_order_relaxed) !=
	    LATCH_OPEN;
}

/* true = this call closed it. */
static inline bool
latch_set(struct latch *l, enum latch_cause cause)
{
	int open = LATCH_OPEN;

	return atomic_compare_exchange_strong(&l->cause, &open, (int)cause);
}

#endif
