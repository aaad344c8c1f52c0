/* target -- the three forms a request target may have here.
 * SPDX-License-Identifier: MIT
 *
 * The parser has already made sure that a target is visible ASCII.  Within
 * that we are as broad as browsers are ("|", "{", '"' unescaped in a query),
 * because bytes are forwarded as they came; only what changes *which*
 * resource is meant (a fragment, a user name, another form) is refused.
 */
#include "http/target.h"

#include <string.h>

#include "http/ascii.h"

static bool
is_port(const char *text, size_t len)
{
	unsigned port = 0;

	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
		if (port > 65535)
			return false;
	}
	return true;
}

/* The length of the bracketed literal, 0 if it is none.  What is inside is
 * checked for its letters only: IPv6, with a dotted end, no zone. */
static size_t
ip_literal_len(const char *text, size_t len)
{
	size_t i = 1;

	while (i < len && (ascii_is(text[i], ASCII_HEX) || text[i] == ':' ||
	    text[i] == '.'))
		i++;
	if (i < 3 || i >= len || text[i] != ']' ||
	    memchr(text, ':', i) == NULL)
		return 0;
	return i + 1;
}

static size_t
name_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (ascii_is(text[i], ASCII_HOST)) {
			i++;
			continue;
		}
		if (text[i] != '%' || len - i < 3 ||
		    !ascii_is(text[i + 1], ASCII_HEX) ||
		    !ascii_is(text[i + 2], ASCII_HEX))
			break;
		i += 3;
	}
	return i;
}

bool
target_is_authority(const char *text, size_t len)
{
	size_t host;

	if (len == 0)
		return false;
	host = text[0] == '[' ? ip_literal_len(text, len) :
	    name_len(text, len);
	if (host == 0)
		return false;
	if (host == len)
		return true;
	return text[host] == ':' &&
	    is_port(text + host + 1, len - host - 1);
}

static void
split_query(struct target *t, const char *text, size_t len)
{
	const char *mark = memchr(text, '?', len);

	t->path = text;
	t->path_len = len;
	if (mark == NULL)
		return;
	t->path_len = (size_t)(mark - text);
	t->query = mark + 1;
	t->query_len = len - t->path_len - 1;
}

static size_t
scheme_len(const char *text, size_t len)
{
	if (len >= 7 && ascii_equal_lower(text, "http://", 7))
		return 7;
	if (len >= 8 && ascii_equal_lower(text, "https://", 8))
		return 8;
	return 0;
}

static bool
parse_absolute(struct target *t, const char *text, size_t len, bool options,
    const char **why)
{
	size_t scheme = scheme_len(text, len), i = scheme;

	*why = "target is neither a path nor an http URL";
	if (scheme == 0)
		return false;
	while (i < len && text[i] != '/' && text[i] != '?')
		i++;
	t->form = TARGET_ABSOLUTE;
	t->authority = text + scheme;
	t->authority_len = i - scheme;
	*why = "authority of the target is not a host with an optional port";
	if (!target_is_authority(t->authority, t->authority_len))
		return false;
	split_query(t, text + i, len - i);
	if (t->path_len == 0) {
		t->path = options && t->query == NULL ? "*" : "/";
		t->path_len = 1;
	}
	return true;
}

bool
target_parse(const struct head *h, struct target *out, const char **why)
{
	const char *text = h->base + h->target_off;
	size_t len = h->target_len;

	memset(out, 0, sizeof *out);
	*why = "CONNECT is not served";
	if (head_method_is(h, "CONNECT"))
		return false;
	*why = "fragment in the target";
	if (memchr(text, '#', len) != NULL)
		return false;
	if (text[0] == '/') {
		split_query(out, text, len);
		return true;
	}
	if (len == 1 && text[0] == '*') {
		out->form = TARGET_ASTERISK;
		split_query(out, text, len);
		*why = "target \"*\" is for OPTIONS only";
		return head_method_is(h, "OPTIONS");
	}
	return parse_absolute(out, text, len, head_method_is(h, "OPTIONS"),
	    why);
}

static void
move(const char **at, const struct head *from, const char *base)
{
	/* "/" and "*" may be static. */
	if (*at >= from->base && *at < from->base + from->len)
		*at = base + (*at - from->base);
}

void
target_move(struct target *t, const struct head *from, const char *base)
{
	move(&t->path, from, base);
	move(&t->query, from, base);
	move(&t->authority, from, base);
}
