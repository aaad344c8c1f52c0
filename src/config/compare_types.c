/* compare_types -- the types of values that only "compare" has.
 * SPDX-License-Identifier: MIT
 *
 * Contract in compare_keys.h.
 */
#include <string.h>

#include "base/compiler.h"
#include "config/compare_keys.h"
#include "config/compare_rules.h"
#include "config/pattern.h"
#include "config/read.h"

#define PATTERN_MAX_BYTES 4096
#define DECIMAL_MAX_BYTES 64

/* Compiled here, so that a broken one is a fault with its place; freed with
 * the rules. */
struct regex *
read_pattern_text(struct reader *r, const struct json *value,
    enum regex_span span)
{
	char shown[SHOWN_MAX], why[REGEX_WHY_MAX];
	struct regex *regex;
	size_t offset;

	if (!read_is_text(r, value, PATTERN_MAX_BYTES,
	    "a regular expression in quotes"))
		return NULL;
	regex = regex_new(value->text, value->len, span, why, &offset);
	if (regex == NULL)
		read_fault(r, value, "%s is not a regular expression (%s, "
		    "behind byte %zu); correct it, and mind that JSON wants "
		    "\"\\\\\" for each \"\\\"", read_shown(value, shown), why,
		    offset);
	return regex;
}

static bool
read_regex(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct regex *regex = read_pattern_text(r, value, REGEX_WHOLE);

	if (regex == NULL)
		return false;
	memcpy(key_field(key, target), &regex, sizeof regex);
	return true;
}

static void
schema_regex(const struct key *key, struct buf *out)
{
	(void)key;
	buf_printf(out, "\"type\": \"string\", \"minLength\": 1, "
	    "\"maxLength\": %d", PATTERN_MAX_BYTES);
}

/* Kept as it is written, so that nothing is rounded. */
static bool
read_decimal(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;

	if (value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	if (value->text[0] == '-' || value->len > DECIMAL_MAX_BYTES)
		return read_fault(r, value, "%s is out of range; write 0 or more, "
		    "in at most %d digits", read_shown(value, shown),
		    DECIMAL_MAX_BYTES);
	text = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static void
schema_decimal(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"number\", \"minimum\": 0");
}

/* What lets somebody in is never looked at, and so never kept. */
static bool
is_secret(const char *name)
{
	static const char *const secrets[] = { "set-cookie", "set-cookie2",
		"cookie", "authorization", "proxy-authorization",
		"authentication-info", "proxy-authentication-info" };

	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		if (strcmp(secrets[i], name) == 0)
			return true;
	return false;
}

static bool
read_header(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *name;

	if (!read_is_text(r, value, HEADER_NAME_MAX, key->type->expects))
		return false;
	if (!is_token(value->text, value->len))
		return read_fault(r, value, "%s is not the name of a header; use "
		    "letters, digits and \"-\"", read_shown(value, shown));
	name = read_copy(r, value->text, value->len);
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	if (is_secret(name))
		return read_fault(r, value, "%s carries credentials, which are "
		    "never looked at; remove it", read_shown(value, shown));
	memcpy(key_field(key, target), &name, sizeof name);
	return true;
}

static void
schema_header(const struct key *key, struct buf *out)
{
	(void)key;
	buf_printf(out, "\"type\": \"string\", \"minLength\": 1, "
	    "\"maxLength\": %d", HEADER_NAME_MAX);
}

const struct key_type key_header = { "header",
	"the name of a header in quotes", read_header, NULL, schema_header };
const struct key_type key_regex = { "regular expression",
	"a regular expression in quotes", read_regex, NULL, schema_regex };
const struct key_type key_decimal = { "number", "a number like 0.01",
	read_decimal, NULL, schema_decimal };
