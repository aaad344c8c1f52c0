/* judge_condition -- does a condition hold, by the numbers of one moment?
 * SPDX-License-Identifier: MIT
 *
 * The one judge of guard rules and gates, live and in a simulation: a pure
 * function of the condition and the scene.  Unknown is an answer of its own:
 * too few requests on any side that is looked at, or no value at the stage's
 * start to compare with.
 */
#ifndef CONTROL_JUDGE_CONDITION_H
#define CONTROL_JUDGE_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "config/condition.h"
#include "control/fresh.h"
#include "control/measure.h"
#include "observe/stats.h"

enum holding {
	HOLDING_UNKNOWN = 0,
	HOLDING_NO,
	HOLDING_YES,
};

/* All that a condition may look at. */
struct condition_view {
	struct tally windows[VERSION_COUNT];     /* over the condition's window */
	struct tally since[VERSION_COUNT];       /* since the stage began; of a
	                                          * sequential test only */
	struct measured probe;                   /* of a probe; n 0: not known */
	bool is_young;                           /* of how many requests: the window
	                                          * is longer than the stage */
	bool has_start;                          /* the value at the stage's start */
	struct measured start;
	enum version start_of;                   /* whose it was */
	uint64_t spell;                          /* of users' weights: fresh.h */
};

/* The numbers behind the answer. */
struct condition_reading {
	enum holding holding;
	double value;
	double limit;                 /* as compared: of a relative one, the sum */
	double baseline;              /* legacy's, or at the start */
	enum version baseline_of;     /* whose it is */
	uint64_t n, baseline_n;
	uint64_t events, baseline_events; /* of shares */
	double evidence;              /* of a sequential test: E, held against 1/alpha */
	/* Most of E is of a later beginning: lately is what came since, and so are
	 * the numbers above (of a quantile they stay those of the stage). */
	bool is_late;
	bool is_worse;                /* late, over a limit: and proven to be worse
	                               * than legacy, by the same test */
	struct sides lately;
	bool has_bound;
	double bound;                 /* the value is surely beyond it: on the far side */
};

/* fresh: the evidence of later beginnings. */
void condition_judge(const struct condition *c,
    const struct condition_view *scene, const struct fresh *fresh,
    struct condition_reading *out);
/* Before that: begin anew where it is time. */
void condition_renew(const struct condition *c,
    const struct condition_view *scene, struct fresh *fresh);

/* Does it hold so surely that a stage may be built on it?  By the far end of
 * the interval, not by the value; against legacy, by the interval of the
 * difference (rates).  Where there is no bound the value decides. */
enum holding condition_holds_surely(const struct condition *c,
    const struct condition_view *scene, struct condition_reading *out);

/* Is legacy as bad by the same measure, so that going back to it would cure
 * nothing?  Only of a condition that holds, by that reading.  was_shared: it
 * was so before, and the condition has held ever since; then it is enough that
 * enhanced is not surely worse, since both leave the limit behind them by
 * chance, one sooner. */
bool condition_is_shared(const struct condition *c,
    const struct condition_view *scene, const struct condition_reading *r,
    bool was_shared);

#endif
