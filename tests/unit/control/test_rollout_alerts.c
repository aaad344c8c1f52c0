/* test_rollout_alerts -- what people are told, and that each trouble ends.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "observe/outcome.h"

#define RULES(for_time, action) "{" ROLLOUT("canary") "," NO_BREAKER "," \
	ERRORS_RULE(for_time, action) "}"

static struct scene s;

static void
open_scene(const char *rules)
{
	scene_open(&s, rules);
	s.told_count = 0;
	scene_tick(&s, 20);
}

static void
fail(void)
{
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
}

/* Enough good requests, and time, that the rule is fine for a whole window. */
static void
recover(void)
{
	for (int i = 0; i < 30; i++) {
		scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 30);
		scene_tick(&s, 1000);
	}
}

static void
expect(unsigned i, enum alert_phase phase, const char *kind, const char *name,
    enum severity severity, uint64_t epoch)
{
	const struct alert *a = &s.told[i];

	cr_assert_lt(i, s.told_count, "only %u were told", s.told_count);
	cr_expect_eq(a->phase, phase, "%u: %d", i, (int)a->phase);
	cr_expect_str_eq(a->kind, kind);
	cr_expect_str_eq(a->name, name);
	cr_expect_eq(a->severity, severity);
	cr_expect_eq(a->epoch, epoch, "%u: %d", i, (int)a->epoch);
}

Test(rollout_alerts, an_alert_ends_when_the_rule_is_fine)
{
	open_scene(RULES("0s", "alert"));
	fail();
	scene_tick(&s, 20);
	cr_assert_eq(s.told_count, 1);
	expect(0, ALERT_BEGIN, "alert", "errors", SEVERITY_CRITICAL, 1);
	cr_expect_not_null(strstr(s.told[0].evidence, "\"events\":30"));
	cr_expect_not_null(strstr(s.told[0].summary, "error_rate of enhanced"));
	recover();
	cr_assert_eq(s.told_count, 2);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 1);
	cr_expect_str_eq(s.told[1].summary,
	    "errors is over: it has been fine for a whole window");
	scene_close(&s);
}

Test(rollout_alerts, a_stage_that_begins_anew_ends_what_fired)
{
	const struct rollout_change wish = { .stage = "full" };
	struct err err = { "" };

	open_scene(RULES("0s", "alert"));
	fail();
	cr_assert(rollout_set(s.rollout, &wish, "operator:ada", "go", &err));
	scene_tick(&s, 20);
	expect(1, ALERT_NOTE, "stage", "rollout", SEVERITY_INFO, 2);
	cr_expect_str_eq(s.told[1].summary,
	    "stage: full at 100%, by operator:ada: go");
	expect(2, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 1);
	cr_expect_str_eq(s.told[2].summary,
	    "errors is over: its numbers begin anew");
	scene_close(&s);
}

Test(rollout_alerts, a_rule_that_is_taken_away_ends)
{
	struct err err = { "" };

	open_scene(RULES("0s", "alert"));
	fail();
	cr_assert(scene_reload(&s, "{" ROLLOUT("canary") "," NO_BREAKER "}", &err));
	scene_tick(&s, 20);
	cr_assert_eq(s.told_count, 2);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 1);
	cr_expect_str_eq(s.told[1].summary,
	    "errors is over: there is no such rule any more");
	scene_close(&s);
}

Test(rollout_alerts, a_trip_ends_by_rearming)
{
	struct err err = { "" };

	open_scene(RULES("0s", "rollback"));
	fail();
	cr_assert_eq(s.told_count, 1);
	expect(0, ALERT_BEGIN, "trip", "errors", SEVERITY_CRITICAL, 2);
	cr_expect(s.told[0].latched);
	scene_tick(&s, 1000);
	cr_assert(rollout_rearm(s.rollout, false, "operator:ada", "fixed", &err));
	scene_tick(&s, 20);
	cr_assert_eq(s.told_count, 3);
	expect(1, ALERT_NOTE, "rearm", "rollout", SEVERITY_INFO, 3);
	expect(2, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 2);
	cr_expect_str_eq(s.told[2].summary,
	    "errors is over: rearmed by operator:ada: fixed");
	scene_close(&s);
}

Test(rollout_alerts, the_breaker_has_a_name)
{
	open_scene("{" ROLLOUT("canary") "}");
	fail();
	cr_assert_eq(s.told_count, 1);
	expect(0, ALERT_BEGIN, "trip", "breaker", SEVERITY_CRITICAL, 2);
	cr_expect_not_null(strstr(s.told[0].evidence, "failure_rate_lower_bound"));
	scene_close(&s);
}

/* The end has the name and the epoch of the beginning, which another process
 * has told. */
Test(rollout_alerts, a_trip_of_before_a_restart_ends)
{
	struct err err = { "" };

	open_scene(RULES("0s", "rollback"));
	fail();
	cr_assert(rollout_override(s.rollout, &(struct override_change){
	    .user = "u", .version = VERSION_LEGACY, .remove = false },
	    "operator:ada", "x", &err));
	scene_restart(&s, RULES("0s", "rollback"));
	s.told_count = 0;
	scene_tick(&s, 20);
	cr_assert_eq(s.told_count, 0);
	cr_assert(rollout_rearm(s.rollout, false, "operator:ada", "fixed", &err));
	scene_tick(&s, 20);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 2);
	scene_close(&s);
}

Test(rollout_alerts, a_rollback_by_hand_is_one)
{
	struct err err = { "" };

	open_scene(RULES("0s", "rollback"));
	cr_assert(rollout_rollback(s.rollout, "operator:ada", "gut", &err));
	expect(0, ALERT_BEGIN, "rollback", "rollback", SEVERITY_CRITICAL, 2);
	cr_expect_str_eq(s.told[0].summary, "gut");
	scene_close(&s);
}

/* Paused by a rule: over when the plan may go on. */
static void
check_step(const char *rules, const char *kind)
{
	struct err err = { "" };

	open_scene(rules);
	fail();
	cr_assert_eq(s.told_count, 1);
	expect(0, ALERT_BEGIN, kind, "errors", SEVERITY_CRITICAL, 2);
	recover();
	cr_assert_eq(s.told_count, 1, "the plan still stands");
	scene_restart(&s, rules);
	s.told_count = 0;
	cr_assert(rollout_pause(s.rollout, false, "operator:ada", "fine", &err));
	scene_tick(&s, 20);
	expect(0, ALERT_NOTE, "resume", "rollout", SEVERITY_INFO, 3);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 2);
	scene_close(&s);
}

Test(rollout_alerts, a_pause_ends_by_resuming)
{
	check_step(RULES("0s", "pause"), "pause");
	check_step(RULES("0s", "back"), "back");
}

/* Somebody had paused it before: the rule is written down and told all the
 * same, and ends by resuming, after a restart as well. */
Test(rollout_alerts, a_rule_that_pauses_what_is_paused)
{
	struct log_entry events[8];
	struct err err = { "" };

	open_scene(RULES("0s", "pause"));
	cr_assert(rollout_pause(s.rollout, true, "operator:ada", "lunch", &err));
	fail();
	expect(1, ALERT_BEGIN, "pause", "errors", SEVERITY_CRITICAL, 2);
	cr_assert_eq(store_events(s.store, events, 8), 3);
	cr_expect_str_eq(events[0].kind, "pause");
	cr_expect_str_eq(events[0].actor, "guard");
	cr_expect_eq(events[0].epoch, 2, "nothing has changed");
	cr_expect_not_null(strstr(events[0].evidence, "\"rule\":\"errors\""));
	cr_assert(rollout_pause(s.rollout, true, "operator:ada", "again", &err));
	scene_restart(&s, RULES("0s", "pause"));
	s.told_count = 0;
	cr_assert(rollout_pause(s.rollout, false, "operator:ada", "fine", &err));
	scene_tick(&s, 20);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 2);
	cr_expect_eq(s.told_count, 2);
	scene_close(&s);
}

/* Both steps of a rule are told of by a process that knows them from the log. */
Test(rollout_alerts, all_steps_since_it_was_resumed_end)
{
	struct err err = { "" };

	open_scene("{" ROLLOUT("full") "," NO_BREAKER "," ERRORS_RULE("0s", "back")
	    "}");
	fail();
	fail();
	expect(0, ALERT_BEGIN, "back", "errors", SEVERITY_CRITICAL, 2);
	expect(1, ALERT_BEGIN, "back", "errors", SEVERITY_CRITICAL, 3);
	scene_restart(&s, "{" ROLLOUT("full") "," NO_BREAKER ","
	    ERRORS_RULE("0s", "back") "}");
	s.told_count = 0;
	cr_assert(rollout_pause(s.rollout, false, "operator:ada", "fine", &err));
	scene_tick(&s, 20);
	cr_assert_eq(s.told_count, 3);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 3);
	expect(2, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 2);
	scene_close(&s);
}

/* One key, so one end: not when the rule is fine, but when the plan goes on. */
Test(rollout_alerts, what_was_held_and_then_pauses_is_one_trouble)
{
	struct err err = { "" };

	open_scene(RULES("0s", "pause"));
	cr_assert(rollout_pause(s.rollout, true, "operator:ada", "lunch", &err));
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	fail();
	expect(1, ALERT_BEGIN, "held", "errors", SEVERITY_INFO, 2);
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 2000);
	scene_tick(&s, 20);
	expect(2, ALERT_BEGIN, "pause", "errors", SEVERITY_CRITICAL, 2);
	recover();
	cr_assert_eq(s.told_count, 3, "the plan still stands");
	cr_assert(rollout_pause(s.rollout, false, "operator:ada", "fine", &err));
	scene_tick(&s, 20);
	expect(4, ALERT_END, "resolved", "errors", SEVERITY_CRITICAL, 2);
	cr_expect_eq(s.told_count, 5);
	scene_close(&s);
}

Test(rollout_alerts, what_is_held_or_observed_is_information)
{
	open_scene(RULES("0s", "rollback"));
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	fail();
	cr_assert_eq(s.told_count, 1);
	expect(0, ALERT_BEGIN, "held", "errors", SEVERITY_INFO, 1);
	recover();
	cr_assert_eq(s.told_count, 2);
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_INFO, 1);
	scene_close(&s);
	open_scene("{" ROLLOUT("canary") "," NO_BREAKER ",'guard':[{'name':'errors',"
	    "'metric':'error_rate','above':'5%','window':'10s','action':'rollback',"
	    "'severity':'critical','mode':'observe'}]}");
	fail();
	expect(0, ALERT_BEGIN, "observed", "errors", SEVERITY_INFO, 1);
	recover();
	expect(1, ALERT_END, "resolved", "errors", SEVERITY_INFO, 1);
	scene_close(&s);
}

Test(rollout_alerts, a_trip_that_cannot_be_written_down)
{
	open_scene(RULES("0s", "rollback"));
	scene_break_store(&s);
	fail();
	cr_assert_eq(s.told_count, 1);
	for (int i = 0; i < 5; i++)
		scene_tick(&s, 1000);
	cr_expect_eq(s.told_count, 1, "a moment is not told");
	for (int i = 0; i < 3; i++)
		scene_tick(&s, 1000);
	cr_assert_eq(s.told_count, 2);
	expect(1, ALERT_BEGIN, "store", "store", SEVERITY_CRITICAL, 2);
	cr_expect_eq(strncmp(s.told[1].summary, "store: what was decided cannot be "
	    "written down: ", 48), 0, "%s", s.told[1].summary);
	scene_mend_store(&s);
	for (int i = 0; i < 3; i++)
		scene_tick(&s, 1000);
	cr_assert_eq(s.told_count, 3);
	expect(2, ALERT_END, "resolved", "store", SEVERITY_CRITICAL, 2);
	scene_close(&s);
}

Test(rollout_alerts, every_change_of_a_person_is_a_note)
{
	static const char *const words[] = { "advance", "pause", "resume", "back" };
	struct err err = { "" };

	open_scene(RULES("0s", "alert"));
	cr_assert(rollout_advance(s.rollout, "operator:ada", "a", &err));
	cr_assert(rollout_pause(s.rollout, true, "operator:ada", "b", &err));
	cr_assert(rollout_pause(s.rollout, false, "operator:ada", "c", &err));
	cr_assert(rollout_back(s.rollout, "operator:ada", "d", &err));
	cr_assert(rollout_override(s.rollout, &(struct override_change){
	    .user = "u", .version = VERSION_LEGACY }, "operator:ada", "e", &err));
	for (unsigned i = 0; i < COUNT_OF(words); i++)
		expect(i, ALERT_NOTE, words[i], "rollout", SEVERITY_INFO, i + 2);
	cr_expect_eq(s.told_count, COUNT_OF(words), "an override is not one");
	scene_close(&s);
}
