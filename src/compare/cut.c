/* cut -- does a text break off where another goes on?
 * SPDX-License-Identifier: MIT
 */
#include "compare/cut.h"

#include <stddef.h>
#include <string.h>

#include "compare/letters.h"

/* Words at the end that are looked for in the other text. */
#define TAIL 3
#define TAIL_SIGNS 5
/* Of a beginning that ends a sentence: so much missing is no closing remark. */
/* Without a mark at its end: words behind the last one that has one; or words
 * of a line, in a text that has only so much of the other's. */
#define ROW_WORDS 2
#define LINE_WORDS 5
#define LINE_SHARE 0.85
#define MISSING_WORDS 25
#define MISSING_SHARE 0.35

static size_t
end_of(const struct words *w)
{
	size_t end = w->len;

	while (end > 0 && ((unsigned char)w->text[end - 1] <= ' ' ||
	    w->text[end - 1] == '*' || w->text[end - 1] == '_'))
		end--;
	return end;
}

static bool
ends_in(const struct words *w, size_t end, const char *mark)
{
	size_t len = strlen(mark);

	return end >= len && memcmp(w->text + end - len, mark, len) == 0;
}

/* Something stands behind the last word, and it is no comma: the sentence, or
 * the list, the quote, the code, is over. */
static bool
is_ended(const struct words *w)
{
	const struct word *last = &w->items[w->count - 1];
	size_t end = end_of(w);
	char c;

	if (end <= last->at + last->len)
		return last->script == SCRIPT_NONE &&
		    (last->flags & WORD_DIGIT) == 0; /* an emoji */
	c = w->text[end - 1];
	return c != ',' && c != ';' && c != '(' && c != '-' &&
	    !ends_in(w, end, "\xef\xbc\x8c") /* full width comma */ &&
	    !ends_in(w, end, "\xe3\x80\x81");
}

static size_t
line_start(const struct words *w, size_t end)
{
	while (end > 0 && w->text[end - 1] != '\n')
		end--;
	return end;
}

/* Lines of lists, headings and tables end without a mark. */
static bool
is_item(const struct words *w)
{
	size_t start = line_start(w, end_of(w));

	while (start < w->len && (w->text[start] == ' ' ||
	    w->text[start] == '\t'))
		start++;
	return start < w->len && (strchr("-*+#|>", w->text[start]) != NULL ||
	    (w->text[start] >= '0' && w->text[start] <= '9'));
}

static bool
ends_in_address(const struct words *w)
{
	for (size_t at = end_of(w); at > 0 && w->text[at - 1] > ' '; at--)
		if (w->text[at - 1] == '/' || w->text[at - 1] == '@')
			return true;
	return false;
}

/* The last line has sentences with their marks, and then words without one;
 * or it is long, and a part of what the other says is missing. */
static bool
breaks_a_row(const struct words *a, const struct words *b)
{
	size_t start = line_start(a, end_of(a)), i = a->count, words = 0;

	while (i-- > 0 && a->items[i].at >= start) {
		size_t behind = a->items[i].at + a->items[i].len;

		if (words > 0 && memchr(".!?", a->text[behind], 3) != NULL &&
		    a->text[behind + 1] == ' ')
			return words >= ROW_WORDS;
		words++;
	}
	return words >= LINE_WORDS && (double)a->count < LINE_SHARE *
	    (double)b->count;
}

/* Fences that open and do not close. */
static bool
is_in_code(const struct words *w)
{
	bool in = false;

	for (size_t i = 0; i + 3 <= w->len; i++) {
		if (memcmp(w->text + i, "```", 3) == 0) {
			in = !in;
			i += 2;
		}
	}
	return in;
}

/* Does the sentence go on behind word i? */
static bool
goes_on(const struct words *w, size_t i)
{
	const struct word *next = &w->items[i + 1];
	size_t at = w->items[i].at + w->items[i].len;

	for (; at < next->at; at++)
		if (strchr(".!?:;\n", w->text[at]) != NULL ||
		    (unsigned char)w->text[at] == 0xe3 ||
		    (unsigned char)w->text[at] == 0xef)
			return false;
	return true;
}

/* The last word may be half of one. */
static bool
is_beginning_of(const struct words *a, const struct word *x,
    const struct words *b, const struct word *y)
{
	return x->hash == y->hash || (x->len < y->len &&
	    memcmp(a->text + x->at, b->text + y->at, x->len) == 0);
}

static bool
tail_is_at(const struct words *a, const struct words *b, size_t i, size_t tail)
{
	size_t from = a->count - tail;

	for (size_t k = 0; k + 1 < tail; k++)
		if (a->items[from + k].hash != b->items[i + k].hash)
			return false;
	return is_beginning_of(a, &a->items[a->count - 1], b,
	    &b->items[i + tail - 1]);
}

static bool
stands_within(const struct words *a, const struct words *b)
{
	size_t tail = (a->items[a->count - 1].flags & WORD_SIGN) != 0 ?
	    TAIL_SIGNS : TAIL;

	if (a->count < tail)
		return false;
	for (size_t i = 0; i + tail < b->count; i++) {
		const struct word *last = &b->items[i + tail - 1];

		if (tail_is_at(a, b, i, tail) && (goes_on(b, i + tail - 1) ||
		    last->hash != a->items[a->count - 1].hash))
			return true;
	}
	return false;
}

static bool
is_beginning(const struct words *a, const struct words *b)
{
	for (size_t i = 0; i + 1 < a->count; i++)
		if (a->items[i].hash != b->items[i].hash)
			return false;
	return is_beginning_of(a, &a->items[a->count - 1], b,
	    &b->items[a->count - 1]);
}

bool
cut_is(const struct words *a, const struct words *b)
{
	size_t missing = b->count - a->count;

	if (a->count == 0 || a->count >= b->count)
		return false;
	if (is_in_code(a) && !is_in_code(b))
		return true;
	if (!is_ended(a) && !is_item(a) && !ends_in_address(a) &&
	    (stands_within(a, b) || (is_ended(b) && breaks_a_row(a, b)) ||
	    end_of(a) > a->items[a->count - 1].at + a->items[a->count - 1].len ||
	    word_means(&a->items[a->count - 1], MEANS_COMMON, NULL)))
		return true;
	return missing >= MISSING_WORDS && is_beginning(a, b) &&
	    (double)missing >= MISSING_SHARE * (double)b->count;
}
