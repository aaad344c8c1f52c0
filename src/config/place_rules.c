/* place_rules -- see place_rules.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/place_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/pointer_tree.h"
#include "config/compare_rules.h"

struct making {
	struct arena *arena; /* borrows; without a cap */
	struct place_rules *rules;
};

/* --- growing ----------------------------------------------------------- */

static void
take_name(struct making *m, struct place_node *n, const char *text, size_t len)
{
	char *out = arena_need(m->arena, len + 1);

	n->name = out;
	n->len = pointer_unescape(text, len, out);
}

static bool
is_name(const struct place_node *n, const char *name, size_t len)
{
	return n->len == len && memcmp(n->name, name, len) == 0;
}

/* Children by name are a list until the tree is whole: names[0] and its
 * siblings. */
static struct place_node *
named_child(struct making *m, struct place_node *parent,
    const struct place_node *wanted)
{
	struct place_node *n = parent->names != NULL ? parent->names[0] : NULL;

	while (n != NULL && !is_name(n, wanted->name, wanted->len))
		n = n->sibling;
	if (n != NULL)
		return n;
	n = arena_need(m->arena, sizeof *n);
	*n = *wanted;
	if (parent->names == NULL)
		parent->names = arena_need(m->arena, sizeof *parent->names);
	n->sibling = parent->names[0];
	parent->names[0] = n;
	parent->name_count++;
	m->rules->node_count++;
	return n;
}

static struct place_node *
child_at(struct making *m, struct place_node *parent, const char *text,
    size_t len)
{
	struct place_node wanted = { 0 };

	if (len != 1 || text[0] != '*') {
		take_name(m, &wanted, text, len);
		return named_child(m, parent, &wanted);
	}
	if (parent->any == NULL) {
		parent->any = arena_need(m->arena, sizeof *parent->any);
		m->rules->node_count++;
	}
	return parent->any;
}

static struct place_node *
node_at(struct making *m, const char *pointer)
{
	struct place_node *n = &m->rules->root;

	while (*pointer == '/') {
		size_t len = strcspn(++pointer, "/");

		n = child_at(m, n, pointer, len);
		pointer += len;
	}
	return n;
}

static void
add_list(struct making *m, char *const *pointers, size_t count,
    enum place_view view)
{
	for (size_t i = 0; i < count; i++)
		node_at(m, pointers[i])->view = view;
}

/* A row that is at fault has no path. */
static void
add_fields(struct making *m, const struct compare_rules *rules)
{
	for (size_t i = 0; i < rules->field_count; i++)
		if (rules->fields[i].path != NULL)
			node_at(m, rules->fields[i].path)->field =
			    &rules->fields[i];
}

/* --- the finished tree --------------------------------------------------- */

static int
by_name(const void *left, const void *right)
{
	const struct place_node *a = *(struct place_node *const *)left;
	const struct place_node *b = *(struct place_node *const *)right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->name, b->name, a->len);
}

/* RFC 6901: digits without a leading zero. */
static bool
could_be_index(const struct place_node *n)
{
	for (size_t i = 0; i < n->len; i++)
		if (n->name[i] < '0' || n->name[i] > '9')
			return false;
	return n->len == 1 || (n->len > 1 && n->name[0] != '0');
}

static void
sort_names(struct making *m, struct place_node *n)
{
	struct place_node *child = n->name_count > 0 ? n->names[0] : NULL;

	n->names = arena_need(m->arena, n->name_count * sizeof *n->names);
	for (size_t i = 0; child != NULL; child = child->sibling)
		n->names[i++] = child;
	if (n->name_count > 1)
		qsort(n->names, n->name_count, sizeof *n->names, by_name);
}

static bool
is_seen(const struct place_node *n)
{
	return n->view > VIEW_SKIP || n->reveals;
}

static void
finish(struct making *m, struct place_node *n)
{
	sort_names(m, n);
	for (size_t i = 0; i < n->name_count; i++) {
		finish(m, n->names[i]);
		n->reveals = n->reveals || is_seen(n->names[i]);
		n->has_index = n->has_index || could_be_index(n->names[i]);
	}
	if (n->any != NULL) {
		finish(m, n->any);
		n->reveals = n->reveals || is_seen(n->any);
	}
}

const struct place_rules *
place_rules_make(const struct compare_rules *rules, struct arena *a)
{
	struct making m = { .arena = a };

	if (rules->ignore_count + rules->only_count + rules->presence_count +
	    rules->field_count == 0)
		return NULL;
	m.rules = arena_need(m.arena, sizeof *m.rules);
	m.rules->node_count = 1;
	/* Who says "only" wants nothing else. */
	m.rules->root.view = rules->only_count > 0 ? VIEW_SKIP : VIEW_COMPARE;
	add_list(&m, rules->only, rules->only_count, VIEW_COMPARE);
	add_list(&m, rules->presence, rules->presence_count, VIEW_PRESENCE);
	add_list(&m, rules->ignore, rules->ignore_count, VIEW_SKIP);
	add_fields(&m, rules);
	finish(&m, &m.rules->root);
	return m.rules;
}
