/* smoke_keys -- the keys of "smoke": requests before a stage opens.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/smoke_keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/pattern.h"
#include "config/read.h"
#include "config/rules.h"

#define SECOND 1000.0
#define NAME_MAX_BYTES 256
#define VALUE_MAX_BYTES 4096
#define BODY_MAX_BYTES (64u << 10)
#define FIELDS_MAX 32
#define PLACES_MAX 32

/* --- the request ---------------------------------------------------------------- */

static bool
read_method(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char *text;

	if (!read_is_text(r, value, 32, key->type->expects))
		return false;
	for (size_t i = 0; i < value->len; i++)
		if (value->text[i] < 'A' || value->text[i] > 'Z')
			return read_expected(r, value, key->type->expects);
	text = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

/* What frames the request, and what says that it is one of ours. */
static bool
is_own_field(const char *name)
{
	static const char *const own[] = { "connection", "content-length",
		"expect", "te", "trailer", "transfer-encoding", "upgrade",
		"x-understudy-leg" };

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strcasecmp(name, own[i]) == 0)
			return true;
	return false;
}

static char *
read_field(struct reader *r, const struct json *member)
{
	char *name = read_copy(r, member->key, member->key_len);

	if (member->key_len > NAME_MAX_BYTES ||
	    !is_token(member->key, member->key_len))
		read_fault(r, member, "its key is not the name of a header field; "
		    "use letters, digits and \"-\"");
	else if (is_own_field(name))
		read_fault(r, member, "is understudy's own to write; leave it out");
	else if (read_is_text(r, member, VALUE_MAX_BYTES,
	    "the value of a header field in quotes"))
		return read_printf(r, "%s: %.*s", name, (int)member->len,
		    member->text);
	return NULL;
}

static bool
read_headers(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char **list;
	size_t n = 0;
	bool ok = true;

	if (value->kind != JSON_OBJECT || value->count > FIELDS_MAX)
		return read_expected(r, value, key->type->expects);
	list = read_alloc(r, (value->count + 1) * sizeof *list);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		size_t mark = read_enter(r, v->key, v->key_len);

		list[n] = read_field(r, v);
		ok = ok && list[n] != NULL;
		n++;
		read_leave(r, mark);
	}
	list[n] = NULL;
	if (ok)
		memcpy(key_field(key, target), &list, sizeof list);
	return ok;
}

/* The table's struct is struct smoke_check. */
static bool
read_body(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct smoke_check *c = target;
	struct buf b = { 0 };
	bool ok;

	if (value->kind == JSON_STRING)
		buf_add(&b, value->text, value->len);
	else
		json_write(value, &b);
	ok = b.len <= BODY_MAX_BYTES;
	if (ok) {
		c->body = read_copy(r, b.len > 0 ? b.bytes : "", b.len);
		c->body_len = b.len;
		c->is_json = value->kind != JSON_STRING;
	}
	buf_fini(&b);
	return ok || read_expected(r, value, key->type->expects);
}

/* --- what is expected ------------------------------------------------------------- */

/* 200 as well as what key_statuses reads. */
static bool
read_statuses(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	double number = json_number(value);
	uint16_t range[2];

	if (value->kind != JSON_NUMBER)
		return key_statuses.read(r, key, value, target);
	if (!(number >= 100 && number <= 599) ||
	    number != (double)(uint16_t)number)
		return read_expected(r, value, key->type->expects);
	range[0] = range[1] = (uint16_t)number;
	memcpy(key_field(key, target), range, sizeof range);
	return true;
}

/* The table's struct is struct smoke_check. */
static bool
read_places(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct smoke_check *c = target;
	bool ok = true;
	const char *why;

	if (value->kind != JSON_OBJECT || value->count > PLACES_MAX)
		return read_expected(r, value, key->type->expects);
	c->places = read_alloc(r, (value->count + 1) * sizeof *c->places);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		struct smoke_place *p = &c->places[c->place_count++];
		size_t mark = read_enter(r, v->key, v->key_len);

		p->pointer = read_copy(r, v->key, v->key_len);
		p->value = v;
		if (p->pointer[0] != '\0' && !pointer_is_ok(p->pointer, &why))
			ok = read_fault(r, v, "its key %s", why);
		read_leave(r, mark);
	}
	return ok;
}

/* --- the checks of a stage ---------------------------------------------------------- */

uint32_t
smoke_all(const struct reader *r)
{
	size_t count = r->rules->smoke.count;

	return count >= SMOKE_CHECKS_MAX ? UINT32_MAX : (1u << count) - 1;
}

static bool
add_named(struct reader *r, const struct json *name, uint32_t *bits)
{
	const struct smoke_rules *s = &r->rules->smoke;
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].name != NULL &&
		    json_text_is(name, s->list[i].name)) {
			*bits |= 1u << i;
			return true;
		}
	return read_fault(r, name, "there is no smoke check %s; add it to "
	    "\"smoke\" of the rollout", read_shown(name, shown));
}

static bool
read_names(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	uint32_t bits = value->kind == JSON_TRUE ? smoke_all(r) : 0;
	size_t i = 0;

	if (value->kind != JSON_TRUE && value->kind != JSON_FALSE &&
	    value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		size_t mark = read_enter_item(r, i++);
		bool ok = add_named(r, v, &bits);

		read_leave(r, mark);
		if (!ok)
			return false;
	}
	memcpy(key_field(key, target), &bits, sizeof bits);
	return true;
}

/* --- types ---------------------------------------------------------------------- */

static void
schema_headers(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"object\", \"additionalProperties\": "
	    "{\"type\": \"string\", \"minLength\": 1}");
}

static void
schema_body(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": [\"string\", \"object\", \"array\", \"number\", "
	    "\"boolean\", \"null\"]");
}

static void
schema_statuses(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 100, "
	    "\"maximum\": 599}, {\"type\": \"string\", \"pattern\": "
	    "\"^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$\"}]");
}

static void
schema_places(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"object\", \"propertyNames\": {\"pattern\": "
	    "\"^(/.*)?$\"}");
}

static void
schema_names(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"anyOf\": [{\"type\": \"boolean\"}, {\"type\": \"array\", "
	    "\"items\": {\"type\": \"string\", \"minLength\": 1}}]");
}

static const struct key_type key_method = { "method",
	"a method like \"POST\"", read_method, NULL, key_schema_text };
const struct key_type key_smoke_headers = { "object of texts",
	"an object of at most 32 header fields, like {\"accept\": \"*/*\"}",
	read_headers, NULL, schema_headers };
static const struct key_type key_body = { "text or JSON",
	"a text or JSON of at most 64 KiB", read_body, NULL, schema_body };
static const struct key_type key_smoke_statuses = { "statuses",
	"a status like 200 or a range like \"200-299\"", read_statuses, NULL,
	schema_statuses };
static const struct key_type key_places = { "object of values",
	"an object of at most 32 JSON Pointers, like {\"/ok\": true}",
	read_places, NULL, schema_places };
const struct key_type key_smoke_names = { "true, false or list of names",
	"true, false or a list of smoke checks in [ ]", read_names, NULL,
	schema_names };

/* --- rows ----------------------------------------------------------------------- */

static const struct key expect_keys[] = {
	{ "status", &key_smoke_statuses, .offset = offsetof(struct smoke_check,
	    status_low), .width = 2 * sizeof(uint16_t),
	    .standard = KEY_TEXT("200-299"),
	    .help = "The answer's status: `200`, or a range." },
	{ "json", &key_places, KEY_FIELD(struct smoke_check, places),
	    .help = "The answer is JSON, and at each of these JSON Pointers stands "
	    "this value: `{\"/status\": \"ok\"}`. The order of an object's members "
	    "does not count." },
	{ "contains", &key_text, KEY_FIELD(struct smoke_check, contains),
	    .help = "This text is somewhere in the answer's body." },
	{ "within", &key_duration, KEY_FIELD(struct smoke_check, within_ms),
	    .min = 10, .max = 60 * SECOND, .standard = KEY_TEXT("2s"),
	    .help = "The answer is there whole by then." },
};

static const struct key_table expect_table = {
	.about = "What the answer must be; all of it.",
	.keys = expect_keys, .count = COUNT_OF(expect_keys),
};

static const struct key smoke_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct smoke_check, name),
	    .flags = KEY_REQUIRED, .help = "What the plan and stages call it." },
	{ "method", &key_method, KEY_FIELD(struct smoke_check, method),
	    .flags = KEY_COMPUTED,
	    .help = "Default: `POST` with a body, else `GET`." },
	{ "path", &key_request_path, KEY_FIELD(struct smoke_check, path),
	    .flags = KEY_REQUIRED,
	    .help = "Behind the endpoint's URL, with a query if wanted." },
	{ "headers", &key_smoke_headers, KEY_FIELD(struct smoke_check, fields),
	    .help = "Header fields by name: `{\"authorization\": \"Bearer TOKEN\"}`. "
	    "Never shown." },
	{ "body", &key_body, KEY_FIELD(struct smoke_check, body),
	    .help = "A text is sent as it is; anything else as JSON, with its "
	    "Content-Type unless `headers` say another." },
	{ "expect", &key_object, .table = &expect_table,
	    .help = "What the answer must be." },
};

static void
check_one(struct reader *r, const struct json *object UNUSED, void *target)
{
	struct smoke_check *c = target;

	if (c->method == NULL)
		c->method = read_printf(r, "%s", c->body != NULL ? "POST" : "GET");
}

const struct key_table smoke_table = {
	.about = "A request to an endpoint of enhanced, marked by "
	"`x-understudy-leg: smoke` and in no version's numbers, and what must be "
	"answered before a stage opens (docs/decisions.md).",
	.keys = smoke_keys, .count = COUNT_OF(smoke_keys),
	.size = sizeof(struct smoke_check), .finish = check_one,
};

void
check_smoke(struct reader *r, const struct json *list, void *target)
{
	const struct rules *rules = target;
	const char *names[SMOKE_CHECKS_MAX];

	for (size_t i = 0; i < list->count; i++)
		names[i] = rules->smoke.list[i].name;
	read_distinct_names(r, list, names, "smoke check");
}
