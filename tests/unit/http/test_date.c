/* The moment a message came.
 * SPDX-License-Identifier: MIT
 */
#include "http/date.h"

#include <criterion/criterion.h>

static const struct {
	int64_t seconds;
	const char *want;
} cases[] = {
	{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
	{ 1709164800, "Thu, 29 Feb 2024 00:00:00 GMT" },
	{ 4102444799, "Thu, 31 Dec 2099 23:59:59 GMT" },
};

Test(date, writes_each)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char out[DATE_TEXT_LEN + 1];

		date_format(cases[i].seconds, out);
		cr_expect_str_eq(out, cases[i].want);
	}
}
