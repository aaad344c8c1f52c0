/* pointer_tree -- see pointer_tree.h.
 * SPDX-License-Identifier: MIT
 *
 * A node is made for a set of pointers that have come as far: its child by
 * a name is made for those that go on with this name or with "*", its child
 * "any" for those that go on with "*".  So the set of a child is found once,
 * here, and not by every reader.
 */
#include "base/pointer_tree.h"

#include <stdlib.h>
#include <string.h>

struct segment {
	const char *name; /* NULL is "*" */
	size_t len;
};

struct pointer {
	struct segment segments[POINTER_SEGMENTS_MAX];
	size_t count;
	uint16_t mark;
};

struct making {
	struct arena *arena; /* borrows; without a cap */
	size_t nodes;
	bool too_large;
};

/* Those that have come to a node: indexes would do, but pointers read well. */
struct set {
	const struct pointer **items;
	size_t count;
};

/* --- pointers -------------------------------------------------------------- */

size_t
pointer_unescape(const char *segment, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = segment[i];

		if (c == '~' && i + 1 < len)
			c = segment[++i] == '1' ? '/' : '~';
		out[n++] = c;
	}
	return n;
}

static void
take_segment(struct making *m, struct segment *s, const char *text, size_t len)
{
	char *out;

	if (len == 1 && text[0] == '*')
		return;
	out = arena_need(m->arena, len + 1);
	s->name = out;
	s->len = pointer_unescape(text, len, out);
}

static bool
take_pointer(struct making *m, struct pointer *p, const char *text)
{
	while (*text == '/') {
		size_t len = strcspn(++text, "/");
		struct segment *s;

		if (p->count == POINTER_SEGMENTS_MAX)
			return false;
		s = &p->segments[p->count++];
		take_segment(m, s, text, len);
		if (s->len > POINTER_NAME_MAX)
			return false;
		text += len;
	}
	return true;
}

/* As marks are ordered; the order of "no name" against "a name" is all that
 * counts, so of two that never meet in a node any order will do. */
static int
by_names(const void *left, const void *right)
{
	const struct pointer *a = *(const struct pointer *const *)left;
	const struct pointer *b = *(const struct pointer *const *)right;

	for (size_t i = 0; i < a->count && i < b->count; i++)
		if ((a->segments[i].name == NULL) != (b->segments[i].name == NULL))
			return a->segments[i].name == NULL ? 1 : -1;
	return a->mark < b->mark ? -1 : a->mark > b->mark;
}

/* --- nodes ------------------------------------------------------------------ */

static int
name_order(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	return a_len == 0 ? 0 : memcmp(a, b, a_len);
}

static int
by_name(const void *left, const void *right)
{
	const struct pointer_node *a = *(struct pointer_node *const *)left;
	const struct pointer_node *b = *(struct pointer_node *const *)right;

	return name_order(a->name, a->len, b->name, b->len);
}

/* RFC 6901: digits without a leading zero. */
static bool
could_be_index(const struct segment *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->name[i] < '0' || s->name[i] > '9')
			return false;
	return s->len == 1 || (s->len > 1 && s->name[0] != '0');
}

static const struct segment *
next_of(const struct pointer *p, size_t depth)
{
	return depth < p->count ? &p->segments[depth] : NULL;
}

static struct pointer_node *make_node(struct making *m, struct set from,
    size_t depth);

/* The child of those that go on with this name or "*"; name NULL: of those
 * that go on with "*". */
static struct pointer_node *
make_child(struct making *m, struct set from, size_t depth,
    const struct segment *by)
{
	struct set to = { arena_need(m->arena, from.count * sizeof *to.items), 0 };
	struct pointer_node *child;

	for (size_t i = 0; i < from.count; i++) {
		const struct segment *s = next_of(from.items[i], depth);

		if (s == NULL || (s->name != NULL && (by == NULL ||
		    name_order(s->name, s->len, by->name, by->len) != 0)))
			continue;
		to.items[to.count++] = from.items[i];
	}
	if (to.count == 0)
		return NULL;
	child = make_node(m, to, depth + 1);
	if (child != NULL && by != NULL) {
		child->name = by->name;
		child->len = by->len;
	}
	return child;
}

static bool
has_child(const struct pointer_node *n, const struct segment *s)
{
	for (size_t i = 0; i < n->name_count; i++)
		if (name_order(n->names[i]->name, n->names[i]->len, s->name,
		    s->len) == 0)
			return true;
	return false;
}

static void
make_children(struct making *m, struct pointer_node *n, struct set from,
    size_t depth)
{
	n->names = arena_need(m->arena, from.count * sizeof *n->names);
	for (size_t i = 0; i < from.count && !m->too_large; i++) {
		const struct segment *s = next_of(from.items[i], depth);
		struct pointer_node *child;

		if (s == NULL || s->name == NULL || has_child(n, s))
			continue;
		child = make_child(m, from, depth, s);
		if (child == NULL)
			return;
		n->names[n->name_count++] = child;
		n->has_index = n->has_index || could_be_index(s);
	}
	if (n->name_count > 1)
		qsort(n->names, n->name_count, sizeof *n->names, by_name);
	n->any = make_child(m, from, depth, NULL);
}

static struct pointer_node *
make_node(struct making *m, struct set from, size_t depth)
{
	struct pointer_node *n = arena_need(m->arena, sizeof *n);
	uint16_t *marks = arena_need(m->arena, from.count * sizeof *marks);

	if (++m->nodes > POINTER_NODES_MAX) {
		m->too_large = true;
		return NULL;
	}
	n->name = "";
	n->marks = marks;
	for (size_t i = 0; i < from.count; i++)
		if (from.items[i]->count == depth)
			marks[n->mark_count++] = from.items[i]->mark;
	make_children(m, n, from, depth);
	return n;
}

const struct pointer_node *
pointer_tree_make(const char *const *pointers, size_t count, struct arena *a)
{
	struct making m = { .arena = a };
	struct set all = { NULL, 0 };
	struct pointer_node *root;

	if (count > POINTERS_MAX)
		return NULL;
	all.items = arena_need(m.arena, count * sizeof *all.items);
	for (size_t i = 0; i < count; i++) {
		struct pointer *p = arena_need(m.arena, sizeof *p);

		p->mark = (uint16_t)i;
		if (!take_pointer(&m, p, pointers[i]))
			return NULL;
		all.items[all.count++] = p;
	}
	if (count > 1)
		qsort(all.items, count, sizeof *all.items, by_names);
	root = make_node(&m, all, 0);
	return m.too_large ? NULL : root;
}

/* --- steps ------------------------------------------------------------------ */

const struct pointer_node *
pointer_child(const struct pointer_node *n, const char *name, size_t len)
{
	size_t low = 0, high = n->name_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct pointer_node *child = n->names[middle];
		int order = name_order(child->name, child->len, name, len);

		if (order == 0)
			return child;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return n->any;
}

const struct pointer_node *
pointer_item(const struct pointer_node *n, uint64_t index)
{
	char digits[20];
	size_t at = sizeof digits;

	if (!n->has_index)
		return n->any;
	do {
		digits[--at] = (char)('0' + index % 10);
		index /= 10;
	} while (index > 0);
	return pointer_child(n, digits + at, sizeof digits - at);
}
