/* test_rollout -- the state of the rollout through its life, on SQLite.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "observe/outcome.h"

#define RULES(stage) "{" ROLLOUT(stage) "," NO_BREAKER "," \
	ERRORS_RULE("0s", "rollback") "}"

static struct scene s;

static void
open_canary(void)
{
	scene_open(&s, RULES("canary"));
}

static void
close_scene(void)
{
	scene_close(&s);
}

TestSuite(rollout, .init = open_canary, .fini = close_scene);

static bool
set_stage(const char *stage, struct err *err)
{
	const struct rollout_change change = { .stage = stage };

	return rollout_set(s.rollout, &change, "operator:alice", "wanted", err);
}

static bool
set_percent(uint32_t percent, struct err *err)
{
	const struct rollout_change change = { .has_percent = true,
		.percent = percent };

	return rollout_set(s.rollout, &change, "operator:alice", "wanted", err);
}

static bool
set_enabled(bool enabled, struct err *err)
{
	const struct rollout_change change = { .has_enabled = true,
		.enabled = enabled };

	return rollout_set(s.rollout, &change, "operator:alice", "wanted", err);
}

/* Enough failures in one go for the rule to trip at the next tick. */
static void
trip(void)
{
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	cr_assert(s.seen.latched);
}

/* --- start -------------------------------------------------------------- */

Test(rollout, first_start_is_as_the_config_asks)
{
	struct log_entry e = scene_event(&s);

	cr_expect_eq(s.published, 1);
	cr_expect_str_eq(s.seen.stage, "canary");
	cr_expect_eq(s.seen.percent, 5000);
	cr_expect_eq(s.seen.shadow, 100000);
	cr_expect(s.seen.enabled);
	cr_expect(!s.seen.latched);
	cr_expect_eq(s.seen.epoch, 1);
	cr_expect_str_eq(e.kind, "start");
	cr_expect_str_eq(e.actor, "config");
	cr_expect_eq(e.epoch, 1);
	cr_expect(!latch_is_set(&s.latch));
}

Test(rollout, a_restart_with_the_same_config_keeps_runtime_changes)
{
	struct err err = { "" };

	cr_assert(set_percent(25000, &err));
	cr_assert(set_enabled(false, &err));
	scene_restart(&s, RULES("canary"));
	cr_expect_str_eq(s.seen.stage, "canary");
	cr_expect_eq(s.seen.percent, 25000);
	cr_expect(!s.seen.enabled);
	cr_expect_eq(s.seen.epoch, 3);
}

Test(rollout, a_restart_with_a_changed_config_applies_it)
{
	struct err err = { "" };

	cr_assert(set_percent(25000, &err));
	scene_restart(&s, RULES("full"));
	cr_expect_str_eq(s.seen.stage, "full");
	cr_expect_eq(s.seen.percent, 100000);
	cr_expect_eq(s.seen.epoch, 3);
	cr_expect_str_eq(scene_event(&s).kind, "stage");
	cr_expect_str_eq(scene_event(&s).actor, "config");
	/* and the same config once more does nothing */
	cr_assert(set_percent(30000, &err));
	scene_restart(&s, RULES("full"));
	cr_expect_eq(s.seen.percent, 30000);
}

Test(rollout, a_first_state_that_cannot_be_written_is_no_start)
{
	struct err err = { "" };

	rollout_stop(&s.rollout);
	scene_sql(&s, "DELETE FROM rollout_state");
	scene_break_store(&s);
	cr_expect(!scene_try_start(&s, &err));
	cr_expect_null(s.rollout);
	cr_expect_not_null(strstr(err.text, "cannot be written"));
	scene_mend_store(&s);
	cr_expect(scene_try_start(&s, &err));
}

/* --- by itself ---------------------------------------------------------- */

/* Why it was opened stands in its event, however many gates there were. */
Test(rollout, an_advance_has_the_numbers_of_every_gate)
{
	struct buf rules = { 0 };
	struct log_entry e;

	buf_puts(&rules, "{" NO_BREAKER ",'rollout':{'advance':'auto','stages':["
	    "{'name':'shadow','gates':[");
	for (int i = 0; i < 32; i++)
		buf_printf(&rules, "%s{'name':'a-gate-of-many-%02d','metric':"
		    "'error_rate','below_legacy_by':'50%%'}", i > 0 ? "," : "",
		    i);
	buf_puts(&rules, "]},{'name':'all','percent':100}]}}");
	scene_close(&s);
	scene_open(&s, rules.bytes);
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 20000);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_DONE, 20000);
	scene_tick(&s, 1000);
	e = scene_event(&s);
	cr_expect_str_eq(e.kind, "advance");
	cr_expect_not_null(strstr(e.evidence, "{\"name\":\"a-gate-of-many-31\","
	    "\"state\":\"done\",\"text\":\"error_rate of enhanced is 0% (0 of "
	    "20000)"), "%s", e.evidence);
	buf_fini(&rules);
}

/* --- operators ---------------------------------------------------------- */

Test(rollout, set_makes_the_next_epoch_and_an_event)
{
	struct err err = { "" };
	struct log_entry e;

	cr_assert(set_stage("full", &err));
	cr_expect_eq(s.published, 2);
	cr_expect_str_eq(s.seen.stage, "full");
	cr_expect_eq(s.seen.percent, 100000);
	cr_expect_eq(s.seen.shadow, 0);
	cr_expect_eq(s.seen.epoch, 2);
	cr_expect_str_eq(s.seen.reason, "wanted");
	cr_expect_str_eq(s.seen.actor, "operator:alice");
	e = scene_event(&s);
	cr_expect_str_eq(e.kind, "stage");
	cr_expect_str_eq(e.from, "canary at 5%");
	cr_expect_str_eq(e.to, "full at 100%");
	cr_expect_eq(e.epoch, 2);
}

Test(rollout, what_is_so_already_makes_no_epoch)
{
	struct err err = { "" };

	cr_expect(set_stage("canary", &err));
	cr_expect(set_percent(5000, &err));
	cr_expect(set_enabled(true, &err));
	cr_expect_eq(s.published, 1);
	cr_expect_eq(s.seen.epoch, 1);
	cr_expect_eq(scene_event_count(&s), 1);
}

Test(rollout, a_reason_is_needed)
{
	const struct rollout_change change = { .stage = "full" };
	struct err err = { "" };

	cr_expect(!rollout_set(s.rollout, &change, "operator:a", "", &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_INVALID);
	cr_expect(!rollout_rollback(s.rollout, "operator:a", "", &err));
	cr_expect(!rollout_rearm(s.rollout, true, "operator:a", NULL, &err));
	cr_expect(!rollout_override(s.rollout, &(struct override_change){ .user =
	    "u", .version = VERSION_LEGACY, .remove = false },
	    "operator:a", "", &err));
	cr_expect_eq(s.published, 1);
}

Test(rollout, a_change_that_cannot_be_written_changes_nothing)
{
	struct err err = { "" };

	scene_break_store(&s);
	cr_expect(!set_percent(50000, &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_STORE);
	cr_expect_not_null(strstr(err.text, "nothing was changed"));
	cr_expect(!rollout_override(s.rollout, &(struct override_change){ .user =
	    "u", .version = VERSION_ENHANCED, .remove = false },
	    "operator:a", "r", &err));
	cr_expect_eq(s.published, 1);
	cr_expect_eq(s.seen.percent, 5000);
	scene_mend_store(&s);
	cr_expect(set_percent(50000, &err));
	cr_expect_eq(s.seen.epoch, 2);
}

/* --- latched ------------------------------------------------------------ */

Test(rollout, a_latch_survives_a_restart_and_is_closed_before_the_first_snapshot)
{
	trip();
	scene_restart(&s, RULES("canary"));
	cr_expect(s.latch_at_first);
	cr_expect(s.seen.latched);
	cr_expect_str_eq(s.seen.actor, "guard");
	cr_expect_eq(atomic_load(&s.latch.cause), LATCH_STATE);
}

Test(rollout, operators_cannot_go_around_a_latch)
{
	struct err err = { "" };

	trip();
	cr_expect(!set_stage("full", &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_LATCHED);
	cr_expect_not_null(strstr(err.text, "rearm"));
	cr_expect(!set_percent(1000, &err));
	cr_expect(set_enabled(false, &err));
	cr_expect(s.seen.latched);
	cr_expect(latch_is_set(&s.latch));
}

Test(rollout, a_reload_does_not_go_through_a_latch)
{
	char was[sizeof s.seen.reason];
	struct err err = { "" };

	trip();
	strcpy(was, s.seen.reason);
	cr_assert(scene_reload(&s, RULES("full"), &err));
	cr_expect(s.seen.latched);
	cr_expect(latch_is_set(&s.latch));
	cr_expect_str_eq(s.seen.stage, "canary");
	cr_expect_str_eq(s.seen.reason, was, "the reason stays readable");
	/* nor does the change come alive later */
	cr_assert(rollout_rearm(s.rollout, false, "operator:a", "ok", &err));
	cr_assert(scene_reload(&s, RULES("full"), &err));
	cr_expect_str_eq(s.seen.stage, "off");
	scene_restart(&s, RULES("full"));
	cr_expect_str_eq(s.seen.stage, "off");
	cr_expect_eq(s.seen.percent, 0);
}

Test(rollout, a_restart_with_a_changed_config_does_not_go_through_a_latch)
{
	trip();
	scene_restart(&s, RULES("full"));
	cr_expect(s.latch_at_first);
	cr_expect(s.seen.latched);
	cr_expect_str_eq(s.seen.stage, "canary");
}

/* --- rearm -------------------------------------------------------------- */

Test(rollout, rearm_begins_at_the_first_stage)
{
	struct err err = { "" };

	trip();
	cr_assert(rollout_rearm(s.rollout, false, "operator:a", "fixed", &err));
	cr_expect(!s.seen.latched);
	cr_expect(!latch_is_set(&s.latch));
	cr_expect_str_eq(s.seen.stage, "off");
	cr_expect_eq(s.seen.percent, 0);
	cr_expect_eq(s.seen.epoch, 3);
	cr_expect_str_eq(scene_event(&s).kind, "rearm");
	scene_restart(&s, RULES("canary"));
	cr_expect(!s.seen.latched);
	cr_expect(!latch_is_set(&s.latch));
}

Test(rollout, rearm_can_resume)
{
	struct err err = { "" };

	trip();
	cr_assert(rollout_rearm(s.rollout, true, "operator:a", "fixed", &err));
	cr_expect_str_eq(s.seen.stage, "canary");
	cr_expect_eq(s.seen.percent, 5000);
}

Test(rollout, rearm_without_a_latch_is_refused)
{
	struct err err = { "" };

	cr_expect(!rollout_rearm(s.rollout, true, "operator:a", "x", &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_LATCHED);
}

Test(rollout, failures_from_before_a_rearm_do_not_trip_again)
{
	struct err err = { "" };

	trip();
	cr_assert(rollout_rearm(s.rollout, true, "operator:a", "fixed", &err));
	for (int i = 0; i < 10; i++)
		scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 100);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	/* but new ones do */
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
}

/* --- reload ------------------------------------------------------------- */

Test(rollout, an_unchanged_reload_undoes_nothing)
{
	struct err err = { "" };

	cr_assert(set_percent(25000, &err));
	cr_assert(scene_reload(&s, RULES("canary"), &err));
	cr_expect_eq(s.seen.percent, 25000);
	cr_expect_eq(s.seen.epoch, 2);
	cr_expect_str_eq(scene_event(&s).kind, "reload");
	cr_expect_str_eq(scene_event(&s).actor, "operator:test");
}

Test(rollout, a_changed_reload_is_an_action_of_config)
{
	struct err err = { "" };

	cr_assert(set_percent(25000, &err));
	cr_assert(scene_reload(&s, RULES("full"), &err));
	cr_expect_str_eq(s.seen.stage, "full");
	cr_expect_eq(s.seen.epoch, 3);
	cr_expect_str_eq(scene_event(&s).kind, "stage");
	cr_expect_str_eq(scene_event(&s).actor, "config");
}

Test(rollout, a_reload_that_cannot_be_written_keeps_the_old_config)
{
	struct err err = { "" };

	scene_break_store(&s);
	cr_expect(!scene_reload(&s, RULES("full"), &err));
	cr_expect_str_eq(s.seen.stage, "canary");
	cr_expect_eq(rollout_snapshot(s.rollout)->config->rules.stage, 2);
	scene_mend_store(&s);
}

#define RULES_SHADOW(shadow) "{'rollout':{'salt':'t','stage':'off','stages':[" \
	"{'name':'off'},{'name':'canary','percent':5,'shadow':" shadow "}]}," \
	NO_BREAKER "}"

Test(rollout, the_mirrored_share_of_a_stage_follows_the_config)
{
	struct err err = { "" };

	cr_assert(scene_reload(&s, RULES_SHADOW("100"), &err));
	cr_assert(set_stage("canary", &err));
	cr_assert(scene_reload(&s, RULES_SHADOW("20"), &err));
	cr_expect_str_eq(s.seen.stage, "canary");
	cr_expect_eq(s.seen.percent, 5000);
	cr_expect_eq(s.seen.shadow, 20000);
}

#define RULES_FOR(for_time) "{" ROLLOUT("canary") "," NO_BREAKER "," \
	ERRORS_RULE(for_time, "rollback") "}"

Test(rollout, a_reload_does_not_restart_for)
{
	struct err err = { "" };

	cr_assert(scene_reload(&s, RULES_FOR("2s"), &err));
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	scene_tick(&s, 1900);
	cr_assert(scene_reload(&s, RULES_FOR("2s"), &err));
	cr_expect(!s.seen.latched);
	scene_tick(&s, 101);
	cr_expect(s.seen.latched);
}

/* --- overrides ---------------------------------------------------------- */

static bool
override_of(const char *user, enum version *out)
{
	return user_overrides_get(rollout_snapshot(s.rollout)->users, user,
	    strlen(user), out, NULL);
}

Test(rollout, overrides_are_kept_over_a_restart)
{
	struct err err = { "" };
	enum version v;

	cr_expect(!override_of("u-1", &v));
	cr_assert(rollout_override(s.rollout, &(struct override_change){ .user =
	    "u-1", .version = VERSION_ENHANCED, .remove = false },
	    "operator:a", "test user", &err));
	cr_assert(override_of("u-1", &v));
	cr_expect_eq(v, VERSION_ENHANCED);
	cr_expect_eq(s.seen.epoch, 2);
	cr_expect_str_eq(scene_event(&s).kind, "override");
	cr_expect(rollout_override(s.rollout, &(struct override_change){ .user =
	    "u-1", .version = VERSION_ENHANCED, .remove = false },
	    "operator:a", "again", &err));
	cr_expect_eq(s.seen.epoch, 2, "already so");
	scene_restart(&s, RULES("canary"));
	cr_assert(override_of("u-1", &v));
	cr_expect_eq(v, VERSION_ENHANCED);
	cr_assert(rollout_override(s.rollout, &(struct override_change){ .user =
	    "u-1", .version = VERSION_LEGACY, .remove = true },
	    "operator:a", "done", &err));
	cr_expect(!override_of("u-1", &v));
	scene_restart(&s, RULES("canary"));
	cr_expect(!override_of("u-1", &v));
}

Test(rollout, removing_no_override_is_refused)
{
	struct err err = { "" };

	cr_expect(!rollout_override(s.rollout, &(struct override_change){ .user =
	    "nobody", .version = VERSION_LEGACY, .remove = true },
	    "operator:a", "x", &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_MISSING);
}

/* --- overrides that are over ------------------------------------------------- */

#define HOUR_US (INT64_C(3600) * 1000000)

static void
override_until(struct override_change wish, int64_t until_us)
{
	struct err err = { "" };

	wish.version = VERSION_ENHANCED;
	wish.expires_us = until_us;
	cr_assert(rollout_override(s.rollout, &wish, "operator:a", "r", &err),
	    "%s", err.text);
}

static bool
is_listed(const char *user)
{
	enum version version;

	return user_overrides_get(rollout_snapshot(s.rollout)->users, user,
	    strlen(user), &version, NULL);
}

static void
set_four(void)
{
	int64_t now_us = clock_wall_us();

	override_until((struct override_change){ .user = "good" }, 0);
	override_until((struct override_change){ .user = "shown" },
	    now_us - 23 * HOUR_US);
	override_until((struct override_change){ .user = "old" },
	    now_us - 25 * HOUR_US);
	override_until((struct override_change){ .name = "trial", .criterion =
	    "{\"header\":\"x-beta\"}" }, now_us - 25 * HOUR_US);
}

static void
expect_two(void)
{
	cr_expect(is_listed("good"));
	cr_expect(is_listed("shown"));
	cr_expect_not(is_listed("old"));
	cr_expect_null(user_overrides_named(rollout_snapshot(s.rollout)->users,
	    "trial"));
}

Test(rollout, overrides_that_are_over_for_a_day_are_removed)
{
	uint64_t epoch;
	struct log_entry event;

	set_four();
	epoch = s.seen.epoch;
	scene_break_store(&s);
	scene_tick(&s, 20);
	scene_mend_store(&s);
	scene_tick(&s, 1000);
	cr_expect(is_listed("old"), "what cannot be written is done later");
	scene_tick(&s, 60000);
	event = scene_event(&s);
	cr_expect_str_eq(event.kind, "override");
	cr_expect_str_eq(event.actor, "clock");
	cr_expect_str_eq(event.from, "enhanced");
	cr_expect_str_eq(event.to, "bucket for criterion trial");
	cr_expect_not_null(strstr(event.reason, "over since 20"));
	cr_expect_eq(event.epoch, epoch);
	cr_expect(is_listed("old"), "one a second");
	scene_tick(&s, 1000);
	expect_two();
	cr_expect_eq(s.seen.epoch, epoch, "nobody's version has changed");
	cr_expect_str_eq(scene_event(&s).to, "bucket for old");
	scene_restart(&s, "{" ROLLOUT("canary") "}");
	expect_two();
}
