/* language -- which scripts and languages a text is in, as far as it shows.
 * SPDX-License-Identifier: MIT
 *
 * Scripts by counting letters; among the languages of Latin and of Cyrillic
 * letters by their commonest words (lexicon.h).  Han with kana is Japanese.
 * What is too short or too mixed to tell is not guessed.  Pure.
 */
#ifndef COMPARE_LANGUAGE_H
#define COMPARE_LANGUAGE_H

#include <stdbool.h>

#include "compare/letters.h"
#include "compare/lexicon.h"
#include "compare/words.h"

struct tongue {
	unsigned letters;                /* of all scripts */
	unsigned scripts[SCRIPT_COUNT];  /* of each */
	unsigned words;                  /* of Latin or Cyrillic letters */
	double common[LANGUAGE_COUNT];   /* of those, each language's own */
};

/* Words of a longer text are looked at here and there. */
#define LANGUAGE_WORDS_MAX 2000

void language_read(const struct words *w, struct tongue *out);
/* Are they surely not in the same script, or not in the same language? */
bool language_differs(const struct tongue *a, const struct tongue *b);
/* The language of most of it; LANGUAGE_NONE: it does not show. */
enum language language_best(const struct tongue *t);
/* "en", "han", "?": what most of it is in. */
const char *language_of(const struct tongue *t);

#endif
