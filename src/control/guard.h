/* guard -- decides when enhanced has hurt enough and must go back.
 * SPDX-License-Identifier: MIT
 *
 * Pure functions of conditions, numbers and a clock passed in: no I/O, no
 * globals.  rollout.c calls them every tick on the control thread and acts
 * on the answer.  Unknown (too few requests) neither trips nor clears: a
 * pending rule keeps its start.
 *
 * A rule that would move traffic looks at legacy first: where legacy is as bad
 * in the same window the cause is shared, going back would cure nothing, and
 * the rule holds and says so.
 */
#ifndef CONTROL_GUARD_H
#define CONTROL_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/words.h"
#include "control/judge_condition.h"
#include "observe/stats.h"

/* How sure the breaker wants to be: one false alarm in 2000 looks. */
#define BREAKER_Z 3.29

enum judgement {
	JUDGE_UNKNOWN = 0, /* too few requests, on any side that is looked at */
	JUDGE_FINE,
	JUDGE_PENDING,     /* above the limit, not yet for `for` */
	JUDGE_TRIP,
	JUDGE_SHARED,      /* would trip, but legacy is as bad: held */
};
/* "unknown", "fine", "pending", "trip", "shared" */
const char *judgement_name(enum judgement j);

/* What a rule remembers between ticks. */
struct guard_memory {
	uint64_t above_since_ns; /* 0 = not above */
	uint64_t fine_since_ns;  /* 0 = not fine */
	bool fired;              /* it was done; until fine for a whole window */
	bool is_shared;          /* held, since legacy was as bad; until fine */
	uint8_t told;            /* the judgement that an event told of without a deed */
	struct fresh fresh;      /* of a sequential test */
};

/* The numbers behind a judgement. */
struct guard_reading {
	enum judgement judgement;
	struct condition_reading numbers;
	uint64_t above_ns;   /* how long it has held so far */
};

/* now_ns is never 0. */
void guard_judge(const struct guard_rule *rule,
    const struct condition_view *scene,
    uint64_t now_ns, struct guard_memory *memory, struct guard_reading *out);
/* The breaker's share of the control side: Wilson lower bound of enhanced's
 * failures over its window against failure_rate.  numbers.value is the bound,
 * numbers.events the failures.  true = it trips. */
bool breaker_judge(const struct breaker *b,
    const struct tally windows[VERSION_COUNT], struct guard_reading *out);

/* "ms", "share", "number" */
const char *guard_unit_name(enum measure_unit unit);
/* "error_rate of enhanced on /api/v1/chat", "store_memory" */
void guard_explain_number(const struct condition *c, struct buf *out);
/* One sentence and one JSON object of the numbers; either may be NULL. */
void guard_explain(const struct guard_rule *rule,
    const struct guard_reading *r, struct buf *sentence, struct buf *json);
/* "error_rate of enhanced is 0.4% (4 of 1000), surely below 0.9%; below 1% is
 * asked for" */
void guard_explain_gate(const struct gate *gate,
    const struct condition_reading *r, struct buf *sentence);
/* What tripped the breaker: the bound, or a worker's row of failures, whole or
 * half of it (policy/streak.h). */
enum breaker_cause { BREAKER_RATE, BREAKER_ROW, BREAKER_HALF_ROW };
/* The same of the breaker. */
void breaker_explain(const struct breaker *b, const struct guard_reading *r,
    enum breaker_cause cause, struct buf *sentence, struct buf *json);

#endif
