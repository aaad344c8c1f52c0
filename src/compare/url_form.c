/* url_form -- see url_form.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/url_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* One byte may become three: an escape. */
struct form {
	char *start;
	char *to;
};

struct piece {
	const char *at;
	size_t len;
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_unreserved(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '.' ||
	    c == '_' || c == '~';
}

/* The byte that an escape at text stands for; -1 if there is none. */
static int
escaped(struct piece p)
{
	int high, low;

	if (p.len < 3 || p.at[0] != '%')
		return -1;
	high = text_hex_digit(p.at[1]);
	low = text_hex_digit(p.at[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static void
put_escape(struct form *f, unsigned byte)
{
	*f->to++ = '%';
	*f->to++ = "0123456789ABCDEF"[byte >> 4];
	*f->to++ = "0123456789ABCDEF"[byte & 15];
}

static void
put_bytes(struct form *f, struct piece p)
{
	memcpy(f->to, p.at, p.len);
	f->to += p.len;
}

/* Escapes where they are needed only. */
static void
put_piece(struct form *f, struct piece p, bool in_lower_case)
{
	size_t n;

	for (; p.len > 0; p.at += n, p.len -= n) {
		int byte = escaped(p);
		char c = byte < 0 ? p.at[0] : (char)byte;

		n = byte < 0 ? 1 : 3;
		if ((byte >= 0 && !is_unreserved(c)) || (unsigned char)c >= 0x80)
			put_escape(f, (unsigned char)c);
		else
			*f->to++ = in_lower_case ? lower(c) : c;
	}
}

/* Everything before the first of these bytes, taken off. */
static struct piece
take_until(struct piece *rest, const char *ends)
{
	struct piece p = { rest->at, 0 };

	while (p.len < rest->len && (rest->at[p.len] == '\0' ||
	    strchr(ends, rest->at[p.len]) == NULL))
		p.len++;
	rest->at += p.len;
	rest->len -= p.len;
	return p;
}

static bool
begins(struct piece p, const char *text)
{
	size_t len = strlen(text);

	return p.len >= len && memcmp(p.at, text, len) == 0;
}

/* "https:" put in lower case and taken off; nothing if there is none. */
static struct piece
put_scheme(struct form *f, struct piece *rest)
{
	struct piece after = *rest, p = take_until(&after, ":/?#");
	size_t i = 0;

	while (i < p.len && (is_letter(p.at[i]) || (i > 0 &&
	    (is_digit(p.at[i]) || strchr("+-.", p.at[i]) != NULL) &&
	    p.at[i] != '\0')))
		i++;
	if (p.len == 0 || i < p.len || !begins(after, ":"))
		return (struct piece){ f->start, 0 };
	put_piece(f, p, true);
	*f->to++ = ':';
	rest->at = after.at + 1;
	rest->len = after.len - 1;
	return (struct piece){ f->start, p.len };
}

static bool
is_own_port(struct piece scheme, struct piece port)
{
	static const char *const own[][2] = {
		{ "http", "80" }, { "https", "443" }, { "ws", "80" },
		{ "wss", "443" }, { "ftp", "21" },
	};

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (scheme.len == strlen(own[i][0]) && begins(scheme, own[i][0]))
			return port.len == strlen(own[i][1]) &&
			    begins(port, own[i][1]);
	return false;
}

/* Behind "//": user, host and port. */
static void
put_authority(struct form *f, struct piece scheme, struct piece p)
{
	const char *at = p.len == 0 ? NULL : memrchr(p.at, '@', p.len);
	struct piece host = p, port = { NULL, 0 };
	size_t digits = 0;

	if (at != NULL) {
		size_t user = (size_t)(at - p.at);

		put_piece(f, (struct piece){ p.at, user }, false);
		*f->to++ = '@';
		host = (struct piece){ at + 1, p.len - user - 1 };
	}
	while (digits < host.len && is_digit(host.at[host.len - 1 - digits]))
		digits++;
	if (digits < host.len && host.at[host.len - 1 - digits] == ':') {
		port = (struct piece){ host.at + host.len - digits, digits };
		host.len -= digits + 1;
	}
	put_piece(f, host, true);
	if (port.len > 0 && !is_own_port(scheme, port)) {
		*f->to++ = ':';
		put_bytes(f, port);
	}
}

static int
by_bytes(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len == 0 ? 0 : memcmp(a->at, b->at, len);

	return order != 0 ? order : a->len < b->len ? -1 : a->len > b->len;
}

/* The query as it stands in the form, its parts in order. */
static bool
sort_parts(struct piece query, struct arena *a)
{
	size_t count = 1, i = 0;
	struct piece *parts, rest = query;
	struct form f;

	for (size_t j = 0; j < query.len; j++)
		count += query.at[j] == '&';
	parts = arena_alloc(a, count * sizeof *parts);
	f.start = f.to = arena_alloc(a, query.len + 1);
	if (parts == NULL || f.start == NULL)
		return false;
	for (;;) {
		parts[i++] = take_until(&rest, "&");
		if (rest.len == 0)
			break;
		rest.at++;
		rest.len--;
	}
	qsort(parts, count, sizeof *parts, by_bytes);
	for (i = 0; i < count; i++) {
		put_bytes(&f, parts[i]);
		*f.to++ = '&';
	}
	/* Without the last "&". */
	memcpy((char *)query.at, f.start, query.len);
	return true;
}

const char *
url_form(const char *text, size_t len, bool sort_query, struct arena *a,
    size_t *len_out)
{
	char *memory = arena_alloc(a, 3 * len + 4), *query;
	struct form f = { memory, memory };
	struct piece rest = { text, len }, scheme, path;
	bool has_authority;

	if (memory == NULL)
		return NULL;
	scheme = put_scheme(&f, &rest);
	has_authority = begins(rest, "//");
	if (has_authority) {
		rest.at += 2;
		rest.len -= 2;
		put_bytes(&f, (struct piece){ "//", 2 });
		put_authority(&f, scheme, take_until(&rest, "/?#"));
	}
	path = take_until(&rest, "?#");
	put_piece(&f, path, false);
	if (path.len == 0 && has_authority)
		*f.to++ = '/';
	query = f.to;
	put_piece(&f, take_until(&rest, "#"), false);
	if (sort_query && f.to > query && !sort_parts((struct piece){ query + 1,
	    (size_t)(f.to - query - 1) }, a))
		return NULL;
	put_piece(&f, rest, false);
	*len_out = (size_t)(f.to - memory);
	return memory;
}
