/* pattern -- syntax checks for the texts of rules; contract in pattern.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/pattern.h"

#include <string.h>

static bool
fail(const char **why, const char *text)
{
	*why = text;
	return false;
}

bool
pointer_is_ok(const char *text, const char **why)
{
	if (text[0] != '/')
		return fail(why, "is not a JSON Pointer; begin it with \"/\", "
		    "like \"/userId\"");
	for (const char *p = text; *p != '\0'; p++)
		if (*p == '~' && p[1] != '0' && p[1] != '1')
			return fail(why, "has a \"~\" that is not \"~0\" (for ~) "
			    "or \"~1\" (for /); escape it");
	return true;
}

static bool
path_text_is_ok(const char *text, const char **why)
{
	if (text[0] != '/')
		return fail(why, "is not a path; begin it with \"/\"");
	if (strpbrk(text, "?# ") != NULL)
		return fail(why, "holds \"?\", \"#\" or a space; only the path "
		    "is matched, as it is on the wire");
	return true;
}

bool
route_pattern_is_ok(const char *text, const char **why)
{
	if (!path_text_is_ok(text, why))
		return false;
	if (strstr(text, "**") != NULL)
		return fail(why, "has \"**\"; one \"*\" at the end matches any "
		    "rest");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p != '*' || p[1] == '\0')
			continue;
		if (p[-1] != '/' || p[1] != '/')
			return fail(why, "has a \"*\" inside a segment; it can "
			    "stand for one whole segment or for the rest at the "
			    "end");
	}
	return true;
}

/* One segment of a template: 1 = {name}, 0 = anything plain, -1 = broken. */
static int
template_segment(const char *at, size_t len)
{
	size_t braces = 0;

	for (size_t i = 0; i < len; i++)
		if (at[i] == '{' || at[i] == '}')
			braces++;
	if (braces == 0)
		return memchr(at, '*', len) != NULL && len != 1 ? -1 : 0;
	return braces == 2 && len > 2 && at[0] == '{' && at[len - 1] == '}' ?
	    1 : -1;
}

bool
path_template_is_ok(const char *text, const char **why)
{
	unsigned names = 0;

	if (!path_text_is_ok(text, why))
		return false;
	for (const char *p = text; *p == '/';) {
		size_t len = strcspn(p + 1, "/");
		int kind = template_segment(p + 1, len);

		if (kind < 0)
			return fail(why, "has a segment that is neither plain, \"*\" "
			    "nor {name}; write it like \"/presence/{user}\"");
		names += (unsigned)kind;
		p += 1 + len;
	}
	if (names != 1)
		return fail(why, "needs exactly one {name} segment, like "
		    "\"/presence/{user}\"");
	return true;
}

bool
is_token(const char *text, size_t len)
{
	static const char extra[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');

		if (!alnum && (c == '\0' || strchr(extra, c) == NULL))
			return false;
	}
	return len > 0;
}

bool
is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return len > 0;
}
