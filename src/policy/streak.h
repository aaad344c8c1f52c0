/* streak -- failures of enhanced in a row, and what legacy did meanwhile.
 * SPDX-License-Identifier: MIT
 *
 * The breaker in the path: it trips at breaker.consecutive failures without a
 * success between them.  Half as many are enough while legacy is well: it has
 * answered often enough since the first of them, and next to nothing failed.
 * What fails both, as a network does, needs the whole row.  One user who asks
 * again and again for what fails is one failure.
 *
 * A struct of one worker, or of a replay; no clock.
 */
#ifndef POLICY_STREAK_H
#define POLICY_STREAK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/guard_rules.h"

/* Legacy is well: so many answers since the row began, one in so many bad. */
#define STREAK_LEGACY_MIN 20
#define STREAK_LEGACY_WELL 20

struct streak {
	uint32_t failures;                /* in a row */
	uint32_t bucket;                  /* whose the last was */
	uint32_t legacy, legacy_failures; /* since the first of them */
};

enum streak_end {
	STREAK_GOES_ON = 0,
	STREAK_WHOLE, /* trips: the whole row */
	STREAK_HALF,  /* trips: half of it, and legacy is well */
};

void streak_clear(struct streak *s);
/* Half of the row, rounded up. */
uint32_t streak_half(const struct breaker *b);
/* What enhanced gave a user: bucket is his, or BUCKET_NONE. */
enum streak_end streak_add(struct streak *s, const struct breaker *b,
    uint32_t bucket, bool failed);

/* What legacy gave anybody, shadows too; in the path of each of its answers. */
static inline void
streak_add_legacy(struct streak *s, bool failed)
{
	if (s->failures == 0)
		return;
	s->legacy++;
	s->legacy_failures += failed;
}

#endif
