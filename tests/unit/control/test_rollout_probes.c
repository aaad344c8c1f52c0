/* test_rollout_probes -- rules over probes: known, old, and since the start.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#define PROBE "'probes':[{'name':'used','url':'http://h/','json':'/u'," \
	"'interval':'1s','stale':'10s'}]"
#define RULES(condition) "{" ROLLOUT("canary") "," NO_BREAKER "," PROBE "," \
	"'guard':[{'name':'memory','probe':'used'," condition "," \
	"'action':'alert'}]}"
#define HALF_MORE RULES("'above_start_times':1.5")

static struct scene s;

static void
open_scene(const char *rules)
{
	scene_open(&s, rules);
	scene_tick(&s, 20);
}

static void
close_scene(void)
{
	scene_close(&s);
}

TestSuite(rollout_probes, .fini = close_scene);

static enum judgement
judged(void)
{
	struct rule_status row;

	cr_assert_eq(rollout_rules(s.rollout, &row, 1), 1);
	return row.reading.judgement;
}

/* The probe says a number, and the next tick looks. */
static void
say(double value)
{
	scene_say(&s, value);
	scene_tick(&s, 20);
}

Test(rollout_probes, an_old_number_is_unknown)
{
	open_scene(RULES("'above':200"));
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
	say(201);
	cr_expect_eq(judged(), JUDGE_TRIP);
	cr_expect_eq(s.told_count, 1);
	cr_expect_str_eq(s.told[0].summary, "memory: used is 201, above 200");
	cr_expect_null(strstr(s.told[0].evidence, "enhanced"), "%s",
	    s.told[0].evidence);
	scene_tick(&s, 9900);
	cr_expect_eq(judged(), JUDGE_TRIP);
	scene_tick(&s, 200);
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
	cr_expect_eq(s.told_count, 1, "unknown ends nothing");
	say(100);
	cr_expect_eq(judged(), JUDGE_FINE);
}

Test(rollout_probes, another_question_has_no_answer_yet)
{
	struct err err = { "" };

	open_scene(RULES("'above':200"));
	say(201);
	s.probe.mark ^= 2;
	scene_tick(&s, 20);
	cr_expect_eq(judged(), JUDGE_TRIP, "what was said before counts on");
	cr_assert(scene_reload(&s, "{" ROLLOUT("canary") "," NO_BREAKER ","
	    "'probes':[{'name':'used','url':'http://other/','json':'/u'}],"
	    "'guard':[{'name':'memory','probe':'used','above':200}]}", &err));
	scene_tick(&s, 20);
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
}

Test(rollout_probes, held_against_the_start)
{
	const struct rollout_change full = { .stage = "full" };
	struct err err = { "" };

	open_scene(HALF_MORE);
	say(100); /* soon after the first stage began */
	cr_expect_eq(judged(), JUDGE_FINE);
	say(150);
	cr_expect_eq(judged(), JUDGE_FINE);
	say(151);
	cr_expect_eq(judged(), JUDGE_TRIP);
	cr_expect_str_eq(s.told[0].summary,
	    "memory: used is 151, above 150, that is the start's 100 x 1.5");
	cr_assert(rollout_set(s.rollout, &full, "operator:ada", "go", &err));
	say(226);
	cr_expect_eq(judged(), JUDGE_FINE, "151 x 1.5 now");
	say(227);
	cr_expect_eq(judged(), JUDGE_TRIP);
}

Test(rollout_probes, the_start_survives_a_restart)
{
	open_scene(HALF_MORE);
	say(100);
	say(140);
	scene_tick(&s, 2000);
	s.probe = (struct probe_row){ 0 };
	scene_restart(&s, HALF_MORE);
	scene_tick(&s, 20);
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
	say(151);
	cr_expect_eq(judged(), JUDGE_TRIP, "of 100, not of 151");
}

/* A probe that was dead for so long says nothing of then. */
Test(rollout_probes, a_start_that_nobody_knew)
{
	open_scene(HALF_MORE);
	/* The stage's beginning is the real clock's, later than the scene's by
	 * what opening a store takes. */
	scene_tick(&s, 60000);
	say(100);
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
	say(1000);
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
}

/* And after a restart the stage has begun long before. */
Test(rollout_probes, a_start_that_was_not_known_before_a_restart)
{
	open_scene(HALF_MORE);
	scene_tick(&s, 2000);
	scene_restart(&s, HALF_MORE);
	scene_tick(&s, 20);
	say(100);
	cr_expect_eq(judged(), JUDGE_UNKNOWN);
}

Test(rollout_probes, growth)
{
	open_scene(RULES("'per':'hour','window':'1m','above':1000"));
	for (int i = 0; i < 40; i++) {
		scene_tick(&s, 1000);
		say(1e9 + i * 0.3); /* 1080 an hour */
		cr_expect_eq(judged(), i < 30 ? JUDGE_UNKNOWN : JUDGE_TRIP, "%d", i);
	}
}
