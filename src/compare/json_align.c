/* json_align -- items matched by position with the fewest edits.
 * SPDX-License-Identifier: MIT
 *
 * What is the same at both ends is put aside first; mostly that is all, or
 * one item is left.  Contract in json_items.h.
 */
#include "compare/align.h"
#include "compare/json_items.h"

struct aligning {
	struct walk *walk;          /* borrows */
	const struct json_arrays *p; /* borrows: what is left in the middle */
	bool swapped;               /* a is enhanced */
};

static const struct json *
item_at(const struct aligning *al, bool of_a, size_t i)
{
	return of_a == al->swapped ? al->p->enhanced.at[i] :
	    al->p->legacy.at[i];
}

static uint64_t
cost(void *arg, size_t i, size_t j, uint64_t most)
{
	const struct aligning *al = arg;
	const struct json *a = item_at(al, true, i), *b = item_at(al, false, j);

	return al->swapped ? walk_try(al->walk, b, a, most) :
	    walk_try(al->walk, a, b, most);
}

static bool
is_same(void *arg, size_t i, size_t j)
{
	return cost(arg, i, j, 1) == 0;
}

static bool
is_over(void *arg)
{
	const struct aligning *al = arg;

	return al->walk->steps_left == 0;
}

/* --- the ends ------------------------------------------------------------------ */

/* The same, for good: how alike its texts are is noted. */
static bool
is_settled(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	if (walk_try(w, legacy, enhanced, 1) > 0)
		return false;
	if (w->met_texts)
		walk_items(w, WALK_ANY_ITEM, legacy, enhanced);
	return true;
}

static void
trim_front(struct walk *w, struct json_arrays *p)
{
	while (p->legacy.count > 0 && p->enhanced.count > 0 &&
	    is_settled(w, p->legacy.at[0], p->enhanced.at[0])) {
		p->legacy.at++;
		p->legacy.count--;
		p->enhanced.at++;
		p->enhanced.count--;
	}
}

/* Of the first ones it is known that they are not the same. */
static void
trim_back(struct walk *w, struct json_arrays *p)
{
	while (p->legacy.count > 0 && p->enhanced.count > 0 &&
	    (p->legacy.count > 1 || p->enhanced.count > 1) &&
	    is_settled(w, p->legacy.at[p->legacy.count - 1],
	    p->enhanced.at[p->enhanced.count - 1])) {
		p->legacy.count--;
		p->enhanced.count--;
	}
}

/* --- the middle ------------------------------------------------------------------ */

static uint64_t *
weights_of(struct walk *w, const struct json_items *items)
{
	uint64_t *weights = arena_alloc(w->arena,
	    (items->count + 1) * sizeof *weights);

	for (size_t i = 0; weights != NULL && i < items->count; i++) {
		walk_enter_item(w, WALK_ANY_ITEM);
		weights[i] = walk_weigh(w, items->at[i]);
		walk_leave(w);
	}
	return weights;
}

/* Item for item, each pair having more in common than not? */
static bool
is_close(struct walk *w, const struct json_arrays *p, const uint64_t *legacy,
    const uint64_t *enhanced)
{
	for (size_t i = 0; i < p->legacy.count; i++) {
		uint64_t least = legacy[i] < enhanced[i] ? legacy[i] : enhanced[i];

		if (2 * walk_try(w, p->legacy.at[i], p->enhanced.at[i],
		    least / 2 + 1) > least)
			return false;
	}
	return true;
}

static void
follow(const struct aligning *al, const struct align *found,
    const size_t *partners)
{
	size_t i = 0, j = 0;

	while ((i < found->a_count || j < found->b_count) &&
	    !walk_is_over(al->walk)) {
		const struct json *a = i < found->a_count ?
		    item_at(al, true, i) : NULL;
		const struct json *b = j < found->b_count ?
		    item_at(al, false, j) : NULL;

		if (a != NULL && partners[i] == ALIGN_NONE)
			b = NULL;
		else if (a != NULL && partners[i] != j)
			a = NULL;
		walk_items(al->walk, WALK_ANY_ITEM, al->swapped ? b : a,
		    al->swapped ? a : b);
		i += a != NULL;
		j += b != NULL;
	}
}

/* The way that is taken must not depend on which side is which: of several
 * that are as short, another one would be. */
static void
align_middle(struct walk *w, const struct json_arrays *p,
    const uint64_t *legacy, const uint64_t *enhanced)
{
	struct aligning al = { w, p,
		json_order(p->legacy.at[0], p->enhanced.at[0]) > 0 };
	struct align found = {
		.a_count = al.swapped ? p->enhanced.count : p->legacy.count,
		.b_count = al.swapped ? p->legacy.count : p->enhanced.count,
		.a_weights = al.swapped ? enhanced : legacy,
		.b_weights = al.swapped ? legacy : enhanced,
		.is_same = is_same, .cost = cost, .is_over = is_over,
		.arg = &al, .arena = w->arena,
	};
	size_t *partners = arena_alloc(w->arena,
	    (found.a_count + 1) * sizeof *partners);

	if (partners != NULL && align_items(&found, partners))
		follow(&al, &found, partners);
	else
		walk_places(w, p);
}

static void
diff_middle(struct walk *w, const struct json_arrays *p)
{
	uint64_t *legacy = weights_of(w, &p->legacy);
	uint64_t *enhanced = weights_of(w, &p->enhanced);
	bool as_many = p->legacy.count == p->enhanced.count;

	if (legacy == NULL || enhanced == NULL)
		w->arena_full = true;
	else if (as_many && is_close(w, p, legacy, enhanced))
		walk_places(w, p);
	else if (as_many && walk_is_reordered(w, p))
		walk_note(w, DIFF_ORDER, p->legacy_array, p->enhanced_array);
	else
		align_middle(w, p, legacy, enhanced);
}

/* One of them has none left: what the other has is missing, or extra. */
static void
diff_rest(struct walk *w, const struct json_arrays *p)
{
	for (size_t i = 0; i < p->legacy.count; i++)
		walk_items(w, WALK_ANY_ITEM, p->legacy.at[i], NULL);
	for (size_t i = 0; i < p->enhanced.count; i++)
		walk_items(w, WALK_ANY_ITEM, NULL, p->enhanced.at[i]);
}

void
walk_aligned(struct walk *w, const struct json_arrays *all)
{
	struct json_arrays p = *all;

	if (p.legacy.count > 1 || p.enhanced.count > 1) {
		walk_allow_trials(w);
		trim_front(w, &p);
		trim_back(w, &p);
	}
	if (p.legacy.count == 0 || p.enhanced.count == 0)
		diff_rest(w, &p);
	else if (p.legacy.count == 1 && p.enhanced.count == 1)
		walk_items(w, WALK_ANY_ITEM, p.legacy.at[0], p.enhanced.at[0]);
	else
		diff_middle(w, &p);
}
