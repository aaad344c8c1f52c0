/* mirror_keys -- the keys of "mirror" and "rewrite".
 * SPDX-License-Identifier: MIT
 *
 * A credential may be kept out of the rules: `value_file` is read with them,
 * again at each reload, and only its name is ever shown.  Contract in keys.h.
 */
#include "config/mirror_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/pattern.h"
#include "config/read.h"

#define FIELD_VALUE_MAX 4096
#define POINTER_MAX_BYTES 1024

/* --- types --------------------------------------------------------------------- */

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* Framing, routing and what understudy says itself are not to be rewritten:
 * a request must stay one request, for the host it goes to. */
static bool
is_own_field(const char *name)
{
	static const char *const own[] = { "connection", "content-length",
		"content-encoding", "expect", "forwarded", "host", "keep-alive",
		"max-forwards", "proxy-connection", "te", "traceparent",
		"tracestate", "trailer", "transfer-encoding", "upgrade", "via",
		"x-client-cert-subject", "x-forwarded-for", "x-forwarded-host",
		"x-forwarded-proto", "x-real-ip", "x-request-id",
		"x-understudy-leg" };

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return false;
}

static char *
read_field_name(struct reader *r, const struct json *value)
{
	char shown[SHOWN_MAX], *name;

	if (!read_is_text(r, value, 256, "the name of a header field"))
		return NULL;
	name = read_copy(r, value->text, value->len);
	lower(name);
	if (!is_token(name, value->len))
		read_fault(r, value, "%s is not the name of a header field; use "
		    "letters, digits and \"-\"", read_shown(value, shown));
	else if (is_own_field(name))
		read_fault(r, value, "%s is understudy's own to write; leave it "
		    "out", read_shown(value, shown));
	else
		return name;
	return NULL;
}

/* The table's struct is struct header_edit. */
static bool
read_edit_name(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct header_edit *e = target;

	(void)key;
	e->name = read_field_name(r, value);
	e->name_len = e->name == NULL ? 0 : value->len;
	return e->name != NULL;
}

static bool
is_field_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

static bool
read_edit_value(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct header_edit *e = target;

	if (!read_is_text(r, value, FIELD_VALUE_MAX, key->type->expects))
		return false;
	e->value = read_copy(r, value->text, value->len);
	return true;
}

/* Line ends behind it are the editor's, not the secret's. */
static size_t
value_len(const struct buf *b)
{
	size_t len = b->len;

	while (len > 0 && strchr(" \t\r\n", b->bytes[len - 1]) != NULL)
		len--;
	return len;
}

static bool
read_edit_file(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct header_edit *e = target;
	struct err err = { "" };
	struct buf b = { 0 };
	bool ok = false;
	size_t len;

	if (!read_is_text(r, value, 4096, key->type->expects))
		return false;
	e->file = read_path(r, read_copy(r, value->text, value->len));
	if (!r->ports->read_file(r->ports->arg, e->file, &b, &err)) {
		read_fault(r, value, "cannot read %s: %s", e->file, err.text);
	} else if ((len = value_len(&b)) == 0 || len > FIELD_VALUE_MAX ||
	    !is_field_value(b.bytes, len)) {
		read_fault(r, value, "%s does not hold the value of a header "
		    "field: one line of 1 to %d bytes", e->file, FIELD_VALUE_MAX);
	} else {
		e->value = read_copy(r, b.bytes, len);
		ok = true;
	}
	buf_fini(&b);
	return ok;
}

static bool
read_edit_pointer(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct body_edit *e = target;
	char shown[SHOWN_MAX];
	const char *why;

	if (!read_is_text(r, value, POINTER_MAX_BYTES, key->type->expects))
		return false;
	e->pointer = read_copy(r, value->text, value->len);
	return pointer_is_ok(e->pointer, &why) ||
	    read_fault(r, value, "%s %s", read_shown(value, shown), why);
}

static bool
read_edit_json(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct body_edit *e = target;
	struct buf b = { 0 };

	if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		return read_expected(r, value, key->type->expects);
	if (value->kind == JSON_STRING)
		buf_json_string(&b, value->text, value->len);
	else
		buf_add(&b, value->text, value->len);
	e->value = read_copy(r, b.bytes, b.len);
	e->value_len = b.len;
	buf_fini(&b);
	return true;
}

/* A NULL-terminated list of lower-case names. */
static bool
read_field_names(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	bool ok = true;
	char **list;
	size_t i = 0;

	if (value->kind != JSON_ARRAY || (double)value->count > key->max)
		return read_expected(r, value, key->type->expects);
	list = read_alloc(r, (value->count + 1) * sizeof *list);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		list[i] = read_field_name(r, v);
		ok = ok && list[i] != NULL;
		read_leave(r, mark);
	}
	list[i] = NULL;
	memcpy(key_field(key, target), &list, sizeof list);
	memcpy((char *)target + key->count_offset, &i, sizeof i);
	return ok;
}

/* A beginning of paths: "/v1" or "/v1/". */
static bool
read_prefix(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;

	if (!read_is_text(r, value, 1024, key->type->expects))
		return false;
	for (size_t i = 0; i < value->len; i++)
		if (value->text[0] != '/' || strchr(" ?#\"<>\\", value->text[i]) ||
		    (unsigned char)value->text[i] >= 0x7f)
			return read_fault(r, value, "%s is not the beginning of a "
			    "path; write it as it is on the wire, like \"/v1\"",
			    read_shown(value, shown));
	text = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static void
schema_texts(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"array\", \"items\": {\"type\": \"string\", "
	    "\"minLength\": 1}");
}

static void
schema_scalar(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": [\"string\", \"number\", \"boolean\", \"null\"]");
}

static const struct key_type key_edit_name = { "text",
	"the name of a header field", read_edit_name, NULL, key_schema_text };
const struct key_type key_field_value = { "text",
	"the value of a header field in quotes", read_edit_value, NULL,
	key_schema_text };
static const struct key_type key_edit_file = { "path", "a path in quotes",
	read_edit_file, NULL, key_schema_text };
static const struct key_type key_edit_pointer = { "JSON Pointer",
	"a JSON Pointer like \"/model\"", read_edit_pointer, NULL, key_schema_text };
static const struct key_type key_edit_json = { "JSON value",
	"a text, a number, true, false or null", read_edit_json, NULL,
	schema_scalar };
static const struct key_type key_field_names = { "list of header names",
	"a list of header names like [\"idempotency-key\"]", read_field_names,
	NULL, schema_texts };
static const struct key_type key_prefix = { "path",
	"the beginning of a path like \"/v1\"", read_prefix, NULL, key_schema_text };

/* --- mirror --------------------------------------------------------------------- */

static const struct key budget_keys[] = {
	{ "requests", &key_count, KEY_FIELD(struct mirror_rules, budget_requests),
	    .max = 1e12, .standard = "0",
	    .help = "Mirrored requests a day; 0 = any number." },
	{ "tokens", &key_count, KEY_FIELD(struct mirror_rules, budget_tokens),
	    .max = 1e15, .standard = "0",
	    .help = "Tokens that the answers to mirrored requests say they used, "
	    "by the dialect's usage; 0 = any number." },
};

static const struct key_table budget_table = {
	.about = "What mirroring may cost. Days are of UTC, and each instance "
	"counts for itself; when a number is reached mirroring stops until the "
	"next day, and the rollout log has an event of it.",
	.keys = budget_keys, .count = COUNT_OF(budget_keys),
};

static const struct key mirror_keys[] = {
	{ "methods", &key_methods, KEY_FIELD(struct mirror_rules, methods),
	    .min = 1, .max = 32,
	    .help = "Requests with these methods may be mirrored. Absent: every "
	    "method, so a route whose POST moves money needs `\"shadow\": "
	    "false`, or a backend that knows `x-understudy-leg`." },
	{ "fresh", &key_field_names,
	    KEY_LIST_FIELD(struct mirror_rules, fresh, fresh_count), .max = 32,
	    .standard = "[\"idempotency-key\", \"x-idempotency-key\"]",
	    .help = "Fields that must not say the same twice: a mirrored request "
	    "that has one gets another value, the same for each of its tries." },
	{ "budget", &key_object, .table = &budget_table,
	    .help = "What mirroring may cost a day." },
};

const struct key_table mirror_table = {
	.about = "What may be mirrored. A mirrored request says "
	"`x-understudy-leg: shadow`, and a second call to legacy `control`, so "
	"that a backend can leave out what must happen once.",
	.keys = mirror_keys, .count = COUNT_OF(mirror_keys),
};

/* --- rewrite --------------------------------------------------------------------- */

static const struct key path_keys[] = {
	{ "from", &key_prefix, KEY_FIELD(struct rewrite, path_from),
	    .flags = KEY_REQUIRED, .help = "How paths begin for clients." },
	{ "to", &key_prefix, KEY_FIELD(struct rewrite, path_to),
	    .flags = KEY_REQUIRED, .help = "How they begin for this version." },
};

/* "/v1" is the beginning of "/v1/chat" and not of "/v10". */
static void
check_path(struct reader *r, const struct json *object, void *target)
{
	struct rewrite *w = target;

	if (w->path_from == NULL || w->path_to == NULL)
		return;
	w->path_from_len = strlen(w->path_from);
	if ((w->path_from[w->path_from_len - 1] == '/') !=
	    (w->path_to[strlen(w->path_to) - 1] == '/'))
		read_fault_in(r, object, "to", "must end in \"/\" if \"from\" "
		    "does, and else not");
}

static const struct key_table path_table = {
	.about = "Another beginning for paths, by whole segments: from `/v1` to "
	"`/v2` changes `/v1` and `/v1/chat`, not `/v10`.",
	.keys = path_keys, .count = COUNT_OF(path_keys), .finish = check_path,
};

static const struct key header_keys[] = {
	{ "name", &key_edit_name, .flags = KEY_REQUIRED,
	    .help = "The field. Those of framing and routing are understudy's." },
	{ "value", &key_field_value,
	    .help = "In place of all that the client sent under this name." },
	{ "value_file", &key_edit_file,
	    .help = "The same, from a file of one line: for credentials. Read "
	    "with the rules." },
	{ "remove", &key_bool, KEY_FIELD(struct header_edit, remove),
	    .standard = "false", .help = "true: the field is left out." },
};

static void
check_header_edit(struct reader *r, const struct json *object, void *target)
{
	struct header_edit *e = target;
	unsigned ways = (json_member(object, "value") != NULL) +
	    (json_member(object, "value_file") != NULL) + e->remove;

	if (ways != 1)
		read_fault_in(r, object, "name", "needs exactly one of \"value\", "
		    "\"value_file\" and \"remove\": true");
	if (e->remove)
		e->value = NULL;
}

static const struct key_table header_table = {
	.about = "One field of requests to this version.",
	.keys = header_keys, .count = COUNT_OF(header_keys),
	.size = sizeof(struct header_edit), .finish = check_header_edit,
};

static const struct key body_keys[] = {
	{ "path", &key_edit_pointer, .flags = KEY_REQUIRED,
	    .help = "The member; it is added if the object above it is there." },
	{ "value", &key_edit_json, .flags = KEY_REQUIRED,
	    .help = "What it is for this version." },
};

static const struct key_table body_table = {
	.about = "One member of JSON bodies to this version, `/model` for "
	"instance. The request then waits until its body is whole; one over "
	"`limits.capture` or that is not JSON goes as it is, and is counted.",
	.keys = body_keys, .count = COUNT_OF(body_keys),
	.size = sizeof(struct body_edit),
};

static void
check_headers(struct reader *r, const struct json *list, void *target)
{
	const struct rewrite *w = target;
	size_t bytes = 0;

	for (size_t i = 0; i < w->header_count; i++)
		if (w->headers[i].name != NULL && w->headers[i].value != NULL)
			bytes += w->headers[i].name_len + 4 +
			    strlen(w->headers[i].value);
	if (bytes > HEADER_EDITS_MAX_BYTES)
		read_fault(r, list, "these fields have %zu bytes together; at most "
		    "%d", bytes, HEADER_EDITS_MAX_BYTES);
}

static void
check_body_edits(struct reader *r, const struct json *list, void *target)
{
	const struct rewrite *w = target;

	for (size_t i = 0; i < w->body_count; i++)
		for (size_t j = 0; j < i; j++)
			if (w->body[i].pointer != NULL && w->body[j].pointer != NULL &&
			    strcmp(w->body[i].pointer, w->body[j].pointer) == 0)
				read_fault(r, list, "\"%s\" is set twice",
				    w->body[i].pointer);
}

static const struct key rewrite_keys[] = {
	{ "path", &key_object, .table = &path_table, .flags = KEY_OPTIONAL,
	    .help = "Another beginning for paths." },
	{ "headers", &key_list,
	    KEY_LIST_FIELD(struct rewrite, headers, header_count), .max = 64,
	    .table = &header_table, .standard = "[]", .finish = check_headers,
	    .help = "Fields that are set or left out." },
	{ "body", &key_list, KEY_LIST_FIELD(struct rewrite, body, body_count),
	    .max = 64, .table = &body_table, .standard = "[]",
	    .finish = check_body_edits,
	    .help = "Members of JSON bodies that are set." },
};

static const struct key_table rewrite_one_table = {
	.about = "What requests to this version are made into, whichever leg "
	"they are.",
	.keys = rewrite_keys, .count = COUNT_OF(rewrite_keys),
	.size = sizeof(struct rewrite),
};

static const struct key rewrites_keys[] = {
	{ "legacy", &key_object, .offset = 0, .width = sizeof(struct rewrite),
	    .table = &rewrite_one_table, .help = "Requests to legacy." },
	{ "enhanced", &key_object, .offset = sizeof(struct rewrite),
	    .width = sizeof(struct rewrite), .table = &rewrite_one_table,
	    .help = "Requests to enhanced." },
};

const struct key_table rewrite_table = {
	.about = "Where the two versions are not called alike.",
	.keys = rewrites_keys, .count = COUNT_OF(rewrites_keys),
};
