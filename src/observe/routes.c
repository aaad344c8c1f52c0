/* routes -- see routes.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/routes.h"

#include <stdatomic.h>
#include <string.h>

#include "observe/stats.h"

_Static_assert(OUTCOME_COUNT <= ROUTE_OUTCOMES, "a place for each outcome");

/* --- counting ----------------------------------------------------------------- */

void
routes_count(struct route_slots *s, enum leg leg, enum outcome outcome,
    uint16_t status, uint64_t latency_us)
{
	_Atomic uint32_t *slot;

	stat_add(&s->outcomes[outcome], 1);
	if (!outcome_is_counted(outcome))
		return;
	stat_add(&s->primary, leg == LEG_PRIMARY);
	if (status == 0)
		return;
	stat_add(&s->latency_us_sum, latency_us);
	slot = &s->latency[hist_slot(latency_us)];
	atomic_store_explicit(slot, atomic_load_explicit(slot,
	    memory_order_relaxed) + 1, memory_order_relaxed);
}

void
routes_verdict(struct route_counts *c, size_t thread, enum verdict verdict)
{
	struct route_verdicts *v;

	if (c == NULL || (verdict != VERDICT_SAME && verdict != VERDICT_NOISE &&
	    verdict != VERDICT_DIFFERENT))
		return;
	v = &c->verdicts[thread];
	stat_add(&v->compared, 1);
	stat_add(&v->different, verdict == VERDICT_DIFFERENT);
}

/* --- reading ------------------------------------------------------------------- */

static void
add_slots(struct tally *t, const struct route_slots *s)
{
	uint64_t requests = 0, primary = stat_read(&s->primary);

	for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
		uint64_t n = stat_read(&s->outcomes[o]);

		if (!outcome_is_counted(o))
			continue;
		requests += n;
		t->failures += outcome_is_failure(o) ? n : 0;
	}
	if (requests == 0)
		return;
	/* Two slots are never read at the same moment. */
	if (primary > requests)
		primary = requests;
	t->requests += requests;
	t->primary_requests += primary;
	t->shadow_requests += requests - primary;
	excess_tally_add(&t->excess, &s->excess);
	t->fallbacks += stat_read(&s->fallbacks);
	t->latency_us_sum += stat_read(&s->latency_us_sum);
	hist_add_slots(&t->latency, s->latency);
}

void
routes_tally(const struct route_counts *c, enum version v, struct tally *out)
{
	memset(out, 0, offsetof(struct tally, signals));
	memset(out->latency.octaves, 0, sizeof out->latency.octaves);
	for (size_t i = 0; i < c->worker_count; i++)
		add_slots(out, route_counts_slots(c, i, v));
	for (size_t i = 0; i < c->compare_count; i++) {
		out->compared += stat_read(&c->verdicts[i].compared);
		out->different += stat_read(&c->verdicts[i].different);
	}
}
