/* plan_rules -- the stages of a rollout, and what must hold between them.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct rules; owned by the config and immutable with it.
 */
#ifndef CONFIG_PLAN_RULES_H
#define CONFIG_PLAN_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/condition.h"

/* What must surely hold before the next stage opens.  window_ms of 0: over
 * the whole stage. */
struct gate {
	struct condition when;  /* first: see condition.h */
	char *name;
};

enum advancing { ADVANCE_MANUAL = 0, ADVANCE_AUTO };

struct stage {
	char *name;
	uint32_t percent; /* of users on enhanced, thousandths of a percent */
	uint32_t shadow;  /* of requests mirrored, thousandths of a percent */
	uint64_t dwell_ms; /* it lasts at least this long */
	uint64_t min_requests; /* of enhanced, in this stage, any leg */
	int64_t not_before_us; /* wall clock: it opens no earlier; 0 = any time */
	uint32_t smoke;   /* checks before it opens: bit i = the i-th of the rules */
	enum advancing advance;  /* who opens the next one */
	bool complete;    /* enhanced alone; only of the last one */
	bool guard;       /* of that: the guard and the breaker act even then */
	struct gate *gates;
	size_t gate_count;
};

/* When a stage may be opened by itself.  Minutes are of the day. */
struct hours {
	unsigned days;        /* bit 0 = Monday; 0 = every day */
	uint32_t from, to;    /* minutes from midnight; from == to: all day */
	int32_t offset;       /* minutes east of UTC */
};

/* No stage is opened by itself in it. */
struct freeze {
	int64_t from_us, to_us; /* wall clock */
	char *why;
};

struct calendar {
	struct hours hours;
	struct freeze *freezes;
	size_t freeze_count;
};

#endif
