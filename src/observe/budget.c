/* budget -- see budget.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/budget.h"

#include <stdatomic.h>

static uint64_t
get(_Atomic uint64_t *slot)
{
	return atomic_load_explicit(slot, memory_order_relaxed);
}

static void
add(_Atomic uint64_t *slot, uint64_t n)
{
	atomic_fetch_add_explicit(slot, n, memory_order_relaxed);
}

static bool
are_tokens_spent(struct mirror_budget *b, const struct mirror_rules *rules)
{
	return rules->budget_tokens > 0 && get(&b->tokens) >=
	    rules->budget_tokens;
}

bool
mirror_budget_take(struct mirror_budget *b, const struct mirror_rules *rules)
{
	uint64_t before;

	if (rules->budget_requests == 0 && rules->budget_tokens == 0)
		return true;
	before = atomic_fetch_add_explicit(&b->requests, 1,
	    memory_order_relaxed);
	if ((rules->budget_requests == 0 || before < rules->budget_requests) &&
	    !are_tokens_spent(b, rules))
		return true;
	mirror_budget_give(b);
	add(&b->refused, 1);
	return false;
}

void
mirror_budget_give(struct mirror_budget *b)
{
	atomic_fetch_sub_explicit(&b->requests, 1, memory_order_relaxed);
}

void
mirror_budget_spend(struct mirror_budget *b, uint64_t tokens)
{
	add(&b->tokens, tokens);
}

bool
mirror_budget_is_spent(struct mirror_budget *b,
    const struct mirror_rules *rules)
{
	return (rules->budget_requests > 0 &&
	    get(&b->requests) >= rules->budget_requests) ||
	    are_tokens_spent(b, rules);
}
