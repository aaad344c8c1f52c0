/* The plain part of a string, however long it is and wherever it ends.
 * SPDX-License-Identifier: MIT
 */
#include "base/json_plain.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <string.h>


#define LENGTH_MAX 150

static const char *
one_by_one(const char *at, const char *end, bool *high_out)
{
	*high_out = false;
	for (; at < end; at++) {
		unsigned char c = (unsigned char)*at;

		if (c == '"' || c == '\\' || c < 0x20)
			break;
		*high_out |= c > 0x7f;
	}
	return at;
}

static void
check(const char *at, const char *end)
{
	uint64_t high = 0;
	bool want_high;
	const char *want = one_by_one(at, end, &want_high);

	cr_assert_eq(json_plain_end(at, end, &high), want);
	cr_assert_eq(high != 0, want_high);
}

/* Every byte at every place of every length: nothing behind it counts, and
 * what is high before it does. */
Test(json_plain, ends_where_a_byte_by_byte_search_ends)
{
	char text[LENGTH_MAX];

	for (size_t len = 0; len <= LENGTH_MAX; len++)
		for (size_t at = 0; at < len; at++)
			for (unsigned c = 0; c < 256; c++) {
				memset(text, 'x', sizeof text);
				text[at] = (char)c;
				check(text, text + len);
			}
}

Test(json_plain, high_bytes_count_only_before_the_end)
{
	char text[LENGTH_MAX];

	for (size_t stop = 0; stop < LENGTH_MAX; stop++)
		for (size_t high = 0; high < LENGTH_MAX; high++) {
			memset(text, ' ', sizeof text);
			text[high] = (char)0xc3;
			text[stop] = '"';
			check(text, text + sizeof text);
		}
}
