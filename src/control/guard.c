/* guard -- what rules make of their conditions, and the breaker.
 * SPDX-License-Identifier: MIT
 */
#include "control/guard.h"

#include "base/clock.h"
#include "base/evidence.h"

static void
remember_holding(const struct guard_rule *rule, uint64_t now_ns,
    struct guard_memory *memory, struct guard_reading *out)
{
	if (memory->above_since_ns == 0)
		memory->above_since_ns = now_ns;
	memory->fine_since_ns = 0;
	out->above_ns = now_ns - memory->above_since_ns;
	out->judgement = out->above_ns >= rule->for_ms * NS_PER_MS ?
	    JUDGE_TRIP : JUDGE_PENDING;
}

/* A number that dances around its limit must not alert at every step, so a
 * firing is over only after a whole window below it. */
static void
remember_fine(const struct guard_rule *rule, uint64_t now_ns,
    struct guard_memory *memory, struct guard_reading *out)
{
	memory->above_since_ns = 0;
	memory->is_shared = false;
	if (memory->fine_since_ns == 0)
		memory->fine_since_ns = now_ns;
	if (now_ns - memory->fine_since_ns >= rule->when.window_ms * NS_PER_MS)
		memory->fired = false;
	out->judgement = JUDGE_FINE;
}

static void
remember_unknown(uint64_t now_ns, struct guard_memory *memory,
    struct guard_reading *out)
{
	memory->fine_since_ns = 0;
	if (memory->above_since_ns != 0)
		out->above_ns = now_ns - memory->above_since_ns;
	out->judgement = JUDGE_UNKNOWN;
}

/* An alert tells of what is bad, whoever's fault it is. */
static bool
is_held(const struct guard_rule *rule, const struct condition_view *scene,
    const struct condition_reading *numbers, struct guard_memory *memory)
{
	memory->is_shared = rule->action != GUARD_ALERT && !rule->blind &&
	    condition_is_shared(&rule->when, scene, numbers, memory->is_shared);
	return memory->is_shared;
}

void
guard_judge(const struct guard_rule *rule,
    const struct condition_view *scene,
    uint64_t now_ns, struct guard_memory *memory, struct guard_reading *out)
{
	*out = (struct guard_reading){ 0 };
	condition_renew(&rule->when, scene, &memory->fresh);
	condition_judge(&rule->when, scene, &memory->fresh, &out->numbers);
	switch (out->numbers.holding) {
	case HOLDING_UNKNOWN:
		remember_unknown(now_ns, memory, out);
		break;
	case HOLDING_NO:
		remember_fine(rule, now_ns, memory, out);
		break;
	case HOLDING_YES:
		remember_holding(rule, now_ns, memory, out);
		/* Also while it waits: legacy may be back first. */
		if (is_held(rule, scene, &out->numbers, memory) &&
		    out->judgement == JUDGE_TRIP)
			out->judgement = JUDGE_SHARED;
		break;
	}
}

/* One user whose every request fails is not a version that fails. */
static struct rate
weighed(const struct tally *t)
{
	uint64_t repeats = t->excess.repeats;

	/* Two counters are never read at the same moment. */
	if (repeats > t->failures || repeats > t->requests)
		repeats = 0;
	return (struct rate){ t->failures - repeats, t->requests - repeats };
}

/* Legacy surely fails as often: nobody would be better off there. */
static bool
is_legacy_broken(const struct breaker *b, const struct tally *t)
{
	struct rate legacy = weighed(t);

	return legacy.n >= b->min_requests && wilson_lower(legacy.events,
	    legacy.n, BREAKER_Z) > b->failure_rate;
}

bool
breaker_judge(const struct breaker *b,
    const struct tally windows[VERSION_COUNT], struct guard_reading *out)
{
	struct rate m = weighed(&windows[VERSION_ENHANCED]);

	*out = (struct guard_reading){
		.numbers = {
			.value = wilson_lower(m.events, m.n, BREAKER_Z),
			.limit = b->failure_rate, .n = m.n, .events = m.events,
		},
	};
	if (!b->enabled || m.n == 0 || m.n < b->min_requests)
		return false;
	out->judgement = !(out->numbers.value > out->numbers.limit) ? JUDGE_FINE :
	    is_legacy_broken(b, &windows[VERSION_LEGACY]) ? JUDGE_SHARED :
	    JUDGE_TRIP;
	return out->judgement == JUDGE_TRIP;
}
