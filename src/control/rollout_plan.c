/* rollout_plan -- look at the plan now and then, and open what is open.
 * SPDX-License-Identifier: MIT
 *
 * What must hold is decided in plan.h (pure); this file gets it the numbers.
 * A stage is opened as an operator's change is: written down first, so that a
 * crash leaves the old stage or the new one, and never more enhanced traffic
 * than is on disk.
 */
#include "control/rollout_core.h"

#include "base/clock.h"
#include "base/log.h"

#define LOOK_NS (250 * NS_PER_MS)

void
rollout_plan(struct rollout *r, struct plan_report *out)
{
	const struct rules *rules = &r->config->rules;
	const struct stage *stage = plan_stage(rules, &r->state);
	struct condition_reading gates[PLAN_ROWS_MAX];
	struct plan_view view = {
		.state = &r->state,
		.latched = r->state.latched || latch_is_set(r->ports.latch),
		.now_us = clock_wall_us(),
		.requests = r->watch.all.tallies[VERSION_ENHANCED].requests -
		    r->watch.all.begin[VERSION_ENHANCED].requests,
		.users = { stats_seen(r->ports.board, VERSION_LEGACY),
		    stats_seen(r->ports.board, VERSION_ENHANCED) },
		.critical = watch_critical(&r->watch),
		.gates = gates,
	};

	for (size_t i = 0; stage != NULL && i < stage->gate_count; i++)
		(void)condition_holds_surely(&stage->gates[i].when,
		    watch_look(&r->watch, &stage->gates[i].when), &gates[i]);
	rollout_smoke_look(r, &view.smoke, &view.smoke_age_ms);
	plan_judge(rules, &view, out);
}

static void
open_next(struct rollout *r, const struct plan_report *plan)
{
	const struct change_origin by = { "plan", "every gate is done",
		clock_wall_us() };
	struct buf evidence = { 0 };
	struct err err = { "" };
	enum refusal refusal;
	struct change c;

	plan_write_json(plan, &evidence);
	if (!change_advance(&r->config->rules, &r->state, false, &by,
	    evidence.bytes, &c, &refusal, &err) || !rollout_commit(r, &c, &err))
		log_event(LOG_WARN, "plan", "the next stage is not opened: %s",
		    err.text);
	buf_fini(&evidence);
}

void
rollout_plan_tick(struct rollout *r)
{
	struct plan_report plan;
	const struct stage *stage;

	if (r->watch.now_ns < r->plan_ns || r->waiting)
		return;
	r->plan_ns = r->watch.now_ns + LOOK_NS;
	stage = plan_stage(&r->config->rules, &r->state);
	if (stage == NULL || r->config->env_disabled ||
	    (stage->advance != ADVANCE_AUTO && r->config->rules.smoke.count == 0))
		return;
	rollout_smoke_tell(r);
	rollout_plan(r, &plan);
	if (plan.is_smoke_due)
		rollout_smoke_begin(r, &plan);
	if (plan.is_open)
		open_next(r, &plan);
}
