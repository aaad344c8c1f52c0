/* place -- see place.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/place.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct level {
	const struct place_node **nodes; /* borrow from the rules */
	size_t count;
	enum place_view view;
	const struct field_rule *field;  /* borrows from the rules */
	bool reveals, has_index;         /* one of the nodes says so */
};

/* The nodes of all levels lie behind one another: of each depth of the tree
 * at most all are there, so together at most all nodes. */
struct place {
	struct level levels[PLACE_LEVELS];
};

struct place *
place_begin(const struct place_rules *rules, struct arena *a)
{
	struct place *p = arena_alloc(a, sizeof *p);
	const struct place_node **nodes = arena_alloc(a,
	    rules->node_count * sizeof *nodes);

	if (p == NULL || nodes == NULL)
		return NULL;
	nodes[0] = &rules->root;
	p->levels[0] = (struct level){ nodes, 1, rules->root.view,
		rules->root.field, rules->root.reveals, rules->root.has_index };
	return p;
}

static const struct place_node *
find_name(const struct place_node *n, const char *name, size_t len)
{
	size_t low = 0, high = n->name_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct place_node *child = n->names[middle];
		int order = child->len != len ? (child->len < len ? -1 : 1) :
		    len == 0 ? 0 : memcmp(child->name, name, len);

		if (order == 0)
			return child;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The first node with a word of its own decides: each one's children follow
 * in the order of the nodes, the name before "*". */
static void
add_node(struct level *to, const struct place_node *n, bool *said)
{
	to->nodes[to->count++] = n;
	to->reveals = to->reveals || n->reveals;
	to->has_index = to->has_index || n->has_index;
	if (to->field == NULL)
		to->field = n->field;
	if (!*said && n->view != VIEW_UNSAID) {
		to->view = n->view;
		*said = true;
	}
}

static struct level *
next_level(struct place *p, unsigned level)
{
	struct level *from = &p->levels[level], *to = from + 1;

	assert(level + 1 < PLACE_LEVELS);
	*to = (struct level){ .nodes = from->nodes + from->count,
		.view = from->view == VIEW_COMPARE ? VIEW_COMPARE : VIEW_SKIP };
	return to;
}

/* name NULL: what only "*" stands for. */
static void
enter(struct place *p, unsigned level, const char *name, size_t len)
{
	const struct level *from = &p->levels[level];
	struct level *to = next_level(p, level);
	bool said = false;

	for (size_t i = 0; i < from->count; i++) {
		const struct place_node *n = from->nodes[i];
		const struct place_node *child = name == NULL ? NULL :
		    find_name(n, name, len);

		if (child != NULL)
			add_node(to, child, &said);
		if (n->any != NULL)
			add_node(to, n->any, &said);
	}
}

void
place_enter(struct place *p, unsigned level, const char *name, size_t len)
{
	enter(p, level, name != NULL ? name : "", len);
}

void
place_enter_item(struct place *p, unsigned level, size_t index)
{
	char name[24];

	if (!p->levels[level].has_index)
		enter(p, level, NULL, 0);
	else
		enter(p, level, name,
		    (size_t)snprintf(name, sizeof name, "%zu", index));
}

enum place_view
place_view(const struct place *p, unsigned level)
{
	return p->levels[level].view;
}

const struct field_rule *
place_field(const struct place *p, unsigned level)
{
	return p->levels[level].field;
}

bool
place_reveals(const struct place *p, unsigned level)
{
	return p->levels[level].reveals;
}

bool
place_leads_on(const struct place *p, unsigned level)
{
	const struct level *l = &p->levels[level];

	for (size_t i = 0; i < l->count; i++)
		if (l->nodes[i]->any != NULL || l->nodes[i]->name_count > 0)
			return true;
	return false;
}

bool
place_has_index(const struct place *p, unsigned level)
{
	return p->levels[level].has_index;
}
