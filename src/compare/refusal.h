/* refusal -- does a text say that it will not answer?
 * SPDX-License-Identifier: MIT
 *
 * By the rules: phrases, found as words in a row whatever their case and
 * punctuation, and regular expressions.  Only a text's beginning is looked at:
 * a long answer that says at its end what it cannot do is an answer.  Pure.
 */
#ifndef COMPARE_REFUSAL_H
#define COMPARE_REFUSAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/words.h"
#include "config/text_rules.h"

#define REFUSAL_WORDS 60
#define REFUSAL_BYTES 1000

/* Where, in each text, a refusal begins and how long it is; len 0 = nowhere.
 * A pattern that gave up at a bound has found one: it cannot be known. */
struct refusal {
	size_t at, len;
};

/* false: the arena is full. */
bool refusal_find(const struct text_rules *rules, const struct words *a,
    const struct words *b, struct arena *scratch, struct refusal *a_out,
    struct refusal *b_out) MUST_CHECK;

#endif
