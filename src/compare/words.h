/* words -- a text as the words that it is made of.
 * SPDX-License-Identifier: MIT
 *
 * A word is a run of letters, digits and marks; in scripts written without
 * spaces (Han, kana, Hangul, Thai, Lao, Khmer, Burmese) and of emoji each
 * character is one.  Words are compared by a hash of their letters without
 * case and composition (letters.h).  Everything that compares texts works on
 * this list, so that a text is only read once.  Linear; pure; the list is the
 * arena's and borrows the text.
 */
#ifndef COMPARE_WORDS_H
#define COMPARE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/lexicon.h"

/* Of a longer text only so much is read. */
#define WORDS_READ_MAX ((size_t)1 << 20)
/* A stem is so many letters. */
#define WORDS_STEM 5

enum word_flag {
	WORD_CAPITAL = 1 << 0, /* begins with one */
	WORD_SMALL = 1 << 1,   /* has a letter that is no capital */
	WORD_INNER = 1 << 2,   /* has a capital behind its first letter */
	WORD_DIGIT = 1 << 3,   /* has a digit */
	WORD_LETTER = 1 << 4,  /* has a letter */
	WORD_SIGN = 1 << 5,    /* is one character of a script without spaces */
};

struct word {
	uint64_t hash;
	uint64_t stem;               /* of its first WORDS_STEM letters */
	uint32_t at, len;            /* bytes of the text */
	const struct lexeme *lexeme; /* what is known of it; NULL = nothing */
	uint8_t letters;             /* of it; 255 = at least so many */
	uint8_t script;              /* enum script, of its first letter */
	uint8_t flags;               /* enum word_flag */
};

struct words {
	const char *text;   /* borrows */
	size_t len;         /* of what was read of it */
	bool cut;           /* there was more */
	struct word *items; /* in the arena */
	size_t count;
};

/* false: the arena is full. */
bool words_read(struct words *w, const char *text, size_t len,
    struct arena *a) MUST_CHECK;
/* The hash of a text that is one word. */
uint64_t words_hash(const char *text, size_t len);
/* Every bit of the result depends on every bit. */
uint64_t words_mix(uint64_t h);

static inline bool
word_means(const struct word *w, enum meaning m, unsigned *value_out)
{
	return w->lexeme != NULL && lexicon_means(w->lexeme, m, value_out);
}

#endif
