/* content -- what a body is: JSON, an event stream, a form, text, other bytes.
 * SPDX-License-Identifier: MIT
 */
#include "compare/content.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "compare/charset.h"
#include "compare/fold.h"
#include "compare/form.h"
#include "compare/media.h"
#include "compare/multipart.h"
#include "compare/tree.h"

/* One body, or one part of it, on its way to a tree. */
struct reading {
	struct arena *arena;    /* borrows */
	struct content *c;      /* borrows: bytes are given, the rest is found */
	const char *type;       /* borrows; in lower case, "" if none */
	unsigned depth;         /* multipart bodies around it */
	unsigned *parts;        /* borrows; all so far */
	const struct dialects *dialects; /* borrows */
};

static bool read_any(struct reading *r);

const char *
content_form_name(enum content_form form)
{
	static const char *const names[] = {
		[CONTENT_NOTHING] = "nothing",
		[CONTENT_JSON] = "json",
		[CONTENT_LINES] = "json lines",
		[CONTENT_STREAM] = "stream",
		[CONTENT_FORM] = "form",
		[CONTENT_PARTS] = "multipart",
		[CONTENT_TEXT] = "text",
		[CONTENT_BINARY] = "binary",
	};

	assert((unsigned)form < COUNT_OF(names));
	return names[form];
}

void
content_hash(struct bytes b, char out[CONTENT_HASH_MAX])
{
	snprintf(out, CONTENT_HASH_MAX, "%zu bytes, xxh3 %016llx", b.len,
	    (unsigned long long)XXH3_64bits(b.at, b.len));
}

static bool
fail(struct content *c, const char *what, const char *why)
{
	snprintf(c->why, sizeof c->why, "%s %s", what, why);
	return false;
}

static bool
is_full(struct content *c)
{
	return fail(c, "too large", "to compare");
}

bool
content_decode(const struct answer *answer, struct arena *a,
    struct content *out)
{
	struct bytes body = { "", 0 };
	const char *why;

	if (answer->body != NULL && answer->body->len > 0) {
		body.at = answer->body->bytes;
		body.len = answer->body->len;
	}
	memset(out, 0, sizeof *out);
	return decode_body(answer->content_encoding, body, a, &out->bytes,
	    &why) || fail(out, answer->content_encoding, why);
}

/* --- character sets ---------------------------------------------------- */

static bool
is_json_type(const char *type)
{
	return media_is(type, "application/json") || media_ends(type, "+json");
}

static bool
is_lines_type(const char *type)
{
	static const char *const types[] = { "application/x-ndjson",
		"application/ndjson", "application/jsonl", "application/x-jsonl",
		"application/jsonlines", "application/x-jsonlines",
		"application/json-lines", "application/json-seq" };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (media_is(type, types[i]))
			return true;
	return false;
}

/* Event streams are UTF-8 whatever their charset says (WHATWG). */
static bool
has_charset(const char *type)
{
	if (media_is(type, "text/event-stream"))
		return false;
	return type[0] == '\0' || media_begins(type, "text/") ||
	    is_json_type(type) || is_lines_type(type) ||
	    media_is(type, "application/xml") || media_ends(type, "+xml") ||
	    media_is(type, "application/javascript") ||
	    media_is(type, "application/x-www-form-urlencoded");
}

static bool
make_utf8(struct reading *r)
{
	char label[40] = "", what[60];
	const char *why;

	if (!has_charset(r->type))
		return true;
	if (!media_param(r->type, "charset", label, sizeof label))
		label[0] = '\0';
	snprintf(what, sizeof what, "charset %s", label);
	return charset_to_utf8(label, r->c->bytes, r->arena, &r->c->bytes,
	    &why) || fail(r->c, what, why);
}

/* --- JSON and streams -------------------------------------------------- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
looks_like_json(struct bytes b)
{
	size_t i = 0;

	while (i < b.len && is_space(b.at[i]))
		i++;
	return i < b.len && (b.at[i] == '{' || b.at[i] == '[');
}

/* The parser's NULL has two meanings.  It asks for a node or for a string of
 * the document at a time: where that much is still to be had, memory was not
 * the reason. */
static bool
is_out_of_room(struct arena *a, size_t document_len)
{
	return arena_alloc(a, document_len + sizeof(struct json)) == NULL;
}

/* *tree NULL: it is not JSON.  false: no room. */
static bool
parse(struct reading *r, struct bytes b, struct json **tree)
{
	struct json_fault fault;

	*tree = json_parse(r->arena, b.at, b.len, false, &fault);
	return *tree != NULL || !is_out_of_room(r->arena, b.len) ||
	    is_full(r->c);
}

static bool
read_json(struct reading *r)
{
	struct json *tree;

	if (!parse(r, r->c->bytes, &tree))
		return false;
	r->c->tree = tree;
	if (tree == NULL)
		return true;
	r->c->form = CONTENT_JSON;
	return message_of_whole(tree, r->c->bytes.at, r->c->bytes.len, r->arena,
	    r->dialects) || is_full(r->c);
}

/* Up to the next line feed or record separator (RFC 7464), without the white
 * space around it. */
static struct bytes
take_document(struct bytes *left)
{
	size_t n = 0;
	struct bytes b;

	while (n < left->len && left->at[n] != '\n' && left->at[n] != '\x1e')
		n++;
	b = (struct bytes){ left->at, n };
	n += n < left->len;
	left->at += n;
	left->len -= n;
	while (b.len > 0 && is_space(b.at[b.len - 1]))
		b.len--;
	while (b.len > 0 && is_space(b.at[0])) {
		b.at++;
		b.len--;
	}
	return b;
}

static bool
read_lines(struct reading *r)
{
	struct bytes left = r->c->bytes;
	struct tree_list l;

	if (!tree_list_init(&l, r->arena, JSON_ARRAY))
		return is_full(r->c);
	while (left.len > 0) {
		struct bytes b = take_document(&left);
		struct json *document;

		if (b.len == 0)
			continue;
		if (!parse(r, b, &document))
			return false;
		if (document == NULL)
			return true;
		tree_list_add(&l, document);
	}
	r->c->tree = l.whole;
	r->c->form = CONTENT_LINES;
	return true;
}

static bool
read_stream(struct reading *r)
{
	struct content *c = r->c;
	uint64_t events;

	c->tree = fold_stream(c->bytes.at, c->bytes.len, r->arena,
	    r->dialects, &events);
	if (c->tree == NULL)
		return is_full(c);
	if (events > 0)
		c->form = CONTENT_STREAM;
	else
		c->tree = NULL;
	return true;
}

/* --- forms and parts --------------------------------------------------- */

static bool
read_form(struct reading *r)
{
	r->c->tree = form_read(r->c->bytes, r->arena);
	if (r->c->tree == NULL)
		return is_full(r->c);
	r->c->form = CONTENT_FORM;
	return true;
}

/* What stands for a part's body in the tree of its part. */
static struct json *
body_node(struct reading *r, const struct content *c)
{
	char hash[CONTENT_HASH_MAX], *text;
	struct json *node;

	if (c->tree != NULL) {
		node = tree_new(r->arena, JSON_NULL);
		if (node != NULL)
			*node = *c->tree;
		return node;
	}
	if (c->form != CONTENT_BINARY)
		return tree_string(r->arena, c->bytes.at, c->bytes.len);
	content_hash(c->bytes, hash);
	text = arena_strndup(r->arena, hash, strlen(hash));
	return text == NULL ? NULL :
	    tree_string(r->arena, text, strlen(text));
}

static bool
add_member(struct reading *r, struct tree_list *l, const char *name,
    struct json *value)
{
	if (value == NULL)
		return is_full(r->c);
	value->key = name;
	value->key_len = (uint32_t)strlen(name);
	tree_list_add(l, value);
	return true;
}

static bool
add_text(struct reading *r, struct tree_list *l, const char *name,
    const char *text, size_t len)
{
	char *copy;

	if (len == 0)
		return true;
	copy = arena_strndup(r->arena, text, len);
	return add_member(r, l, name, copy == NULL ? NULL :
	    tree_string(r->arena, copy, len));
}

/* An encoded part (base64 and its like) is compared as it stands. */
static bool
read_part(struct reading *r, const struct part *p, struct json **out)
{
	struct content c = { .bytes = p->body, .form = CONTENT_BINARY };
	struct reading inner = { r->arena, &c,
		p->type[0] != '\0' ? p->type : "text/plain", r->depth + 1,
		r->parts, r->dialects };
	struct tree_list l;

	if (!p->encoded && !read_any(&inner)) {
		memcpy(r->c->why, c.why, sizeof c.why);
		return false;
	}
	if (!tree_list_init(&l, r->arena, JSON_OBJECT))
		return is_full(r->c);
	*out = l.whole;
	return add_text(r, &l, "type", p->type, media_len(p->type)) &&
	    add_text(r, &l, "filename", p->filename, strlen(p->filename)) &&
	    add_member(r, &l, "body", body_node(r, &c));
}

static bool
is_by_name(struct reading *r)
{
	return media_is(r->type, "multipart/form-data");
}

/* All parts, as fields; *count_out < 0: it is no multipart body. */
static bool
read_fields(struct reading *r, struct tree_field *fields, long *count_out)
{
	struct multipart m;
	struct part p;
	long n = 0;

	*count_out = -1;
	if (!multipart_init(&m, r->type, r->c->bytes))
		return true;
	for (; multipart_next(&m, &p); n++) {
		struct tree_field *f = &fields[n];

		if (++*r->parts > CONTENT_PARTS_MAX)
			return fail(r->c, "too many parts", "to compare");
		f->position = (size_t)n;
		f->name_len = strlen(p.name);
		f->name = arena_strndup(r->arena, p.name, f->name_len);
		if (f->name == NULL)
			return is_full(r->c);
		if (!read_part(r, &p, &f->value))
			return false;
	}
	if (m.closed)
		*count_out = n;
	return true;
}

static struct json *
array_of(struct reading *r, const struct tree_field *fields, size_t count)
{
	struct tree_list l;

	if (!tree_list_init(&l, r->arena, JSON_ARRAY))
		return NULL;
	for (size_t i = 0; i < count; i++)
		tree_list_add(&l, fields[i].value);
	return l.whole;
}

static bool
read_parts(struct reading *r)
{
	struct tree_field *fields;
	long count;

	if (r->depth >= CONTENT_DEPTH_MAX)
		return fail(r->c, "multipart too deep", "to compare");
	fields = arena_alloc(r->arena, CONTENT_PARTS_MAX * sizeof *fields);
	if (fields == NULL)
		return is_full(r->c);
	if (!read_fields(r, fields, &count))
		return false;
	if (count < 0)
		return true;
	r->c->tree = is_by_name(r) ?
	    tree_of_fields(r->arena, fields, (size_t)count) :
	    array_of(r, fields, (size_t)count);
	r->c->form = CONTENT_PARTS;
	return r->c->tree != NULL || is_full(r->c);
}

/* --- which ------------------------------------------------------------- */

/* What its type promises; NULL: nothing. */
static bool
(*reader_of(const char *type))(struct reading *)
{
	if (is_json_type(type))
		return read_json;
	if (media_is(type, "text/event-stream"))
		return read_stream;
	if (is_lines_type(type))
		return read_lines;
	if (media_is(type, "application/x-www-form-urlencoded"))
		return read_form;
	return media_begins(type, "multipart/") ? read_parts : NULL;
}

static bool
read_any(struct reading *r)
{
	bool (*read)(struct reading *) = reader_of(r->type);
	struct content *c = r->c;

	c->form = CONTENT_BINARY;
	if (!make_utf8(r))
		return false;
	if (c->bytes.len == 0) {
		c->form = CONTENT_NOTHING;
		return true;
	}
	if (read != NULL && !read(r))
		return false;
	if (c->tree == NULL && read != read_json && looks_like_json(c->bytes) &&
	    !read_json(r))
		return false;
	c->broken = read != NULL && c->tree == NULL;
	if (c->tree == NULL && text_is_utf8(c->bytes.at, c->bytes.len))
		c->form = CONTENT_TEXT;
	return true;
}

/* --- what was kept ------------------------------------------------------ */

static enum content_form
form_of_name(const char *name)
{
	for (int f = 0; f < CONTENT_FORM_COUNT; f++)
		if (strcmp(content_form_name((enum content_form)f), name) == 0)
			return (enum content_form)f;
	return strcmp(name, CONTENT_MESSAGE) == 0 ? CONTENT_STREAM :
	    CONTENT_TEXT;
}

static bool
read_kept_tree(struct reading *r, enum content_form form)
{
	struct json *tree;

	if (!parse(r, r->c->bytes, &tree))
		return false;
	r->c->tree = tree;
	if (tree != NULL)
		r->c->form = form;
	return true;
}

/* It was read when it was kept, and is not guessed at again. */
static bool
read_kept(struct reading *r, const char *name)
{
	enum content_form form = form_of_name(name);

	r->c->form = form;
	switch (form) {
	case CONTENT_NOTHING:
	case CONTENT_BINARY:
	case CONTENT_FORM_COUNT:
		return true;
	case CONTENT_JSON:
		return read_json(r);
	case CONTENT_STREAM:
		return strcmp(name, CONTENT_MESSAGE) == 0 ?
		    read_kept_tree(r, form) : read_stream(r);
	case CONTENT_LINES:
	case CONTENT_FORM:
	case CONTENT_PARTS:
		return read_kept_tree(r, form);
	case CONTENT_TEXT:
		r->c->broken = reader_of(r->type) != NULL;
		return true;
	}
	return true;
}

bool
content_read(const struct answer *answer, const struct dialects *dialects,
    struct arena *a, struct content *c)
{
	unsigned parts = 0;
	struct reading r = { .arena = a, .c = c, .type = answer->content_type,
		.parts = &parts, .dialects = dialects };

	return answer->form[0] != '\0' ? read_kept(&r, answer->form) :
	    read_any(&r);
}
