/* similarity -- how alike two texts are, from 0 to 1.
 * SPDX-License-Identifier: MIT
 *
 * A text becomes a bag of stems (the first five letters of each word) and a
 * bag of pairs of neighbouring words (its beginning and end count as words
 * there).  For each kind of bag the share in common is taken, 2 * |A and B| /
 * (|A| + |B|) (Dice).  Of the stems, the commonest words of a language
 * (lexicon.h) weigh a third of the others.  The similarity is three parts the
 * stems', which say whether the same is spoken of, also in other words of the
 * same root, and one part the pairs', which say whether in the same order.
 *
 * Symmetric, linear in time and memory.  Orientation: one word changed in
 * fifty gives 0.97, a rephrased answer 0.4 to 0.8, another answer to another
 * question under 0.25.  Pure.
 */
#ifndef COMPARE_SIMILARITY_H
#define COMPARE_SIMILARITY_H

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/words.h"

/* Texts without words are like nothing: 0.  Negative when the arena, used as
 * scratch, is full. */
double similarity_of(const struct words *a, const struct words *b,
    struct arena *scratch) MUST_CHECK;

#endif
