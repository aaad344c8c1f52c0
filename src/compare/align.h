/* align -- two lists matched item by item with the fewest edits.
 * SPDX-License-Identifier: MIT
 *
 * Items that are the same are matched first, by Myers' greedy algorithm (An
 * O(ND) Difference Algorithm, 1986): fast where little differs.  What is left
 * between them is matched by cost: an item without a partner costs its
 * weight, a pair what differs in it, and the cheapest way through is taken.
 * So an item that was put in front is one edit, also where the items behind
 * it differ a little.  Short lists are matched by cost alone.
 *
 * Nothing is asked of the items but these questions.  Bounded: at most
 * ALIGN_EDITS_MAX items without a partner that is the same, ALIGN_CELLS_MAX
 * pairs weighed at once; over the first there is no answer, over the second
 * items are matched one after another.  Not symmetric where several ways are
 * the cheapest: the caller calls it with the lists in one order.  Pure.
 */
#ifndef COMPARE_ALIGN_H
#define COMPARE_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"

#define ALIGN_EDITS_MAX 128
#define ALIGN_CELLS_MAX 1024
#define ALIGN_NONE SIZE_MAX

struct align {
	size_t a_count, b_count;
	const uint64_t *a_weights, *b_weights; /* borrow; of each item */
	bool (*is_same)(void *arg, size_t i, size_t j);
	/* What differs in a pair; what is over most need not be counted. */
	uint64_t (*cost)(void *arg, size_t i, size_t j, uint64_t most);
	/* Enough has been asked: give up. */
	bool (*is_over)(void *arg);
	void *arg;
	struct arena *arena; /* borrows */
};

/* partners: for each item of a the index of its partner in b, ascending, or
 * ALIGN_NONE.  false: given up at a bound. */
bool align_items(const struct align *al, size_t *partners) MUST_CHECK;

#endif
