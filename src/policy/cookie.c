/* cookie -- one cookie out of the Cookie fields; contract in cookie.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/cookie.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One pair, between two ";". */
static bool
pair_is(const char *pair, const char *end, const char *name,
    size_t name_len, const char **value_out, size_t *value_len_out)
{
	const char *value;

	while (pair < end && is_blank(*pair))
		pair++;
	while (end > pair && is_blank(end[-1]))
		end--;
	if ((size_t)(end - pair) <= name_len || pair[name_len] != '=' ||
	    memcmp(pair, name, name_len) != 0)
		return false;
	value = pair + name_len + 1;
	if (end - value >= 2 && *value == '"' && end[-1] == '"') {
		value++;
		end--;
	}
	*value_out = value;
	*value_len_out = (size_t)(end - value);
	return true;
}

static bool
find_in_field(const char *text, size_t len, const char *name,
    size_t name_len, const char **value_out, size_t *value_len_out)
{
	const char *end = text + len;

	while (text < end) {
		const char *semicolon = memchr(text, ';', (size_t)(end - text));
		const char *pair_end = semicolon != NULL ? semicolon : end;

		if (pair_is(text, pair_end, name, name_len, value_out,
		    value_len_out))
			return true;
		text = pair_end + 1;
	}
	return false;
}

bool
cookie_find(const struct head *h, const char *name, size_t name_len,
    const char **value_out, size_t *value_len_out)
{
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (f->id == FIELD_COOKIE && find_in_field(head_value(h, f),
		    f->value_len, name, name_len, value_out, value_len_out))
			return true;
	}
	return false;
}
