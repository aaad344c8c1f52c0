/* rewrite -- see rewrite.h.
 * SPDX-License-Identifier: MIT
 *
 * Each edit becomes cuts: places of the old text that are replaced.  They are
 * sorted and the text between them is copied.
 */
#include "policy/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/pointer_tree.h"

struct cut {
	size_t begin, end;         /* of the old text; equal: something is added */
	const char *name;          /* of an added member, as in the pointer; or NULL */
	size_t name_len;
	bool comma;                /* other members follow it */
	const struct body_edit *edit;
};

struct cuts {
	struct cut *items;         /* in the arena */
	size_t count, space;
};

static size_t
skip_space(const char *text, size_t at)
{
	while (strchr(" \t\r\n", text[at]) != NULL)
		at++;
	return at;
}

/* The tree knows where values begin.  The text is valid JSON from here on, so
 * its brackets and quotes are there. */
static size_t
end_of(const char *text, const struct json *value)
{
	size_t at = value->offset + 1;

	if (value->kind == JSON_STRING) {
		for (; text[at] != '"'; at++)
			if (text[at] == '\\')
				at++;
		return at + 1;
	}
	if (value->kind != JSON_ARRAY && value->kind != JSON_OBJECT)
		return value->offset + value->len;
	for (const struct json *v = value->first; v != NULL; v = v->next)
		if (v->next == NULL)
			at = end_of(text, v);
	return skip_space(text, at) + 1;
}

static bool
add_cut(struct cuts *c, struct arena *a, const struct cut *cut)
{
	if (c->count == c->space) {
		size_t space = c->space == 0 ? 16 : 2 * c->space;
		struct cut *items = arena_alloc(a, space * sizeof *items);

		if (items == NULL)
			return false;
		if (c->count > 0)
			memcpy(items, c->items, c->count * sizeof *items);
		c->items = items;
		c->space = space;
	}
	c->items[c->count++] = *cut;
	return true;
}

static bool
cut_member(struct cuts *c, struct arena *a, const char *text,
    const struct json *parent, const struct body_edit *edit,
    const char *name, size_t len)
{
	bool found = false;

	for (const struct json *v = parent->first; v != NULL; v = v->next) {
		struct cut cut = { v->offset, end_of(text, v), NULL, 0, false,
			edit };

		if (v->key_len != len || memcmp(v->key, name, len) != 0)
			continue;
		found = true;
		if (!add_cut(c, a, &cut))
			return false;
	}
	if (found)
		return true;
	return add_cut(c, a, &(struct cut){ parent->offset + 1,
	    parent->offset + 1, name, len, parent->first != NULL, edit });
}

static bool
cut_edit(struct cuts *c, struct arena *a, const char *text,
    const struct json *root, const struct body_edit *edit)
{
	size_t all = strlen(edit->pointer), last;
	const char *slash = strrchr(edit->pointer, '/');
	char *above = arena_alloc(a, all + 1), *name;
	const struct json *parent, *item;

	if (above == NULL || slash == NULL)
		return above != NULL;
	last = (size_t)(slash - edit->pointer);
	memcpy(above, edit->pointer, last);
	above[last] = '\0';
	name = above + last + 1;
	parent = json_at(root, above);
	if (parent != NULL && parent->kind == JSON_OBJECT)
		return cut_member(c, a, text, parent, edit, name,
		    pointer_unescape(slash + 1, all - last - 1, name));
	/* An item of an array is replaced, never added. */
	item = json_at(root, edit->pointer);
	return item == NULL || add_cut(c, a, &(struct cut){ item->offset,
	    end_of(text, item), NULL, 0, false, edit });
}

static int
by_place(const void *left, const void *right)
{
	const struct cut *a = left, *b = right;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->edit < b->edit ? -1 : a->edit > b->edit;
}

static void
write_cut(const struct cut *c, struct buf *out)
{
	if (c->name != NULL) {
		buf_json_string(out, c->name, c->name_len);
		buf_puts(out, ":");
	}
	buf_add(out, c->edit->value, c->edit->value_len);
	if (c->comma)
		buf_puts(out, ",");
}

static void
write_all(const struct cuts *c, const char *text, size_t len, struct buf *out)
{
	size_t at = 0;
	const struct cut *added = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct cut *cut = &c->items[i];

		/* Within what an earlier edit replaced, or another value for
		 * the same place. */
		if (cut->begin < at)
			continue;
		/* Two members added to one empty object. */
		if (added != NULL && added->begin == cut->begin &&
		    cut->begin == cut->end && !added->comma)
			buf_puts(out, ",");
		buf_add(out, text + at, cut->begin - at);
		write_cut(cut, out);
		at = cut->end;
		added = cut->name != NULL ? cut : NULL;
	}
	buf_add(out, text + at, len - at);
}

bool
rewrite_body(const struct body_edit *edits, size_t count, const char *body,
    size_t len, struct arena *a, struct buf *out)
{
	struct cuts cuts = { 0 };
	struct json_fault fault;
	const struct json *root = json_parse(a, body, len, false, &fault);

	if (root == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!cut_edit(&cuts, a, body, root, &edits[i]))
			return false;
	if (cuts.count > 0)
		qsort(cuts.items, cuts.count, sizeof cuts.items[0], by_place);
	write_all(&cuts, body, len, out);
	return true;
}
