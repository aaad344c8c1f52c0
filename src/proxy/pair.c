/* pair -- see pair.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/pair.h"

#include <string.h>

#include "base/text.h"
#include "proxy/capture.h"
#include "proxy/request.h"
#include "proxy/worker.h"

/* A leg that the client or we ourselves ended says nothing of its version. */
static bool
speaks_for_itself(const struct answer *a)
{
	enum blame blame = outcome_info(a->outcome)->blame;

	/* A shadow that was too large is a pair that cannot be compared, and
	 * that is worth a verdict. */
	return blame == BLAME_NOBODY || blame == BLAME_UPSTREAM ||
	    a->outcome == OUTCOME_SHADOW_TOO_LARGE;
}

/* One that could not be captured, or that we ended, says nothing, and the
 * pair goes without it. */
static void
give_control(struct request *r, struct sample *s)
{
	if (!r->has_control || r->control.no_room ||
	    !speaks_for_itself(&r->control))
		return;
	s->has_control = true;
	s->budget_bytes += capture_cost_of_answer(&r->control);
	s->control = capture_take_answer(&r->control);
}

static struct sample *
sample_of(struct request *r)
{
	struct sample *s = sample_new(r->snapshot->config);
	const struct head *h = &r->head;

	/* The bodies bring what was taken for them; the rest is ours, and small. */
	s->budget = r->worker->budget;
	s->budget_bytes = sizeof *s +
	    capture_cost_of_answer(&r->answers[VERSION_LEGACY]) +
	    capture_cost_of_answer(&r->answers[VERSION_ENHANCED]);
	give_control(r, s);
	(void)!sample_budget_take(s->budget, sizeof *s, UINT64_MAX);
	s->ts_us = r->start_us;
	s->epoch = r->snapshot->state.epoch;
	s->rollout = r->snapshot->rollout;
	memcpy(s->pair, r->pair, sizeof s->pair);
	text_copy(s->stage, sizeof s->stage, r->snapshot->state.stage,
	    strlen(r->snapshot->state.stage));
	text_copy(s->method, sizeof s->method, h->base + h->method_off,
	    h->method_len);
	text_copy(s->path, sizeof s->path, r->target.path, r->target.path_len);
	if (r->decision.route != NULL)
		text_copy(s->route, sizeof s->route, r->decision.route->path,
		    strlen(r->decision.route->path));
	s->counts = route_counts_ref(route_board_counts(r->snapshot->routes,
	    r->decision.route));
	for (int v = 0; v < VERSION_COUNT; v++)
		s->answers[v] = capture_take_answer(&r->answers[v]);
	return s;
}

void
pair_judge(struct request *r)
{
	struct worker *w = r->worker;
	struct sample *s;

	if (r->shadow != SHADOW_STARTED)
		return;
	/* Once: a fallback that begins now ends without another verdict. */
	r->shadow = SHADOW_JUDGED;
	if (r->answers[VERSION_LEGACY].no_room ||
	    r->answers[VERSION_ENHANCED].no_room) {
		metric_add(r->course->stats, METRIC_SAMPLES_DROP_BYTES, 1);
		return;
	}
	for (int v = 0; v < VERSION_COUNT; v++)
		if (!r->answered[v] || !speaks_for_itself(&r->answers[v]))
			return;
	s = sample_of(r);
	if (w->samples.offer(w->samples.arg, s)) {
		metric_add(r->course->stats, METRIC_SAMPLES_OFFERED, 1);
		return;
	}
	metric_add(r->course->stats, METRIC_SAMPLES_DROPPED, 1);
	sample_free(&s);
}
