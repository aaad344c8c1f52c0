/* quota -- a cap that all workers share, without a lock.
 * SPDX-License-Identifier: MIT
 *
 * One atomic counter.  Dividing a cap over the workers instead would refuse
 * a client while another worker has room, because the kernel spreads
 * connections by chance; so what is taken seldom (a connection, a capture
 * that grows) asks the counter itself.  What is taken for every request comes
 * out of an advance: the worker takes some at once and keeps a few, on a cache
 * line of its own, so that it writes to the shared one only now and then.
 * Who finds the cap reached takes what the others have to spare: nobody is
 * refused for what lies unused, also when a reload has lowered the cap.
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
	uint64_t before = atomic_load_explicit(&q->used, memory_order_relaxed);

	do {
		if (before + n > limit)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&q->used, &before,
	    before + n, memory_order_relaxed, memory_order_relaxed));
	return true;
}

static inline void
quota_give(struct quota *q, uint64_t n)
{
	atomic_fetch_sub_explicit(&q->used, n, memory_order_relaxed);
}

/* What one worker has taken in advance; it fills it, and others may empty it. */
struct advance {
	_Alignas(64) _Atomic uint32_t spare;
};

struct shared_quota {
	struct quota quota;
	struct advance *advances; /* owns; one for each worker */
	unsigned workers;
};

void shared_quota_init(struct shared_quota *s, unsigned workers);
void shared_quota_fini(struct shared_quota *s);
/* One more / one less, on that worker's thread. */
bool shared_quota_take(struct shared_quota *s, unsigned worker,
    uint64_t limit);
void shared_quota_give(struct shared_quota *s, unsigned worker,
    uint64_t limit);
/* The limit may be another from now on: keep nothing of the one before. */
void shared_quota_settle(struct shared_quota *s, unsigned worker);

#endif
