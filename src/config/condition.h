/* condition -- a number, and what it is held against.
 * SPDX-License-Identifier: MIT
 *
 * A guard rule acts when its condition holds; a gate opens when its condition
 * surely holds.  Both are written with the same keys (condition_keys.h) and
 * judged by the same pure function (control/judge_condition.h).  First member
 * of what contains it, so that the keys' offsets serve both.
 *
 * The number is of a kind, and within the kind it has an index: a measure is
 * counted always, a signal is one of rules.signals, a probe one of
 * rules.probes.  Who asks for its name,
 * unit or quantile asks the functions below, whatever the kind.
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
	/* Distributions that are kept only if a condition asks (signal_rules.h). */
	MEASURE_FIRST_BYTE_P95,
	MEASURE_FIRST_CONTENT_P50,
	MEASURE_FIRST_CONTENT_P95,
	MEASURE_FIRST_CONTENT_P99,
	MEASURE_COUNT
};

/* What a number's values are. */
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

/* Conditions of the last two that a plan may have. */
#define STAGE_STARTS_MAX 256

enum condition_test { TEST_FIXED = 0, TEST_SEQUENTIAL };

enum number_kind { NUMBER_MEASURE = 0, NUMBER_SIGNAL, NUMBER_PROBE };

/* Of a probe: the number itself, or how much it grows in that time. */
enum probe_per { PER_NONE = 0, PER_MINUTE, PER_HOUR, PER_DAY };

struct condition {
	enum number_kind kind;
	enum measure measure;   /* of NUMBER_MEASURE */
	unsigned index;         /* of other kinds: in the list of the rules */
	char *name;             /* likewise: what it is called, "took_p95" */
	enum measure_unit unit; /* likewise */
	double quantile;        /* likewise; 0 = of shares, and the mean of numbers */
	enum probe_per per;      /* of NUMBER_PROBE */
	unsigned spread;        /* of a quantile but latency's: rules.signals.spreads */
	enum version version;   /* whose number; default enhanced */
	char *route;            /* of requests of this path pattern; NULL = of all */
	unsigned watched;       /* likewise: its index in rules.counting.paths */
	enum relation relation;
	bool below;             /* holds below the limit, not above */
	double limit;           /* shares 0..1; times in us; "times": a factor */
	uint64_t window_ms;     /* the number is computed over this span */
	uint64_t last;          /* or over the last so many; 0 = by window_ms */
	uint64_t min_requests;  /* fewer: nothing is known */
	enum condition_test test;
	double alpha;           /* of a sequential test: chance of a false alarm */
};

/* "error_rate", "cache_hit", "took_p95" */
const char *condition_name(const struct condition *c);
enum measure_unit condition_unit(const struct condition *c);
/* "enhanced"; "" = it is of no version. */
const char *condition_whose(const struct condition *c);
/* 0..1; 0 = it is none. */
double condition_quantile(const struct condition *c);
/* Is it held against the value at the stage's start? */
bool condition_is_of_start(const struct condition *c);
/* Is legacy's number of the same kind?  It has no fallbacks and differs from
 * nothing, how much there is of it says nothing of enhanced, and a probe is of
 * no version. */
bool condition_is_of_both(const struct condition *c);
/* "above_legacy_by": the key that the relation was written with. */
const char *condition_key(const struct condition *c);

#endif
