/* What was learned of noise is written down in time, by one process.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "control/noise_watch.h"

static struct scene s;
static struct noise_watch w;

static void
start(void)
{
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER "}");
	noise_watch_start(&w, s.noise, s.store);
}

static void
stop(void)
{
	scene_close(&s);
}

TestSuite(noise_watch, .init = start, .fini = stop);

static void
learn(unsigned first, unsigned count)
{
	struct sighting seen = { .place.kind = DIFF_VALUE, .enhanced = true,
		.control = true };

	for (unsigned i = first; i < first + count; i++) {
		snprintf(seen.place.path, sizeof seen.place.path, "/f%u", i);
		noise_learn(s.noise, "/r", &seen, 1, 1700000000000000);
	}
}

/* Rows that the next process would know. */
static size_t
written(void)
{
	static struct noise_row rows[NOISE_ROWS_MAX];
	struct noise_board *next = noise_board_new();
	struct err err = { "" };
	size_t count;

	cr_assert(store_load_noise(s.store, next, &err), "%s", err.text);
	count = noise_top(next, rows, NOISE_ROWS_MAX);
	noise_board_free(&next);
	return count;
}

Test(noise_watch, writes_every_ten_seconds)
{
	learn(0, 3);
	noise_watch_tick(&w, 1);
	cr_expect_eq(written(), 3);
	learn(3, 2);
	noise_watch_tick(&w, 9 * NS_PER_S);
	cr_expect_eq(written(), 3);
	noise_watch_tick(&w, 11 * NS_PER_S);
	cr_expect_eq(written(), 5);
	learn(5, 1);
	noise_watch_stop(&w);
	cr_expect_eq(written(), 6);
}

Test(noise_watch, writes_many_in_parts)
{
	learn(0, 500);
	noise_watch_tick(&w, 1);
	cr_expect_eq(written(), 200);
	noise_watch_tick(&w, 2);
	noise_watch_tick(&w, 3);
	cr_expect_eq(written(), 500);
	learn(500, 450);
	noise_watch_stop(&w);
	cr_expect_eq(written(), 950);
}

Test(noise_watch, who_is_relieved_writes_no_more)
{
	learn(0, 300);
	noise_watch_hold(&w, true);
	cr_expect_eq(written(), 300, "all that it knew");
	learn(300, 5);
	noise_watch_tick(&w, 60 * NS_PER_S);
	noise_watch_stop(&w);
	cr_expect_eq(written(), 300);
	noise_watch_hold(&w, false);
	noise_watch_tick(&w, 61 * NS_PER_S);
	cr_expect_eq(written(), 305, "it was not relieved after all");
}

Test(noise_watch, who_relieves_reads_again)
{
	struct noise_board *other = noise_board_new();
	struct noise_watch before;
	struct noise_row rows[8];

	noise_watch_start(&before, other, s.store);
	learn(0, 4);
	noise_watch_hold(&w, true);
	cr_expect_eq(noise_top(other, rows, 8), 0);
	noise_watch_catch_up(&before);
	cr_expect_eq(noise_top(other, rows, 8), 4);
	noise_board_free(&other);
}

Test(noise_watch, what_could_not_be_written_is_tried_again)
{
	learn(0, 3);
	scene_lock_store(&s);
	noise_watch_tick(&w, 1);
	scene_unlock_store(&s);
	cr_expect_eq(written(), 0);
	noise_watch_tick(&w, 11 * NS_PER_S);
	cr_expect_eq(written(), 3);
}
