/* hold -- see hold.h.
 * SPDX-License-Identifier: MIT
 *
 * The word: until_ms in the upper 40 bits (34 years), then 1 bit probed, 7
 * bits of level, 16 bits of failures.
 */
#include "policy/hold.h"

#define FAILURES_MAX 0xffffu
#define LEVEL_MAX 0x7fu

struct hold
hold_unpack(uint64_t word)
{
	return (struct hold){
		.failures = (uint32_t)(word & FAILURES_MAX),
		.level = (uint32_t)(word >> 16 & LEVEL_MAX),
		.probed = (word >> 23 & 1) != 0,
		.until_ms = word >> 24,
	};
}

uint64_t
hold_pack(struct hold h)
{
	return h.until_ms << 24 | (uint64_t)h.probed << 23 |
	    (uint64_t)(h.level & LEVEL_MAX) << 16 | (h.failures & FAILURES_MAX);
}

enum hold_state
hold_state(struct hold h, uint64_t now_ms)
{
	if (h.level == 0)
		return HOLD_FREE;
	if (h.probed)
		return HOLD_PROBED;
	return now_ms < h.until_ms ? HOLD_SHUT : HOLD_DUE;
}

uint64_t
hold_span_ms(const struct hold_rules *rules, uint32_t level)
{
	uint64_t span = rules->first_ms;

	for (; level > 1 && span < rules->max_ms; level--)
		span *= 2;
	return span < rules->max_ms ? span : rules->max_ms;
}

static struct hold
shut(struct hold h, const struct hold_rules *rules, uint64_t now_ms)
{
	if (h.level < LEVEL_MAX)
		h.level++;
	h.failures = 0;
	h.probed = false;
	h.until_ms = now_ms + hold_span_ms(rules, h.level);
	return h;
}

struct hold
hold_after_failure(struct hold h, const struct hold_rules *rules,
    enum trial trial, bool may_hold, uint64_t now_ms)
{
	if (h.level > 0) {
		/* Exchanges that were under way when the hold began fail one
		 * after the other; that is one event, not many. */
		if (trial == TRIAL_PROBE && h.probed)
			return may_hold ? shut(h, rules, now_ms) :
			    (struct hold){ .failures = h.failures };
		return h;
	}
	if (h.failures < FAILURES_MAX)
		h.failures++;
	if (rules->after > 0 && h.failures >= rules->after && may_hold)
		return shut(h, rules, now_ms);
	return h;
}

struct hold
hold_after_answer(struct hold h, enum trial trial)
{
	/* What began before the hold proves nothing about now. */
	if (h.level > 0 && trial == TRIAL_NONE)
		return h;
	return (struct hold){ 0 };
}

/* --- on the shared word ------------------------------------------------------ */

static bool
swap(_Atomic uint64_t *word, uint64_t *expected, struct hold next)
{
	return atomic_compare_exchange_weak_explicit(word, expected,
	    hold_pack(next), memory_order_relaxed, memory_order_relaxed);
}

bool
hold_take_probe(_Atomic uint64_t *word, uint64_t now_ms)
{
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
	struct hold h;

	do {
		h = hold_unpack(seen);
		if (hold_state(h, now_ms) != HOLD_DUE)
			return false;
		h.probed = true;
	} while (!swap(word, &seen, h));
	return true;
}

void
hold_leave_probe(_Atomic uint64_t *word)
{
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
	struct hold h;

	do {
		h = hold_unpack(seen);
		h.probed = false;
	} while (!swap(word, &seen, h));
}

bool
hold_failed(_Atomic uint64_t *word, const struct hold_rules *rules,
    enum trial trial, bool may_hold, uint64_t now_ms)
{
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
	struct hold before, after;

	do {
		before = hold_unpack(seen);
		after = hold_after_failure(before, rules, trial, may_hold, now_ms);
	} while (!swap(word, &seen, after));
	return after.level > before.level ||
	    after.until_ms > before.until_ms;
}

void
hold_answered(_Atomic uint64_t *word, enum trial trial)
{
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

	while (seen != 0 &&
	    !swap(word, &seen, hold_after_answer(hold_unpack(seen), trial)))
		continue;
}

void
hold_clear(_Atomic uint64_t *word)
{
	atomic_store_explicit(word, 0, memory_order_relaxed);
}
