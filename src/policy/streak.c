/* streak -- see streak.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/streak.h"

#include "policy/bucket.h"

void
streak_clear(struct streak *s)
{
	*s = (struct streak){ .bucket = BUCKET_NONE };
}

uint32_t
streak_half(const struct breaker *b)
{
	return b->consecutive - b->consecutive / 2;
}

static bool
legacy_is_well(const struct streak *s)
{
	return s->legacy >= STREAK_LEGACY_MIN &&
	    s->legacy_failures <= s->legacy / STREAK_LEGACY_WELL;
}

enum streak_end
streak_add(struct streak *s, const struct breaker *b, uint32_t bucket,
    bool failed)
{
	bool again = bucket != BUCKET_NONE && bucket == s->bucket;

	if (!failed) {
		streak_clear(s);
		return STREAK_GOES_ON;
	}
	if (again)
		return STREAK_GOES_ON;
	s->bucket = bucket;
	s->failures++;
	if (!b->enabled || b->consecutive == 0)
		return STREAK_GOES_ON;
	if (s->failures >= b->consecutive)
		return STREAK_WHOLE;
	return s->failures >= streak_half(b) && legacy_is_well(s) ?
	    STREAK_HALF : STREAK_GOES_ON;
}
