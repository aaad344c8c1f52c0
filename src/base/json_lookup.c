/* json_lookup -- finding things in a tree that json.c has read.
 * SPDX-License-Identifier: MIT
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

const struct json *
json_member(const struct json *object, const char *name)
{
	size_t len = strlen(name);

	if (object == NULL || object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json *m = object->first; m != NULL; m = m->next)
		if (m->key_len == len && memcmp(m->key, name, len) == 0)
			return m;
	return NULL;
}

/* RFC 6901, section 4: digits without a leading zero. */
static const struct json *
item_of(const struct json *array, const char *token, size_t len)
{
	const struct json *item = array->first;
	size_t index = 0;

	if (len == 0 || len > 9 || (len > 1 && token[0] == '0'))
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (token[i] < '0' || token[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(token[i] - '0');
	}
	while (item != NULL && index-- > 0)
		item = item->next;
	return item;
}

/* Is the key what the token says with ~1 and ~0 undone?  A ~ of another kind
 * names nothing. */
static bool
token_is(const char *token, size_t len, const char *key, size_t key_len)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++, at++) {
		char c = token[i];

		if (c == '~') {
			if (++i == len || (token[i] != '0' && token[i] != '1'))
				return false;
			c = token[i] == '0' ? '~' : '/';
		}
		if (at == key_len || key[at] != c)
			return false;
	}
	return at == key_len;
}

static const struct json *
child_at(const struct json *parent, const char *token, size_t len)
{
	const struct json *child = parent->first;

	if (parent->kind == JSON_ARRAY)
		return item_of(parent, token, len);
	while (child != NULL && !token_is(token, len, child->key, child->key_len))
		child = child->next;
	return child;
}

const struct json *
json_at(const struct json *root, const char *pointer)
{
	while (root != NULL && *pointer == '/') {
		size_t len = strcspn(++pointer, "/");

		root = child_at(root, pointer, len);
		pointer += len;
	}
	return *pointer == '\0' ? root : NULL;
}

bool
json_text_is(const struct json *value, const char *text)
{
	return value != NULL && value->kind == JSON_STRING &&
	    value->len == strlen(text) &&
	    memcmp(value->text, text, value->len) == 0;
}

double
json_number(const struct json *value)
{
	char copy[64], *longer;
	double number;

	if (value == NULL || value->kind != JSON_NUMBER)
		return 0;
	/* strtod wants it terminated.  A long one is not cut: its last
	 * characters may be the exponent. */
	if (text_copy(copy, sizeof copy, value->text, value->len))
		return strtod(copy, NULL);
	longer = mem_try_alloc(value->len + 1);
	if (longer == NULL)
		return 0;
	text_copy(longer, value->len + 1, value->text, value->len);
	number = strtod(longer, NULL);
	free(longer);
	return number;
}

const char *
json_kind_name(enum json_kind kind)
{
	static const char *const names[JSON_KIND_COUNT] = {
		[JSON_NULL] = "null",
		[JSON_FALSE] = "boolean",
		[JSON_TRUE] = "boolean",
		[JSON_NUMBER] = "number",
		[JSON_STRING] = "string",
		[JSON_ARRAY] = "array",
		[JSON_OBJECT] = "object",
	};

	return kind < JSON_KIND_COUNT ? names[kind] : "";
}

void
json_write(const struct json *value, struct buf *out)
{
	const char *comma = "";

	switch (value->kind) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_KIND_COUNT:
		buf_puts(out, value->kind == JSON_TRUE ? "true" :
		    value->kind == JSON_FALSE ? "false" : "null");
		return;
	case JSON_NUMBER:
		buf_add(out, value->text, value->len);
		return;
	case JSON_STRING:
		buf_json_string(out, value->text, value->len);
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	buf_puts(out, value->kind == JSON_ARRAY ? "[" : "{");
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		buf_puts(out, comma);
		comma = ",";
		if (value->kind == JSON_OBJECT) {
			buf_json_string(out, v->key, v->key_len);
			buf_puts(out, ":");
		}
		json_write(v, out);
	}
	buf_puts(out, value->kind == JSON_ARRAY ? "]" : "}");
}

void
json_place(const char *text, size_t offset, size_t *line_out,
    size_t *column_out)
{
	size_t line = 1, start = 0;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] != '\n')
			continue;
		line++;
		start = i + 1;
	}
	*line_out = line;
	*column_out = offset - start + 1;
}
