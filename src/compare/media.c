/* media -- what a Content-Type says.
 * SPDX-License-Identifier: MIT
 */
#include "compare/media.h"

#include <string.h>

#include "base/text.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t
media_len(const char *type)
{
	size_t len = strcspn(type, ";");

	while (len > 0 && is_blank(type[len - 1]))
		len--;
	return len;
}

bool
media_is(const char *type, const char *name)
{
	size_t len = media_len(type);

	return len == strlen(name) && memcmp(type, name, len) == 0;
}

bool
media_begins(const char *type, const char *prefix)
{
	return strncmp(type, prefix, strlen(prefix)) == 0;
}

bool
media_ends(const char *type, const char *suffix)
{
	size_t len = media_len(type), n = strlen(suffix);

	return len > n && memcmp(type + len - n, suffix, n) == 0;
}

/* A token or a quoted string at p, without its quotes; returns where it ends.
 * What does not fit is cut: *len_out tells. */
static const char *
read_value(const char *p, char *out, size_t space, size_t *len_out)
{
	bool quoted = *p == '"';
	size_t len = 0;

	p += quoted;
	while (*p != '\0' && *p != (quoted ? '"' : ';')) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		if (len < space)
			out[len] = *p;
		len++;
		p++;
	}
	while (!quoted && len > 0 && is_blank(p[-1])) {
		len--;
		p--;
	}
	*len_out = len;
	return p;
}

bool
media_param(const char *type, const char *name, char *out, size_t space)
{
	const char *p = type + strcspn(type, ";");

	while (*p == ';') {
		size_t len;
		bool wanted;

		for (p++; is_blank(*p);)
			p++;
		len = strcspn(p, "=;");
		wanted = text_equal_nocase(p, len, name, strlen(name));
		p += len;
		if (*p != '=')
			continue;
		p = read_value(p + 1, out, space, &len);
		if (wanted && len < space) {
			out[len] = '\0';
			return true;
		}
		p += strcspn(p, ";");
	}
	return false;
}
