/* quota -- see quota.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/quota.h"

#include <stdlib.h>

#include "base/mem.h"

#define BATCH_MAX 64

void
shared_quota_init(struct shared_quota *s, unsigned workers)
{
	*s = (struct shared_quota){ .workers = workers };
	s->advances = mem_aligned_zalloc(_Alignof(struct advance),
	    workers * sizeof s->advances[0]);
}

void
shared_quota_fini(struct shared_quota *s)
{
	free(s->advances);
	s->advances = NULL;
	s->workers = 0;
}

/* Taken at once.  A worker keeps less than two of them, so that a request
 * that comes and goes at the rim of one does not write every time. */
static uint32_t
batch_of(uint64_t limit, unsigned workers)
{
	uint64_t batch = limit / (UINT64_C(32) * workers);

	return batch < 1 ? 1 : batch > BATCH_MAX ? BATCH_MAX : (uint32_t)batch;
}

static bool
take_spare(struct advance *a)
{
	uint32_t spare = atomic_load_explicit(&a->spare, memory_order_relaxed);

	while (spare > 0)
		if (atomic_compare_exchange_weak_explicit(&a->spare, &spare,
		    spare - 1, memory_order_relaxed, memory_order_relaxed))
			return true;
	return false;
}

/* Returns whether there was something. */
static bool
empty(struct advance *a, struct quota *q)
{
	uint32_t spare = atomic_load_explicit(&a->spare, memory_order_relaxed);

	/* Most often there is none: leave the line with its worker. */
	if (spare > 0)
		spare = atomic_exchange_explicit(&a->spare, 0,
		    memory_order_relaxed);
	quota_give(q, spare);
	return spare > 0;
}

bool
shared_quota_take(struct shared_quota *s, unsigned worker, uint64_t limit)
{
	struct advance *mine = &s->advances[worker];
	uint32_t batch = batch_of(limit, s->workers);

	if (take_spare(mine))
		return true;
	if (quota_take(&s->quota, batch, limit)) {
		atomic_fetch_add_explicit(&mine->spare, batch - 1,
		    memory_order_relaxed);
		return true;
	}
	if (quota_take(&s->quota, 1, limit))
		return true;
	for (unsigned i = 0; i < s->workers; i++)
		if (empty(&s->advances[i], &s->quota) &&
		    quota_take(&s->quota, 1, limit))
			return true;
	return false;
}

void
shared_quota_give(struct shared_quota *s, unsigned worker, uint64_t limit)
{
	struct advance *mine = &s->advances[worker];
	uint32_t keep = 2 * (batch_of(limit, s->workers) - 1);
	uint32_t spare = 1 + atomic_fetch_add_explicit(&mine->spare, 1,
	    memory_order_relaxed);

	while (spare > keep)
		if (atomic_compare_exchange_weak_explicit(&mine->spare, &spare,
		    keep / 2, memory_order_relaxed, memory_order_relaxed)) {
			quota_give(&s->quota, spare - keep / 2);
			return;
		}
}

void
shared_quota_settle(struct shared_quota *s, unsigned worker)
{
	(void)empty(&s->advances[worker], &s->quota);
}
