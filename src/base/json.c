/* json -- see json.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/text.h"

struct reader {
	struct arena *arena;
	const char *text;
	size_t at, len;
	unsigned depth;
	bool refuse_duplicates;
	struct json_fault *fault;
};

static const char too_much_memory[] = "document needs too much memory";

static struct json *
fail(struct reader *r, const char *message)
{
	if (r->fault->message == NULL) {
		r->fault->offset = r->at;
		r->fault->message = message;
	}
	return NULL;
}

static void
skip_space(struct reader *r)
{
	while (r->at < r->len) {
		char c = r->text[r->at];

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return;
		r->at++;
	}
}

static int
peek(const struct reader *r)
{
	return r->at < r->len ? (unsigned char)r->text[r->at] : -1;
}

/* --- strings ------------------------------------------------------------------ */

static int
hex4(const struct reader *r, size_t at)
{
	int value = 0;

	if (at + 4 > r->len)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int digit = text_hex_digit(r->text[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* r->at is behind "\u". */
static char *
unescape_unicode(struct reader *r, char *out)
{
	int code = hex4(r, r->at), low;

	if (code < 0) {
		fail(r, "\\u needs four hex digits");
		return NULL;
	}
	r->at += 4;
	if (code < 0xd800 || code > 0xdfff)
		return text_utf8_put(out, (unsigned)code);
	if (code > 0xdbff || r->at + 2 > r->len || r->text[r->at] != '\\' ||
	    r->text[r->at + 1] != 'u' || (low = hex4(r, r->at + 2)) < 0xdc00 ||
	    low > 0xdfff) {
		fail(r, "half of a surrogate pair");
		return NULL;
	}
	r->at += 6;
	return text_utf8_put(out, 0x10000 + ((unsigned)(code - 0xd800) << 10) +
	    (unsigned)(low - 0xdc00));
}

/* r->at is behind the backslash. */
static char *
unescape(struct reader *r, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);
	const char *found = c > 0 ? strchr(from, c) : NULL;

	r->at++;
	if (c == 'u')
		return unescape_unicode(r, out);
	if (found == NULL) {
		r->at--;
		fail(r, "unknown escape in a string");
		return NULL;
	}
	*out++ = to[found - from];
	return out;
}

/* As json_plain_end(), in offsets. */
static size_t
plain_end(const struct reader *r, size_t at, bool *has_high)
{
	uint64_t high;
	const char *end = json_plain_end(r->text + at, r->text + r->len, &high);

	*has_high = high != 0;
	return (size_t)(end - r->text);
}

/* The length of the string's source, up to its closing quote; SIZE_MAX if it
 * has none. */
static size_t
source_length(const struct reader *r)
{
	size_t at = r->at;

	while (at < r->len && r->text[at] != '"')
		at += r->text[at] == '\\' ? 2 : 1;
	return at < r->len ? at - r->at : SIZE_MAX;
}

/* The fault is at the first byte that does not fit. */
static bool
check_utf8(struct reader *r, size_t end)
{
	size_t good = text_utf8_prefix(r->text + r->at, end - r->at);

	if (good == end - r->at)
		return true;
	r->at += good;
	return fail(r, "a string is not UTF-8") != NULL;
}

static bool
read_escaped(struct reader *r, const char **text_out, size_t *len_out)
{
	size_t space = source_length(r);
	char *start, *out;
	bool high;

	if (space == SIZE_MAX) {
		r->at = r->len;
		return fail(r, "a string has no end") != NULL;
	}
	start = out = arena_alloc(r->arena, space + 1);
	if (start == NULL)
		return fail(r, too_much_memory) != NULL;
	for (;;) {
		size_t end = plain_end(r, r->at, &high);

		if (high && !check_utf8(r, end))
			return false;
		memcpy(out, r->text + r->at, end - r->at);
		out += end - r->at;
		r->at = end;
		if (peek(r) == '"')
			break;
		if (peek(r) != '\\')
			return fail(r, "control character in a string") != NULL;
		r->at++;
		out = unescape(r, out);
		if (out == NULL)
			return false;
	}
	r->at++;
	*out = '\0';
	*text_out = start;
	*len_out = (size_t)(out - start);
	return true;
}

/* r->at is on the opening quote.  A string without escapes stays where it
 * is, in the input. */
static bool
read_string(struct reader *r, const char **text_out, size_t *len_out)
{
	bool high;
	size_t end = plain_end(r, r->at + 1, &high);

	r->at++;
	if (end < r->len && r->text[end] == '"') {
		if (high && !check_utf8(r, end))
			return false;
		*text_out = r->text + r->at;
		*len_out = end - r->at;
		r->at = end + 1;
		return true;
	}
	return read_escaped(r, text_out, len_out);
}

/* --- values ------------------------------------------------------------------- */

static size_t
skip_digits(struct reader *r)
{
	size_t start = r->at;

	while (r->at < r->len && r->text[r->at] >= '0' && r->text[r->at] <= '9')
		r->at++;
	return r->at - start;
}

static struct json *
read_number(struct reader *r, struct json *v)
{
	size_t start = r->at;

	if (peek(r) == '-')
		r->at++;
	if (peek(r) == '0')
		r->at++;
	else if (skip_digits(r) == 0)
		return fail(r, "not a value");
	if (peek(r) == '.') {
		r->at++;
		if (skip_digits(r) == 0)
			return fail(r, "a number needs digits behind its point");
	}
	if (peek(r) == 'e' || peek(r) == 'E') {
		r->at++;
		if (peek(r) == '+' || peek(r) == '-')
			r->at++;
		if (skip_digits(r) == 0)
			return fail(r, "a number needs digits in its exponent");
	}
	v->kind = JSON_NUMBER;
	v->text = r->text + start;
	v->len = r->at - start;
	return v;
}

static struct json *
read_word(struct reader *r, struct json *v, const char *word,
    enum json_kind kind)
{
	size_t len = strlen(word);

	if (r->len - r->at < len || memcmp(r->text + r->at, word, len) != 0)
		return fail(r, "not a value");
	v->kind = kind;
	v->text = r->text + r->at;
	v->len = len;
	r->at += len;
	return v;
}

static struct json *read_value(struct reader *r);

/* By name, and of the same name the later one last. */
static int
compare_members(const void *a, const void *b)
{
	const struct json *l = *(struct json *const *)a;
	const struct json *r = *(struct json *const *)b;
	int order;

	if (l->key_len != r->key_len)
		return l->key_len < r->key_len ? -1 : 1;
	order = memcmp(l->key, r->key, l->key_len);
	if (order == 0)
		order = l->key_offset < r->key_offset ? -1 : 1;
	return order;
}

/* Sorted, because a peer may send an object of thousands of members and
 * comparing each with each would take it seconds of our time. */
static bool
are_names_unique(struct reader *r, const struct json *object)
{
	const struct json **members, *second = NULL;
	size_t count = 0;

	if (object->count < 2)
		return true;
	members = arena_alloc(r->arena, object->count * sizeof *members);
	if (members == NULL)
		return fail(r, too_much_memory) != NULL;
	for (const struct json *m = object->first; m != NULL; m = m->next)
		members[count++] = m;
	qsort(members, count, sizeof *members, compare_members);
	for (size_t i = 1; i < count; i++)
		if (members[i]->key_len == members[i - 1]->key_len &&
		    memcmp(members[i]->key, members[i - 1]->key,
		    members[i]->key_len) == 0 && (second == NULL ||
		    members[i]->key_offset < second->key_offset))
			second = members[i];
	if (second == NULL)
		return true;
	r->at = second->key_offset;
	return fail(r, "a second member of that name") != NULL;
}

static struct json *
read_member(struct reader *r)
{
	const char *key;
	size_t key_len, key_at;
	struct json *child;

	skip_space(r);
	key_at = r->at;
	if (peek(r) != '"')
		return fail(r, "a member's name must be a string");
	if (!read_string(r, &key, &key_len))
		return NULL;
	if (key_len > UINT32_MAX)
		return fail(r, "a member's name is too long");
	skip_space(r);
	if (peek(r) != ':')
		return fail(r, "a colon must follow a member's name");
	r->at++;
	child = read_value(r);
	if (child != NULL) {
		child->key = key;
		child->key_len = (uint32_t)key_len;
		child->key_offset = key_at;
	}
	return child;
}

/* Arrays and objects: r->at is on the bracket. */
static struct json *
read_children(struct reader *r, struct json *v, bool is_object)
{
	const int close = is_object ? '}' : ']';
	struct json **end = &v->first, *child;

	v->kind = is_object ? JSON_OBJECT : JSON_ARRAY;
	if (++r->depth > JSON_DEPTH_MAX)
		return fail(r, "nested too deeply");
	r->at++;
	skip_space(r);
	if (peek(r) == close) {
		r->at++;
		r->depth--;
		return v;
	}
	for (;;) {
		child = is_object ? read_member(r) : read_value(r);
		if (child == NULL)
			return NULL;
		*end = child;
		end = &child->next;
		v->count++;
		skip_space(r);
		if (peek(r) != ',')
			break;
		r->at++;
	}
	if (peek(r) != close)
		return fail(r, is_object ? "an object must go on with , or }" :
		    "an array must go on with , or ]");
	r->at++;
	r->depth--;
	if (is_object && r->refuse_duplicates && !are_names_unique(r, v))
		return NULL;
	return v;
}

static struct json *
read_value(struct reader *r)
{
	struct json *v = arena_zalloc(r->arena, sizeof *v);

	if (v == NULL)
		return fail(r, too_much_memory);
	skip_space(r);
	v->offset = r->at;
	switch (peek(r)) {
	case -1:
		return fail(r, "a value is missing");
	case '{':
		return read_children(r, v, true);
	case '[':
		return read_children(r, v, false);
	case '"':
		v->kind = JSON_STRING;
		return read_string(r, &v->text, &v->len) ? v : NULL;
	case 't':
		return read_word(r, v, "true", JSON_TRUE);
	case 'f':
		return read_word(r, v, "false", JSON_FALSE);
	case 'n':
		return read_word(r, v, "null", JSON_NULL);
	default:
		return read_number(r, v);
	}
}

struct json *
json_parse(struct arena *a, const char *text, size_t len,
    bool refuse_duplicates, struct json_fault *fault)
{
	struct reader r = { .arena = a, .text = text, .len = len,
		.refuse_duplicates = refuse_duplicates, .fault = fault };
	struct json *root;

	*fault = (struct json_fault){ 0 };
	root = read_value(&r);
	if (root == NULL)
		return NULL;
	skip_space(&r);
	if (r.at < r.len)
		return fail(&r, "text behind the document's end");
	return root;
}
