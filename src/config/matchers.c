/* matchers -- the types of values that rules match and limit with.
 * SPDX-License-Identifier: MIT
 *
 * Identity sources, route patterns, methods, fallback causes, pointers.
 * Everything is brought to the form in which a request is compared with it
 * (header names in lower case), so the hot path only reads.  Contract in
 * keys.h.
 */
#include <string.h>

#include "config/config.h"
#include "config/keys.h"
#include "config/pattern.h"
#include "config/read.h"
#include "config/words.h"

#define NAME_MAX_BYTES 63 /* struct rollout_state.stage */
#define MATCH_TEXT_MAX 1024

static char *
lower_copy(struct reader *r, const struct json *value)
{
	char *text = read_copy(r, value->text, value->len);

	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return text;
}

static bool
fault_token(struct reader *r, const struct json *value, const char *what)
{
	char shown[SHOWN_MAX];

	return read_fault(r, value, "%s is not the name of a %s; use letters, "
	    "digits and \"-\"", read_shown(value, shown), what);
}

static void
schema_string(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"minLength\": 1");
}

/* --- names ----------------------------------------------------------------- */

/* A row without a field is only checked: "stage" becomes an index later. */
static bool
read_name(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX], *name;

	if (!read_is_text(r, value, NAME_MAX_BYTES, key->type->expects))
		return false;
	if (!is_name(value->text, value->len))
		return read_fault(r, value, "%s is not a name; use letters, digits, "
		    "\"-\", \"_\" and \".\"", read_shown(value, shown));
	name = read_copy(r, value->text, value->len);
	if (key->width > 0)
		memcpy(key_field(key, target), &name, sizeof name);
	return true;
}

static void
schema_name(const struct key *key, struct buf *out)
{
	(void)key;
	buf_printf(out, "\"type\": \"string\", \"pattern\": "
	    "\"^[A-Za-z0-9._-]{1,%d}$\"", NAME_MAX_BYTES);
}

/* --- identity ---------------------------------------------------------------- */

static bool
source_name_is_ok(struct reader *r, enum source_kind kind,
    const struct json *value)
{
	const char *text = read_copy(r, value->text, value->len), *why = NULL;
	char shown[SHOWN_MAX];
	bool ok = true;

	switch (kind) {
	case SOURCE_HEADER:
	case SOURCE_COOKIE:
		return is_token(value->text, value->len) ||
		    fault_token(r, value, source_kind_name(kind));
	case SOURCE_PATH:
		ok = path_template_is_ok(text, &why);
		break;
	case SOURCE_BODY:
		ok = pointer_is_ok(text, &why);
		break;
	case SOURCE_CLIENT:
		ok = strcmp(text, "address") == 0;
		why = "is nothing that is known of a client; write \"address\"";
		break;
	case SOURCE_QUERY:
	case SOURCE_JWT_CLAIM:
	case SOURCE_COUNT:
		break;
	}
	return ok || read_fault(r, value, "%s %s", read_shown(value, shown), why);
}

/* tag: the source_kind.  The table's struct is struct source. */
static bool
read_source(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct source *s = target;
	enum source_kind kind = (enum source_kind)key->tag;

	if (!read_is_text(r, value, MATCH_TEXT_MAX, key->type->expects) ||
	    !source_name_is_ok(r, kind, value))
		return false;
	s->kind = kind;
	s->name = kind == SOURCE_HEADER ? lower_copy(r, value) :
	    read_copy(r, value->text, value->len);
	s->name_len = value->len;
	return true;
}

/* --- routes ------------------------------------------------------------------ */

static bool
read_pattern(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;
	const char *why;

	if (!read_is_text(r, value, MATCH_TEXT_MAX, key->type->expects))
		return false;
	text = read_copy(r, value->text, value->len);
	if (!route_pattern_is_ok(text, &why))
		return read_fault(r, value, "%s %s", read_shown(value, shown), why);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static void
schema_text_list(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"array\", \"minItems\": %.0f, "
	    "\"items\": {\"type\": \"string\", \"minLength\": 1}", key->min);
}

static bool
method_is_ok(struct reader *r, const struct json *item)
{
	char shown[SHOWN_MAX];

	if (!read_is_text(r, item, 32, "a method like \"POST\""))
		return false;
	if (!is_token(item->text, item->len))
		return fault_token(r, item, "method");
	for (size_t i = 0; i < item->len; i++)
		if (item->text[i] >= 'a' && item->text[i] <= 'z')
			return read_fault(r, item, "%s has lower-case letters, and "
			    "methods are case-sensitive; write it like \"POST\"",
			    read_shown(item, shown));
	return true;
}

static bool
read_methods(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char **methods;

	if (!read_text_list(r, key, value, &methods, method_is_ok))
		return false;
	memcpy(key_field(key, target), &methods, sizeof methods);
	return true;
}

/* --- header names ------------------------------------------------------------ */

static bool
header_is_ok(struct reader *r, const struct json *item)
{
	if (!read_is_text(r, item, MATCH_TEXT_MAX, "a header's name in quotes"))
		return false;
	return is_token(item->text, item->len) || fault_token(r, item, "header");
}

static bool
read_header_names(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char **names;

	if (!read_text_list(r, key, value, &names, header_is_ok))
		return false;
	for (char **name = names; *name != NULL; name++)
		for (char *p = *name; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
	memcpy(key_field(key, target), &names, sizeof names);
	memcpy((char *)target + key->count_offset, &value->count,
	    sizeof value->count);
	return true;
}

/* --- failures ------------------------------------------------------------- */

static bool
failure_is_ok(struct reader *r, const struct json *item)
{
	char shown[SHOWN_MAX];

	if (item->kind == JSON_STRING &&
	    word_index(fallback_words, item->text, item->len) >= 0)
		return true;
	return read_fault(r, item, "%s is not a kind of failure; write "
	    "\"connect\", \"timeout\", \"5xx\" or \"invalid\"",
	    read_shown(item, shown));
}

static bool
read_failures(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	unsigned bits = 0;
	char **names;

	if (!read_text_list(r, key, value, &names, failure_is_ok))
		return false;
	for (; *names != NULL; names++)
		bits |= 1u << word_index(fallback_words, *names, strlen(*names));
	memcpy(key_field(key, target), &bits, sizeof bits);
	return true;
}

static void
schema_failures(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"array\", \"items\": {\"enum\": [");
	for (size_t i = 0; fallback_words[i] != NULL; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "", fallback_words[i]);
	buf_puts(out, "]}");
}

/* --- comparison ------------------------------------------------------- */

/* The empty pointer is the whole answer. */
static bool
place_is_ok(struct reader *r, const struct json *item)
{
	char shown[SHOWN_MAX];
	const char *why;

	if (item->kind == JSON_STRING && item->len == 0)
		return true;
	if (!read_is_text(r, item, MATCH_TEXT_MAX, "a JSON Pointer like "
	    "\"/usage/*\""))
		return false;
	return pointer_is_ok(read_copy(r, item->text, item->len), &why) ||
	    read_fault(r, item, "%s %s", read_shown(item, shown), why);
}

static void
schema_pointer(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"pattern\": \"^(/.*)?$\"");
}

static bool
read_pointer(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char *text;

	if (!place_is_ok(r, value))
		return false;
	text = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static bool
read_pointers(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char **pointers;

	if (!read_text_list(r, key, value, &pointers, place_is_ok))
		return false;
	memcpy(key_field(key, target), &pointers, sizeof pointers);
	memcpy((char *)target + key->count_offset, &value->count,
	    sizeof value->count);
	return true;
}

const struct key_type key_name = { "name", "a name in quotes", read_name,
	NULL, schema_name };
const struct key_type key_source = { "text", "a text in quotes", read_source,
	NULL, schema_string };
const struct key_type key_pattern = { "path pattern",
	"a path pattern like \"/api/v1/*\"", read_pattern, NULL, schema_string };
const struct key_type key_methods = { "list of methods",
	"a list of methods like [\"POST\"]", read_methods, NULL,
	schema_text_list };
const struct key_type key_failures = { "list of words",
	"a list like [\"connect\", \"timeout\", \"5xx\", \"invalid\"]",
	read_failures, NULL, schema_failures };
const struct key_type key_pointer = { "JSON Pointer",
	"a JSON Pointer like \"/usage/*\"", read_pointer, NULL, schema_pointer };
const struct key_type key_pointers = { "list of JSON Pointers",
	"a list of JSON Pointers in [ ]", read_pointers, NULL,
	schema_text_list };
const struct key_type key_header_names = { "list of header names",
	"a list of header names in [ ]", read_header_names, NULL,
	schema_text_list };
