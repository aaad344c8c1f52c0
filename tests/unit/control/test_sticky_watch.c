/* Sticky versions over restarts, latches and upgrades.
 * SPDX-License-Identifier: MIT
 */
#include "control/sticky_watch.h"

#include "scene.h"

#define RULES(max) "{'session':[{'header':'s'}],'identity':[{'header':'u'}]," \
	NO_BREAKER ",'rollout':{'salt':'t','sticky':'session'," \
	"'sticky_max':" max "," STAGES ",'stage':'canary'}}"
#define FOR_MS UINT64_C(86400000)

static struct scene sc;
static struct sticky_watch watch;

static void
start(bool latched)
{
	sticky_watch_start(&watch, sc.board->sticky, sc.store, sc.config, latched);
}

static void
open_scene(void)
{
	scene_open(&sc, RULES("5000"));
	start(false);
}

static void
close_scene(void)
{
	sticky_watch_stop(&watch);
	scene_close(&sc);
}

TestSuite(sticky_watch, .init = open_scene, .fini = close_scene);

static void
keep(const char *session)
{
	sticky_keep(sc.board->sticky, session, strlen(session), FOR_MS,
	    clock_wall_us(), VERSION_ENHANCED);
}

static bool
knows(const char *session)
{
	enum version v = VERSION_LEGACY;

	return sticky_find(sc.board->sticky, session, strlen(session), FOR_MS,
	    clock_wall_us(), &v) && v == VERSION_ENHANCED;
}

/* kill -9: what a tick has written is all there is. */
static void
crash(const char *rules)
{
	free(watch.sums);
	watch = (struct sticky_watch){ .sticky = NULL };
	scene_restart(&sc, rules);
	start(sc.seen.latched);
}

Test(sticky_watch, a_restart_keeps_them)
{
	keep("a");
	sticky_watch_stop(&watch);
	scene_restart(&sc, RULES("5000"));
	start(false);
	cr_expect(knows("a"));
	cr_expect_not(knows("b"));
}

Test(sticky_watch, a_crash_keeps_what_was_written)
{
	keep("a");
	sticky_watch_tick(&watch, 1);
	keep("b");
	sticky_watch_tick(&watch, NS_PER_S);
	crash(RULES("5000"));
	cr_expect(knows("a"));
	cr_expect_not(knows("b"), "half a minute was not over");
	keep("b");
	sticky_watch_tick(&watch, 40 * NS_PER_S);
	crash(RULES("5000"));
	cr_expect(knows("a") && knows("b"));
}

/* Rearmed at 0%, nobody may be on enhanced for having been there before. */
Test(sticky_watch, a_latch_forgets_them_for_good)
{
	struct err err = { "" };

	keep("a");
	sticky_watch_tick(&watch, 1);
	cr_assert(rollout_rollback(sc.rollout, "operator:t", "bad", &err));
	cr_expect_not(knows("a"));
	crash(RULES("5000"));
	cr_expect_not(knows("a"), "not even the file had been told");
	cr_assert(rollout_rearm(sc.rollout, true, "operator:t", "mended", &err));
	keep("b");
	sticky_watch_tick(&watch, 2);
	crash(RULES("5000"));
	cr_expect_not(knows("a"));
	cr_expect(knows("b"));
}

Test(sticky_watch, another_size_begins_anew)
{
	keep("a");
	sticky_watch_tick(&watch, 1);
	crash(RULES("50000"));
	cr_expect_not(knows("a"));
	keep("b");
	sticky_watch_tick(&watch, 1);
	crash(RULES("50000"));
	cr_expect(knows("b"));
}

/* The other process writes last, and is read once more. */
Test(sticky_watch, an_upgrade_hands_them_over)
{
	struct sticky *theirs = sticky_new();
	struct sticky_watch other;
	enum version v;

	sticky_watch_start(&other, theirs, sc.store, sc.config, false);
	keep("a");
	sticky_watch_hold(&watch, true);
	sticky_watch_catch_up(&other, false);
	cr_expect(sticky_find(theirs, "a", 1, FOR_MS, clock_wall_us(), &v));
	keep("b");
	sticky_watch_tick(&watch, 100 * NS_PER_S);
	sticky_watch_catch_up(&other, false);
	cr_expect_not(sticky_find(theirs, "b", 1, FOR_MS, clock_wall_us(), &v),
	    "who has been relieved writes no more");
	sticky_watch_stop(&other);
	sticky_free(&theirs);
}

Test(sticky_watch, nothing_is_kept_unless_asked)
{
	sticky_watch_stop(&watch);
	scene_restart(&sc, "{" NO_BREAKER "," ROLLOUT("canary") "}");
	start(false);
	cr_expect_eq(sticky_pages(sc.board->sticky), 0);
	sticky_watch_tick(&watch, 1);
	sticky_watch_hold(&watch, true);
}
