/* test_watch -- what the tick makes of numbers: trips, alerts, the breaker.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "control/mirror_watch.h"
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

TestSuite(watch, .init = open_canary, .fini = close_scene);

/* Enough failures in one go for the rule to trip at the next tick. */
static void
trip(void)
{
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	cr_assert(s.seen.latched);
}

/* --- trips -------------------------------------------------------------- */

Test(watch, a_rule_trips_with_its_evidence)
{
	struct log_entry e;

	trip();
	cr_expect(latch_is_set(&s.latch));
	cr_expect_eq(atomic_load(&s.latch.cause), LATCH_STATE);
	cr_expect_eq(s.seen.epoch, 2);
	cr_expect_str_eq(s.seen.actor, "guard");
	cr_expect_str_eq(s.seen.reason, "errors: error_rate of enhanced is 100% "
	    "(30 of 30) over the last 10s, above 5%");
	cr_expect_str_eq(s.seen.stage, "canary");
	e = scene_event(&s);
	cr_expect_str_eq(e.kind, "trip");
	cr_expect_not_null(strstr(e.evidence, "\"n\":30"));
	cr_expect_not_null(strstr(e.evidence, "\"limit\":0.05"));
	cr_expect_not_null(strstr(e.evidence, "\"window_ms\":10000"));
	cr_expect_null(rollout_unsaved(s.rollout));
}

Test(watch, one_trip_is_one_event)
{
	size_t before;

	trip();
	before = scene_event_count(&s);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	scene_tick(&s, 20);
	cr_expect_eq(scene_event_count(&s), before);
	cr_expect_eq(s.published, 2);
}

/* It has only told so far; whoever lets it act wants it to. */
Test(watch, a_rule_that_fires_acts_by_its_new_action)
{
	struct err err = { "" };

	scene_close(&s);
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER ","
	    ERRORS_RULE("0s", "alert") "}");
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	cr_expect_str_eq(scene_event(&s).kind, "alert");
	cr_assert(scene_reload(&s, "{" ROLLOUT("canary") "," NO_BREAKER ","
	    ERRORS_RULE("0s", "pause") "}", &err), "%s", err.text);
	scene_tick(&s, 20);
	cr_expect_str_eq(scene_event(&s).kind, "pause");
	cr_assert(scene_reload(&s, RULES("canary"), &err), "%s", err.text);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
}

/* An outage of both, at a share of a half; until then it was a twentieth. */
Test(watch, evidence_begins_anew_with_other_shares)
{
	const struct rollout_change half = { .has_percent = true,
		.percent = 50000 };
	struct err err = { "" };

	scene_close(&s);
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER ",'guard':[{'name':"
	    "'e','metric':'error_rate','above_legacy_times':1.5,'test':"
	    "'sequential','action':'rollback'}]}");
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 9500);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 500);
	scene_tick(&s, 20);
	cr_assert(rollout_set(s.rollout, &half, "operator:alice", "on", &err));
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		scene_legs(&s, v, LEG_PRIMARY, OUTCOME_DONE, 450);
		scene_legs(&s, v, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 50);
	}
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched, "%s", s.seen.reason);
	/* and who is worse from then on is seen */
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 100);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 100);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
}

/* Half of all is enhanced's while it is mirrored, a twentieth when the day's
 * budget is spent; the next day begins with an outage of both. */
Test(watch, evidence_begins_anew_when_mirroring_does)
{
	struct plan_report plan;

	scene_close(&s);
	scene_open(&s, "{" NO_BREAKER ",'rollout':{'stages':[{'name':'c',"
	    "'percent':5,'shadow':100,'min_requests':2000},{'name':'d'}]},"
	    "'guard':[{'name':'e','metric':'error_rate','above_legacy_times':1.5,"
	    "'test':'sequential','action':'rollback'}]}");
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 9500);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 500);
	scene_tick(&s, 20);
	rollout_mirrors(s.rollout);
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		scene_legs(&s, v, LEG_SHADOW, OUTCOME_DONE, 450);
		scene_legs(&s, v, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 50);
	}
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched, "%s", s.seen.reason);
	/* The stage goes on: it has had so many all the same. */
	rollout_plan(s.rollout, &plan);
	cr_expect_str_eq(plan.rows[0].name, "min_requests");
	cr_expect_str_eq(plan.rows[0].text, "1000 of 2000 requests");
}

Test(watch, the_end_of_a_budget_and_of_a_day_are_told)
{
	const int64_t day_us = INT64_C(86400) * 1000000;
	struct mirror_budget budget = { 5, 0, 0 };
	struct mirror_watch w;
	const struct snapshot *now;

	scene_close(&s);
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER
	    ",'mirror':{'budget':{'requests':10}}}");
	now = rollout_snapshot(s.rollout);
	mirror_watch_start(&w, &budget, s.store, NULL, 7 * day_us);
	cr_expect_not(mirror_watch_tick(&w, now, 7 * day_us + 1, s.now_ns));
	atomic_store(&budget.requests, 10);
	cr_expect_not(mirror_watch_tick(&w, now, 7 * day_us + 2, s.now_ns));
	atomic_store(&budget.refused, 1);
	cr_expect(mirror_watch_tick(&w, now, 7 * day_us + 3, s.now_ns));
	cr_expect_str_eq(scene_event(&s).kind, "budget");
	cr_expect_not(mirror_watch_tick(&w, now, 7 * day_us + 4, s.now_ns));
	cr_expect(mirror_watch_tick(&w, now, 8 * day_us, s.now_ns));
	cr_expect_not(mirror_watch_tick(&w, now, 8 * day_us + 1, s.now_ns));
	mirror_watch_stop(&w);
}

/* Few requests of a window that has hardly begun are none of a quiet service. */
Test(watch, few_requests_are_known_when_the_window_is_over)
{
	scene_close(&s);
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER ",'guard':[{'name':"
	    "'quiet','metric':'requests','below':10,'window':'10s'}]}");
	for (unsigned i = 0; i < 9; i++)
		scene_tick(&s, 1000);
	cr_expect_str_eq(scene_event(&s).kind, "start");
	for (unsigned i = 0; i < 3; i++)
		scene_tick(&s, 1000);
	cr_expect_str_eq(scene_event(&s).kind, "alert");
	cr_expect_str_eq(scene_event(&s).reason, "quiet: requests of enhanced is "
	    "0 over the last 10s, below 10");
}

Test(watch, failures_of_legacy_do_not_trip)
{
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 500);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 30);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
}

Test(watch, shadow_legs_of_enhanced_count)
{
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_CONNECT_FAILED, 30);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
}

Test(watch, what_the_client_did_is_no_failure)
{
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_CLIENT_GONE, 100);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
}

Test(watch, a_trip_is_in_force_though_the_disk_refuses_it)
{
	struct rule_status rule;
	struct err err = { "" };

	scene_break_store(&s);
	trip();
	cr_expect(latch_is_set(&s.latch));
	cr_expect_not_null(rollout_unsaved(s.rollout));
	cr_expect_eq(rollout_rules(s.rollout, &rule, 1), 1);
	cr_expect_eq(rule.reading.judgement, JUDGE_TRIP);
	/* nor may an operator overtake it */
	cr_expect(!rollout_rearm(s.rollout, true, "operator:a", "r", &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_STORE);
	cr_expect(s.seen.latched);
	scene_mend_store(&s);
	scene_tick(&s, 500);
	cr_expect_not_null(rollout_unsaved(s.rollout));
	scene_tick(&s, 501);
	cr_expect_null(rollout_unsaved(s.rollout));
	cr_expect_str_eq(scene_event(&s).kind, "trip");
	scene_restart(&s, RULES("canary"));
	cr_expect(s.seen.latched);
}

Test(watch, a_workers_breaker_is_written_down_as_a_trip)
{
	scene_tick(&s, 20);
	cr_expect(latch_set(&s.latch, LATCH_BREAKER));
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
	cr_expect_eq(atomic_load(&s.latch.cause), LATCH_STATE);
	cr_expect_str_eq(scene_event(&s).kind, "trip");
	cr_expect_not_null(strstr(s.seen.reason, "in a row"));
	cr_expect_not_null(strstr(scene_event(&s).evidence,
	    "\"consecutive_failures\""));
	scene_tick(&s, 20);
	cr_expect_eq(s.published, 2);
}

Test(watch, a_rollback_by_hand_latches_and_is_idempotent)
{
	struct err err = { "" };

	cr_assert(rollout_rollback(s.rollout, "operator:bob", "smells", &err));
	cr_expect(latch_is_set(&s.latch));
	cr_expect(s.seen.latched);
	cr_expect_str_eq(scene_event(&s).kind, "rollback");
	cr_expect_str_eq(s.seen.reason, "smells");
	cr_expect_eq(s.seen.epoch, 2);
	cr_expect(rollout_rollback(s.rollout, "operator:bob", "again", &err));
	cr_expect_eq(s.seen.epoch, 2);
	cr_expect_str_eq(s.seen.reason, "smells");
}

Test(watch, a_rollback_by_hand_does_not_wait_for_the_disk)
{
	struct err err = { "" };

	scene_break_store(&s);
	cr_expect(rollout_rollback(s.rollout, "operator:bob", "smells", &err));
	cr_expect(s.seen.latched);
	cr_expect_not_null(rollout_unsaved(s.rollout));
	scene_mend_store(&s);
}

/* --- alerts ------------------------------------------------------------- */

#define RULES_ALERT "{" ROLLOUT("canary") "," NO_BREAKER "," \
	ERRORS_RULE("0s", "alert") "}"

Test(watch, an_alert_is_an_event_once_per_firing)
{
	struct err err = { "" };
	size_t before;

	cr_assert(scene_reload(&s, RULES_ALERT, &err));
	scene_tick(&s, 20);
	before = scene_event_count(&s);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	for (int i = 0; i < 5; i++)
		scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	cr_expect_eq(scene_event_count(&s), before + 1);
	cr_expect_str_eq(scene_event(&s).kind, "alert");
	cr_expect_eq(scene_event(&s).epoch, s.seen.epoch);
	/* fine for a whole window, then bad again */
	for (int i = 0; i < 24; i++) {
		scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 600);
		scene_tick(&s, 1000);
	}
	cr_expect_eq(scene_event_count(&s), before + 1);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX,
	    1000);
	scene_tick(&s, 20);
	cr_expect_eq(scene_event_count(&s), before + 2);
}

#define RULE(name, above, action) "{'name':'" name "'," \
	"'metric':'error_rate','above':'" above "','window':'10s','for':'0s'," \
	"'min_requests':20,'action':'" action "','severity':'critical'}"
#define RULES_MANY "{" ROLLOUT("canary") "," NO_BREAKER ",'guard':[" \
	RULE("first", "1%", "alert") "," RULE("second", "2%", "alert") "," \
	RULE("third", "3%", "rollback") "," RULE("fourth", "4%", "alert") "]}"

static size_t
count_kind(const char *kind)
{
	struct log_entry events[100];
	size_t all = store_events(s.store, events, 100), count = 0;

	for (size_t i = 0; i < all; i++)
		count += strcmp(events[i].kind, kind) == 0;
	return count;
}

Test(watch, what_is_locked_out_of_the_file_is_written_down_later)
{
	struct err err = { "" };

	cr_assert(scene_reload(&s, RULES_MANY, &err));
	scene_lock_store(&s);
	trip();
	cr_expect_not_null(rollout_unsaved(s.rollout));
	cr_expect_not_null(strstr(rollout_unsaved(s.rollout), "locked"));
	cr_expect_eq(count_kind("trip") + count_kind("alert"), 0);
	for (int i = 0; i < 5; i++)
		scene_tick(&s, 1000);
	scene_unlock_store(&s);
	scene_tick(&s, 1000);
	cr_expect_null(rollout_unsaved(s.rollout));
	cr_expect_eq(count_kind("trip"), 1);
	cr_expect_eq(count_kind("alert"), 3);
	/* the trip came first, however the rules stand */
	cr_expect_eq(scene_event(&s).epoch, s.seen.epoch);
	cr_expect_str_eq(scene_event(&s).kind, "alert");
}

Test(watch, an_alert_alone_is_no_unsaved_state)
{
	struct err err = { "" };

	cr_assert(scene_reload(&s, RULES_ALERT, &err));
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_lock_store(&s);
	scene_tick(&s, 20);
	cr_expect_null(rollout_unsaved(s.rollout));
	cr_expect_eq(count_kind("alert"), 0);
	scene_unlock_store(&s);
	scene_tick(&s, 500);
	cr_expect_eq(count_kind("alert"), 0, "not before a second is over");
	scene_tick(&s, 501);
	cr_expect_eq(count_kind("alert"), 1);
}

Test(watch, a_full_queue_lets_alerts_go_and_keeps_the_trip)
{
	struct err err = { "" };

	scene_lock_store(&s);
	cr_expect(rollout_rollback(s.rollout, "operator:bob", "smells", &err));
	for (int i = 0; i < 100; i++)
		cr_assert(scene_reload(&s, RULES("canary"), &err), "%s", err.text);
	cr_expect_not_null(rollout_unsaved(s.rollout));
	scene_unlock_store(&s);
	scene_tick(&s, 60000);
	cr_expect_null(rollout_unsaved(s.rollout));
	cr_expect_eq(count_kind("rollback"), 1);
	cr_expect_eq(count_kind("reload"), 63);
	scene_restart(&s, RULES("canary"));
	cr_expect(s.seen.latched);
}

/* --- what came lately ------------------------------------------------------ */

#define RULES_SEQUENTIAL "{" ROLLOUT("canary") "," NO_BREAKER ",'guard':[{" \
	"'name':'errors','metric':'error_rate','above_legacy_times':1.2," \
	"'test':'sequential','alpha':0.001,'action':'rollback'}]}"

static void
both(unsigned n, unsigned legacy_failures, unsigned enhanced_failures)
{
	scene_legs(&s, VERSION_LEGACY, LEG_SHADOW, OUTCOME_DONE, n);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, n);
	scene_legs(&s, VERSION_LEGACY, LEG_SHADOW, OUTCOME_UPSTREAM_5XX,
	    legacy_failures);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX,
	    enhanced_failures);
	scene_tick(&s, 20);
}

Test(watch, a_long_stage_does_not_hide_what_came_lately)
{
	scene_restart(&s, RULES_SEQUENTIAL);
	for (unsigned i = 0; i < 2000; i++)
		both(100, 1, 1);
	cr_assert_not(s.seen.latched);
	for (unsigned i = 0; i < 20 && !s.seen.latched; i++)
		both(100, 1, 5);
	cr_expect(s.seen.latched);
	cr_expect_not_null(strstr(s.seen.reason, "errors: error_rate of enhanced "
	    "is 4."), "%s", s.seen.reason);
	cr_expect_not_null(strstr(s.seen.reason, " lately, above "));
	cr_expect_not_null(strstr(scene_event(&s).evidence,
	    "\"since\":\"lately\""));
}

Test(watch, a_user_counts_again_in_the_next_spell)
{
	struct weights *w = s.board->weights;

	for (unsigned i = 0; i < WEIGHT_MAX; i++)
		cr_expect_eq(weights_take(w, VERSION_ENHANCED, 7, true),
		    WEIGHT_OF_STAGE | WEIGHT_OF_SPELL);
	scene_tick(&s, 20);
	cr_expect_eq(weights_take(w, VERSION_ENHANCED, 7, true), 0);
	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX,
	    FRESH_SPELL);
	scene_tick(&s, 20);
	cr_expect_eq(weights_take(w, VERSION_ENHANCED, 7, true),
	    WEIGHT_OF_SPELL);
}

Test(watch, a_spell_ends_though_nobody_counts_any_more)
{
	struct worker_stats *stats = s.board->workers[0];
	struct weights *w = s.board->weights;

	for (unsigned i = 0; i < WEIGHT_MAX; i++)
		cr_expect_eq(weights_take(w, VERSION_ENHANCED, 7, true),
		    WEIGHT_OF_STAGE | WEIGHT_OF_SPELL);
	for (unsigned i = 0; i < FRESH_SPELL_LONGEST; i++) {
		cr_expect_eq(weights_take(w, VERSION_ENHANCED, 7, true), 0);
		scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 1);
		excess_count(&stats->legs[VERSION_LEGACY][LEG_PRIMARY].excess, 0,
		    true);
		scene_tick(&s, 20);
	}
	cr_expect_eq(weights_take(w, VERSION_ENHANCED, 7, true),
	    WEIGHT_OF_SPELL);
}

/* --- the breaker -------------------------------------------------------- */

#define RULES_BREAKER(stage) "{" ROLLOUT(stage) "," \
	"'breaker':{'failure_rate':'20%','window':'10s','min_requests':20}}"

Test(watch, the_breaker_trips_while_users_are_on_enhanced)
{
	struct err err = { "" };

	cr_assert(scene_reload(&s, RULES_BREAKER("canary"), &err));
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
	cr_expect_not_null(strstr(s.seen.reason, "breaker: enhanced fails at "
	    "least"));
}

Test(watch, the_breaker_leaves_a_pure_shadow_stage_alone)
{
	struct err err = { "" };

	cr_assert(scene_reload(&s, RULES_BREAKER("shadow"), &err));
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_UPSTREAM_5XX, 300);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	/* unless somebody is there by an override */
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 1);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
}

/* --- enhanced alone ------------------------------------------------------- */

#define ALONE(guard) "{'rollout':{'salt':'t','stage':'alone','stages':[" \
	"{'name':'off'},{'name':'alone','percent':100,'complete':true," \
	"'guard':" guard "}]},"

static void
fail_alone(const char *rules)
{
	close_scene();
	scene_open(&s, rules);
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 30);
	scene_tick(&s, 20);
	scene_tick(&s, 20);
}

Test(watch, a_rule_only_tells_when_enhanced_is_alone)
{
	struct log_entry e;

	fail_alone(ALONE("false") NO_BREAKER "," ERRORS_RULE("0s", "rollback")
	    "}");
	cr_expect(!s.seen.latched);
	cr_expect(!latch_is_set(&s.latch));
	e = scene_event(&s);
	cr_expect_str_eq(e.kind, "alert");
	cr_expect_not_null(strstr(e.reason, "errors: error_rate of enhanced"));
	cr_expect_eq(scene_event_count(&s), 2, "once");
}

Test(watch, unless_its_stage_is_guarded)
{
	fail_alone(ALONE("true") NO_BREAKER "," ERRORS_RULE("0s", "rollback")
	    "}");
	cr_expect(s.seen.latched);
}

Test(watch, the_breaker_only_tells_when_enhanced_is_alone)
{
	struct log_entry e;

	fail_alone(ALONE("false") "'breaker':{'failure_rate':'20%',"
	    "'window':'10s','min_requests':20}}");
	cr_expect(!s.seen.latched);
	e = scene_event(&s);
	cr_expect_str_eq(e.kind, "alert");
	cr_expect_not_null(strstr(e.reason, "breaker: "));
	cr_expect_eq(scene_event_count(&s), 2, "once");
}
