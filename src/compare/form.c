/* form -- application/x-www-form-urlencoded as a tree.
 * SPDX-License-Identifier: MIT
 */
#include "compare/form.h"

#include <string.h>

#include "base/text.h"
#include "compare/tree.h"

/* Two hex digits behind a "%", or -1. */
static int
escaped_byte(const char *p, const char *end)
{
	int high, low;

	if (end - p < 3)
		return -1;
	high = text_hex_digit(p[1]);
	low = text_hex_digit(p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* The decoded text at *out, which moves on behind it. */
static struct bytes
unescape(const char *p, const char *end, char **out)
{
	char *start = *out, *o = start;

	for (; p < end; p++) {
		int byte = *p == '%' ? escaped_byte(p, end) : -1;

		*o++ = byte >= 0 ? (char)byte : *p == '+' ? ' ' : *p;
		p += byte >= 0 ? 2 : 0;
	}
	*out = o;
	return (struct bytes){ start, (size_t)(o - start) };
}

static bool
read_field(const char *p, const char *end, char **out, struct arena *a,
    struct tree_field *f)
{
	const char *equal = memchr(p, '=', (size_t)(end - p));
	struct bytes name = unescape(p, equal != NULL ? equal : end, out);
	struct bytes value = unescape(equal != NULL ? equal + 1 : end, end, out);

	f->name = name.at;
	f->name_len = name.len;
	f->value = tree_string(a, value.at, value.len);
	return f->value != NULL;
}

static size_t
count_fields(struct bytes text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == '&';
	return n;
}

const struct json *
form_read(struct bytes text, struct arena *a)
{
	struct tree_field *fields = arena_alloc(a,
	    count_fields(text) * sizeof *fields);
	const char *p = text.at, *end = p + text.len;
	char *out = arena_alloc(a, text.len);
	size_t count = 0;

	if (fields == NULL || out == NULL)
		return NULL;
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp != NULL ? amp : end;

		if (stop > p) {
			fields[count].position = count;
			if (!read_field(p, stop, &out, a, &fields[count++]))
				return NULL;
		}
		p = amp != NULL ? amp + 1 : end;
	}
	return tree_of_fields(a, fields, count);
}
