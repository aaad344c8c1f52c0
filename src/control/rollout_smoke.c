/* rollout_smoke -- see rollout_smoke.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/rollout_smoke.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "control/rollout_core.h"

void
rollout_smoke_look(struct rollout *r, struct smoke_run *out,
    uint64_t *age_ms_out)
{
	uint64_t now_ns = clock_ns();

	*out = (struct smoke_run){ .state = SMOKE_NOT_RUN };
	*age_ms_out = 0;
	if (!r->smoke.is_asked)
		return;
	r->ports.smoked(r->ports.arg, out);
	if (out->serial != r->smoke.serial)
		*out = (struct smoke_run){ .state = SMOKE_NOT_RUN };
	if (out->ended_ns != 0 && now_ns > out->ended_ns)
		*age_ms_out = (now_ns - out->ended_ns) / NS_PER_MS;
}

void
rollout_smoke_begin(struct rollout *r, const struct plan_report *plan)
{
	if (r->ports.smoke == NULL)
		return;
	r->smoke.is_asked = true;
	r->ports.smoke(r->ports.arg, r->snapshot, plan->next->smoke,
	    ++r->smoke.serial);
}

void
rollout_smoke_forget(struct rollout *r)
{
	r->smoke.is_asked = false;
	r->smoke.told[0] = '\0';
}

void
rollout_smoke_totals(const struct rollout *r, struct smoke_totals *out)
{
	*out = r->smoke.totals;
}

/* Once for each run: the next one is not begun before this was called. */
static void
count_run(struct rollout_smoke *s, const struct smoke_run *run)
{
	if (run->serial == s->counted)
		return;
	s->counted = run->serial;
	s->totals.runs++;
	s->totals.is_passed = run->state == SMOKE_PASSED;
	if (run->state == SMOKE_FAILED)
		s->totals.failures++;
}

void
rollout_smoke_tell(struct rollout *r)
{
	struct change_origin by = { "plan", NULL, clock_wall_us() };
	struct log_entry event;
	struct smoke_run run;
	char text[SMOKE_WHY_MAX];
	uint64_t age_ms;

	rollout_smoke_look(r, &run, &age_ms);
	if (run.state == SMOKE_PASSED)
		snprintf(text, sizeof text, "%u of %u passed", run.passed,
		    run.count);
	else if (run.state == SMOKE_FAILED)
		text_copy(text, sizeof text, run.why, strlen(run.why));
	else
		return;
	count_run(&r->smoke, &run);
	/* While it stays so, once. */
	if (strcmp(text, r->smoke.told) == 0)
		return;
	text_copy(r->smoke.told, sizeof r->smoke.told, text, strlen(text));
	by.reason = text;
	log_event(run.state == SMOKE_PASSED ? LOG_INFO : LOG_WARN, "smoke", "%s",
	    text);
	change_note(&r->state, "smoke", &by, "", &event);
	rollout_note(r, &event);
}
