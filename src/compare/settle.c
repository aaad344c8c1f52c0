/* settle -- see settle.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/settle.h"

struct settling {
	const struct dialect *dialect; /* borrows */
	struct arena *arena;           /* borrows */
};

static bool
is_empty(const struct json *v)
{
	switch (v->kind) {
	case JSON_NULL:
		return true;
	case JSON_STRING:
		return v->len == 0;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return v->first == NULL;
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
	case JSON_KIND_COUNT:
		break;
	}
	return false;
}

/* What the dialect says of a place: a mark below json_count is of "json". */
static bool
holds_json(const struct settling *s, const struct pointer_node *n)
{
	return n != NULL && n->mark_count > 0 &&
	    n->marks[0] < s->dialect->json_count;
}

static bool
is_dropped(const struct settling *s, const struct pointer_node *n)
{
	return n != NULL && n->mark_count > 0 && !holds_json(s, n);
}

/* What is no document stays a string. */
static bool
read_inner(struct settling *s, struct json *v)
{
	struct json_fault fault;
	struct json *inner;

	if (v->kind != JSON_STRING || v->len == 0)
		return true;
	inner = json_parse(s->arena, v->text, v->len, false, &fault);
	if (inner == NULL)
		return arena_alloc(s->arena, v->len + sizeof *v) != NULL;
	v->kind = inner->kind;
	v->text = inner->text;
	v->len = inner->len;
	v->count = inner->count;
	v->first = inner->first;
	return true;
}

static bool settle_at(struct settling *s, const struct pointer_node *n,
    struct json *v);

static bool
settle_members(struct settling *s, const struct pointer_node *n,
    struct json *object)
{
	struct json **link = &object->first, *c;

	while ((c = *link) != NULL) {
		const struct pointer_node *below = n == NULL ? NULL :
		    pointer_child(n, c->key, c->key_len);
		bool gone = is_dropped(s, below);

		if (!gone && !settle_at(s, below, c))
			return false;
		if (gone || is_empty(c)) {
			*link = c->next;
			object->count--;
		} else {
			link = &c->next;
		}
	}
	return true;
}

/* Items stay, or those behind them would have other places. */
static bool
settle_items(struct settling *s, const struct pointer_node *n,
    struct json *array)
{
	uint64_t index = 0;

	for (struct json *c = array->first; c != NULL; c = c->next, index++)
		if (!settle_at(s, n == NULL ? NULL : pointer_item(n, index), c))
			return false;
	return true;
}

static bool
settle_at(struct settling *s, const struct pointer_node *n, struct json *v)
{
	if (holds_json(s, n))
		return read_inner(s, v);
	if (v->kind == JSON_OBJECT)
		return settle_members(s, n, v);
	return v->kind != JSON_ARRAY || settle_items(s, n, v);
}

bool
settle(struct json *message, const struct dialect *d, struct arena *a)
{
	struct settling s = { d, a };

	return settle_at(&s, d->settle, message);
}
