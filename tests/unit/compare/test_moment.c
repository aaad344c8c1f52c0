/* Points in time as answers write them.
 * SPDX-License-Identifier: MIT
 */
#include "compare/moment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *text;
	int64_t seconds;
	uint32_t nanoseconds;
	bool is_local;
} good[] = {
	{ "1970-01-01T00:00:00Z", 0, 0, false },
	{ "2026-11-28T09:30:00Z", 1795858200, 0, false },
	{ "2026-11-28t09:30:00z", 1795858200, 0, false },
	{ "2026-11-28 09:30:00Z", 1795858200, 0, false },
	{ "2026-11-28T10:30:00+01:00", 1795858200, 0, false },
	{ "2026-11-28T00:00:00-09:30", 1795858200, 0, false },
	{ "2026-11-28T09:30:00.25Z", 1795858200, 250000000, false },
	{ "2026-11-28T09:30:00.1234567891Z", 1795858200, 123456789, false },
	{ "2026-11-28T09:30:00", 1795858200, 0, true },
	{ "2024-02-29T00:00:00Z", 1709164800, 0, false },
	{ "2000-02-29T23:59:59Z", 951868799, 0, false },
	{ "2016-12-31T23:59:60Z", 1483228800, 0, false },
	{ "1969-12-31T23:59:59Z", -1, 0, false },
	{ "0001-01-01T00:00:00Z", INT64_C(-62135596800), 0, false },
	{ "9999-12-31T23:59:59Z", INT64_C(253402300799), 0, false },
	{ "1795858200", 1795858200, 0, false },
	{ "1795858200.5", 1795858200, 500000000, false },
	{ "1795858200250", 1795858200, 250000000, false },
	{ "1795858200250.5", 1795858200, 250500000, false },
	{ "99999999999", INT64_C(99999999999), 0, false },
	{ "100000000000", 100000000, 0, false },
	{ "0", 0, 0, false },
	{ "Sat, 28 Nov 2026 09:30:00 GMT", 1795858200, 0, false },
	{ "Sun, 28 Nov 2026 09:30:00 GMT", 1795858200, 0, false },
	{ "Thu, 31 Dec 1969 23:59:59 GMT", -1, 0, false },
};

static const char *const bad[] = {
	"", " 1795858200", "1795858200 ", "-1", "1e9", "1795858200.", ".5",
	"100000000000000", "17958582002500000", "2026-11-28", "2026-11-28T",
	"2026-11-28T09:30Z", "2026-11-28T09:30:00.Z", "2026-11-28T09:30:00+1:00",
	"2026-11-28T09:30:00+01:00x", "2026-11-28T09:30:00ZZ",
	"2026-11-31T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
	"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
	"2026-01-32T00:00:00Z", "2026-12-32T00:00:00Z", "2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "0000-01-01T00:00:00Z",
	"Sat, 28 Nov 2026 09:30:00", "Sat, 28 Nov 2026 09:30:00 UTC",
	"Sat, 31 Nov 2026 09:30:00 GMT", "Sat, 28 nov 2026 09:30:00 GMT",
	"Sat, 28 Nov 26 09:30:00 GMT", "Sat, 28 Nov 2026 09:30:00 GMTx", "Sat",
	"2026-11-28T09:30:00+24:00", "yesterday", "26-11-28T09:30:00Z",
};

Test(moment, reads_times)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct moment m;

		cr_assert(moment_read(good[i].text, strlen(good[i].text), &m),
		    "%s", good[i].text);
		cr_expect_eq(m.seconds, good[i].seconds, "%s: %lld", good[i].text,
		    (long long)m.seconds);
		cr_expect_eq(m.nanoseconds, good[i].nanoseconds, "%s",
		    good[i].text);
		cr_expect_eq(m.is_local, good[i].is_local, "%s", good[i].text);
	}
}

Test(moment, refuses_what_is_no_time)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct moment m;

		cr_expect_not(moment_read(bad[i], strlen(bad[i]), &m), "%s",
		    bad[i]);
	}
	cr_expect_not(moment_read("1795858200\0", 11, &(struct moment){ 0 }));
}

Test(moment, knows_the_calendar)
{
	for (time_t day = -700000; day < 2900000; day += 97) {
		time_t seconds = day * 86400 + 4711;
		struct moment m;
		char text[64];
		struct tm tm;

		gmtime_r(&seconds, &tm);
		if (tm.tm_year + 1900 < 1 || tm.tm_year + 1900 > 9999)
			continue;
		snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec);
		cr_assert(moment_read(text, strlen(text), &m), "%s", text);
		cr_assert_eq(m.seconds, seconds, "%s", text);
	}
}

static const struct {
	const char *a, *b;
	uint64_t ms;
	bool within;
} pairs[] = {
	{ "1795858200", "1795858205", 5000, true },
	{ "1795858200", "1795858206", 5000, false },
	{ "1795858200", "1795858205.001", 5000, false },
	{ "1795858200.999999999", "1795858201", 0, false },
	{ "1795858200.999", "1795858201", 1, true },
	{ "1795858200.5", "1795858200500", 0, true },
	{ "2026-11-28T09:30:00Z", "1795858203", 3000, true },
	{ "2026-11-28T09:30:00+01:00", "2026-11-28T09:30:00Z", 60000, false },
	{ "2026-11-28T09:30:00", "2026-11-28T09:30:01", 1000, true },
	{ "2026-11-28T09:30:00", "2026-11-28T09:30:00Z", 1000, false },
	{ "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 31536000000, false },
};

Test(moment, measures_what_lies_between)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct moment a, b;

		cr_assert(moment_read(pairs[i].a, strlen(pairs[i].a), &a));
		cr_assert(moment_read(pairs[i].b, strlen(pairs[i].b), &b));
		cr_expect_eq(moment_is_within(&a, &b, pairs[i].ms),
		    pairs[i].within, "%s %s", pairs[i].a, pairs[i].b);
		cr_expect_eq(moment_is_within(&b, &a, pairs[i].ms),
		    pairs[i].within, "%s %s", pairs[i].b, pairs[i].a);
	}
}
