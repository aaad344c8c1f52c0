/* grown -- a JSON tree that grows by merging other trees into it.
 * SPDX-License-Identifier: MIT
 */
#include "compare/grown.h"

#include <string.h>

/* It is read as plain JSON in the end, so the JSON part comes first, and
 * every child in the tree is a grown too. */
struct grown {
	struct json json;
	size_t space;       /* bytes allocated at json.text */
	struct grown *last; /* last child */
	struct grown *hint; /* the child that was wanted last */
	int64_t index;      /* item of an indexed array; -1 otherwise */
	size_t unit;        /* len of the first string that was joined */
	uint64_t pieces;    /* how many were joined */
	uint64_t set_turn, join_turn; /* of growth, when that was done last */
	bool repeats;       /* they were all alike, and joined by guess */
};

/* --- nodes ------------------------------------------------------------- */

static struct grown *
child_of(const struct json *first)
{
	/* exception: a cast between structs, because json is grown's first
	 * member and this tree has no other nodes. */
	return (struct grown *)(void *)first;
}

static bool
full(struct growth *gr)
{
	gr->too_large = true;
	return false;
}

void
grown_turn(struct growth *gr)
{
	gr->turn++;
	gr->joined = gr->added = 0;
}

struct grown *
grown_new(struct growth *gr, enum json_kind kind)
{
	struct grown *g = arena_zalloc(gr->arena, sizeof *g);

	if (g == NULL) {
		full(gr);
		return NULL;
	}
	g->json.kind = kind;
	g->json.text = "";
	g->index = -1;
	return g;
}

static void
add_child(struct grown *parent, struct grown *child)
{
	if (parent->last == NULL)
		parent->json.first = &child->json;
	else
		parent->last->json.next = &child->json;
	parent->last = child;
	parent->json.count++;
}

/* Name, index and the space for text stay. */
static void
clear(struct growth *gr, struct grown *g, enum json_kind kind)
{
	gr->added += g->join_turn == gr->turn;
	g->set_turn = gr->turn;
	g->json.kind = kind;
	g->json.len = 0;
	g->json.count = 0;
	g->json.first = NULL;
	g->last = NULL;
	g->hint = NULL;
	g->pieces = 0;
}

void
grown_become(struct growth *gr, struct grown *g, enum json_kind kind)
{
	if (g->json.kind != kind)
		clear(gr, g, kind);
}

/* With room for as much again, so that joining n pieces is linear. */
bool
grown_append(struct growth *gr, struct grown *g, const char *text, size_t len)
{
	if (len == 0)
		return true;
	if (g->json.len + len > g->space) {
		size_t space = (g->json.len + len) * 2 + 16;
		char *bytes = arena_alloc(gr->arena, space);

		if (bytes == NULL)
			return full(gr);
		memcpy(bytes, g->json.text, g->json.len);
		g->json.text = bytes;
		g->space = space;
	}
	/* json.text is const for readers; here it is our own space. */
	memcpy((char *)g->json.text + g->json.len, text, len);
	g->json.len += len;
	return true;
}

static bool
set_name(struct growth *gr, struct grown *g, const char *name, size_t len)
{
	g->json.key = arena_strndup(gr->arena, name, len);
	g->json.key_len = (uint32_t)len;
	return g->json.key != NULL || full(gr);
}

static struct grown *copy(struct growth *gr, const struct json *value);

/* Make g a copy of the value, under g's own name; as deep as the parser
 * allows. */
static bool
set_value(struct growth *gr, struct grown *g, const struct json *value)
{
	clear(gr, g, value->kind);
	if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
		return grown_append(gr, g, value->text, value->len);
	for (const struct json *c = value->first; c != NULL; c = c->next) {
		struct grown *child = copy(gr, c);

		if (child == NULL)
			return false;
		add_child(g, child);
	}
	return true;
}

static struct grown *
copy(struct growth *gr, const struct json *value)
{
	struct grown *g = grown_new(gr, value->kind);

	if (g == NULL)
		return NULL;
	g->json.offset = value->offset;
	if (value->key != NULL && !set_name(gr, g, value->key, value->key_len))
		return NULL;
	return set_value(gr, g, value) ? g : NULL;
}

/* --- finding where a value belongs ------------------------------------- */

static bool
is_named(const struct json *value, const char *name, size_t len)
{
	return value->key_len == len &&
	    (len == 0 || memcmp(value->key, name, len) == 0);
}

static struct grown *
find_member(struct grown *object, const char *name, size_t len)
{
	struct grown *g = object->hint;

	if (g != NULL && is_named(&g->json, name, len))
		return g;
	g = child_of(object->json.first);
	while (g != NULL && !is_named(&g->json, name, len))
		g = child_of(g->json.next);
	return g;
}

/* Searching costs the number of children, for every value that is merged. */
static bool
may_search(struct growth *gr, const struct grown *parent, size_t room)
{
	return parent->json.count + room <= GROWN_MERGED_MAX || full(gr);
}

struct grown *
grown_member(struct growth *gr, struct grown *object, const char *name,
    size_t len)
{
	struct grown *g;

	if (!may_search(gr, object, 0))
		return NULL;
	g = find_member(object, name, len);
	if (g == NULL) {
		if (!may_search(gr, object, 1))
			return NULL;
		g = grown_new(gr, JSON_NULL);
		if (g == NULL || !set_name(gr, g, name, len))
			return NULL;
		g->json.offset = object->json.count;
		add_child(object, g);
	}
	object->hint = g;
	return g;
}

static struct grown *
find_item(struct grown *array, int64_t index)
{
	struct grown *g = array->hint;

	if (g != NULL && g->index == index)
		return g;
	g = child_of(array->json.first);
	while (g != NULL && g->index != index)
		g = child_of(g->json.next);
	return g;
}

/* Behind the last one with a lower index: two streams may bring their
 * choices in different order. */
static void
insert_item(struct grown *array, struct grown *item)
{
	struct json **link = &array->json.first;

	while (*link != NULL && child_of(*link)->index <= item->index)
		link = &(*link)->next;
	item->json.next = *link;
	*link = &item->json;
	if (item->json.next == NULL)
		array->last = item;
	array->json.count++;
}

struct grown *
grown_item(struct growth *gr, struct grown *array, int64_t index)
{
	struct grown *g;

	if (!may_search(gr, array, 0))
		return NULL;
	g = find_item(array, index);
	if (g == NULL) {
		if (!may_search(gr, array, 1))
			return NULL;
		g = grown_new(gr, JSON_OBJECT);
		if (g == NULL)
			return NULL;
		g->index = index;
		insert_item(array, g);
	}
	array->hint = g;
	return g;
}

int64_t
grown_index_of(const struct json *item)
{
	const struct json *index = json_member(item, "index");
	double value;

	if (index == NULL || index->kind != JSON_NUMBER)
		return -1;
	value = json_number(index);
	return value >= 0 && value <= GROWN_INDEX_MAX ? (int64_t)value : -1;
}

struct grown *
grown_new_item(struct growth *gr, struct grown *array)
{
	struct grown *g = grown_new(gr, JSON_NULL);

	gr->added++;
	if (g != NULL)
		add_child(array, g);
	return g;
}

bool
grown_add_item(struct growth *gr, struct grown *array,
    const struct json *value)
{
	struct grown *g = grown_new_item(gr, array);

	return g != NULL && set_value(gr, g, value);
}

bool
grown_put(struct growth *gr, struct grown *into, const struct json *value)
{
	if (value->kind == JSON_NULL)
		return true;
	if (value->kind != JSON_OBJECT)
		return set_value(gr, into, value);
	grown_become(gr, into, JSON_OBJECT);
	for (const struct json *c = value->first; c != NULL; c = c->next) {
		struct grown *g = c->kind == JSON_NULL ? NULL :
		    grown_member(gr, into, c->key, c->key_len);

		if (c->kind != JSON_NULL && (g == NULL || !grown_put(gr, g, c)))
			return false;
	}
	return true;
}

/* --- joining ----------------------------------------------------------- */

static bool
begins_with(const struct grown *g, const struct json *value)
{
	return g->json.len >= value->len && (value->len == 0 ||
	    memcmp(g->json.text, value->text, value->len) == 0);
}

static bool
join_string(struct growth *gr, struct grown *into, const struct json *value,
    enum join how)
{
	grown_become(gr, into, JSON_STRING);
	if (into->pieces == 0) {
		into->unit = value->len;
		into->repeats = how == JOIN_GUESS;
	} else if (value->len != into->unit || !begins_with(into, value)) {
		into->repeats = false;
	}
	into->pieces++;
	into->join_turn = gr->turn;
	gr->joined++;
	gr->added += how == JOIN_GUESS || into->set_turn == gr->turn;
	gr->last_joined = value;
	gr->last_into = into;
	return grown_append(gr, into, value->text, value->len);
}

static bool
has_name(char *const *names, const struct json *value)
{
	for (; names != NULL && *names != NULL; names++)
		if (is_named(value, *names, strlen(*names)))
			return true;
	return false;
}

static bool
join_named_string(struct growth *gr, struct grown *into,
    const struct json *value, enum join how)
{
	if (has_name(gr->whole, value))
		return set_value(gr, into, value);
	if (!has_name(gr->once, value))
		return join_string(gr, into, value, how);
	gr->added++;
	return (into->json.len == value->len && begins_with(into, value)) ||
	    join_string(gr, into, value, how);
}

bool
grown_is_empty(const struct json *value)
{
	return value->kind == JSON_NULL ||
	    (value->kind == JSON_STRING && value->len == 0);
}

static bool
join_members(struct growth *gr, struct grown *into, const struct json *object,
    enum join how)
{
	for (const struct json *c = object->first; c != NULL; c = c->next) {
		struct grown *g;

		if (grown_is_empty(c))
			continue;
		g = grown_member(gr, into, c->key, c->key_len);
		if (g == NULL)
			return false;
		if (!grown_join(gr, g, c, how))
			return false;
	}
	return true;
}

static bool
join_items(struct growth *gr, struct grown *into, const struct json *array,
    enum join how)
{
	for (const struct json *c = array->first; c != NULL; c = c->next) {
		int64_t index = grown_index_of(c);
		struct grown *g;

		if (index < 0) {
			if (!grown_add_item(gr, into, c))
				return false;
			continue;
		}
		g = grown_item(gr, into, index);
		if (g == NULL || !join_members(gr, g, c, how))
			return false;
	}
	return true;
}

bool
grown_join(struct growth *gr, struct grown *into, const struct json *value,
    enum join how)
{
	switch (value->kind) {
	case JSON_STRING:
		return value->key != NULL ?
		    join_named_string(gr, into, value, how) :
		    join_string(gr, into, value, how);
	case JSON_OBJECT:
		grown_become(gr, into, JSON_OBJECT);
		return join_members(gr, into, value, how);
	case JSON_ARRAY:
		grown_become(gr, into, JSON_ARRAY);
		return join_items(gr, into, value, how);
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
	case JSON_KIND_COUNT:
		break;
	}
	return set_value(gr, into, value);
}

struct json *
grown_settle(struct grown *root)
{
	if (root->repeats && root->pieces > 1)
		root->json.len = root->unit;
	for (struct grown *c = child_of(root->json.first); c != NULL;
	    c = child_of(c->json.next))
		grown_settle(c);
	return &root->json;
}
