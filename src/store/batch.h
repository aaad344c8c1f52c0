/* batch -- the records that are written together.
 * SPDX-License-Identifier: MIT
 *
 * Filled from the recorder's rings, written whole, forgotten.  Ids in it are
 * hashed already.  Its number is given once and kept over retries: whoever
 * sees the number a second time knows the rows.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "observe/kept.h"
#include "observe/minute_record.h"
#include "observe/record.h"

/* Together some 10 ms of a SQLite transaction: the control thread, which
 * writes the same file, never waits longer. */
#define BATCH_LEGS_MAX 1000
#define BATCH_COMPARISONS_MAX 200
#define BATCH_KEPT_MAX 8
#define BATCH_MINUTES_MAX 64

struct batch {
	int64_t number;    /* 0 = not given yet */
	unsigned leg_count, comparison_count, kept_count, minute_count;
	struct leg_record legs[BATCH_LEGS_MAX];
	struct comparison_record comparisons[BATCH_COMPARISONS_MAX];
	struct kept_sample *kept[BATCH_KEPT_MAX]; /* owns */
	struct minute_record *minutes[BATCH_MINUTES_MAX]; /* likewise */
};

/* Records, as they are counted in the status; differences belong to their
 * comparison, answers to their pair, and minutes only sum up. */
static inline unsigned
batch_count(const struct batch *b)
{
	return b->leg_count + b->comparison_count + b->kept_count;
}

static inline bool
batch_is_empty(const struct batch *b)
{
	return batch_count(b) == 0 && b->minute_count == 0;
}

/* Empty it, for another number. */
static inline void
batch_clear(struct batch *b)
{
	while (b->kept_count > 0)
		kept_sample_free(&b->kept[--b->kept_count]);
	while (b->minute_count > 0)
		minute_record_free(&b->minutes[--b->minute_count]);
	b->leg_count = b->comparison_count = 0;
	b->number = 0;
}

#endif
