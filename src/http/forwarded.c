/* forwarded -- see forwarded.h.
 * SPDX-License-Identifier: MIT
 *
 * The walk goes from the right, the reading from the left: found is, at
 * every member, where a walk would end that has come to it through trusted
 * addresses only.  So quoted strings are read in their direction, nothing is
 * kept, and a chain of any length costs one pass.
 */
#include "http/forwarded.h"

#include <string.h>

#include "http/ascii.h"

struct walk {
	const struct network *trusted; /* borrows */
	size_t trusted_count;
	bool found;
	struct ip client;
};

/* "10.0.0.1", "10.0.0.1:80", "2001:db8::1", "[2001:db8::1]",
 * "[2001:db8::1]:80". */
static bool
node_parse(const char *text, size_t len, struct ip *out)
{
	const char *end = text + len, *colon = memchr(text, ':', len), *close;

	if (len > 0 && text[0] == '[') {
		close = memchr(text, ']', len);
		return close != NULL && (close + 1 == end || close[1] == ':') &&
		    ip_parse(text + 1, (size_t)(close - text - 1), out);
	}
	/* One colon is in front of a port, more are IPv6. */
	if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) == NULL)
		len = (size_t)(colon - text);
	return ip_parse(text, len, out);
}

static void
step(struct walk *w, const char *node, size_t len)
{
	struct ip ip;

	if (!node_parse(node, len, &ip)) {
		w->found = false;
	} else if (!w->found ||
	    !networks_have(w->trusted, w->trusted_count, &ip)) {
		w->found = true;
		w->client = ip;
	}
}

static void
walk_for(struct walk *w, const char *list, size_t len)
{
	const char *member;
	size_t pos = 0, member_len;

	while (head_next_member(list, len, &pos, &member, &member_len))
		step(w, member, member_len);
}

/* --- RFC 7239 ----------------------------------------------------------------- */

/* Where the parameter that begins at text ends: at ";" or "," outside of a
 * quoted string.  NULL: the string has no end. */
static const char *
parameter_end(const char *text, const char *end)
{
	bool quoted = false;

	for (; text < end; text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (quoted && *text == '\\')
			text++;
		else if (!quoted && (*text == ';' || *text == ','))
			return text;
	}
	return quoted || text > end ? NULL : end;
}

bool
forwarded_is_whole(const char *text, size_t len)
{
	const char *end = text + len, *stop;

	while ((stop = parameter_end(text, end)) != NULL && stop < end)
		text = stop + 1;
	return stop != NULL;
}

static void
trim(const char **text, const char **end)
{
	while (*text < *end && ascii_is_blank(**text))
		++*text;
	while (*end > *text && ascii_is_blank((*end)[-1]))
		--*end;
}

/* The value of "for=..."; false: another parameter.  Quotes go; an address
 * has nothing that would need a backslash. */
static bool
value_of_for(const char *text, const char *end, const char **value_out,
    size_t *len_out)
{
	trim(&text, &end);
	if (end - text < 4 || !ascii_equal_lower(text, "for=", 4))
		return false;
	text += 4;
	if (end - text >= 2 && *text == '"' && end[-1] == '"') {
		text++;
		end--;
	}
	*value_out = text;
	*len_out = (size_t)(end - text);
	return true;
}

static void
walk_elements(struct walk *w, const char *text, size_t len)
{
	const char *end = text + len, *stop, *node = "";
	size_t node_len = 0;
	bool is_empty = true;

	for (;; text = stop + 1) {
		const char *from = text, *to;

		stop = parameter_end(text, end);
		if (stop == NULL) {
			w->found = false;
			return;
		}
		to = stop;
		trim(&from, &to);
		is_empty = is_empty && from == to;
		(void)value_of_for(from, to, &node, &node_len);
		if (stop < end && *stop == ';')
			continue;
		/* An element without "for" names nobody. */
		if (!is_empty)
			step(w, node, node_len);
		if (stop == end)
			return;
		node = "";
		node_len = 0;
		is_empty = true;
	}
}

/* --- the head ----------------------------------------------------------------- */

static void
walk_fields(struct walk *w, const struct head *h, enum field_id id)
{
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (f->id != id)
			continue;
		if (id == FIELD_X_FORWARDED_FOR)
			walk_for(w, head_value(h, f), f->value_len);
		else
			walk_elements(w, head_value(h, f), f->value_len);
	}
}

void
forwarded_find(const struct head *h, const struct ip *peer,
    const struct network *trusted, size_t trusted_count,
    struct forwarded *out)
{
	struct walk w = { .trusted = trusted, .trusted_count = trusted_count };

	out->client = *peer;
	out->is_trusted = networks_have(trusted, trusted_count, peer);
	if (!out->is_trusted)
		return;
	walk_fields(&w, h, head_find(h, FIELD_X_FORWARDED_FOR) != NULL ?
	    FIELD_X_FORWARDED_FOR : FIELD_FORWARDED);
	if (w.found)
		out->client = w.client;
}
