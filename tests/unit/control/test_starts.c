/* test_starts -- conditions that are held against the stage's start.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "config/condition.h"

#define RULE(limit) "'guard':[{'name':'grown','metric':'error_rate'," limit \
	",'window':'60s','min_requests':20,'action':'pause'}]"
#define RULES(stage, limit) "{" ROLLOUT(stage) "," NO_BREAKER "," RULE(limit) "}"
#define DOUBLED "'above_start_times':2"

static struct scene s;

static void
open_shadow(void)
{
	scene_open(&s, RULES("shadow", DOUBLED));
}

static void
close_scene(void)
{
	scene_close(&s);
}

TestSuite(starts, .init = open_shadow, .fini = close_scene);

/* good of a hundred end well. */
static void
hundred(enum version v, unsigned good)
{
	scene_legs(&s, v, LEG_SHADOW, OUTCOME_DONE, good);
	scene_legs(&s, v, LEG_SHADOW, OUTCOME_UPSTREAM_5XX, 100 - good);
	scene_tick(&s, 20);
}

static void
advance(void)
{
	struct err err = { "" };

	cr_assert(rollout_advance(s.rollout, "operator:a", "on", &err), "%s",
	    err.text);
	scene_tick(&s, 20);
}

static struct rule_status
rule(void)
{
	struct rule_status status;

	cr_assert_eq(rollout_rules(s.rollout, &status, 1), 1);
	return status;
}

Test(starts, the_window_before_it_is_what_counts)
{
	struct guard_reading r;

	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 98);
	advance();
	hundred(VERSION_ENHANCED, 97);
	r = rule().reading;
	cr_expect_eq(r.judgement, JUDGE_FINE);
	cr_expect_float_eq(r.numbers.baseline, 0.02, 1e-9);
	cr_expect_eq(r.numbers.baseline_n, 100);
	cr_expect_eq(r.numbers.baseline_of, VERSION_ENHANCED);
	cr_expect_float_eq(r.numbers.limit, 0.04, 1e-9);
	hundred(VERSION_ENHANCED, 90);
	cr_expect_eq(rule().reading.judgement, JUDGE_TRIP);
	cr_expect(s.seen.paused);
	cr_expect_str_eq(s.seen.reason, "grown: error_rate of enhanced is 6.5% "
	    "(13 of 200) over the last 1m, above 4%, that is the start's 2% "
	    "(2 of 100) x 2");
}

Test(starts, unknown_holds)
{
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 0);
	cr_expect_eq(rule().reading.judgement, JUDGE_UNKNOWN,
	    "nothing was known as the first stage began");
	cr_expect(!s.seen.paused);
	advance();
	cr_expect_eq(rule().reading.judgement, JUDGE_UNKNOWN, "nor is now");
	hundred(VERSION_ENHANCED, 0);
	cr_expect_eq(rule().reading.judgement, JUDGE_FINE,
	    "all had failed then, too");
}

Test(starts, legacy_stands_in_where_enhanced_had_no_traffic)
{
	struct guard_reading r;

	scene_tick(&s, 20);
	hundred(VERSION_LEGACY, 99);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_UPSTREAM_5XX, 19);
	scene_tick(&s, 20);
	advance();
	hundred(VERSION_ENHANCED, 90);
	r = rule().reading;
	cr_expect_eq(r.numbers.baseline_of, VERSION_LEGACY);
	cr_expect_float_eq(r.numbers.baseline, 0.01, 1e-9);
	cr_expect_eq(r.judgement, JUDGE_TRIP);
	cr_expect_not_null(strstr(s.seen.reason, "that is legacy's at the start, "
	    "1% (1 of 100) x 2"), "%s", s.seen.reason);
}

Test(starts, a_restart_keeps_them)
{
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 98);
	advance();
	scene_restart(&s, RULES("shadow", DOUBLED));
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 90);
	cr_expect_eq(rule().reading.judgement, JUDGE_TRIP);
	cr_expect_float_eq(rule().reading.numbers.baseline, 0.02, 1e-9);
}

/* The file says which beginning its rows are of. */
Test(starts, those_of_another_beginning_are_unknown)
{
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 98);
	advance();
	scene_sql(&s, "UPDATE stage_starts SET stage_since = "
	    "'2026-01-01T00:00:00.000000Z'");
	scene_restart(&s, RULES("shadow", DOUBLED));
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 90);
	cr_expect_eq(rule().reading.judgement, JUDGE_UNKNOWN);
}

/* Other users in the same stage are another beginning to the clock, and none
 * to the numbers. */
Test(starts, a_share_that_changes_keeps_them)
{
	const struct rollout_change wish = { .percent = 7000 };
	struct rollout_change change = wish;
	struct err err = { "" };

	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 98);
	advance();
	change.has_percent = true;
	cr_assert(rollout_set(s.rollout, &change, "operator:a", "more", &err),
	    "%s", err.text);
	scene_tick(&s, 20);
	scene_restart(&s, RULES("shadow", DOUBLED));
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 90);
	cr_expect_eq(rule().reading.judgement, JUDGE_TRIP);
}

static size_t
kept(void)
{
	static struct stage_start rows[STAGE_STARTS_MAX];
	struct err err = { "" };
	size_t count;

	cr_assert(store_load_starts(s.store, s.seen.stage_us, rows, &count,
	    &err), "%s", err.text);
	return count;
}

Test(starts, a_file_that_is_locked_is_written_later)
{
	struct err err = { "" };

	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 98);
	cr_assert(rollout_advance(s.rollout, "operator:a", "on", &err), "%s",
	    err.text);
	scene_lock_store(&s);
	scene_tick(&s, 20);
	cr_expect_eq(kept(), 0);
	scene_unlock_store(&s);
	scene_tick(&s, 20);
	cr_expect_eq(kept(), 0, "not before a second has passed");
	scene_tick(&s, 1000);
	cr_expect_eq(kept(), 1);
	hundred(VERSION_ENHANCED, 90);
	cr_expect_eq(rule().reading.judgement, JUDGE_TRIP, "known all the time");
}

/* --- which number it is -------------------------------------------------------- */

static const struct {
	const char *why, *now, *later;
	bool is_known;
} keys[] = {
	{ "the same", "'above_start_times':2", "'above_start_times':2", true },
	{ "another limit of it", "'above_start_times':2", "'above_start_by':'1%'",
	    true },
	{ "another window", "'above_start_times':2",
	    "'above_start_times':2,'last':50", false },
	{ "another version", "'above_start_times':2",
	    "'above_start_times':2,'version':'legacy','action':'alert'", false },
};

Test(starts, rules_that_are_read_again_find_theirs)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char *rules = mem_printf("{" ROLLOUT("shadow") "," NO_BREAKER ","
		    "'guard':[{'name':'g','metric':'error_rate',%s,"
		    "'min_requests':20}]}", keys[i].later);
		struct err err = { "" };

		scene_close(&s);
		scene_open(&s, RULES("shadow", DOUBLED));
		scene_tick(&s, 20);
		hundred(VERSION_ENHANCED, 98);
		hundred(VERSION_LEGACY, 98);
		advance();
		cr_assert(scene_reload(&s, rules, &err), "%s", err.text);
		hundred(VERSION_ENHANCED, 98);
		hundred(VERSION_LEGACY, 98);
		cr_expect_eq(rule().reading.judgement == JUDGE_UNKNOWN,
		    !keys[i].is_known, "%s", keys[i].why);
		free(rules);
	}
}

/* --- gates ---------------------------------------------------------------------- */

#define PLAN "{'rollout':{'salt':'t','stage':'a','stages':[{'name':'a'}," \
	"{'name':'b','percent':5,'gates':[{'name':'g','metric':'error_rate'," \
	"'below_start_by':'1%'}]},{'name':'c','percent':100}]}," NO_BREAKER "}"

static const struct plan_row *
gate(void)
{
	static struct plan_report plan;

	rollout_plan(s.rollout, &plan);
	cr_assert_str_eq(plan.rows[0].name, "g");
	return &plan.rows[0];
}

Test(starts, a_gate_without_one_waits)
{
	scene_close(&s);
	scene_open(&s, PLAN);
	scene_tick(&s, 20);
	advance();
	cr_expect_str_eq(gate()->text,
	    "error_rate of enhanced is not known yet (0 of 20)");
	hundred(VERSION_ENHANCED, 100);
	cr_expect_eq(gate()->state, ROW_WAITING);
	cr_expect_str_eq(gate()->text,
	    "error_rate of enhanced was not known at the stage's start");
}

/* It looks at the whole stage; its start is the whole stage before, however
 * long ago that began. */
Test(starts, of_a_gate_is_the_whole_stage_before)
{
	scene_close(&s);
	scene_open(&s, PLAN);
	scene_tick(&s, 20);
	hundred(VERSION_ENHANCED, 96);
	scene_tick(&s, 4 * 3600 * 1000);
	hundred(VERSION_ENHANCED, 100);
	advance();
	hundred(VERSION_ENHANCED, 98);
	cr_expect_eq(gate()->state, ROW_WAITING, "%s", gate()->text);
	cr_expect_float_eq(gate()->reading.limit, 0.03, 1e-9);
	for (unsigned i = 0; i < 30; i++)
		hundred(VERSION_ENHANCED, 99);
	cr_expect_eq(gate()->state, ROW_DONE, "%s", gate()->text);
	for (unsigned i = 0; i < 30; i++)
		hundred(VERSION_ENHANCED, 90);
	cr_expect_eq(gate()->state, ROW_FAILING, "%s", gate()->text);
}
