/* test_wall_time -- moments as people and the API write them.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "base/compiler.h"
#include "config/wall_time.h"

#define NOON INT64_C(1767268800000000) /* 2026-01-01T12:00:00Z */

static const struct {
	const char *text;
	int64_t want_us; /* -1: is no time */
} times[] = {
	{ "2026-01-01T12:00:00Z", NOON },
	{ "2026-01-01T12:00:00.123456Z", NOON + 123456 },
	{ "2026-01-01T12:00:00.5Z", NOON + 500000 },
	{ "2026-01-01T13:30:00.000001+01:30", NOON + 1 },
	{ "2026-01-01T07:00:00-05:00", NOON },
	{ "2026-01-01", NOON - INT64_C(43200000000) },
	{ "2026-01-01T12:00:00", -1 },
	{ "2026-01-01T12:00:00.Z", -1 },
	{ "2026-01-01T12:00:00.1234567Z", -1 },
	{ "2026-01-01T12:00:00.12", -1 },
	{ "2026-01-01T12:00:00,5Z", -1 },
	{ "2026-01-01T12:00Z", -1 },
	{ "2026-01-01 12:00:00Z", -1 },
	{ "2026-01-01T24:00:00Z", -1 },
	{ "2026-04-31", -1 },
	{ "2026-01-01T12:00:00+15:00", -1 },
	{ "2026-01-01T12:00:00+ 1:00", -1 },
	{ "2026-01-01T12:00:00++1:00", -1 },
	{ "soon", -1 },
	{ "", -1 },
};

static const struct {
	const char *text;
	int minutes; /* -1: is none */
} days[] = {
	{ "00:00", 0 }, { "09:30", 570 }, { "23:59", 1439 }, { "24:00", 1440 },
	{ "24:01", -1 }, { "12:60", -1 }, { "9:30", -1 }, { "+9:30", -1 },
	{ " 9:30", -1 }, { "09:3", -1 }, { "09:+3", -1 }, { "09:300", -1 },
	{ "09-30", -1 }, { "", -1 },
};

Test(wall_time, times_of_the_day)
{
	for (size_t i = 0; i < COUNT_OF(days); i++) {
		uint32_t minutes = 0;

		cr_expect_eq(wall_time_of_day(days[i].text, &minutes),
		    days[i].minutes >= 0, "%s", days[i].text);
		cr_expect_eq((int)minutes, days[i].minutes > 0 ? days[i].minutes : 0,
		    "%s", days[i].text);
	}
}

Test(wall_time, moments)
{
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		int64_t us = -1;

		cr_expect_eq(wall_time_parse(times[i].text, &us),
		    times[i].want_us != -1, "%s", times[i].text);
		cr_expect_eq(us, times[i].want_us, "%s: %" PRId64,
		    times[i].text, us);
	}
}
