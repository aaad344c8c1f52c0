/* stats -- the slots of all threads, and their sums.
 * SPDX-License-Identifier: MIT
 */
#include "observe/stats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "observe/isolation.h"
#include "observe/sticky.h"

#define COUNTER "counter"
#define GAUGE "gauge"
static const struct metric_row metric_rows[] = {
#define METRIC(name, text, type, help) [METRIC_##name] = { text, type, help },
#include "observe/metrics.def"
#undef METRIC
};
#undef COUNTER
#undef GAUGE

const struct metric_row *
metric_info(enum metric m)
{
	assert((unsigned)m < COUNT_OF(metric_rows));
	return &metric_rows[m];
}

struct stats_board *
stats_board_new(size_t workers, size_t compares)
{
	struct stats_board *b = mem_zalloc(sizeof *b);

	b->workers = mem_zalloc((workers + 1) * sizeof *b->workers);
	b->worker_count = workers;
	b->compares = mem_zalloc((compares + 1) * sizeof *b->compares);
	b->compare_count = compares;
	/* One allocation each, so that two writers share no cache line but
	 * at the rims. */
	for (size_t i = 0; i < workers; i++)
		b->workers[i] = mem_zalloc(sizeof *b->workers[i]);
	b->weights = mem_zalloc(sizeof *b->weights);
	b->isolation = isolation_new();
	b->sticky = sticky_new();
	for (size_t i = 0; i < compares; i++)
		b->compares[i] = mem_zalloc(sizeof *b->compares[i]);
	return b;
}

void
stats_board_free(struct stats_board **b)
{
	if (*b == NULL)
		return;
	for (size_t i = 0; i < (*b)->worker_count; i++)
		free((*b)->workers[i]);
	for (size_t i = 0; i < (*b)->compare_count; i++)
		free((*b)->compares[i]);
	free((*b)->weights);
	isolation_free(&(*b)->isolation);
	sticky_free(&(*b)->sticky);
	free((*b)->workers);
	free((*b)->compares);
	free(*b);
	*b = NULL;
}

static void
slot_add(_Atomic uint32_t *slot)
{
	atomic_store_explicit(slot,
	    atomic_load_explicit(slot, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

void
leg_stats_count(struct leg_stats *s, enum outcome outcome, uint16_t status,
    uint64_t latency_us)
{
	assert((unsigned)outcome < OUTCOME_COUNT);
	stat_add(&s->requests, 1);
	stat_add(&s->outcomes[outcome], 1);
	if (outcome_is_failure(outcome))
		stat_add(&s->failures, 1);
	/* A client that left early says nothing of the version's speed. */
	if (status != 0 && outcome_is_counted(outcome)) {
		stat_add(&s->latency_us_sum, latency_us);
		slot_add(&s->latency[hist_slot(latency_us)]);
	}
}

uint64_t
stats_metric(const struct stats_board *b, enum metric m)
{
	uint64_t sum = stat_read(&b->process[m]);

	for (size_t i = 0; i < b->worker_count; i++)
		sum += stat_read(&b->workers[i]->metrics[m]);
	return sum;
}

uint64_t
stats_verdict(const struct stats_board *b, enum verdict v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->compare_count; i++)
		sum += stat_read(&b->compares[i]->verdicts[v]);
	return sum;
}

const char *
keep_result_name(enum keep_result r)
{
	static const char *const names[] = {
#define KEEP(NAME, label, text) [KEEP_##NAME] = label,
		KEEP_TABLE(KEEP)
#undef KEEP
	};

	return names[r];
}

uint64_t
stats_kept(const struct stats_board *b, enum keep_result r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->compare_count; i++)
		sum += stat_read(&b->compares[i]->kept[r]);
	return sum;
}

uint64_t
stats_refused(const struct stats_board *b, enum outcome o)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->worker_count; i++)
		sum += stat_read(&b->workers[i]->refused[o]);
	return sum;
}

uint64_t
stats_leg_outcome(const struct stats_board *b, enum version v, enum leg leg,
    enum outcome o)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->worker_count; i++)
		sum += stat_read(&b->workers[i]->legs[v][leg].outcomes[o]);
	return sum;
}

/* Requests are summed from the outcomes, so that every request in a tally is
 * one that says something of the version, and a rate never exceeds 1. */
static void
tally_add_leg(struct tally *t, const struct leg_stats *s, enum leg leg)
{
	uint64_t requests = 0;

	for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
		uint64_t n = stat_read(&s->outcomes[o]);

		if (!outcome_is_counted(o))
			continue;
		requests += n;
		if (outcome_is_failure(o))
			t->failures += n;
	}
	excess_tally_add(&t->excess, &s->excess);
	t->requests += requests;
	if (leg == LEG_PRIMARY)
		t->primary_requests += requests;
	else
		t->shadow_requests += requests;
	t->latency_us_sum += stat_read(&s->latency_us_sum);
	hist_add_slots(&t->latency, s->latency);
}

uint64_t
stats_seen(const struct stats_board *b, enum version v)
{
	const struct seen_buckets **all = mem_alloc((b->worker_count + 1) *
	    sizeof *all);
	uint64_t count;

	for (size_t i = 0; i < b->worker_count; i++)
		all[i] = &b->workers[i]->seen;
	count = seen_count(all, (unsigned)b->worker_count, v);
	free(all);
	return count;
}

void
stats_tally(const struct stats_board *b, enum version v, struct tally *out)
{
	memset(out, 0, TALLY_BYTES(0));
	for (size_t i = 0; i < b->worker_count; i++) {
		const struct worker_stats *w = b->workers[i];

		/* A control leg shows what legacy is like, and serves nobody:
		 * rates and latencies are of what users' requests met. */
		for (unsigned leg = 0; leg < LEG_CONTROL; leg++)
			tally_add_leg(out, &w->legs[v][leg], leg);
		if (v == VERSION_ENHANCED)
			out->fallbacks += stat_read(&w->fallbacks);
	}
	out->isolation = isolation_total(b->isolation, v);
	out->different = stats_verdict(b, VERDICT_DIFFERENT);
	out->compared = out->different + stats_verdict(b, VERDICT_SAME) +
	    stats_verdict(b, VERDICT_NOISE);
}

void
tally_subtract(const struct tally *a, const struct tally *b, unsigned wanted,
    struct tally *out)
{
	out->requests = a->requests - b->requests;
	out->failures = a->failures - b->failures;
	excess_tally_subtract(&a->excess, &b->excess, &out->excess);
	out->primary_requests = a->primary_requests - b->primary_requests;
	out->shadow_requests = a->shadow_requests - b->shadow_requests;
	out->fallbacks = a->fallbacks - b->fallbacks;
	out->compared = a->compared - b->compared;
	out->different = a->different - b->different;
	out->isolation = a->isolation - b->isolation;
	out->latency_us_sum = a->latency_us_sum - b->latency_us_sum;
	if ((wanted & TALLY_LATENCY) != 0)
		hist_subtract(&a->latency, &b->latency, &out->latency);
	for (size_t i = 0; i < SIGNAL_RULES_MAX &&
	    (wanted & TALLY_SIGNALS) != 0; i++) {
		out->signals[i].n = a->signals[i].n - b->signals[i].n;
		out->signals[i].sum = a->signals[i].sum - b->signals[i].sum;
	}
	out->spread_count = a->spread_count;
	for (size_t i = 0; i < a->spread_count; i++)
		if ((wanted & TALLY_SPREAD(i)) != 0)
			hist_subtract(&a->spreads[i], &b->spreads[i],
			    &out->spreads[i]);
}

void
tally_copy(const struct tally *from, struct tally *to)
{
	memcpy(to, from, offsetof(struct tally, latency));
	hist_copy(&from->latency, &to->latency);
	for (size_t i = 0; i < from->spread_count; i++)
		hist_copy(&from->spreads[i], &to->spreads[i]);
}
