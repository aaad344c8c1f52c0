/* room -- output of a decoder, growing in an arena, bounded against bombs.
 * SPDX-License-Identifier: MIT
 *
 * Nobody knows how much comes out of a compressed body before it is out.  A
 * room doubles until DECODE_MAX bytes, and from DECODE_FREE on until
 * DECODE_RATIO times what went in.  Decoders write at out + used, and say
 * through used how far they came.  Pure; the memory is the arena's.
 */
#ifndef COMPARE_ROOM_H
#define COMPARE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"

#define DECODE_MAX ((size_t)8 << 20)
#define DECODE_FREE ((size_t)256 << 10)
#define DECODE_RATIO 256

struct bytes {
	const char *at; /* borrows; never NULL */
	size_t len;
};

struct room {
	struct arena *arena; /* borrows */
	char *out;           /* in the arena */
	size_t used, space;
	size_t max;          /* never more space than this */
	const char *why;     /* static; NULL while all is well */
};

/* in_len: of what is decoded. */
void room_init(struct room *r, struct arena *a, size_t in_len);
/* More space, what was written moving along.  false: that would be too much,
 * and r->why says so. */
bool room_grow(struct room *r) MUST_CHECK;
/* Set why and return false. */
bool room_fail(struct room *r, const char *why);
/* What was written. */
struct bytes room_bytes(const struct room *r);

#endif
