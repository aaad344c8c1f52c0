/* negation -- does one text deny what the other says in the same words?
 * SPDX-License-Identifier: MIT
 *
 * "You can return it" and "You cannot return it" are alike in all but one
 * word, and in what they say opposites.  Sentences are compared by their words
 * without the negations and the verbs that carry them (lexicon.h), in any
 * order; a sentence that the two texts have with another number of negations
 * is denied by one of them.  What is denied in other words is not seen.
 * Linear; pure.
 */
#ifndef COMPARE_NEGATION_H
#define COMPARE_NEGATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/words.h"

/* Words first to last of a text, last being behind them; none: both are 0. */
struct sentence {
	size_t first, last;
};

/* The first such sentence of each text.  false: the arena is full. */
bool negation_find(const struct words *a, const struct words *b,
    struct arena *scratch, struct sentence *a_out, struct sentence *b_out)
    MUST_CHECK;

#endif
