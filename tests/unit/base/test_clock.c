/* The two clocks and the one way to write a moment.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/compiler.h"

static const struct {
	int64_t wall_us;
	const char *want;
} moments[] = {
	{ 0, "1970-01-01T00:00:00.000000Z" },
	{ 1, "1970-01-01T00:00:00.000001Z" },
	{ -1, "1969-12-31T23:59:59.999999Z" },
	{ -1000000, "1969-12-31T23:59:59.000000Z" },
	{ INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z" },
	{ INT64_C(1769862896123456), "2026-01-31T12:34:56.123456Z" },
	{ INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
};

Test(clock, writes_moments)
{
	for (size_t i = 0; i < COUNT_OF(moments); i++) {
		char out[CLOCK_TEXT_MAX];

		clock_format(moments[i].wall_us, out);
		cr_expect_str_eq(out, moments[i].want);
	}
}

Test(clock, never_goes_back)
{
	uint64_t last = clock_ns();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_ns();

		cr_assert_geq(now, last);
		last = now;
	}
}

Test(clock, wall_is_microseconds_of_this_century)
{
	cr_expect_gt(clock_wall_us(), INT64_C(1600000000000000));
	cr_expect_lt(clock_wall_us(), INT64_C(4102444800000000));
}

Test(clock, the_ends_of_time_fit)
{
	const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX };

	for (size_t i = 0; i < 3; i++) {
		char text[CLOCK_TEXT_MAX];

		clock_format(ends[i], text);
		cr_expect_eq(text[strlen(text) - 1], 'Z', "%s", text);
	}
}
