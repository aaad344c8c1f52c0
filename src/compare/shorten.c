/* shorten -- values cut to what a record can hold and a person can read.
 * SPDX-License-Identifier: MIT
 */
#include "compare/shorten.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"
#define MARK_LEN 3 /* of both */

struct line {
	char *out;    /* borrows; space bytes */
	size_t space;
	size_t len;
	size_t fits;  /* the longest prefix that an ellipsis still fits behind */
};

/* Bytes of the character at text, or 0 if it is not UTF-8. */
static size_t
character_len(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n <= len && text_is_utf8(text, n) ? n : 0;
}

static bool
is_control(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];

	if (len == 1)
		return c < 0x20 || c == 0x7f;
	return c == 0xc2 && (unsigned char)text[1] < 0xa0;
}

static bool
line_put(struct line *l, const char *text, size_t len)
{
	if (l->len + len >= l->space)
		return false;
	memcpy(l->out + l->len, text, len);
	l->len += len;
	if (l->len + MARK_LEN < l->space)
		l->fits = l->len;
	return true;
}

static void
line_cut(struct line *l)
{
	memcpy(l->out + l->fits, ELLIPSIS, MARK_LEN);
	l->len = l->fits + MARK_LEN;
}

static void
line_fill(struct line *l, const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		bool ok;

		n = character_len(text + i, len - i);
		if (n == 0) {
			ok = line_put(l, REPLACEMENT, MARK_LEN);
			n = 1;
		} else if (is_control(text + i, n)) {
			ok = line_put(l, " ", 1);
		} else {
			ok = line_put(l, text + i, n);
		}
		if (!ok) {
			line_cut(l);
			break;
		}
	}
	l->out[l->len] = '\0';
}

void
shorten(char *out, size_t space, const char *text, size_t len)
{
	struct line l = { .out = out, .space = space };

	assert(space >= 8);
	line_fill(&l, text, len);
}

static void
shorten_from(char *out, size_t space, const char *text, size_t len,
    size_t start)
{
	struct line l = { .out = out, .space = space };

	if (start > 0)
		(void)line_put(&l, ELLIPSIS, MARK_LEN);
	line_fill(&l, text + start, len - start);
}

static size_t
common_len(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	size_t i = 0;

	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* Where to begin, so that a quarter of the line shows what comes before the
 * difference; never within a character.  Up to there both are alike, so one
 * start serves both. */
static size_t
start_before(const char *text, size_t different, size_t space)
{
	size_t start = different > space / 4 ? different - space / 4 : 0;

	while (start > 0 && ((unsigned char)text[start] & 0xc0) == 0x80)
		start--;
	return start;
}

void
shorten_pair(char *a_out, char *b_out, size_t space, const char *a,
    size_t a_len, const char *b, size_t b_len)
{
	size_t different = common_len(a, a_len, b, b_len);
	size_t longest = a_len > b_len ? a_len : b_len;
	size_t start = 0;

	assert(space >= 8);
	if (longest >= space && different > space / 2 && different < longest)
		start = start_before(a_len > b_len ? a : b, different, space);
	shorten_from(a_out, space, a, a_len, start);
	shorten_from(b_out, space, b, b_len, start);
}
