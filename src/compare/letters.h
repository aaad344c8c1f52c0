/* letters -- what the characters of a text are, whatever its language.
 * SPDX-License-Identifier: MIT
 *
 * Reads UTF-8 a character at a time: does it separate words, belong to one,
 * or stand for one; its script; and what it is without case, in the order of
 * form NFD, so that composed and decomposed letters are alike.  Case is known
 * of Latin, Greek, Cyrillic, Armenian and Georgian; decompositions of these,
 * Arabic, the scripts of India, kana and Hangul.  Pure; tables only.
 */
#ifndef COMPARE_LETTERS_H
#define COMPARE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum glyph {
	GLYPH_BETWEEN = 0, /* separates words */
	GLYPH_LETTER,
	GLYPH_DIGIT,
	GLYPH_WORD,        /* is a word by itself: Han, kana, Hangul, Thai, emoji */
	GLYPH_MARK,        /* belongs to what stands before it */
	GLYPH_NOTHING,     /* invisible: no part of the text */
};

enum script {
	SCRIPT_NONE = 0, /* digits, symbols, marks, emoji */
	SCRIPT_LATIN,
	SCRIPT_GREEK,
	SCRIPT_CYRILLIC,
	SCRIPT_HEBREW,
	SCRIPT_ARABIC,
	SCRIPT_INDIC,
	SCRIPT_THAI,
	SCRIPT_HAN,
	SCRIPT_KANA,
	SCRIPT_HANGUL,
	SCRIPT_OTHER,
	SCRIPT_COUNT
};

/* "latin" */
const char *script_name(enum script s);

struct letter {
	uint32_t code;
	uint8_t len;      /* bytes of it in the text */
	uint8_t glyph;    /* enum glyph */
	uint8_t script;   /* enum script */
	bool capital;
	uint8_t folds;    /* of fold; 1 to 4 */
	uint16_t fold[4]; /* a code point over U+FFFF is fold[0] = 0: see code */
};

/* The character at text, left > 0 bytes being there.  Bytes that are not UTF-8
 * are letters one by one: nothing better can be said of them. */
void letter_read(const char *text, size_t left, struct letter *out);

#endif
