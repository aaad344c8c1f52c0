/* test_ascii_runs -- many bytes at a time end where one at a time does.
 * SPDX-License-Identifier: MIT
 */
#include "http/ascii_runs.h"

#include <criterion/criterion.h>
#include <string.h>

#define LENGTH_MAX 40

static const unsigned classes[] = { ASCII_TOKEN, ASCII_TARGET, ASCII_TEXT };

static void
check(const char *text, const char *end)
{
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		const char *want = text;

		while (want < end && ascii_is(*want, classes[i]))
			want++;
		cr_assert_eq(ascii_skip(text, end, classes[i]), want,
		    "class %u", classes[i]);
	}
}

/* Every byte at every place of every length, and every byte behind it. */
Test(ascii_runs, end_where_a_byte_by_byte_search_ends)
{
	char text[LENGTH_MAX];

	for (size_t len = 0; len <= LENGTH_MAX; len++)
		for (size_t at = 0; at < len; at++)
			for (unsigned c = 0; c < 256; c++) {
				memset(text, at % 2 == 0 ? 'x' : 'X', sizeof text);
				text[at] = (char)c;
				check(text, text + len);
				if (at + 1 < len)
					text[at + 1] = '\t';
				check(text, text + len);
			}
}
