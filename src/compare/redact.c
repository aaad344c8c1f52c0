/* redact -- see redact.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/redact.h"

#include <string.h>

#include "base/text.h"
#include "compare/place.h"

/* JSON in a string in JSON in a string: so many deep it is looked into. */
#define NESTED_MAX 4
/* What a pattern may need to see behind the last byte that is kept. */
#define BEYOND ((size_t)16 << 10)

struct writer {
	struct redactor *redactor; /* borrows */
	struct place *place;       /* borrows; NULL = no rule speaks of a place */
	struct arena *arena;       /* borrows */
	struct buf *out;           /* borrows */
	size_t max;                /* no more is written once there is as much */
	unsigned nested;           /* strings around it */
	bool changed, cut, full;
};

static void write_value(struct writer *w, const struct json *value,
    unsigned level);

static bool
is_mark(const struct json *value)
{
	return value->kind == JSON_STRING && json_text_is(value, REDACTED);
}

static void
write_mark(struct writer *w)
{
	buf_puts(w->out, "\"" REDACTED "\"");
	w->changed = true;
}

/* At most max bytes, and no character by half. */
static size_t
prefix_len(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* --- strings --------------------------------------------------------------- */

static bool
begins_like_json(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] == ' ' || text[i] == '\t' ||
	    text[i] == '\r' || text[i] == '\n'))
		i++;
	return i < len && (text[i] == '{' || text[i] == '[');
}

static bool
has_rules_below(const struct writer *w, unsigned level)
{
	return w->place != NULL && place_leads_on(w->place, level);
}

/* The document in a string, anew in inner if something was taken out.
 * false: it cannot be gone through. */
static bool
write_nested(struct writer *w, const char *text, size_t len, unsigned level,
    struct buf *inner, bool *changed_out)
{
	struct writer n = { .redactor = w->redactor, .place = w->place,
		.arena = w->arena, .out = inner, .max = w->max,
		.nested = w->nested + 1 };
	struct json_fault fault;
	const struct json *tree = n.nested > NESTED_MAX ? NULL :
	    json_parse(w->arena, text, len, false, &fault);

	if (tree == NULL)
		return false;
	write_value(&n, tree, level);
	*changed_out = n.changed;
	w->cut = w->cut || (n.changed && n.cut);
	w->full = w->full || n.full;
	return true;
}

static void
write_clean(struct writer *w, const char *text, size_t len)
{
	struct buf clean = { 0 };

	w->changed |= redact_text(w->redactor, text, len, &clean);
	buf_json_string(w->out, clean.len > 0 ? clean.bytes : "", clean.len);
	buf_fini(&clean);
}

static void
write_string(struct writer *w, const struct json *value, unsigned level)
{
	size_t len = prefix_len(value->text, value->len, w->max + BEYOND);
	struct buf inner = { 0 };
	bool changed = false;

	w->cut = w->cut || len < value->len;
	if (!begins_like_json(value->text, value->len)) {
		write_clean(w, value->text, len);
		return;
	}
	if (!write_nested(w, value->text, value->len, level, &inner,
	    &changed) && has_rules_below(w, level)) {
		write_mark(w);
	} else if (changed) {
		w->changed = true;
		write_clean(w, inner.bytes, inner.len);
	} else {
		write_clean(w, value->text, len);
	}
	buf_fini(&inner);
}

/* --- the rest -------------------------------------------------------------- */

static void
write_number(struct writer *w, const struct json *value)
{
	if (redact_finds(w->redactor, value->text, value->len))
		write_mark(w);
	else
		buf_add(w->out, value->text, value->len);
}

/* More than is kept has been written already. */
static bool
is_enough(struct writer *w)
{
	if (w->out->len <= w->max + BEYOND)
		return false;
	w->cut = true;
	return true;
}

static void
write_children(struct writer *w, const struct json *value, unsigned level)
{
	bool is_object = value->kind == JSON_OBJECT;
	size_t index = 0;

	buf_puts(w->out, is_object ? "{" : "[");
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		if (is_enough(w))
			break;
		if (index > 0)
			buf_puts(w->out, ",");
		if (is_object) {
			write_clean(w, v->key, v->key_len);
			buf_puts(w->out, ":");
		}
		if (w->place != NULL && is_object)
			place_enter(w->place, level, v->key, v->key_len);
		else if (w->place != NULL)
			place_enter_item(w->place, level, index);
		index++;
		write_value(w, v, level + 1);
	}
	buf_puts(w->out, is_object ? "}" : "]");
}

static void
write_value(struct writer *w, const struct json *value, unsigned level)
{
	bool hidden = w->place != NULL &&
	    place_view(w->place, level) == VIEW_SKIP;

	/* As deep as this a document alone never is, but one in a string in a
	 * document may be. */
	if (hidden || level + 1 >= PLACE_LEVELS) {
		bool was_so = is_mark(value), changed = w->changed;

		write_mark(w);
		w->changed = changed || !was_so;
		return;
	}
	switch (value->kind) {
	case JSON_ARRAY:
	case JSON_OBJECT:
		write_children(w, value, level);
		return;
	case JSON_STRING:
		write_string(w, value, level);
		return;
	case JSON_NUMBER:
		write_number(w, value);
		return;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_KIND_COUNT:
		break;
	}
	buf_puts(w->out, value->kind == JSON_NULL ? "null" :
	    value->kind == JSON_TRUE ? "true" : "false");
}

/* --- documents and texts ----------------------------------------------------- */

/* What was written from start on: patterns once more, over all of it. */
static bool
clean_whole(struct redactor *r, struct buf *out, size_t start)
{
	struct buf clean = { 0 };
	bool changed = redact_text(r, out->bytes + start, out->len - start,
	    &clean);

	if (changed) {
		out->len = start;
		buf_add(out, clean.bytes, clean.len);
	}
	buf_fini(&clean);
	return changed;
}

static bool
cut_at(struct buf *out, size_t start, size_t max)
{
	size_t len = prefix_len(out->bytes + start, out->len - start, max);
	bool cut = start + len < out->len;

	out->len = start + len;
	out->bytes[out->len] = '\0';
	return cut;
}

static bool
is_json(struct arena *a, const char *text, size_t len)
{
	struct json_fault fault;

	return json_parse(a, text, len, false, &fault) != NULL;
}

struct redact_result
redact_tree(struct redactor *r, const struct json *tree, struct arena *a,
    size_t max, struct buf *out)
{
	struct redact_result result = { .full = false };
	struct writer w = { .redactor = r, .arena = a, .out = out, .max = max };
	size_t start = out->len;

	if (r->rules != NULL && r->rules->places != NULL) {
		w.place = place_begin(r->rules->places, a);
		if (w.place == NULL)
			return (struct redact_result){ .full = true };
	}
	write_value(&w, tree, 0);
	if (clean_whole(r, out, start)) {
		w.changed = true;
		result.is_text = w.cut ||
		    !is_json(a, out->bytes + start, out->len - start);
	}
	result.cut = cut_at(out, start, max) || w.cut;
	result.changed = w.changed;
	result.full = w.full;
	return result;
}

struct redact_result
redact_plain(struct redactor *r, struct bytes text, size_t max,
    struct buf *out)
{
	size_t len = prefix_len(text.at, text.len, max + BEYOND);
	size_t start = out->len;
	struct redact_result result = { .is_text = true };

	result.changed = redact_text(r, text.at, len, out);
	result.cut = cut_at(out, start, max) || len < text.len;
	return result;
}
