/* weights -- how much one user counts, and who has been seen on which side.
 * SPDX-License-Identifier: MIT
 *
 * Users are told apart by their bucket; the few who share one share its
 * weight.  One user whose every request fails would otherwise look like a
 * version that fails: in evidence that is gathered over a whole stage, each
 * bucket counts up to its WEIGHT_MAX-th failure on either version, and what it
 * asks after that is excess.  In a stage of weeks nobody would be left, so for
 * evidence that begins anew while it lasts (control/fresh.h) there is a second
 * count, by spells: in each, everybody counts up to his WEIGHT_MAX-th failure
 * again.  And if buckets are not seen on the sides in the
 * proportion in which they were drawn, something loses users on one of them,
 * and no rate can be believed.
 */
#ifndef OBSERVE_WEIGHTS_H
#define OBSERVE_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/version.h"

#define WEIGHT_BUCKETS 100000
#define WEIGHT_MAX 3
#define WEIGHT_WORDS ((WEIGHT_BUCKETS + 63) / 64)

/* What a leg is in: bits. */
enum weight {
	WEIGHT_OF_STAGE = 1, /* evidence of the stage */
	WEIGHT_OF_SPELL = 2, /* evidence of what came lately */
	WEIGHT_OF_RATE = 4,  /* the breaker's rate */
};
#define WEIGHT_OF_ALL (WEIGHT_OF_STAGE | WEIGHT_OF_SPELL | WEIGHT_OF_RATE)

/* Shared by all workers; written only when something fails. */
struct weights {
	/* Of the stage in the lower half, of the spell in the upper. */
	_Atomic uint8_t failures[VERSION_COUNT][WEIGHT_BUCKETS];
};

/* In which evidence (of stage and spell) does what that user got of that version
 * count?  Known before
 * it is looked at, or what is left would be no sample: once WEIGHT_MAX of his
 * requests have failed, neither his failures nor his successes do.  Who has no
 * bucket always counts. */
unsigned weights_take(struct weights *w, enum version v, uint32_t bucket,
    bool failure) MUST_CHECK;
/* A stage begins: everybody counts again. */
void weights_clear(struct weights *w);
/* A spell begins: everybody counts again, but for the stage. */
void weights_renew(struct weights *w);

/* Whose failure was the last, on either version; of one worker.  The breaker looks
 * at seconds, and must do so of a few users, too, who have all failed before: of
 * it only a failure of the user whose the last one was is left out. */
struct repeats {
	uint32_t buckets[VERSION_COUNT];
};
void repeats_clear(struct repeats *r);
/* WEIGHT_OF_RATE, or 0. */
unsigned repeats_take(struct repeats *r, enum version v, uint32_t bucket,
    bool failure) MUST_CHECK;

/* Of one worker, its only writer. */
struct seen_buckets {
	_Atomic uint64_t words[VERSION_COUNT][WEIGHT_WORDS];
	_Atomic uint64_t counts[VERSION_COUNT]; /* bits that are set */
};

void seen_add(struct seen_buckets *s, enum version v, uint32_t bucket);
void seen_clear(struct seen_buckets *s);
/* Different buckets of one version over several workers. */
uint64_t seen_count(const struct seen_buckets *const *all, unsigned count,
    enum version v);

#endif
