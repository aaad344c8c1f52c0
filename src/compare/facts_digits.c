/* facts_digits -- numbers in digits, with the separators of any country.
 * SPDX-License-Identifier: MIT
 *
 * Contract in facts_scan.h.  Which separator is which is not known before all
 * are seen, and of "1,234" not even then: such a number means both, and is the
 * same as either.
 */
#include <string.h>

#include "base/compiler.h"
#include "compare/facts_scan.h"
#include "compare/letters.h"

#define GROUPS_MAX 12

/* --- digits ------------------------------------------------------------ */

/* Digits of any script at byte at, as ASCII behind those in n; returns where
 * they end. */
static size_t
take_digits(const struct fact_scan *s, size_t at, struct number *n,
    unsigned *taken)
{
	*taken = 0;
	while (at < s->w->len) {
		struct letter l;

		letter_read(s->w->text + at, s->w->len - at, &l);
		if (l.glyph != GLYPH_DIGIT)
			break;
		if (n->count < NUMBER_DIGITS_MAX)
			n->digits[n->count++] = (char)l.fold[0];
		(*taken)++;
		at += l.len;
	}
	return at;
}

/* How many bytes at at separate groups, and as what: ',' '.' or ' ' (which
 * only ever groups thousands). */
static size_t
separator_at(const struct fact_scan *s, size_t at, char *kind)
{
	static const struct {
		const char *text;
		char kind;
	} separators[] = { { ",", ',' }, { ".", '.' }, { " ", ' ' },
		{ "'", ' ' }, { "\xc2\xa0", ' ' }, { "\xe2\x80\xaf", ' ' },
		{ "\xe2\x80\x89", ' ' }, { "\xe2\x80\x99", ' ' },
		{ "\xd9\xab", '.' }, { "\xd9\xac", ',' } };

	for (size_t i = 0; i < COUNT_OF(separators); i++) {
		if (fact_text_is(s, at, separators[i].text)) {
			*kind = separators[i].kind;
			return strlen(separators[i].text);
		}
	}
	return 0;
}

struct groups {
	unsigned digits[GROUPS_MAX]; /* of each */
	char before[GROUPS_MAX];     /* the separator before it */
	size_t end[GROUPS_MAX];      /* byte behind it */
	unsigned count;
};

/* Keep the first groups; the digits of the others are not the number's. */
static void
keep_groups(struct number *n, struct groups *g, unsigned count)
{
	for (unsigned i = count; i < g->count; i++)
		n->count -= g->digits[i] < n->count ? g->digits[i] : n->count;
	g->count = count;
}

/* More digits behind a space: what was grouped is a row of numbers, as of a
 * telephone. */
static bool
goes_on_in_digits(const struct fact_scan *s, size_t at)
{
	if (byte_at(s, at) != ' ')
		return false;
	while (byte_at(s, at) == ' ' || byte_at(s, at) == '*')
		at++;
	return byte_at(s, at) >= '0' && byte_at(s, at) <= '9';
}

static void
read_groups(const struct fact_scan *s, size_t at, struct number *n,
    struct groups *g)
{
	size_t len = 0;
	char kind = '\0';

	do {
		unsigned taken, before = n->count;
		size_t end = take_digits(s, at + len, n, &taken);

		/* After a space only thousands go on. */
		if (taken == 0 || (kind == ' ' && (taken != 3 ||
		    g->digits[0] > 3 || n->digits[0] == '0'))) {
			n->count = before;
			break;
		}
		g->digits[g->count] = taken;
		g->before[g->count] = kind;
		g->end[g->count++] = at = end;
		len = separator_at(s, at, &kind);
	} while (len > 0 && g->count < GROUPS_MAX);
	if (g->count > 1 && g->before[g->count - 1] == ' ' &&
	    goes_on_in_digits(s, at))
		keep_groups(n, g, 1);
}

static bool
are_thousands(const struct groups *g, unsigned from, unsigned to)
{
	if (g->digits[0] > 3)
		return false;
	for (unsigned i = from; i < to; i++) {
		bool lakhs = g->digits[i] == 2 && i + 1 < g->count &&
		    g->digits[g->count - 1] == 3; /* 1,00,000 */

		if ((g->digits[i] != 3 && !lakhs) || g->before[i] != g->before[1])
			return false;
	}
	return true;
}

/* Say what the separators mean: the exponent, and a second one. */
static void
weigh_groups(struct number *n, struct groups *g)
{
	unsigned last = g->count - 1;

	if (last == 0)
		return;
	if (are_thousands(g, 1, g->count)) {
		n->is_two = last == 1 && g->before[1] != ' ' &&
		    n->digits[0] != '0';
		n->other = -3;
		if (n->digits[0] == '0')
			n->exponent = -3;
	} else if (g->before[last] != ' ' && (last == 1 ||
	    (g->before[last] != g->before[1] && are_thousands(g, 1, last)))) {
		n->exponent = -(int)g->digits[last];
	} else if (g->before[1] == '.' && g->before[last] == '.') {
		n->dotted = true;
	} else {
		keep_groups(n, g, 1); /* a list: 10,20,30 */
	}
}

void
number_trim(struct number *n)
{
	unsigned zeros = 0;

	while (n->count > 0 && n->digits[n->count - 1] == '0') {
		n->count--;
		n->exponent++;
		n->other++;
	}
	while (zeros < n->count && n->digits[zeros] == '0')
		zeros++;
	n->count -= zeros;
	memmove(n->digits, n->digits + zeros, n->count);
	if (n->count == 0)
		n->exponent = n->other = 0;
}

bool
number_read(const struct fact_scan *s, size_t at, struct number *out)
{
	struct groups g = { .count = 0 };

	memset(out, 0, sizeof *out);
	read_groups(s, at, out, &g);
	if (g.count == 0)
		return false;
	out->written = g.digits[0];
	weigh_groups(out, &g);
	out->end = g.end[g.count - 1];
	out->dotted = out->dotted || out->count == NUMBER_DIGITS_MAX;
	if (!out->dotted)
		number_trim(out);
	return true;
}
