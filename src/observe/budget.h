/* budget -- what mirroring has cost today, against what it may.
 * SPDX-License-Identifier: MIT
 *
 * One for all workers, relaxed atomics.  Workers take and spend; the control
 * thread begins a new day.  A request that is taken as the day turns may count
 * for either day.
 */
#ifndef OBSERVE_BUDGET_H
#define OBSERVE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/mirror_rules.h"

struct mirror_budget {
	_Atomic uint64_t requests; /* mirrored today */
	_Atomic uint64_t tokens;   /* that their answers say they used */
	_Atomic uint64_t refused;  /* would have been mirrored today */
};

/* One more request is to be mirrored.  false: the day's is spent. */
bool mirror_budget_take(struct mirror_budget *b,
    const struct mirror_rules *rules) MUST_CHECK;
/* It was not mirrored after all. */
void mirror_budget_give(struct mirror_budget *b);
void mirror_budget_spend(struct mirror_budget *b, uint64_t tokens);
/* Is there a limit, and is it reached? */
bool mirror_budget_is_spent(struct mirror_budget *b,
    const struct mirror_rules *rules);

#endif
