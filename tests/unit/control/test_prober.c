/* Active checks: thresholds, and what is said of them.
 * SPDX-License-Identifier: MIT
 */
#include "control/prober.h"

#include <criterion/criterion.h>

static const struct health_check rules = { .rise = 2, .fall = 3 };

static const struct {
	const char *why;
	const char *checks; /* + good, - bad */
	enum check begin, want;
} cases[] = {
	{ "nothing yet", "", CHECK_UNKNOWN, CHECK_UNKNOWN },
	{ "the first good one is enough", "+", CHECK_UNKNOWN, CHECK_UP },
	{ "not yet down", "--", CHECK_UNKNOWN, CHECK_UNKNOWN },
	{ "down", "---", CHECK_UNKNOWN, CHECK_DOWN },
	{ "not in a row", "--+--", CHECK_UNKNOWN, CHECK_UP },
	{ "up to down", "+---", CHECK_UP, CHECK_DOWN },
	{ "one good one is not enough", "+", CHECK_DOWN, CHECK_DOWN },
	{ "two are", "++", CHECK_DOWN, CHECK_UP },
	{ "two, but not in a row", "+-+", CHECK_DOWN, CHECK_DOWN },
};

Test(prober, judges_by_thresholds)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct check_row row = { .state = cases[i].begin };

		for (const char *c = cases[i].checks; *c != '\0'; c++)
			(void)check_judge(&row, &rules, *c == '+');
		cr_expect_eq(row.state, cases[i].want, "%s", cases[i].why);
	}
}

Test(prober, says_what_was_found)
{
	char text[80];

	prober_describe(503, text, sizeof text);
	cr_expect_str_eq(text, "status 503");
	prober_describe(UINT64_C(28) << 16, text, sizeof text);
	cr_expect_str_eq(text, "Timeout was reached");
	prober_describe(UINT64_C(0xffff) << 16, text, sizeof text);
	cr_expect_str_eq(text, "not made: understudy had no socket left");
}
