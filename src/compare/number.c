/* number -- see number.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/number.h"

#include <string.h>

#include "base/compiler.h"

#define EXPONENT_MAX INT64_C(1000000000000000)
/* A relative tolerance is in parts of this, 10^RELATIVE_SHIFT. */
#define RELATIVE_SHIFT 5

/* 0.DIGITS x 10^exponent, the first digit not 0; no digits = zero. */
struct decimal {
	const char *next; /* first significant digit; a "." may lie between */
	const char *end;  /* of the mantissa */
	int64_t exponent;
	bool negative;
	bool huge;        /* the exponent is over EXPONENT_MAX */
};

static int64_t
exponent_read(const char *text, const char *end, bool *huge)
{
	bool negative = text < end && *text == '-';
	int64_t value = 0;

	if (text < end && (*text == '-' || *text == '+'))
		text++;
	for (; text < end; text++) {
		if (value < EXPONENT_MAX)
			value = value * 10 + (*text - '0');
		else
			*huge = true;
	}
	return negative ? -value : value;
}

static void
decimal_read(struct decimal *d, const char *text, size_t len)
{
	const char *end = text + len;
	bool after_point = false, significant = false;

	memset(d, 0, sizeof *d);
	if (text < end && *text == '-') {
		d->negative = true;
		text++;
	}
	for (; text < end && *text != 'e' && *text != 'E'; text++) {
		if (*text == '.') {
			after_point = true;
			continue;
		}
		if (!significant && *text != '0') {
			significant = true;
			d->next = text;
		}
		if (significant && !after_point)
			d->exponent++;
		else if (!significant && after_point)
			d->exponent--;
	}
	d->end = text;
	if (!significant) {
		/* -0 is 0, whatever its exponent. */
		memset(d, 0, sizeof *d);
		return;
	}
	if (text < end)
		d->exponent += exponent_read(text + 1, end, &d->huge);
}

/* The next digit of the mantissa; '0' for ever behind its end. */
static char
decimal_next(struct decimal *d)
{
	if (d->next < d->end && *d->next == '.')
		d->next++;
	return d->next < d->end ? *d->next++ : '0';
}

bool
number_is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct decimal x, y;

	if (a_len == b_len && memcmp(a, b, a_len) == 0)
		return true;
	decimal_read(&x, a, a_len);
	decimal_read(&y, b, b_len);
	if (x.huge || y.huge || x.negative != y.negative ||
	    x.exponent != y.exponent || (x.next == NULL) != (y.next == NULL))
		return false;
	while (x.next < x.end || y.next < y.end)
		if (decimal_next(&x) != decimal_next(&y))
			return false;
	return true;
}

/* --- sums ------------------------------------------------------------------ */

/* factor x 10^shift x the magnitude of d, taken digit by digit. */
struct term {
	struct decimal d;
	int64_t factor;
	int64_t place; /* the power of ten that the next digit counts */
};

static struct term
term_of(const struct decimal *d, int64_t factor, int64_t shift)
{
	return (struct term){ *d, factor, d->exponent - 1 + shift };
}

static bool
is_spent(const struct term *t)
{
	return t->d.next == t->d.end;
}

/* What the terms have at a place; their next digits are behind it then. */
static int64_t
take_digits(struct term *terms, size_t count, int64_t place)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		struct term *t = &terms[i];

		if (is_spent(t) || t->place != place)
			continue;
		sum += t->factor * (decimal_next(&t->d) - '0');
		t->place--;
	}
	return sum;
}

/* The highest place where a digit is left. */
static bool
highest_place(const struct term *terms, size_t count, int64_t *place_out)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (is_spent(&terms[i]) || (any && terms[i].place <= *place_out))
			continue;
		*place_out = terms[i].place;
		any = true;
	}
	return any;
}

/* The sign of the sum of the terms: from the highest digit down, until what
 * is left cannot change it any more.  The digits behind a place are worth
 * less than 1 of it, so together they lie between minus the negative factors
 * and the positive ones. */
static int
sign_of_sum(struct term *terms, size_t count)
{
	int64_t positive = 0, negative = 0, sum = 0, place = 0;

	for (size_t i = 0; i < count; i++) {
		if (terms[i].factor > 0)
			positive += terms[i].factor;
		else
			negative -= terms[i].factor;
	}
	for (;;) {
		int64_t next = place;

		if (!highest_place(terms, count, &next))
			break;
		/* Places without digits only matter once there is a sum. */
		place = sum == 0 ? next : place - 1;
		sum = sum * 10 + take_digits(terms, count, place);
		if ((sum > 0 && sum >= negative) || (sum < 0 && -sum >= positive))
			break;
	}
	return sum > 0 ? 1 : sum < 0 ? -1 : 0;
}

/* --- tolerance -------------------------------------------------------------- */

static bool
is_within_absolute(const struct decimal *more, const struct decimal *less,
    int64_t sign, const char *absolute)
{
	struct decimal limit;
	struct term terms[3];

	decimal_read(&limit, absolute, strlen(absolute));
	if (limit.huge)
		return false;
	terms[0] = term_of(more, 1, 0);
	terms[1] = term_of(less, sign, 0);
	terms[2] = term_of(&limit, -1, 0);
	return sign_of_sum(terms, COUNT_OF(terms)) <= 0;
}

static bool
is_within_relative(const struct decimal *more, const struct decimal *less,
    int64_t sign, uint32_t relative)
{
	struct term terms[] = {
		term_of(more, 1, RELATIVE_SHIFT),
		term_of(less, sign, RELATIVE_SHIFT),
		term_of(more, -(int64_t)relative, 0),
	};

	return sign_of_sum(terms, COUNT_OF(terms)) <= 0;
}

static bool
is_more(const struct decimal *a, const struct decimal *b)
{
	struct term terms[] = { term_of(a, 1, 0), term_of(b, -1, 0) };

	return sign_of_sum(terms, COUNT_OF(terms)) > 0;
}

bool
number_is_within(const char *a, size_t a_len, const char *b, size_t b_len,
    const struct tolerance *t)
{
	struct decimal x, y, *more = &y, *less = &x;
	int64_t sign;

	if (number_is_same(a, a_len, b, b_len))
		return true;
	decimal_read(&x, a, a_len);
	decimal_read(&y, b, b_len);
	if (x.huge || y.huge)
		return false;
	if (is_more(&x, &y)) {
		more = &x;
		less = &y;
	}
	/* Of one sign, the distance is a difference. */
	sign = x.negative == y.negative ? -1 : 1;
	return (t->absolute != NULL &&
	    is_within_absolute(more, less, sign, t->absolute)) ||
	    (t->relative > 0 &&
	    is_within_relative(more, less, sign, t->relative));
}

uint64_t
number_hash(const char *text, size_t len)
{
	uint64_t h, zeros = 0;
	struct decimal d;

	decimal_read(&d, text, len);
	h = ((uint64_t)d.exponent * 2 + d.negative) *
	    UINT64_C(0x9e3779b97f4a7c15);
	while (d.next < d.end) {
		char c = decimal_next(&d);

		/* Zeros at the end are no digits. */
		if (c == '0') {
			zeros++;
			continue;
		}
		h = (h ^ (zeros << 8 | (uint64_t)c)) *
		    UINT64_C(0x100000001b3);
		zeros = 0;
	}
	return h;
}
