/* body_lines -- see body_lines.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/body_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "base/mem.h"

/* --- documents ---------------------------------------------------------------- */

static void write_value(const struct json *v, unsigned depth, struct buf *out);

static void
write_children(const struct json *v, unsigned depth, struct buf *out)
{
	bool is_array = v->kind == JSON_ARRAY;

	if (v->first == NULL) {
		buf_puts(out, is_array ? "[]" : "{}");
		return;
	}
	buf_puts(out, is_array ? "[\n" : "{\n");
	for (const struct json *c = v->first; c != NULL; c = c->next) {
		buf_printf(out, "%*s", (int)(2 * depth + 2), "");
		if (!is_array) {
			buf_json_string(out, c->key, c->key_len);
			buf_puts(out, ": ");
		}
		write_value(c, depth + 1, out);
		buf_puts(out, c->next != NULL ? ",\n" : "\n");
	}
	buf_printf(out, "%*s%s", (int)(2 * depth), "", is_array ? "]" : "}");
}

static void
write_value(const struct json *v, unsigned depth, struct buf *out)
{
	switch (v->kind) {
	case JSON_ARRAY:
	case JSON_OBJECT:
		write_children(v, depth, out);
		return;
	case JSON_STRING:
		buf_json_string(out, v->text, v->len);
		return;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
	case JSON_KIND_COUNT:
		break;
	}
	buf_add(out, v->text, v->len);
}

static bool
is_document(const char *form)
{
	static const char *const forms[] = { "json", "json lines", "form",
		"multipart", "message" };

	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (strcmp(forms[i], form) == 0)
			return true;
	return false;
}

/* --- lines -------------------------------------------------------------------- */

/* C0, DEL, C1; all but the ends of lines. */
static void
make_harmless(struct buf *b)
{
	unsigned char *p = (unsigned char *)b->bytes;

	for (size_t i = 0; i < b->len; i++) {
		bool is_c1 = p[i] == 0xc2 && i + 1 < b->len && p[i + 1] < 0xa0;

		if (is_c1)
			p[i++] = ' ';
		if (is_c1 || p[i] == 0x7f || (p[i] < 0x20 && p[i] != '\n'))
			p[i] = ' ';
	}
}

/* A carriage return in front of a line feed is no line's. */
static void
drop_returns(struct buf *b)
{
	size_t to = 0;

	for (size_t i = 0; i < b->len; i++)
		if (b->bytes[i] != '\r' || i + 1 == b->len ||
		    b->bytes[i + 1] != '\n')
			b->bytes[to++] = b->bytes[i];
	b->len = to;
}

static void
split(struct body_lines *b)
{
	size_t count = 1, at = 0;

	for (size_t i = 0; i < b->text.len; i++)
		count += b->text.bytes[i] == '\n';
	b->lines = mem_alloc(count * sizeof *b->lines);
	while (at < b->text.len) {
		const char *text = b->text.bytes + at;
		const char *feed = memchr(text, '\n', b->text.len - at);
		size_t len = feed != NULL ? (size_t)(feed - text) :
		    b->text.len - at;

		b->lines[b->count++] = (struct line){ text, len };
		at += len + 1;
	}
}

void
body_lines_make(const char *form, const char *body, size_t len,
    struct body_lines *out)
{
	const struct json *tree = NULL;
	struct json_fault fault;
	struct arena a;

	*out = (struct body_lines){ .lines = NULL };
	arena_init(&a, 0);
	if (is_document(form))
		tree = json_parse(&a, body, len, false, &fault);
	if (tree != NULL)
		write_value(tree, 0, &out->text);
	else
		buf_add(&out->text, body, len);
	arena_fini(&a);
	drop_returns(&out->text);
	make_harmless(&out->text);
	split(out);
}

void
body_events_make(const char *body, size_t len, struct body_lines *out)
{
	struct buf *text = &out->text;

	*out = (struct body_lines){ .lines = NULL };
	buf_add(text, body, len);
	drop_returns(text);
	/* Lines of one event become one; an empty one ends it. */
	for (size_t i = 0, to = 0, end = text->len; i <= end; i++) {
		if (i == end) {
			text->len = to;
			break;
		}
		if (text->bytes[i] != '\n') {
			text->bytes[to++] = text->bytes[i];
		} else if (i + 1 == end || text->bytes[i + 1] == '\n') {
			text->bytes[to++] = '\n';
			while (i + 1 < end && text->bytes[i + 1] == '\n')
				i++;
		} else {
			text->bytes[to++] = ' ';
		}
	}
	make_harmless(text);
	split(out);
}

void
body_lines_fini(struct body_lines *b)
{
	buf_fini(&b->text);
	free(b->lines);
	*b = (struct body_lines){ .lines = NULL };
}
