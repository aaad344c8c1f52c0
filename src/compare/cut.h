/* cut -- does a text break off where another goes on?
 * SPDX-License-Identifier: MIT
 *
 * The shorter of two texts does if it does not end a sentence and shows that
 * it should: its last words stand in the middle of a sentence of the other,
 * its last line has ended sentences before, or it ends in a comma, within code
 * or in a word that no sentence ends with; and if it is the other's beginning
 * and much is missing.
 * Pure.
 */
#ifndef COMPARE_CUT_H
#define COMPARE_CUT_H

#include <stdbool.h>

#include "compare/words.h"

/* a has fewer words than b. */
bool cut_is(const struct words *a, const struct words *b);

#endif
