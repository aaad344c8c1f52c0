/* lexicon_words -- the words that the lexicon knows.
 * SPDX-License-Identifier: MIT
 *
 * The data of lexicon.c; private to it.
 */
#ifndef COMPARE_LEXICON_WORDS_H
#define COMPARE_LEXICON_WORDS_H

#include <stddef.h>

#include "compare/lexicon.h"

struct lexicon_line {
	enum meaning meaning;
	enum language language;
	unsigned first;    /* value of the first word; the next has the next */
	const char *words; /* " " = next value, "=" = the same value */
};

extern const struct lexicon_line lexicon_lines[];
extern const size_t lexicon_line_count;

#endif
