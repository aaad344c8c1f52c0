/* What legacy differs in from itself: rows, bounds, fading, keeping.
 * SPDX-License-Identifier: MIT
 */
#include "observe/noise.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct noise_board *b;
static struct noise_row rows[NOISE_ROWS_MAX + 1];

static void
start(void)
{
	b = noise_board_new();
}

static void
stop(void)
{
	noise_board_free(&b);
	cr_expect_null(b);
}

TestSuite(noise, .init = start, .fini = stop);

static struct sighting
seen(const char *path, bool enhanced, bool control)
{
	struct sighting s = { .place.kind = DIFF_VALUE, .enhanced = enhanced,
		.control = control };

	snprintf(s.place.path, sizeof s.place.path, "%s", path);
	return s;
}

static struct sighting
text(const char *path, double enhanced, double control)
{
	struct sighting s = seen(path, false, false);

	s.place.is_text = true;
	s.enhanced_likeness = enhanced;
	s.control_likeness = control;
	return s;
}

static void
learn(const char *route, struct sighting s, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		noise_learn(b, route, &s, 1, 1000 + i);
}

static enum noise_state
asked(const char *route, const char *path, enum diff_kind kind)
{
	struct noise_place place = { .kind = (uint8_t)kind };

	snprintf(place.path, sizeof place.path, "%s", path);
	return noise_ask(b, route, &place, -1);
}

static struct noise_row
found(const char *route, const char *path, bool is_text)
{
	struct noise_place place = { .kind = DIFF_VALUE, .is_text = is_text };
	struct noise_row row = { 0 };

	snprintf(place.path, sizeof place.path, "%s", path);
	cr_assert(noise_find(b, route, &place, &row));
	return row;
}

Test(noise, is_known_by_route_path_and_kind)
{
	learn("/a", seen("/id", true, true), 30);
	cr_expect_eq(asked("/a", "/id", DIFF_VALUE), NOISE_YES);
	cr_expect_eq(asked("/b", "/id", DIFF_VALUE), NOISE_UNKNOWN);
	cr_expect_eq(asked("/a", "/id", DIFF_MISSING), NOISE_UNKNOWN);
	cr_expect_eq(asked("/a", "/ids", DIFF_VALUE), NOISE_UNKNOWN);
	learn("/b", seen("/id", true, false), 30);
	cr_expect_eq(asked("/b", "/id", DIFF_VALUE), NOISE_REAL);
	cr_expect_eq(asked("/a", "/id", DIFF_VALUE), NOISE_YES);
}

Test(noise, counts_pairs_and_who_differs)
{
	struct sighting both[] = { seen("/x", true, false),
		seen("/y", false, true) };
	struct noise_row x, y;

	noise_learn(b, "/a", NULL, 0, 5);
	noise_learn(b, "/a", both, 2, 10);
	noise_learn(b, "/a", both, 1, 20);
	noise_learn(b, "/a", NULL, 0, 30);
	x = found("/a", "/x", false);
	y = found("/a", "/y", false);
	cr_expect_eq(x.pairs, 4, "those before its first difference too");
	cr_expect_eq(y.pairs, 4);
	cr_expect_eq(x.seen.first_only, 2);
	cr_expect_eq(y.seen.second_only, 1);
	cr_expect_eq(x.first_us, 10);
	cr_expect_eq(x.last_us, 20);
	cr_expect_eq(noise_pairs(b), 4);
	cr_assert_eq(noise_top(b, rows, 10), 2);
	cr_expect_str_eq(rows[0].place.path, "/x");
	cr_expect_eq(noise_top(b, rows, 1), 1);
}

Test(noise, fades_and_can_change_its_mind)
{
	struct noise_row row;
	unsigned more = 0;

	learn("/a", seen("/x", true, false), NOISE_FADE + 10);
	row = found("/a", "/x", false);
	cr_expect_eq(row.state, NOISE_REAL);
	cr_expect_lt(row.seen.first_only, NOISE_FADE);
	cr_expect_float_eq((double)row.pairs, (double)row.seen.first_only, 2,
	    "the rate stays");
	/* Enhanced was mended: now it differs as legacy does. */
	while (asked("/a", "/x", DIFF_VALUE) == NOISE_REAL && more < 100000) {
		learn("/a", seen("/x", more % 2 == 0, more % 2 != 0), 1);
		more++;
	}
	cr_expect_lt(more, 12 * NOISE_FADE, "%u", more);
	while (asked("/a", "/x", DIFF_VALUE) != NOISE_YES && more < 100000) {
		learn("/a", seen("/x", more % 2 == 0, more % 2 != 0), 1);
		more++;
	}
	cr_expect_eq(asked("/a", "/x", DIFF_VALUE), NOISE_YES);
}

/* --- texts ------------------------------------------------------------------ */

static enum noise_state
asked_text(double likeness)
{
	struct noise_place place = { .path = "text", .kind = DIFF_VALUE,
		.is_text = true };

	return noise_ask(b, "/a", &place, likeness);
}

/* Control's answers are 0.50 to 0.89 like legacy's. */
static void
learn_texts(unsigned pairs, double lower_by)
{
	static unsigned turn;

	for (unsigned i = 0; i < pairs; i++, turn++) {
		double control = 0.5 + turn * 7 % 40 / 100.0;
		double enhanced = 0.5 + turn * 11 % 40 / 100.0 - lower_by;

		learn("/a", text("text", enhanced, control), 1);
	}
}

Test(noise, a_text_as_alike_as_controls_is_noise)
{
	cr_expect_eq(asked_text(0.9), NOISE_UNKNOWN);
	learn_texts(58, 0);
	cr_expect_eq(asked_text(0.9), NOISE_UNKNOWN);
	learn_texts(600, 0);
	cr_expect_eq(asked_text(0.9), NOISE_YES);
	cr_expect_eq(asked_text(0.55), NOISE_YES);
	cr_expect_eq(asked_text(0.05), NOISE_REAL, "far under all of them");
	/* Under the floor as seldom as control, after a while. */
	learn_texts(6000, 0);
	cr_expect_eq(found("/a", "text", true).state, NOISE_YES);
	cr_expect_eq(asked_text(0.45), NOISE_YES);
	cr_expect_eq(asked_text(0.05), NOISE_REAL);
}

Test(noise, a_text_less_alike_than_controls_is_not)
{
	learn_texts(100, 0.3);
	learn_texts(600, 0.3);
	cr_expect_eq(found("/a", "text", true).state, NOISE_REAL);
	cr_expect_eq(asked_text(0.3), NOISE_REAL);
	cr_expect_eq(asked_text(0.7), NOISE_YES, "this one is as alike");
}

Test(noise, a_value_at_a_texts_path_is_another_place)
{
	learn_texts(600, 0);
	cr_expect_eq(asked("/a", "text", DIFF_VALUE), NOISE_UNKNOWN);
}

/* --- bounds ------------------------------------------------------------------- */

Test(noise, is_bounded_and_other_is_never_noise)
{
	uint64_t counts[NOISE_STATE_COUNT];
	char path[32];

	for (int i = 0; i < NOISE_ROWS_MAX; i++) {
		snprintf(path, sizeof path, "/field%d", i);
		learn("/a", seen(path, true, true), 1);
	}
	learn("/a", seen("/late", true, true), 100);
	cr_expect_eq(asked("/a", "/late", DIFF_VALUE), NOISE_UNKNOWN);
	cr_expect_eq(asked("", "other", DIFF_VALUE), NOISE_UNKNOWN);
	cr_assert_eq(noise_top(b, rows, NOISE_ROWS_MAX + 1),
	    NOISE_ROWS_MAX + 1);
	cr_expect_str_eq(rows[0].place.path, "other");
	cr_expect_eq(rows[0].seen.both, 100);
	cr_expect_eq(rows[0].state, NOISE_UNKNOWN);
	learn("/a", seen("/field7", true, true), 50);
	cr_expect_eq(asked("/a", "/field7", DIFF_VALUE), NOISE_YES,
	    "who is there goes on");
	noise_count(b, counts);
	cr_expect_eq(counts[NOISE_YES], 1);
	cr_expect_eq(counts[NOISE_UNKNOWN], NOISE_ROWS_MAX - 1);
}

Test(noise, routes_are_bounded_too)
{
	char route[32];

	for (int i = 0; i < NOISE_ROUTES_MAX; i++) {
		snprintf(route, sizeof route, "/r%d", i);
		noise_learn(b, route, NULL, 0, 1);
	}
	learn("/late", seen("/x", true, true), 50);
	cr_expect_eq(asked("/late", "/x", DIFF_VALUE), NOISE_UNKNOWN);
	learn("/r3", seen("/x", true, true), 50);
	cr_expect_eq(asked("/r3", "/x", DIFF_VALUE), NOISE_YES);
}

/* --- keeping ------------------------------------------------------------------- */

Test(noise, survives_being_kept_and_restored)
{
	struct noise_board *again = noise_board_new();
	struct noise_row before, after;
	size_t n;

	noise_learn(b, "/a", NULL, 0, 1);
	learn("/a", seen("/id", true, true), 30);
	learn("/a", seen("/x", true, false), NOISE_FADE + 30);
	learn_texts(700, 0);
	n = noise_take_changed(b, rows, NOISE_ROWS_MAX);
	cr_assert_eq(n, 3);
	cr_expect_eq(noise_take_changed(b, rows + n, 1), 0, "only once");
	/* As the store gives them: most pairs first. */
	for (uint64_t pairs = UINT64_MAX, next; pairs != 0; pairs = next) {
		next = 0;
		for (size_t i = 0; i < n; i++) {
			if (rows[i].pairs == pairs)
				noise_restore(again, &rows[i]);
			if (rows[i].pairs < pairs && rows[i].pairs > next)
				next = rows[i].pairs;
		}
	}
	for (size_t i = 0; i < n; i++) {
		before = rows[i];
		cr_assert(noise_find(again, "/a", &before.place, &after));
		cr_expect_eq(after.pairs, before.pairs);
		cr_expect_eq(after.state, before.state);
		cr_expect_eq(after.first_us, before.first_us);
		cr_expect_eq(after.last_us, before.last_us);
		cr_expect_eq(memcmp(&after.seen, &before.seen,
		    sizeof after.seen), 0);
		cr_expect_eq(memcmp(&after.likeness, &before.likeness,
		    sizeof after.likeness), 0);
		cr_expect_eq(after.floor.floor, before.floor.floor);
	}
	cr_expect_eq(noise_take_changed(again, rows, 1), 0,
	    "as it is on the disk");
	noise_keep_again(again);
	cr_expect_eq(noise_take_changed(again, rows, 10), 3);
	noise_board_free(&again);
}
