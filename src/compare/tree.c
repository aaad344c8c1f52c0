/* tree -- JSON trees made of what is not JSON.
 * SPDX-License-Identifier: MIT
 */
#include "compare/tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct json *
tree_new(struct arena *a, enum json_kind kind)
{
	struct json *node = arena_zalloc(a, sizeof *node);

	if (node != NULL)
		node->kind = kind;
	return node;
}

struct json *
tree_string(struct arena *a, const char *text, size_t len)
{
	struct json *node = tree_new(a, JSON_STRING);

	if (node != NULL) {
		node->text = text;
		node->len = len;
	}
	return node;
}

bool
tree_list_init(struct tree_list *l, struct arena *a, enum json_kind kind)
{
	l->whole = tree_new(a, kind);
	l->last = NULL;
	return l->whole != NULL;
}

void
tree_list_add(struct tree_list *l, struct json *child)
{
	if (l->last == NULL)
		l->whole->first = child;
	else
		l->last->next = child;
	l->last = child;
	l->whole->count++;
}

static int
name_order(const struct tree_field *a, const struct tree_field *b)
{
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = n == 0 ? 0 : memcmp(a->name, b->name, n);

	if (order != 0)
		return order;
	return a->name_len < b->name_len ? -1 : a->name_len > b->name_len;
}

static int
by_name(const void *left, const void *right)
{
	const struct tree_field *a = left, *b = right;
	int order = name_order(a, b);

	if (order != 0)
		return order;
	return a->position < b->position ? -1 : a->position > b->position;
}

/* The values of count fields with one name. */
static struct json *
value_of(struct arena *a, const struct tree_field *fields, size_t count)
{
	struct tree_list l;

	if (count == 1)
		return fields[0].value;
	if (!tree_list_init(&l, a, JSON_ARRAY))
		return NULL;
	for (size_t i = 0; i < count; i++)
		tree_list_add(&l, fields[i].value);
	return l.whole;
}

struct json *
tree_of_fields(struct arena *a, struct tree_field *fields, size_t count)
{
	struct tree_list l;
	size_t n;

	if (!tree_list_init(&l, a, JSON_OBJECT))
		return NULL;
	if (count > 0)
		qsort(fields, count, sizeof *fields, by_name);
	for (size_t i = 0; i < count; i += n) {
		struct json *value;

		for (n = 1; i + n < count; n++)
			if (name_order(&fields[i], &fields[i + n]) != 0)
				break;
		value = value_of(a, fields + i, n);
		if (value == NULL)
			return NULL;
		value->key = fields[i].name;
		value->key_len = (uint32_t)fields[i].name_len;
		tree_list_add(&l, value);
	}
	return l.whole;
}
