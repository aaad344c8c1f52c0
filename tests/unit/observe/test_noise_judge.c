/* Counts to states, similarities to floors, pins to paths.
 * SPDX-License-Identifier: MIT
 */
#include "observe/noise_judge.h"

#include <criterion/criterion.h>
#include <math.h>

Test(noise_judge, says_noise_real_or_unknown)
{
	static const struct {
		const char *why;
		struct paired seen;
		enum noise_state want;
	} rows[] = {
		{ "nothing seen", { 0, 0, 0 }, NOISE_UNKNOWN },
		{ "an id, ten pairs", { 0, 0, 10 }, NOISE_UNKNOWN },
		{ "an id, twenty pairs", { 0, 0, 20 }, NOISE_YES },
		{ "only control", { 0, 12, 0 }, NOISE_YES },
		{ "only enhanced, at first", { 10, 0, 0 }, NOISE_UNKNOWN },
		{ "only enhanced", { 20, 0, 0 }, NOISE_REAL },
		{ "each at times", { 30, 30, 30 }, NOISE_YES },
		{ "seldom, at first", { 20, 20, 0 }, NOISE_UNKNOWN },
		{ "seldom", { 100, 100, 2 }, NOISE_YES },
		{ "a little more than control", { 60, 40, 0 }, NOISE_UNKNOWN },
		{ "the same, for long", { 600, 400, 0 }, NOISE_REAL },
		{ "noisy in a tenth, different always", { 90, 0, 10 },
		    NOISE_REAL },
		{ "noisy always, but gone in enhanced", { 0, 50, 50 },
		    NOISE_YES },
		{ "very many", { 4000000, 4000000, 1000000 }, NOISE_YES },
		{ "very many, one in fifty more", { 4080000, 4000000, 1000000 },
		    NOISE_REAL },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_expect_eq(noise_judge(rows[i].seen), rows[i].want, "%s: %s",
		    rows[i].why, noise_state_name(noise_judge(rows[i].seen)));
}

Test(noise_judge, shows_between_which_ratios)
{
	struct paired none = { 0, 0, 0 }, even = { 100, 100, 100 };
	struct paired more = { 200, 50, 0 };

	cr_expect_eq(noise_ratio_lower(none), 0);
	cr_expect_eq(noise_ratio_upper(none), INFINITY);
	cr_expect(noise_ratio_lower(even) < 1 && noise_ratio_upper(even) > 1);
	cr_expect_lt(noise_ratio_upper(even), NOISE_RATIO);
	cr_expect(noise_ratio_lower(more) > 1 && noise_ratio_lower(more) < 4);
	cr_expect_gt(noise_ratio_upper(more), 4);
}

/* --- texts ------------------------------------------------------------------ */

static struct likeness
likeness_of(unsigned low, unsigned high, unsigned count)
{
	struct likeness l = { 0 };

	for (unsigned i = 0; i < count; i++)
		likeness_add(&l, (low + i % (high - low + 1)) / 100.0 + 0.001);
	return l;
}

Test(noise_judge, finds_the_floor_that_nearly_all_reach)
{
	struct likeness few = likeness_of(50, 90, 58);
	struct likeness some = likeness_of(50, 90, 59);
	struct likeness many = likeness_of(1, 100, 4000);
	struct noise_floor f = likeness_floor(&few);

	cr_expect(!f.known, "58 say nothing of 5 %%");
	f = likeness_floor(&some);
	cr_expect(f.known);
	cr_expect_float_eq(f.floor, 0.50, 1e-9, "the lowest of 59");
	cr_expect_float_eq(f.bottom, 0.50 - 2 * (0.63 - 0.50), 0.04, "%f",
	    f.bottom);
	f = likeness_floor(&many);
	cr_expect(f.floor >= 0.04 && f.floor <= 0.05, "%f", f.floor);
}

/* Always the very same text: whatever is not, is under the bottom too. */
Test(noise_judge, has_no_room_under_a_floor_of_equals)
{
	struct likeness same = likeness_of(100, 100, 1000);
	struct noise_floor f = likeness_floor(&same);

	cr_expect_eq(f.floor, 1);
	cr_expect_eq(f.bottom, 1);
}

Test(noise_judge, lets_old_likeness_fade)
{
	struct likeness l = likeness_of(80, 80, 1000);

	likeness_fade(&l);
	cr_expect_eq(l.total, 500);
	for (unsigned i = 0; i < 200; i++)
		likeness_add(&l, 0.2);
	cr_expect_float_eq(likeness_floor(&l).floor, 0.2, 1e-9);
	likeness_add(&l, -1);
	likeness_add(&l, 2);
	cr_expect_eq(l.bins[0], 1);
	cr_expect_eq(l.bins[100], 1);
}

/* --- pins --------------------------------------------------------------------- */

Test(noise_judge, finds_the_first_pin_that_covers_a_path)
{
	static char *paths[] = { "/choices/*/id", "/usage", "/*/secret", "text",
		"/usage/price", "status" };
	static const struct {
		const char *path;
		int want; /* -1 = none */
	} rows[] = {
		{ "/choices/*/id", 0 }, { "/choices/0/id", 0 },
		{ "/choices/*/id/x", 0 }, { "/choices/*/ids", -1 },
		{ "/choices/*", -1 }, { "/choices", -1 },
		{ "/usage", 1 }, { "/usage/price", 1 }, { "/usage/a/b", 1 },
		{ "/usages", -1 }, { "/a/secret", 2 }, { "/a/b/secret", -1 },
		{ "text", 3 }, { "/text", -1 }, { "status", 5 }, { "body", -1 },
		{ "", -1 },
	};
	struct noise_pin pins[COUNT_OF(paths)];
	struct noise_rules rules = { .pins = pins, .pin_count = COUNT_OF(pins) };

	for (size_t i = 0; i < COUNT_OF(pins); i++)
		pins[i] = (struct noise_pin){ paths[i], PIN_NOISE };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct noise_pin *pin = noise_pin_of(&rules,
		    rows[i].path);

		cr_expect_eq(pin == NULL ? -1 : (int)(pin - pins), rows[i].want,
		    "%s: %d", rows[i].path, pin == NULL ? -1 :
		    (int)(pin - pins));
	}
	rules.pin_count = 0;
	cr_expect_null(noise_pin_of(&rules, "/usage"));
}
