/* shadow -- see shadow.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/shadow.h"

#include "base/clock.h"
#include "policy/decide.h"
#include "proxy/admission.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/worker.h"

void
shadow_drop(struct request *r, enum metric reason)
{
	r->shadow = SHADOW_DROPPED;
	metric_add(r->course->stats, reason, 1);
}

bool
shadow_may_mirror(const struct request *r)
{
	char *const *m = r->snapshot->config->rules.mirror.methods;

	if (m == NULL)
		return true;
	for (; *m != NULL; m++)
		if (head_method_is(&r->head, *m))
			return true;
	return false;
}

bool
shadow_must_wait(const struct request *r)
{
	const struct exchange *x = r->client->exchange;

	return r->decision.version == VERSION_ENHANCED &&
	    snapshot_fallback(r->snapshot) != 0 && !r->body_lost &&
	    !request_is_safe(r) && x != NULL && !x->committed;
}

/* The shadow has begun: legacy once more, beside it?  Nothing hangs on it:
 * the pair is judged without it as well. */
static void
control_begin(struct request *r)
{
	const struct config *config = r->snapshot->config;
	struct worker *w = r->worker;
	enum metric what = METRIC_CONTROL_SENT;

	if (!control_is_drawn(&config->rules, r->pair))
		return;
	metric_add(r->course->stats, METRIC_CONTROL_ELIGIBLE, 1);
	if (latch_is_set(r->course->latch))
		what = METRIC_CONTROL_DROP_LATCHED;
	else if (!admission_begin_shadow(w))
		what = METRIC_CONTROL_DROP_CONCURRENCY;
	else if (!mirror_budget_take(r->course->mirror_budget, &config->rules.mirror)) {
		admission_end_shadow(w);
		what = METRIC_CONTROL_DROP_BUDGET;
	}
	metric_add(r->course->stats, what, 1);
	if (what == METRIC_CONTROL_SENT)
		(void)exchange_begin(r, NULL, LEG_CONTROL, VERSION_LEGACY,
		    r->decision.why);
}

/* --- rests ------------------------------------------------------------------ */

static uint64_t
now_ms(const struct worker *w)
{
	return w->loop.now_ns / NS_PER_MS;
}

void
shadow_ended(const struct exchange *x)
{
	const struct outcome_row *row = outcome_info(x->outcome);
	struct worker *w = x->worker;
	struct hold *rest = &w->rests[x->version];

	if (x->outcome == OUTCOME_SHADOW_TIMEOUT ||
	    (row->fallback & ~(unsigned)FALLBACK_5XX) != 0)
		*rest = hold_after_failure(*rest,
		    &x->request->snapshot->config->settings.shadow_rest,
		    x->rest_trial, true, now_ms(w));
	else if (x->res > HALF_HEAD)
		*rest = hold_after_answer(*rest, x->rest_trial);
	else if (x->rest_trial == TRIAL_PROBE)
		rest->probed = false; /* we ended it: nothing is known */
}

/* --- beginning ---------------------------------------------------------------- */

static void
start(struct request *r, enum version version)
{
	struct hold *rest = &r->worker->rests[version];
	struct exchange *x;

	r->shadow = SHADOW_STARTED;
	metric_add(r->course->stats, METRIC_SHADOW_SENT, 1);
	x = exchange_begin(r, NULL, LEG_SHADOW, version, r->decision.why);
	if (hold_state(*rest, now_ms(r->worker)) == HOLD_DUE) {
		rest->probed = true;
		x->rest_trial = TRIAL_PROBE;
	}
}

void
shadow_begin(struct request *r)
{
	struct worker *w = r->worker;
	const struct settings *s = &r->snapshot->config->settings;
	enum version version = version_other(r->decision.version);

	if (admission_pressure(w) != PRESSURE_NONE) {
		shadow_drop(r, METRIC_SHADOW_DROP_MEMORY);
		return;
	}
	/* A body is lost for one of two reasons, see request.c. */
	if (r->body_lost) {
		bool large = r->body_bytes > s->capture_max_bytes;

		shadow_drop(r, large ? METRIC_SHADOW_DROP_BODY :
		    METRIC_SHADOW_DROP_BYTES);
		return;
	}
	/* The decision is as old as the request's head. */
	if (r->decision.version == VERSION_LEGACY && latch_is_set(r->course->latch)) {
		shadow_drop(r, METRIC_SHADOW_DROP_LATCHED);
		return;
	}
	switch (hold_state(w->rests[version], now_ms(w))) {
	case HOLD_SHUT:
	case HOLD_PROBED:
		shadow_drop(r, METRIC_SHADOW_DROP_RESTING);
		return;
	case HOLD_FREE:
	case HOLD_DUE:
		break;
	}
	if (!admission_begin_shadow(w)) {
		shadow_drop(r, METRIC_SHADOW_DROP_CONCURRENCY);
		return;
	}
	if (!mirror_budget_take(r->course->mirror_budget,
	    &r->snapshot->config->rules.mirror)) {
		admission_end_shadow(w);
		shadow_drop(r, METRIC_SHADOW_DROP_BUDGET);
		return;
	}
	start(r, version);
	control_begin(r);
}
