/* test_probe_track -- how old a number is, and how much it grows.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "control/probe_track.h"

#define S NS_PER_S
#define MINUTE_MS UINT64_C(60000)
#define DAY_MS UINT64_C(86400000)

static struct probe_track t;

Test(probe_track, a_number_ages)
{
	double value;

	cr_expect_not(probe_track_now(&t, 100 * S, 10000, &value), "there is none");
	probe_track_add(&t, 100 * S, 5, 0);
	cr_expect(probe_track_now(&t, 110 * S, 10000, &value));
	cr_expect_float_eq(value, 5, 1e-12);
	cr_expect_not(probe_track_now(&t, 110 * S + 1, 10000, &value));
	cr_expect(probe_track_now(&t, 99 * S, 10000, &value),
	    "asked for in between");
	probe_track_add(&t, 100 * S, 6, 0);
	cr_expect(probe_track_now(&t, 100 * S, 10000, &value));
	cr_expect_float_eq(value, 5, 1e-12, "the same moment changes nothing");
	cr_expect_eq(t.count, 0, "nobody asks for its growth");
}

/* Every step_s a number of that line; then what is said of its growth a day
 * over a window of 10 minutes. */
static const struct {
	const char *why;
	unsigned count, step_s;
	double first, slope_s; /* per second */
	bool known;
} lines[] = {
	{ "steady", 60, 10, 7, 0, true },
	{ "growing", 60, 10, 1e9, 100, true },
	{ "shrinking", 60, 10, 1e12, -3.5, true },
	{ "half the window is enough", 32, 10, 0, 2, true },
	{ "less is not", 29, 10, 0, 2, false },
	{ "two numbers are no line", 2, 500, 0, 2, false },
	{ "three are", 3, 250, 0, 2, true },
	{ "asked every second for two hours", 7200, 1, 4e9, 0.25, true },
};

Test(probe_track, growth_is_that_of_the_line)
{
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct probe_track *track = calloc(1, sizeof *track);
		uint64_t now_ns = 0;
		double growth = 0, want = lines[i].slope_s * 86400;
		bool known;

		for (unsigned k = 0; k < lines[i].count; k++) {
			now_ns = (1000 + (uint64_t)k * lines[i].step_s) * S;
			probe_track_add(track, now_ns, lines[i].first +
			    lines[i].slope_s * k * lines[i].step_s, 10 * MINUTE_MS);
		}
		known = probe_track_growth(track, now_ns, 10 * MINUTE_MS, DAY_MS,
		    &growth);
		cr_expect_eq(known, lines[i].known, "%s", lines[i].why);
		if (known)
			cr_expect_float_eq(growth, want, 1e-6 * fabs(want) + 1e-6,
			    "%s: %g, not %g", lines[i].why, growth, want);
		free(track);
	}
}

/* One number off the line does not make a growth, as two ends would. */
Test(probe_track, growth_is_not_that_of_two_ends)
{
	double growth;

	for (unsigned k = 0; k <= 60; k++)
		probe_track_add(&t, (1000 + k * 10) * S, k == 60 ? 160 : 100,
		    10 * MINUTE_MS);
	cr_assert(probe_track_growth(&t, 1600 * S, 10 * MINUTE_MS, 10 * MINUTE_MS,
	    &growth));
	cr_expect(growth > 0 && growth < 10, "%g", growth);
}

/* The ring reaches over the longest span however often it is asked. */
Test(probe_track, the_past_is_kept_evenly)
{
	double growth;

	for (uint64_t ms = 1; ms < 3 * 3600000; ms += 500)
		probe_track_add(&t, ms * NS_PER_MS, ms < 9000000 ? 0 : 1000,
		    3 * 3600000);
	cr_expect_leq(t.count, PROBE_POINTS_MAX);
	cr_assert(probe_track_growth(&t, UINT64_C(3) * 3600 * S, 3 * 3600000,
	    3 * 3600000, &growth));
	cr_expect(growth > 300 && growth < 1500, "%g", growth);
}
