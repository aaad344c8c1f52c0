/* Numbers as values, exact.
 * SPDX-License-Identifier: MIT
 */
#include "compare/number.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *a, *b;
	bool same;
} cases[] = {
	{ "1", "1", true },
	{ "1", "1.0", true },
	{ "1", "1e0", true },
	{ "1", "10e-1", true },
	{ "1", "0.1E+1", true },
	{ "100", "1e2", true },
	{ "120", "1.2e2", true },
	{ "0", "-0", true },
	{ "0", "0.000e99", true },
	{ "0.00120", "12e-4", true },
	{ "1", "2", false },
	{ "1", "-1", false },
	{ "1", "10", false },
	{ "0", "1", false },
	{ "1", "1.0000000000000000000001", false },
	{ "9007199254740993", "9007199254740992", false },
	{ "9007199254740993", "9007199254740993.0", true },
	{ "18446744073709551616", "18446744073709551615", false },
	{ "123456789012345678901234567890", "12345678901234567890123456789e1",
	    true },
	{ "123456789012345678901234567891", "12345678901234567890123456789.0e1",
	    false },
	{ "12345678901234567890", "1234567890123456789e1", true },
	{ "1e400", "1e401", false },
	{ "1e400", "10e399", true },
	{ "1e99999999999999999999", "1e99999999999999999998", false },
	{ "1e99999999999999999999", "1e99999999999999999999", true },
};

Test(number, is_compared_as_a_value)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *a = cases[i].a, *b = cases[i].b;

		cr_expect_eq(number_is_same(a, strlen(a), b, strlen(b)),
		    cases[i].same, "%s and %s", a, b);
		cr_expect_eq(number_is_same(b, strlen(b), a, strlen(a)),
		    cases[i].same, "%s and %s", b, a);
	}
}

static const struct {
	const char *a, *b, *absolute;
	uint32_t relative;
	bool within;
} near[] = {
	{ "1", "1", NULL, 0, true },
	{ "1", "1.1", NULL, 0, false },
	{ "1", "1.1", "0.1", 0, true },
	{ "0.1", "0.3", "0.2", 0, true },     /* doubles say no */
	{ "1.1", "1.3", "0.2", 0, true },
	{ "1", "1.1", "0.09999999999999999999999", 0, false },
	{ "9007199254740993", "9007199254740992", "1", 0, true },
	{ "9007199254740994", "9007199254740992", "1", 0, false },
	{ "18446744073709551616", "18446744073709551615", "1", 0, true },
	{ "1e30", "1000000000000000000000000000001", "1", 0, true },
	{ "1e30", "1000000000000000000000000000002", "1", 0, false },
	{ "-1", "1", "2", 0, true },
	{ "-1", "1", "1.9", 0, false },
	{ "-1", "-2", "1", 0, true },
	{ "0", "-0.5", "0.5", 0, true },
	{ "0", "0", "0", 0, true },
	{ "1", "1.0000001", "0", 0, false },
	{ "1e1000", "1e-1000", "1e1000", 0, true },
	{ "1e1000", "-1e-1000", "1e1000", 0, false },
	{ "1e999999999999999", "1", "5", 0, false },
	{ "1e99999999999999999999", "1e99999999999999999998", "1e9", 0, false },
	{ "100", "100.1", NULL, 100, true },  /* 0.1 % of 100.1 */
	{ "99.9", "100", NULL, 100, true },
	{ "99.8999", "100", NULL, 100, false },
	{ "-99.9", "-100", NULL, 100, true },
	{ "-99.9", "100", NULL, 100, false },
	{ "1000", "0", NULL, 100000, true },  /* 100 % */
	{ "1000", "-1", NULL, 100000, false },
	{ "0", "0.001", NULL, 99999, false },
	{ "1000000000000000000000", "1001000000000000000000", NULL, 100, true },
	{ "100", "101", "1", 1, true },       /* by either */
	{ "100", "101", "0.5", 1000, true },
	{ "100", "102", "0.5", 1000, false },
};

static bool
is_within(const char *a, const char *b, const struct tolerance *t)
{
	bool there = number_is_within(a, strlen(a), b, strlen(b), t);

	cr_expect_eq(number_is_within(b, strlen(b), a, strlen(a), t), there,
	    "%s and %s, the other way round", a, b);
	return there;
}

Test(number, may_be_apart_as_far_as_it_is_told)
{
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
		struct tolerance t = { (char *)near[i].absolute,
			near[i].relative };

		cr_expect_eq(is_within(near[i].a, near[i].b, &t), near[i].within,
		    "%s and %s within %s or %u", near[i].a, near[i].b,
		    near[i].absolute != NULL ? near[i].absolute : "nothing",
		    near[i].relative);
	}
}

/* value x 10^-places, written in one of several ways. */
static void
write_number(char out[64], long value, int places, int way)
{
	long scale = 1;

	for (int i = 0; i < places; i++)
		scale *= 10;
	if (way % 3 == 0)
		snprintf(out, 64, "%lde-%d", value, places);
	else if (places == 0)
		snprintf(out, 64, "%ld", value);
	else
		snprintf(out, 64, "%s%ld.%0*ld%s", value < 0 ? "-" : "",
		    labs(value) / scale, places, labs(value) % scale,
		    way % 3 == 1 ? "" : "00e0");
}

/* Against whole numbers of 128 bits. */
Test(number, is_within_exactly)
{
	srand(7);
	for (int round = 0; round < 200000; round++) {
		long a = rand() % 20001 - 10000, b = rand() % 20001 - 10000;
		long limit = rand() % 300;
		int places = rand() % 5;
		char x[64], y[64], l[64];
		__int128 apart, largest;
		struct tolerance t = { round % 2 ? l : NULL, 0 };
		bool want;

		if (rand() % 2)
			b = a + rand() % 400 - 200;
		if (round % 2 == 0)
			t.relative = (uint32_t)(rand() % 4000);
		write_number(x, a, places, rand());
		write_number(y, b, places, rand());
		write_number(l, limit, places, rand());
		apart = a > b ? a - b : b - a;
		largest = labs(a) > labs(b) ? labs(a) : labs(b);
		want = t.absolute != NULL ? apart <= limit :
		    apart * 100000 <= largest * t.relative;
		cr_assert_eq(is_within(x, y, &t), want, "%s %s %s %u", x, y, l,
		    t.relative);
	}
}

Test(number, hashes_by_value)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t a = number_hash(cases[i].a, strlen(cases[i].a));
		uint64_t b = number_hash(cases[i].b, strlen(cases[i].b));

		if (strlen(cases[i].a) < 20 || cases[i].same)
			cr_expect_eq(a == b, cases[i].same, "%s and %s",
			    cases[i].a, cases[i].b);
	}
}
