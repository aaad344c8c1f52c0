/* letters -- what the characters of a text are, whatever its language.
 * SPDX-License-Identifier: MIT
 */
#include "compare/letters.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "compare/letters_table.h"

const char *
script_name(enum script s)
{
	static const char *const names[] = {
		[SCRIPT_NONE] = "none", [SCRIPT_LATIN] = "latin",
		[SCRIPT_GREEK] = "greek", [SCRIPT_CYRILLIC] = "cyrillic",
		[SCRIPT_HEBREW] = "hebrew", [SCRIPT_ARABIC] = "arabic",
		[SCRIPT_INDIC] = "indic", [SCRIPT_THAI] = "thai",
		[SCRIPT_HAN] = "han", [SCRIPT_KANA] = "kana",
		[SCRIPT_HANGUL] = "hangul", [SCRIPT_OTHER] = "other",
	};

	assert((unsigned)s < COUNT_OF(names));
	return names[s];
}

/* --- what it is -------------------------------------------------------- */

/* By its code point; the first range that reaches it.  What is not known is a
 * letter: words of a script that nobody thought of are still words. */
static const struct range {
	uint32_t last;
	uint8_t glyph, script;
} ranges[] = {
#define R(last, glyph, script) { last, GLYPH_##glyph, SCRIPT_##script },
	R(0x00a9, BETWEEN, NONE) R(0x00aa, LETTER, LATIN)
	R(0x00ac, BETWEEN, NONE) R(0x00ad, NOTHING, NONE)
	R(0x00b4, BETWEEN, NONE) R(0x00b5, LETTER, GREEK)
	R(0x00b9, BETWEEN, NONE) R(0x00ba, LETTER, LATIN)
	R(0x00bf, BETWEEN, NONE) R(0x00d6, LETTER, LATIN)
	R(0x00d7, BETWEEN, NONE) R(0x00f6, LETTER, LATIN)
	R(0x00f7, BETWEEN, NONE) R(0x02ff, LETTER, LATIN)
	R(0x036f, MARK, NONE) R(0x037d, LETTER, GREEK)
	R(0x037e, BETWEEN, NONE) R(0x0386, LETTER, GREEK)
	R(0x0387, BETWEEN, NONE) R(0x03ff, LETTER, GREEK)
	R(0x0481, LETTER, CYRILLIC) R(0x0489, MARK, NONE)
	R(0x052f, LETTER, CYRILLIC) R(0x0558, LETTER, OTHER)
	R(0x055f, BETWEEN, NONE) R(0x0588, LETTER, OTHER)
	R(0x0590, BETWEEN, NONE) R(0x05bd, MARK, NONE)
	R(0x05be, BETWEEN, NONE) R(0x05bf, MARK, NONE)
	R(0x05c0, BETWEEN, NONE) R(0x05c2, MARK, NONE)
	R(0x05c3, BETWEEN, NONE) R(0x05c7, MARK, NONE)
	R(0x05f2, LETTER, HEBREW) R(0x061f, BETWEEN, NONE)
	R(0x063f, LETTER, ARABIC) R(0x0640, NOTHING, NONE)
	R(0x064a, LETTER, ARABIC) R(0x065f, MARK, NONE)
	R(0x0669, DIGIT, NONE) R(0x066d, BETWEEN, NONE)
	R(0x066f, LETTER, ARABIC) R(0x0670, MARK, NONE)
	R(0x06d3, LETTER, ARABIC) R(0x06d4, BETWEEN, NONE)
	R(0x06d5, LETTER, ARABIC) R(0x06ed, MARK, NONE)
	R(0x06ef, LETTER, ARABIC) R(0x06f9, DIGIT, NONE)
	R(0x08ff, LETTER, ARABIC) R(0x0963, LETTER, INDIC)
	R(0x0965, BETWEEN, NONE) R(0x0dff, LETTER, INDIC)
	R(0x0e30, WORD, THAI) R(0x0e31, MARK, NONE) R(0x0e33, WORD, THAI)
	R(0x0e3a, MARK, NONE) R(0x0e46, WORD, THAI) R(0x0e4e, MARK, NONE)
	R(0x0e4f, BETWEEN, NONE) R(0x0e59, DIGIT, NONE)
	R(0x0e80, BETWEEN, NONE) R(0x0eb0, WORD, THAI) R(0x0eb1, MARK, NONE)
	R(0x0eb3, WORD, THAI) R(0x0ebc, MARK, NONE) R(0x0ec7, WORD, THAI)
	R(0x0ecf, MARK, NONE) R(0x0ed9, DIGIT, NONE) R(0x0eff, WORD, THAI)
	R(0x0f14, BETWEEN, NONE) R(0x0fff, LETTER, OTHER)
	R(0x102a, WORD, OTHER) R(0x103e, MARK, NONE) R(0x103f, WORD, OTHER)
	R(0x1049, DIGIT, NONE) R(0x104f, BETWEEN, NONE) R(0x109f, WORD, OTHER)
	R(0x10ff, LETTER, OTHER) R(0x115f, WORD, HANGUL) R(0x11ff, MARK, NONE)
	R(0x1360, LETTER, OTHER) R(0x1368, BETWEEN, NONE)
	R(0x177f, LETTER, OTHER) R(0x17b3, WORD, OTHER) R(0x17d3, MARK, NONE)
	R(0x17df, BETWEEN, NONE) R(0x17e9, DIGIT, NONE)
	R(0x1dff, LETTER, OTHER) R(0x1eff, LETTER, LATIN)
	R(0x1fff, LETTER, GREEK) R(0x200a, BETWEEN, NONE)
	R(0x200f, NOTHING, NONE) R(0x2029, BETWEEN, NONE)
	R(0x202e, NOTHING, NONE) R(0x205f, BETWEEN, NONE)
	R(0x206f, NOTHING, NONE) R(0x20cf, BETWEEN, NONE)
	R(0x20ff, MARK, NONE) R(0x214f, LETTER, OTHER)
	R(0x25ff, BETWEEN, NONE) R(0x27bf, WORD, NONE)
	R(0x2aff, BETWEEN, NONE) R(0x2bff, WORD, NONE)
	R(0x2ddf, LETTER, OTHER) R(0x2dff, MARK, NONE)
	R(0x2e7f, BETWEEN, NONE) R(0x2fff, WORD, HAN) R(0x3004, BETWEEN, NONE)
	R(0x3007, WORD, HAN) R(0x3040, BETWEEN, NONE) R(0x3098, WORD, KANA)
	R(0x309a, MARK, NONE) R(0x30fa, WORD, KANA) R(0x30fb, BETWEEN, NONE)
	R(0x30fc, MARK, NONE) R(0x30ff, WORD, KANA) R(0x312f, WORD, HAN)
	R(0x318f, WORD, HANGUL) R(0x31ff, WORD, KANA) R(0x33ff, WORD, NONE)
	R(0x9fff, WORD, HAN) R(0xa4cf, WORD, OTHER) R(0xabff, LETTER, OTHER)
	R(0xd7a3, WORD, HANGUL) R(0xd7ff, MARK, NONE) R(0xf8ff, LETTER, OTHER)
	R(0xfaff, WORD, HAN) R(0xfb06, LETTER, LATIN) R(0xfb1c, LETTER, OTHER)
	R(0xfb4f, LETTER, HEBREW) R(0xfdff, LETTER, ARABIC)
	R(0xfe0f, NOTHING, NONE) R(0xfe1f, BETWEEN, NONE)
	R(0xfe2f, MARK, NONE) R(0xfe6f, BETWEEN, NONE)
	R(0xfefe, LETTER, ARABIC) R(0xfeff, NOTHING, NONE)
	R(0xff0f, BETWEEN, NONE) R(0xff19, DIGIT, NONE)
	R(0xff20, BETWEEN, NONE) R(0xff3a, LETTER, LATIN)
	R(0xff40, BETWEEN, NONE) R(0xff5a, LETTER, LATIN)
	R(0xff65, BETWEEN, NONE) R(0xff9f, WORD, KANA)
	R(0xffdf, WORD, HANGUL) R(0xffff, BETWEEN, NONE)
	R(0x1efff, LETTER, OTHER) R(0x1f3fa, WORD, NONE)
	R(0x1f3ff, MARK, NONE) R(0x1ffff, WORD, NONE) R(0x3ffff, WORD, HAN)
	R(0x10ffff, NOTHING, NONE)
#undef R
};

static const struct range *
range_of(uint32_t code)
{
	size_t low = 0, high = COUNT_OF(ranges) - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code <= ranges[middle].last)
			high = middle;
		else
			low = middle + 1;
	}
	return &ranges[low];
}

/* The scripts of India have their digits at one place of each block. */
static bool
is_indic_digit(uint32_t code)
{
	return code >= 0x966 && code < 0xe00 && (code & 0x7f) >= 0x66 &&
	    (code & 0x7f) <= 0x6f;
}

/* --- what it is without case and composition --------------------------- */

static void
fold_row(const uint16_t *row, size_t max, struct letter *out)
{
	if (row[0] == 0)
		return;
	out->capital = (row[0] & LETTERS_CAPITAL) != 0;
	out->folds = 0;
	while (out->folds < max && row[out->folds] != 0) {
		out->fold[out->folds] = row[out->folds];
		out->folds++;
	}
	out->fold[0] &= LETTERS_CAPITAL - 1;
}

static void
fold_by_search(uint32_t code, struct letter *out)
{
	size_t low = 0, high = LETTERS_ROW_COUNT;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (letters_rows[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < LETTERS_ROW_COUNT && letters_rows[low].code == code)
		fold_row(letters_rows[low].fold, LETTERS_FOLD_MAX - 1, out);
}

/* A syllable of Hangul into its two or three letters. */
static void
fold_hangul(uint32_t code, struct letter *out)
{
	uint32_t s = code - 0xac00;

	out->fold[0] = (uint16_t)(0x1100 + s / 588);
	out->fold[1] = (uint16_t)(0x1161 + s % 588 / 28);
	out->fold[2] = (uint16_t)(0x11a7 + s % 28);
	out->folds = s % 28 == 0 ? 2 : 3;
}

static void
fold_letter(struct letter *out)
{
	uint32_t c = out->code;

	if (c < LETTERS_LATIN_FIRST + LETTERS_LATIN_COUNT)
		fold_row(letters_latin[c - LETTERS_LATIN_FIRST],
		    LETTERS_FOLD_MAX, out);
	else if (c - LETTERS_GREEK_FIRST < LETTERS_GREEK_COUNT)
		fold_row(letters_greek[c - LETTERS_GREEK_FIRST],
		    LETTERS_FOLD_MAX, out);
	else if (c - LETTERS_MORE_FIRST < LETTERS_MORE_COUNT)
		fold_row(letters_more[c - LETTERS_MORE_FIRST],
		    LETTERS_FOLD_MAX, out);
	else if (c - 0xac00 < 11172)
		fold_hangul(c, out);
	else if (c - 0xff01 < 0x5e) { /* full width */
		out->fold[0] = (uint16_t)(c - 0xff01 + '!');
		out->capital = c - 0xff21 < 26;
		if (out->capital)
			out->fold[0] |= 0x20;
	} else if (c < 0xffff)
		fold_by_search(c, out);
}

/* --- reading ----------------------------------------------------------- */

static void
read_ascii(unsigned char c, struct letter *out)
{
	bool letter = (c | 0x20u) - (unsigned)'a' < 26;
	bool digit = c - (unsigned)'0' < 10;

	out->code = c;
	out->len = 1;
	out->glyph = letter ? GLYPH_LETTER : digit ? GLYPH_DIGIT : GLYPH_BETWEEN;
	out->script = letter ? SCRIPT_LATIN : SCRIPT_NONE;
	out->capital = letter && (c & 0x20) == 0;
	out->folds = 1;
	out->fold[0] = letter ? c | 0x20 : c;
}

static uint32_t
decode(const char *text, size_t len)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (unsigned char)text[0] & masks[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

/* The digit's value, as ASCII. */
static uint16_t
digit_of(uint32_t code)
{
	if (code >= 0xff10)
		return (uint16_t)('0' + code - 0xff10);
	if (is_indic_digit(code))
		return (uint16_t)('0' + (code & 0x7f) - 0x66);
	return (uint16_t)('0' + (code & 0x0f)); /* each at ...0 to ...9 */
}

void
letter_read(const char *text, size_t left, struct letter *out)
{
	const struct range *range;
	size_t len;

	if ((unsigned char)text[0] < 0x80) {
		read_ascii((unsigned char)text[0], out);
		return;
	}
	len = text_utf8_step(text, left);
	*out = (struct letter){ .len = 1, .glyph = GLYPH_LETTER, .folds = 1,
		.script = SCRIPT_NONE, .fold = { (unsigned char)text[0] } };
	if (len == 0)
		return;
	out->len = (uint8_t)len;
	out->code = decode(text, len);
	range = range_of(out->code);
	out->glyph = is_indic_digit(out->code) ? GLYPH_DIGIT : range->glyph;
	out->script = range->script;
	out->fold[0] = out->code > 0xffff ? 0 : (uint16_t)out->code;
	if (out->glyph == GLYPH_DIGIT)
		out->fold[0] = digit_of(out->code);
	else if (out->code >= LETTERS_LATIN_FIRST && out->glyph != GLYPH_BETWEEN)
		fold_letter(out);
}
