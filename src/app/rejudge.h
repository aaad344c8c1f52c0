/* rejudge -- what is kept of a pair, judged again by other rules.
 * SPDX-License-Identifier: MIT
 *
 * What was kept is not all that was judged: values may be redacted, a body cut
 * or left out.  Where such a pair would differ no more, that is only said if
 * none of the differences that were recorded of it can be among what is hidden;
 * else the new verdict is not known.  What shows a difference all the same is
 * different.  Pure but for the noise board's mutex.
 */
#ifndef APP_REJUDGE_H
#define APP_REJUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "compare/judge.h"
#include "observe/kept.h"
#include "observe/noise.h"
#include "store/samples.h"

/* Behind the verdicts: it cannot be known. */
enum { REJUDGED_UNKNOWN = VERDICT_COUNT, REJUDGED_COUNT };
/* "same", ..., "unknown" */
const char *rejudged_name(unsigned verdict);

/* By the rules of config, of which a reference is taken for the while; board
 * may be NULL: nothing was learned.  a is reset.  An enum verdict, or
 * REJUDGED_UNKNOWN. */
unsigned rejudge_pair(const struct kept_sample *k,
    const struct samples_difference *recorded, unsigned recorded_count,
    struct config *config, struct noise_board *board, struct arena *a);

struct rejudge_tally {
	uint64_t counts[VERDICT_COUNT][REJUDGED_COUNT]; /* [as kept][now] */
};

uint64_t rejudge_pairs(const struct rejudge_tally *t);
/* Verdicts that are others now; what is not known is none of them. */
uint64_t rejudge_changes(const struct rejudge_tally *t);
/* A row for each verdict as kept, if there is any. */
void rejudge_write_text(const struct rejudge_tally *t, struct buf *out);
/* "matrix": {...} and the sums, without braces. */
void rejudge_write_json(const struct rejudge_tally *t, struct buf *out);

#endif
