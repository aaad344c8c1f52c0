/* room -- output of a decoder, growing in an arena, bounded against bombs.
 * SPDX-License-Identifier: MIT
 */
#include "compare/room.h"

#include <string.h>

void
room_init(struct room *r, struct arena *a, size_t in_len)
{
	size_t max = in_len < DECODE_MAX / DECODE_RATIO ?
	    in_len * DECODE_RATIO : DECODE_MAX;
	size_t first = in_len < DECODE_MAX / 4 ? in_len * 4 + 1024 : DECODE_MAX;

	memset(r, 0, sizeof *r);
	r->arena = a;
	r->max = max < DECODE_FREE ? DECODE_FREE : max;
	/* What the first room_grow() doubles. */
	r->space = first / 2;
}

bool
room_fail(struct room *r, const char *why)
{
	r->why = why;
	return false;
}

bool
room_grow(struct room *r)
{
	size_t space = r->space * 2 < r->max ? r->space * 2 : r->max;
	char *out;

	if (r->used == r->max)
		return room_fail(r, "decodes to too much");
	out = arena_alloc(r->arena, space);
	if (out == NULL)
		return room_fail(r, "is too large");
	if (r->used > 0)
		memcpy(out, r->out, r->used);
	r->out = out;
	r->space = space;
	return true;
}

struct bytes
room_bytes(const struct room *r)
{
	return (struct bytes){ r->used > 0 ? r->out : "", r->used };
}
