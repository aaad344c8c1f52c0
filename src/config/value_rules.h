/* value_rules -- what the operator says about how two values are compared.
 * SPDX-License-Identifier: MIT
 *
 * A part of each item of "fields" and "headers" in "compare" (and of
 * "numbers", which holds for all numbers); owned by the config and immutable
 * with it.  What each word means stands in docs/comparison.md.
 */
#ifndef CONFIG_VALUE_RULES_H
#define CONFIG_VALUE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/regex.h"

/* The order is that of string_words. */
enum string_mode {
	STRING_AUTO = 0,  /* what json_diff.h does with strings of its own accord */
	STRING_EXACT,
	STRING_CASE,      /* whatever the case */
	STRING_TRIMMED,   /* without white space at both ends */
	STRING_REGEX,     /* both match */
	STRING_TIMESTAMP, /* numbers too */
	STRING_UUID,      /* both are one */
	STRING_URL,       /* the same when normalised */
	STRING_TEXT,      /* as alike as is asked for */
};

/* How far two numbers may be apart: by either of them. */
struct tolerance {
	char *absolute;    /* a JSON number as written, not negative; NULL = none */
	uint32_t relative; /* to the larger one, thousandths of a percent; 0 = none */
};

struct value_rules {
	enum string_mode string;
	struct regex *pattern;   /* owns; of STRING_REGEX, else NULL */
	uint64_t within_ms;      /* of STRING_TIMESTAMP */
	enum { QUERY_ORDERED = 0, QUERY_SET } query; /* of STRING_URL */
	double similarity;       /* of STRING_TEXT, 0..1 */
	struct tolerance numbers;
	bool has_tolerance;      /* else compare_rules.numbers holds */
};

#endif
