/* json_measure -- what a value weighs, costs and hashes to; see json_walk.h.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <xxhash.h>

#include "compare/json_walk.h"
#include "compare/number.h"
#include "compare/words.h"

/* How often, together, all of both documents may be looked at by trials. */
#define LOOKS_PER_VALUE 16
#define LOOKS_FREE 1000

/* --- steps ---------------------------------------------------------------- */

static uint64_t
steps_of(const struct json *value)
{
	uint64_t sum = 1 + value->len / WALK_STEP_BYTES;

	for (const struct json *c = value->first; c != NULL; c = c->next)
		sum += steps_of(c);
	return sum;
}

void
walk_allow_trials(struct walk *w)
{
	if (w->has_steps)
		return;
	w->has_steps = true;
	w->steps_left = LOOKS_FREE + LOOKS_PER_VALUE *
	    (steps_of(w->legacy) + steps_of(w->enhanced));
}

/* --- weight ---------------------------------------------------------------- */

static void
enter_child(struct walk *w, const struct json *parent,
    const struct json *child, size_t index)
{
	if (parent->kind == JSON_OBJECT)
		walk_enter_member(w, child);
	else
		walk_enter_item(w, index);
}

uint64_t
walk_weigh_below(struct walk *w, const struct json *value)
{
	uint64_t sum = 0;
	size_t i = 0;

	for (const struct json *c = value->first; c != NULL; c = c->next) {
		enter_child(w, value, c, i++);
		sum += walk_weigh(w, c);
		walk_leave(w);
	}
	return sum;
}

uint64_t
walk_weigh(struct walk *w, const struct json *value)
{
	enum place_view view = walk_view(w);
	uint64_t sum = 0;

	walk_spend(w, 1);
	if (view == VIEW_COMPARE || walk_reveals(w))
		sum = walk_weigh_below(w, value);
	return sum == 0 && view != VIEW_SKIP ? 1 : sum;
}

/* --- hash ------------------------------------------------------------------ */

static uint64_t
hash_string(struct walk *w, const struct json *value)
{
	const struct field_rule *f = walk_field(w);
	uint64_t h;

	walk_spend(w, value->len / WALK_STEP_BYTES);
	if (f == NULL)
		return XXH3_64bits(value->len > 0 ? value->text : "", value->len);
	h = string_hash(&f->value, (struct shown){ value->text, value->len },
	    &w->tools);
	arena_reset(w->tools.scratch);
	return h;
}

static bool
is_ordered(struct walk *w, const struct json *value)
{
	const struct field_rule *f = walk_field(w);

	return value->kind == JSON_ARRAY &&
	    (f == NULL || f->array == ARRAY_POSITION);
}

/* What is not looked at is not there. */
static uint64_t
hash_children(struct walk *w, const struct json *value)
{
	bool ordered = is_ordered(w, value);
	uint64_t sum = 0;
	size_t i = 0;

	for (const struct json *c = value->first; c != NULL; c = c->next) {
		uint64_t name = value->kind == JSON_ARRAY || c->key_len == 0 ? 0 :
		    XXH3_64bits(c->key, c->key_len), h;

		enter_child(w, value, c, i++);
		h = walk_hash(w, c);
		walk_leave(w);
		if (h != 0)
			sum = (ordered ? words_mix(sum) : sum) + words_mix(name ^ h);
	}
	return sum;
}

uint64_t
walk_hash(struct walk *w, const struct json *value)
{
	enum place_view view = walk_view(w);
	uint64_t h = 0;

	walk_spend(w, 1);
	if (view == VIEW_PRESENCE && !walk_reveals(w))
		return 1;
	if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		h = view == VIEW_COMPARE || walk_reveals(w) ?
		    hash_children(w, value) : 0;
	else if (view == VIEW_COMPARE && value->kind == JSON_STRING)
		h = hash_string(w, value);
	else if (view == VIEW_COMPARE && value->kind == JSON_NUMBER)
		h = number_hash(value->text, value->len);
	/* On the way to what is looked at, only that counts. */
	if (view == VIEW_SKIP)
		return h;
	return words_mix(h + (uint64_t)value->kind + 1) | 1;
}

/* --- order ------------------------------------------------------------------ */

static int
order_of_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	return a_len == 0 ? 0 : memcmp(a, b, a_len);
}

int
json_order(const struct json *a, const struct json *b)
{
	const struct json *x = a->first, *y = b->first;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	order = order_of_bytes(a->text, a->len, b->text, b->len);
	for (; order == 0 && x != NULL && y != NULL; x = x->next, y = y->next) {
		order = order_of_bytes(x->key, x->key_len, y->key, y->key_len);
		if (order == 0)
			order = json_order(x, y);
	}
	return order;
}
