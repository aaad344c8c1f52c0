/* probe_track -- see probe_track.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/probe_track.h"

#include "base/clock.h"

static const struct probe_point *
point(const struct probe_track *t, size_t i)
{
	return &t->points[(t->first + i) % PROBE_POINTS_MAX];
}

/* At a distance of at least a 500th of the span, so that the ring reaches over
 * all of it however often the probe is asked. */
static void
keep(struct probe_track *t, uint64_t span_ms)
{
	uint64_t step_ns = span_ms * NS_PER_MS / (PROBE_POINTS_MAX - 12);

	if (t->count > 0 &&
	    t->last.at_ns - point(t, t->count - 1)->at_ns < step_ns)
		return;
	if (t->count == PROBE_POINTS_MAX)
		t->first = (t->first + 1) % PROBE_POINTS_MAX;
	else
		t->count++;
	t->points[(t->first + t->count - 1) % PROBE_POINTS_MAX] = t->last;
}

void
probe_track_add(struct probe_track *t, uint64_t at_ns, double value,
    uint64_t span_ms)
{
	if (at_ns == 0 || at_ns <= t->last.at_ns)
		return;
	t->last = (struct probe_point){ at_ns, value };
	if (span_ms > 0)
		keep(t, span_ms);
}

bool
probe_track_now(const struct probe_track *t, uint64_t now_ns,
    uint64_t stale_ms, double *out)
{
	*out = t->last.value;
	return t->last.at_ns != 0 && (t->last.at_ns >= now_ns ||
	    now_ns - t->last.at_ns <= stale_ms * NS_PER_MS);
}

bool
probe_track_growth(const struct probe_track *t, uint64_t now_ns,
    uint64_t span_ms, uint64_t per_ms, double *out)
{
	uint64_t span_ns = span_ms * NS_PER_MS, from_ns, reach_ns;
	double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, spread;
	size_t i = 0;

	while (i < t->count && point(t, i)->at_ns + span_ns < now_ns)
		i++;
	if (t->count - i < PROBE_POINTS_MIN)
		return false;
	from_ns = point(t, i)->at_ns;
	reach_ns = point(t, t->count - 1)->at_ns - from_ns;
	if (reach_ns < span_ns / 2)
		return false;
	for (; i < t->count; i++) {
		/* From the first on, so that squares stay small. */
		double x = (double)(point(t, i)->at_ns - from_ns) / 1e6;
		double y = point(t, i)->value - t->last.value;

		n++;
		sum_x += x;
		sum_y += y;
		sum_xx += x * x;
		sum_xy += x * y;
	}
	spread = n * sum_xx - sum_x * sum_x;
	if (!(spread > 0))
		return false;
	*out = (n * sum_xy - sum_x * sum_y) / spread * (double)per_ms;
	return true;
}
