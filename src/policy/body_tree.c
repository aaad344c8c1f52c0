/* body_tree -- see body_tree.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/body_tree.h"

void
body_tree_init(struct body_tree *t)
{
	arena_init(&t->arena, BODY_TREE_MAX);
	/* The first block is ours, so that small trees allocate nothing. */
	t->arena.next = t->space;
	t->arena.left = sizeof t->space;
	t->is_parsed = false;
	t->root = NULL;
}

void
body_tree_fini(struct body_tree *t)
{
	arena_fini(&t->arena);
}

/* Most bodies that are not JSON are known by their first byte. */
static bool
may_be_json(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] == ' ' || text[i] == '\t' ||
	    text[i] == '\r' || text[i] == '\n'))
		i++;
	return i < len && (text[i] == '{' || text[i] == '[');
}

const struct json *
body_tree_root(struct body_tree *t, const char *text, size_t len)
{
	struct json_fault why;

	if (!t->is_parsed && may_be_json(text, len))
		t->root = json_parse(&t->arena, text, len, false, &why);
	t->is_parsed = true;
	return t->root;
}
