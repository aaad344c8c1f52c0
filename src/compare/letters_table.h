/* letters_table -- canonical decompositions and lower case of letters.
 * SPDX-License-Identifier: MIT
 *
 * The data of letters.c; private to it.
 */
#ifndef COMPARE_LETTERS_TABLE_H
#define COMPARE_LETTERS_TABLE_H

#include <stdint.h>

#define LETTERS_FOLD_MAX 4
#define LETTERS_CAPITAL 0x8000 /* in a row's first code point */

#define LETTERS_LATIN_FIRST 0xc0
#define LETTERS_LATIN_COUNT (0x250 - LETTERS_LATIN_FIRST)
#define LETTERS_GREEK_FIRST 0x370
#define LETTERS_GREEK_COUNT (0x530 - LETTERS_GREEK_FIRST)
#define LETTERS_MORE_FIRST 0x1e00
#define LETTERS_MORE_COUNT (0x2000 - LETTERS_MORE_FIRST)
#define LETTERS_ROW_COUNT 221

/* Every code point of a range; all zeros stand for itself. */
extern const uint16_t letters_latin[LETTERS_LATIN_COUNT][LETTERS_FOLD_MAX];
extern const uint16_t letters_greek[LETTERS_GREEK_COUNT][LETTERS_FOLD_MAX];
extern const uint16_t letters_more[LETTERS_MORE_COUNT][LETTERS_FOLD_MAX];

struct letters_row {
	uint16_t code;
	uint16_t fold[LETTERS_FOLD_MAX - 1];
};

/* Sorted by code. */
extern const struct letters_row letters_rows[LETTERS_ROW_COUNT];

#endif
