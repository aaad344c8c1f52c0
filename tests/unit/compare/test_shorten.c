/* Values made short and harmless.
 * SPDX-License-Identifier: MIT
 */
#include "compare/shorten.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *why, *input, *want;
} cases[] = {
	{ "short stays", "abc", "abc" },
	{ "empty stays", "", "" },
	{ "just fits", "123456789", "123456789" },
	{ "one over", "1234567890", "123456\xe2\x80\xa6" },
	{ "no half characters", "12345\xc3\xa4\xc3\xa4xx", "12345\xe2\x80\xa6" },
	{ "lines become spaces", "a\nb\tc", "a b c" },
	{ "no terminal escapes", "\x1b[31m", " [31m" },
	{ "nor C1 ones", "\xc2\x9b" "31m", " 31m" },
	{ "not UTF-8", "a\xff" "b", "a\xef\xbf\xbd" "b" },
	{ "cut character", "a\xc3", "a\xef\xbf\xbd" },
};

Test(shorten, makes_one_harmless_line)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char out[10];

		shorten(out, sizeof out, cases[i].input,
		    strlen(cases[i].input));
		cr_expect_str_eq(out, cases[i].want, "%s: %s", cases[i].why,
		    out);
	}
}

Test(shorten, shows_where_long_texts_differ)
{
	char a[40], b[40];
	const char *x = "The quick brown fox jumps over the lazy dog today";
	const char *y = "The quick brown fox jumps over the lazy cat today";

	shorten_pair(a, b, sizeof a, x, strlen(x), y, strlen(y));
	cr_expect_not_null(strstr(a, "dog"), "%s", a);
	cr_expect_not_null(strstr(b, "cat"), "%s", b);
	cr_expect_eq(memcmp(a, "\xe2\x80\xa6", 3), 0, "%s", a);
}

Test(shorten, leaves_short_pairs_whole)
{
	char a[40], b[40];

	shorten_pair(a, b, sizeof a, "price 10", 8, "price 11", 8);
	cr_expect_str_eq(a, "price 10");
	cr_expect_str_eq(b, "price 11");
	shorten_pair(a, b, sizeof a, "", 0, "x", 1);
	cr_expect_str_eq(a, "");
	cr_expect_str_eq(b, "x");
}

/* Any bytes, any space: valid UTF-8 that fits. */
Test(shorten, is_utf8_whatever_comes)
{
	unsigned char noise[64];
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		char out[64], other[64];
		size_t space = 8 + (size_t)round % 50;

		for (size_t i = 0; i < sizeof noise; i++) {
			seed = seed * 1103515245 + 12345;
			noise[i] = (unsigned char)(seed >> 16);
		}
		shorten_pair(out, other, space, (char *)noise, sizeof noise,
		    (char *)noise, (size_t)round % sizeof noise);
		cr_assert_lt(strlen(out), space);
		cr_assert(text_is_utf8(out, strlen(out)));
		cr_assert(text_is_utf8(other, strlen(other)));
	}
}
