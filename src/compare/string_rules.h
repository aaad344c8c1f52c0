/* string_rules -- are two strings the same, by what a rule says of them?
 * SPDX-License-Identifier: MIT
 *
 * All but timestamps are brought to a form that strings which are the same
 * share, so that they can be hashed by it: without case or white space, a URL
 * normalised, nothing at all for what has the shape that was asked for.  A
 * string that is no URL, UUID, match or timestamp is only like itself.
 * STRING_AUTO and STRING_TEXT are not decided here (json_diff.h): the forms
 * of such strings are their bytes.  Pure but for scratch memory.
 */
#ifndef COMPARE_STRING_RULES_H
#define COMPARE_STRING_RULES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/regex.h"
#include "compare/difference.h"
#include "config/value_rules.h"

/* After so many matches given up at a bound, no more are begun: each has cost
 * as much as it may. */
#define STRING_GIVEN_UP_MAX 16

/* For one comparison; zeroed with scratch set, and ended by string_fini(). */
struct string_tools {
	struct arena *scratch;   /* borrows; the caller resets it */
	struct regex_room *room; /* owns; NULL until a pattern is met */
	unsigned given_up;
};

enum string_result {
	STRING_SAME = 0,
	STRING_DIFFERENT,
	STRING_GIVEN_UP, /* different: a pattern met its bounds on one of them */
};

enum string_result string_compare(const struct value_rules *rules,
    struct shown a, struct shown b, struct string_tools *tools) MUST_CHECK;

/* Equal for strings that are the same, timestamps apart. */
uint64_t string_hash(const struct value_rules *rules, struct shown s,
    struct string_tools *tools);

void string_fini(struct string_tools *tools);

#endif
