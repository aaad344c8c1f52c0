/* hops -- see hops.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/hops.h"

#include <string.h>

#include "http/ascii.h"

/* More is as good as this much. */
#define LEFT_MAX UINT64_C(1000000)

static bool
read_number(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
		if (n > LEFT_MAX)
			n = LEFT_MAX;
	}
	*out = n;
	return true;
}

/* "1.1 understudy", perhaps with a comment behind it. */
static bool
is_ours(const char *member, size_t len)
{
	static const char name[] = "understudy";
	const char *space = memchr(member, ' ', len);
	size_t left;

	if (space == NULL)
		return false;
	left = len - (size_t)(space + 1 - member);
	return left >= sizeof name - 1 &&
	    memcmp(space + 1, name, sizeof name - 1) == 0 &&
	    (left == sizeof name - 1 || space[sizeof name] == ' ');
}

static bool
is_circle(const struct head *h)
{
	unsigned ours = 0;

	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];
		const char *member;
		size_t pos = 0, len;

		if (f->id != FIELD_VIA)
			continue;
		while (head_next_member(head_value(h, f), f->value_len, &pos,
		    &member, &len))
			ours += is_ours(member, len);
	}
	return ours >= HOPS_MAX;
}

enum hops
hops_check(const struct head *h)
{
	const struct field *f = head_find(h, FIELD_MAX_FORWARDS);
	uint64_t left;

	if (is_circle(h))
		return HOPS_CIRCLE;
	if (f == NULL || !head_method_is(h, "OPTIONS"))
		return HOPS_FINE;
	for (unsigned i = 0; i < h->field_count; i++)
		if (h->fields[i].id == FIELD_MAX_FORWARDS &&
		    &h->fields[i] != f)
			return HOPS_BAD;
	if (!read_number(head_value(h, f), f->value_len, &left))
		return HOPS_BAD;
	return left == 0 ? HOPS_LAST : HOPS_FINE;
}

bool
hops_left(const struct head *h, const struct field *f, uint64_t *left_out)
{
	if (f->id != FIELD_MAX_FORWARDS || !head_method_is(h, "OPTIONS") ||
	    !read_number(head_value(h, f), f->value_len, left_out) ||
	    *left_out == 0)
		return false;
	--*left_out;
	return true;
}
