/* quota -- a cap that all workers share, without a lock.
 * SPDX-License-Identifier: MIT
 *
 * One atomic counter.  Dividing a cap over the workers instead would refuse
 * a client while another worker has room, because the kernel spreads
 * connections by chance; so what is taken seldom (a connection, a capture
 * that grows) asks the counter itself, and the cap is exact.  What is taken
 * for every request comes out of an advance: the worker takes some at once
 * and keeps a few, so that it writes to the shared line only now and then.
 * Then up to 1/16 of the cap may lie unused with other workers; a cap too
 * small to be dealt out that way is exact again.  A cap that changes begins
 * with what is really taken: each worker gives its spare ones back.
 */
#ifndef PROXY_QUOTA_H
#define PROXY_QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct quota {
	_Alignas(64) _Atomic uint64_t used;
};

/* Any thread.  false: that would be over the limit, nothing was taken. */
static inline bool
quota_take(struct quota *q, uint64_t n, uint64_t limit)
{
	uint64_t before = atomic_fetch_add_explicit(&q->used, n,
	    memory_order_relaxed);

	if (before + n <= limit)
		return true;
	atomic_fetch_sub_explicit(&q->used, n, memory_order_relaxed);
	return false;
}

static inline void
quota_give(struct quota *q, uint64_t n)
{
	atomic_fetch_sub_explicit(&q->used, n, memory_order_relaxed);
}

/* What one worker has taken in advance. */
struct advance {
	uint32_t spare;
};

/* One more / one less, on the worker's thread; workers: how many share it. */
bool advance_take(struct advance *a, struct quota *q, uint64_t limit,
    unsigned workers);
void advance_give(struct advance *a, struct quota *q, uint64_t limit,
    unsigned workers);
/* Keep none to spare: the limit may be another from now on. */
void advance_give_back(struct advance *a, struct quota *q);

#endif
