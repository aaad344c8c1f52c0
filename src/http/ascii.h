/* ascii -- the character classes of the HTTP grammar.
 * SPDX-License-Identifier: MIT
 *
 * Not <ctype.h>: that one follows the locale and is undefined for plain
 * char.  One table, one lookup per byte; private to this folder.
 */
#ifndef HTTP_ASCII_H
#define HTTP_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ASCII_TOKEN = 1,  /* tchar, RFC 9110 section 5.6.2 */
	ASCII_TEXT = 2,   /* may stand in a field value: HTAB, SP, VCHAR, obs-text */
	ASCII_TARGET = 4, /* may stand in a request target: VCHAR */
	ASCII_HEX = 8,
	ASCII_HOST = 16,  /* unreserved and sub-delims (RFC 3986) but the comma */
};

#define T ASCII_TOKEN
#define X ASCII_TEXT
#define V (ASCII_TEXT | ASCII_TARGET)
#define H ASCII_HOST

static const uint8_t ascii_classes[256] = {
	['\t'] = X, [' '] = X,
	['!'] = V | T | H, ['"'] = V, ['#'] = V | T, ['$'] = V | T | H,
	['%'] = V | T, ['&'] = V | T | H, ['\''] = V | T | H, ['('] = V | H,
	[')'] = V | H, ['*'] = V | T | H, ['+'] = V | T | H, [','] = V,
	['-'] = V | T | H, ['.'] = V | T | H, ['/'] = V,
	['0' ... '9'] = V | T | H | ASCII_HEX,
	[':'] = V, [';'] = V | H, ['<'] = V, ['='] = V | H, ['>'] = V,
	['?'] = V, ['@'] = V,
	['A' ... 'F'] = V | T | H | ASCII_HEX, ['G' ... 'Z'] = V | T | H,
	['['] = V, ['\\'] = V, [']'] = V, ['^'] = V | T, ['_'] = V | T | H,
	['`'] = V | T,
	['a' ... 'f'] = V | T | H | ASCII_HEX, ['g' ... 'z'] = V | T | H,
	['{'] = V, ['|'] = V | T, ['}'] = V, ['~'] = V | T | H,
	[0x80 ... 0xff] = X,
};

#undef T
#undef X
#undef V
#undef H

static inline bool
ascii_is(char c, unsigned class)
{
	return (ascii_classes[(unsigned char)c] & class) != 0;
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* lower has no capitals. */
static inline bool
ascii_equal_lower(const char *text, const char *lower, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(text[i]) != lower[i])
			return false;
	return true;
}

#endif
