/* test_handover -- two rollouts on one local file, one after the other.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "observe/outcome.h"

#define RULES(stage) "{" ROLLOUT(stage) "," NO_BREAKER "," \
	ERRORS_RULE("0s", "rollback") "}"

static struct scene s; /* the old process */

/* The new one. */
static struct config *config;
static struct store *store;
static struct stats_board *board;
static struct latch latch;
static struct rollout *next;
static struct rollout_state seen;

static void
on_publish(void *arg UNUSED, struct snapshot *snapshot)
{
	seen = snapshot->state;
}

static void
begin_next(const char *rules)
{
	struct rollout_ports ports;
	struct err err = { "" };

	config = scene_config(&s, rules, NULL);
	board = stats_board_new(1, 1);
	cr_assert(store_open(&config->settings, &store, &err), "%s", err.text);
	ports = (struct rollout_ports){ .store = store, .board = board,
		.latch = &latch, .publish = on_publish,
		.has_predecessor = true };
	cr_assert(rollout_start(config, &ports, &next, &err), "%s", err.text);
}

static void
open_canary(void)
{
	latch = (struct latch){ LATCH_OPEN };
	scene_open(&s, RULES("canary"));
}

static void
close_both(void)
{
	rollout_stop(&next);
	store_close(&store);
	stats_board_free(&board);
	config_unref(&config);
	scene_close(&s);
}

TestSuite(handover, .init = open_canary, .fini = close_both);

static bool
set_percent(struct rollout *r, uint32_t percent, struct err *err)
{
	const struct rollout_change change = { .has_percent = true,
		.percent = percent };

	return rollout_set(r, &change, "operator:alice", "wanted", err);
}

Test(handover, who_looks_on_changes_nothing)
{
	struct err err = { "" };
	size_t events = scene_event_count(&s);

	begin_next(RULES("full"));
	cr_expect_str_eq(seen.stage, "canary", "its own wish has to wait");
	cr_expect_eq(scene_event_count(&s), events);
	cr_expect(!set_percent(next, 7000, &err));
	cr_expect_eq(rollout_refusal(next), REFUSAL_STORE);
	cr_expect(set_percent(s.rollout, 7000, &err), "%s", err.text);
}

Test(handover, what_was_decided_meanwhile_is_caught_up_with)
{
	struct err err = { "" };

	begin_next(RULES("canary"));
	cr_assert(set_percent(s.rollout, 7000, &err), "%s", err.text);
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	cr_expect_eq(seen.percent, 7000);
	cr_expect_eq(seen.epoch, 2);
	cr_expect(set_percent(next, 8000, &err), "%s", err.text);
	cr_expect_eq(seen.epoch, 3);
}

Test(handover, the_last_look_finds_a_trip)
{
	begin_next(RULES("canary"));
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	rollout_freeze(s.rollout, true); /* no tick before it */
	cr_expect(!latch_is_set(&latch));
	rollout_catch_up(next);
	cr_expect(seen.latched);
	cr_expect(latch_is_set(&latch));
}

Test(handover, a_latch_holds_from_the_first_moment)
{
	struct err err = { "" };

	cr_assert(rollout_rollback(s.rollout, "operator:a", "x", &err));
	begin_next(RULES("canary"));
	cr_expect(seen.latched);
	cr_expect(latch_is_set(&latch));
	cr_assert(rollout_rearm(s.rollout, true, "operator:a", "y", &err));
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	cr_expect(!seen.latched);
	cr_expect(!latch_is_set(&latch), "rearmed while we looked on");
}

Test(handover, the_new_configuration_comes_after_the_old_decisions)
{
	struct err err = { "" };

	begin_next(RULES("full"));
	cr_assert(rollout_rollback(s.rollout, "operator:a", "x", &err));
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	cr_expect(seen.latched, "a latch beats a configuration");
}

Test(handover, the_new_configuration_is_applied)
{
	begin_next(RULES("full"));
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	cr_expect_str_eq(seen.stage, "full");
	cr_expect_eq(seen.epoch, 2);
}

Test(handover, overrides_come_along)
{
	struct err err = { "" };
	enum version v;

	begin_next(RULES("canary"));
	cr_assert(rollout_override(s.rollout, &(struct override_change){ .user =
	    "u-1", .version = VERSION_ENHANCED, .remove = false },
	    "operator:a", "x", &err));
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	cr_expect(user_overrides_get(rollout_snapshot(next)->users, "u-1", 3,
	    &v, NULL));
}

Test(handover, who_has_handed_over_hears_of_a_trip)
{
	struct err err = { "" };
	enum version v;

	begin_next(RULES("canary"));
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	scene_tick(&s, 200);
	cr_expect(!latch_is_set(&s.latch));
	cr_assert(rollout_override(next, &(struct override_change){ .user =
	    "u-1", .version = VERSION_LEGACY, .remove = false },
	    "operator:a", "x", &err));
	scene_tick(&s, 200);
	cr_expect(user_overrides_get(rollout_snapshot(s.rollout)->users, "u-1",
	    3, &v, NULL));
	cr_assert(rollout_rollback(next, "operator:a", "x", &err));
	scene_tick(&s, 200);
	cr_expect(s.seen.latched);
	cr_expect(latch_is_set(&s.latch));
	cr_assert(rollout_rearm(next, true, "operator:a", "y", &err));
	scene_tick(&s, 200);
	cr_expect(latch_is_set(&s.latch), "it is ending: nothing opens here");
}

Test(handover, frozen_decides_nothing_and_thaws)
{
	struct err err = { "" };

	scene_tick(&s, 20);
	rollout_freeze(s.rollout, true);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	cr_expect(!rollout_rollback(s.rollout, "operator:a", "x", &err));
	cr_expect(!scene_reload(&s, RULES("full"), &err));
	rollout_freeze(s.rollout, false);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched, "the upgrade came to nothing");
}

/* --- the stage's start -------------------------------------------------------- */

#define GROWN "{" ROLLOUT("shadow") "," NO_BREAKER ",'guard':[{'name':'grown'," \
	"'metric':'error_rate','above_start_times':2,'min_requests':20," \
	"'action':'pause'}]}"

/* What a number was as the stage began, the old process has seen. */
Test(handover, the_start_of_the_stage_is_handed_over)
{
	struct rule_status rule;
	struct err err = { "" };

	scene_close(&s);
	scene_open(&s, GROWN);
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_DONE, 98);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_UPSTREAM_5XX, 2);
	scene_tick(&s, 20);
	begin_next(GROWN);
	cr_assert(rollout_advance(s.rollout, "operator:a", "on", &err), "%s",
	    err.text);
	rollout_freeze(s.rollout, true);
	rollout_catch_up(next);
	for (unsigned i = 0; i < 100; i++)
		leg_stats_count(&board->workers[0]->legs[VERSION_ENHANCED]
		    [LEG_SHADOW], i < 10 ? OUTCOME_UPSTREAM_5XX : OUTCOME_DONE,
		    200, 1000);
	rollout_tick(next, clock_ns() + NS_PER_S);
	cr_assert_eq(rollout_rules(next, &rule, 1), 1);
	cr_expect_eq(rule.reading.judgement, JUDGE_TRIP);
	cr_expect_float_eq(rule.reading.numbers.baseline, 0.02, 1e-9);
	cr_expect(seen.paused);
}
