/* condition -- a number, and what it is held against.
 * SPDX-License-Identifier: MIT
 *
 * A guard rule acts when its condition holds; a gate opens when its condition
 * surely holds.  Both are written with the same keys (condition_keys.h) and
 * judged by the same pure function (control/judge_condition.h).  First member
 * of what contains it, so that the keys' offsets serve both.
 */
#ifndef CONFIG_CONDITION_H
#define CONFIG_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/version.h"

enum measure {
	MEASURE_ERROR_RATE = 0,
	MEASURE_LATENCY_P50,
	MEASURE_LATENCY_P95,
	MEASURE_LATENCY_P99,
	MEASURE_FALLBACK_RATE,
	MEASURE_DIVERGENCE_RATE,
	MEASURE_LATENCY_MEAN,
	MEASURE_REQUESTS,        /* how many, in the window */
	MEASURE_ISOLATION,       /* users or sessions mixed up, likewise */
	MEASURE_COUNT
};

/* What a measure's values are. */
enum measure_unit {
	UNIT_SHARE = 0, /* 0..1; written as percent */
	UNIT_TIME,      /* us; written as a duration */
	UNIT_NUMBER,
};

/* What the limit is made of. */
enum relation {
	RELATION_VALUE = 0,    /* the limit itself */
	RELATION_LEGACY_BY,    /* legacy's value plus it */
	RELATION_LEGACY_TIMES, /* legacy's value times it */
	RELATION_START_BY,     /* the value at the stage's start plus it */
	RELATION_START_TIMES,
	RELATION_COUNT
};

enum condition_test { TEST_FIXED = 0, TEST_SEQUENTIAL };

struct condition {
	enum measure measure;
	enum version version;   /* whose number; default enhanced */
	enum relation relation;
	bool below;             /* holds below the limit, not above */
	double limit;           /* shares 0..1; times in us; "times": a factor */
	uint64_t window_ms;     /* the number is computed over this span */
	uint64_t last;          /* or over the last so many; 0 = by window_ms */
	uint64_t min_requests;  /* fewer: nothing is known */
	enum condition_test test;
	double alpha;           /* of a sequential test: chance of a false alarm */
};

#endif
