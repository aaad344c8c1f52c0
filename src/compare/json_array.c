/* json_array -- where two arrays differ; contract in json_walk.h and
 * json_items.h.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "compare/json_items.h"
#include "compare/number.h"

void
walk_items(struct walk *w, size_t index, const struct json *legacy,
    const struct json *enhanced)
{
	walk_enter_item(w, index);
	walk_pair(w, legacy, enhanced);
	walk_leave(w);
}

uint64_t
walk_try(struct walk *w, const struct json *legacy,
    const struct json *enhanced, uint64_t enough)
{
	uint64_t outer_found = w->found, outer_enough = w->enough, found;
	struct diff_set *out = w->out;

	w->out = NULL;
	w->found = 0;
	w->enough = enough;
	w->met_texts = false;
	walk_items(w, WALK_ANY_ITEM, legacy, enhanced);
	found = w->found < enough && !w->arena_full && w->steps_left > 0 ?
	    w->found : enough;
	w->out = out;
	w->found = outer_found;
	w->enough = outer_enough;
	return found;
}

/* --- by place ----------------------------------------------------------------- */

static uint64_t
weigh_rest(struct walk *w, size_t index, const struct json *rest,
    size_t count)
{
	uint64_t weight = 0;

	for (; count > 0 && !walk_is_over(w); count--) {
		walk_enter_item(w, index++);
		weight += walk_weigh(w, rest);
		walk_leave(w);
		rest = rest->next;
	}
	return weight;
}

/* From two items on, so many of each. */
static void
diff_places(struct walk *w, const struct json_arrays *p,
    const struct json *l, const struct json *e)
{
	size_t index = 0, lefts = p->legacy.count, rights = p->enhanced.count;
	uint64_t weight;

	for (; index < lefts && index < rights && !walk_is_over(w); index++) {
		walk_items(w, index, l, e);
		l = l->next;
		e = e->next;
	}
	weight = lefts > rights ? weigh_rest(w, index, l, lefts - index) :
	    weigh_rest(w, index, e, rights - index);
	/* A trial counts what will be found if the items are aligned. */
	if (w->out == NULL)
		w->found += weight;
	else if (weight > 0)
		walk_note(w, DIFF_LENGTH, p->legacy_array, p->enhanced_array);
}

void
walk_places(struct walk *w, const struct json_arrays *p)
{
	diff_places(w, p, p->legacy.count > 0 ? p->legacy.at[0] : NULL,
	    p->enhanced.count > 0 ? p->enhanced.at[0] : NULL);
}

/* --- by key -------------------------------------------------------------------- */

struct keyed {
	const struct json *key; /* a string or number; NULL = none */
	uint64_t hash;          /* of a number */
	const struct json *item;
	size_t index;
};

static int
order_of_keys(const struct keyed *a, const struct keyed *b)
{
	if (a->key == NULL || b->key == NULL)
		return (a->key == NULL) - (b->key == NULL);
	/* By hash, so that 1 and 1.0 are beside each other. */
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->hash != 0 && number_is_same(a->key->text, a->key->len,
	    b->key->text, b->key->len))
		return 0;
	return json_order(a->key, b->key);
}

static int
by_key(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	int order = order_of_keys(a, b);

	return order != 0 ? order : a->index < b->index ? -1 :
	    a->index > b->index;
}

static struct keyed
keyed_item(const struct json *item, const char *pointer, size_t index)
{
	const struct json *key = json_at(item, pointer);
	struct keyed k = { .item = item, .index = index };

	if (key == NULL || (key->kind != JSON_STRING &&
	    key->kind != JSON_NUMBER))
		return k;
	k.key = key;
	if (key->kind == JSON_NUMBER)
		k.hash = number_hash(key->text, key->len) | 1;
	return k;
}

/* NULL: the arena is full. */
static struct keyed *
keyed_items(struct walk *w, const struct json_items *items,
    const char *pointer)
{
	struct keyed *keyed = arena_alloc(w->arena,
	    (items->count + 1) * sizeof *keyed);

	if (keyed == NULL) {
		w->arena_full = true;
		return NULL;
	}
	if (w->out == NULL)
		walk_spend(w, items->count);
	for (size_t i = 0; i < items->count; i++)
		keyed[i] = keyed_item(items->at[i], pointer, i);
	qsort(keyed, items->count, sizeof *keyed, by_key);
	return keyed;
}

/* Of a repeated key the first goes with the first; so do items without. */
static void
diff_keyed(struct walk *w, const struct json_arrays *p, const char *pointer)
{
	const struct keyed *l = keyed_items(w, &p->legacy, pointer);
	const struct keyed *e = keyed_items(w, &p->enhanced, pointer);
	size_t i = 0, j = 0;

	if (l == NULL || e == NULL)
		return;
	while ((i < p->legacy.count || j < p->enhanced.count) &&
	    !walk_is_over(w)) {
		int order = i == p->legacy.count ? 1 :
		    j == p->enhanced.count ? -1 : order_of_keys(&l[i], &e[j]);

		walk_items(w, WALK_ANY_ITEM, order <= 0 ? l[i].item : NULL,
		    order >= 0 ? e[j].item : NULL);
		i += order <= 0;
		j += order >= 0;
	}
}

/* --- which way ------------------------------------------------------------------ */

static bool
list_items(struct walk *w, const struct json *array, struct json_items *out)
{
	out->at = arena_alloc(w->arena, (array->count + 1) * sizeof *out->at);
	if (out->at == NULL) {
		w->arena_full = true;
		return false;
	}
	out->count = 0;
	for (const struct json *v = array->first; v != NULL; v = v->next)
		out->at[out->count++] = v;
	return true;
}

void
walk_arrays(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	const struct field_rule *f = walk_field(w);
	bool by_index = w->place != NULL && place_has_index(w->place, w->level);
	bool by_position = f == NULL || f->array == ARRAY_POSITION;
	struct json_arrays p = { legacy, enhanced, { NULL, legacy->count },
		{ NULL, enhanced->count } };

	if (by_position && (by_index || w->out == NULL)) {
		diff_places(w, &p, legacy->first, enhanced->first);
		return;
	}
	if (!list_items(w, legacy, &p.legacy) ||
	    !list_items(w, enhanced, &p.enhanced))
		return;
	if (by_position)
		walk_aligned(w, &p);
	else if (f->array == ARRAY_KEY)
		diff_keyed(w, &p, f->key);
	else
		walk_set(w, &p);
}
