/* quota -- see quota.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/quota.h"

#define BATCH_MAX 64

/* Taken at once.  A worker keeps less than two of them, so that a request
 * that comes and goes at the rim of one does not write every time. */
static uint32_t
batch_of(uint64_t limit, unsigned workers)
{
	uint64_t batch = limit / (UINT64_C(32) * workers);

	return batch < 1 ? 1 : batch > BATCH_MAX ? BATCH_MAX : (uint32_t)batch;
}

bool
advance_take(struct advance *a, struct quota *q, uint64_t limit,
    unsigned workers)
{
	uint32_t batch = batch_of(limit, workers);

	if (a->spare > 0) {
		a->spare--;
		return true;
	}
	if (quota_take(q, batch, limit)) {
		a->spare = batch - 1;
		return true;
	}
	return batch > 1 && quota_take(q, 1, limit);
}

void
advance_give(struct advance *a, struct quota *q, uint64_t limit,
    unsigned workers)
{
	uint32_t keep = 2 * (batch_of(limit, workers) - 1);

	a->spare++;
	if (a->spare > keep) {
		quota_give(q, a->spare - keep / 2);
		a->spare = keep / 2;
	}
}

void
advance_give_back(struct advance *a, struct quota *q)
{
	quota_give(q, a->spare);
	a->spare = 0;
}
