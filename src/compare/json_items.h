/* json_items -- which item of an array goes with which of the other.
 * SPDX-License-Identifier: MIT
 *
 * Private to json_array.c, json_align.c and json_set.c.  All of them work at
 * the walk's place, where the arrays are.
 */
#ifndef COMPARE_JSON_ITEMS_H
#define COMPARE_JSON_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/json_walk.h"

struct json_items {
	const struct json **at; /* in the arena */
	size_t count;
};

/* Two arrays, or what is left of them. */
struct json_arrays {
	const struct json *legacy_array, *enhanced_array; /* the whole ones */
	struct json_items legacy, enhanced;
};

/* A pair of items, where one may be NULL; index: WALK_ANY_ITEM where it does
 * not matter. */
void walk_items(struct walk *w, size_t index, const struct json *legacy,
    const struct json *enhanced);
/* The same as a trial, after walk_allow_trials(): how many differences, or
 * enough if there are that many or no steps are left.  If fewer,
 * w->met_texts says whether texts were found alike. */
uint64_t walk_try(struct walk *w, const struct json *legacy,
    const struct json *enhanced, uint64_t enough) MUST_CHECK;

/* Item by item, from the index on; what one has more of is one difference, of
 * length. */
void walk_places(struct walk *w, const struct json_arrays *p);
/* With the fewest edits. */
void walk_aligned(struct walk *w, const struct json_arrays *p);
/* Whatever their order. */
void walk_set(struct walk *w, const struct json_arrays *p);
/* Are they the same items, in some order?  Unknown is no. */
bool walk_is_reordered(struct walk *w, const struct json_arrays *p);

#endif
