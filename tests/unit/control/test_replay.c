/* A rollout under a virtual clock decides as a live one would.
 * SPDX-License-Identifier: MIT
 */
#include "control/replay.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../config/files.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1795824000) * SECOND)
#define STAGES "'stages':[{'name':'off'},{'name':'ten','percent':10," \
	"'dwell':'1m','min_requests':100,'gates':[{'name':'errors'," \
	"'metric':'error_rate','below':'5%'}]},{'name':'full','percent':100}]"
#define RULES(advance, stage, guard) "{'rollout':{'salt':'t','advance':'" \
	advance "','stage':'" stage "'," STAGES "},'guard':[" guard "]," \
	"'breaker':{'enabled':false}}"
#define RULE(name, action) "{'name':'" name "','metric':'error_rate'," \
	"'above':'5%','window':'10s','for':'2s','min_requests':20,'blind':true," \
	"'action':'" action "'}"

static struct config *config;
static struct replay *replay;
static char told[1024], said[512]; /* all events; the last one's text */
static int64_t now_us;
static bool traffic_only;
static unsigned plan_ms;

static void
on_event(void *arg, const struct replay_event *e)
{
	size_t n = strlen(told);

	(void)arg;
	cr_expect(e->at_us <= now_us && e->at_us > now_us - SECOND, "%s at its "
	    "time", e->kind);
	snprintf(told + n, sizeof told - n, "%s%s %s", n > 0 ? "; " : "",
	    e->kind, e->name);
	snprintf(said, sizeof said, "%s", e->text);
}

static void
begin(const char *rules, bool approve)
{
	const struct replay_options options = { .start_us = START,
		.approve = approve, .traffic_only = traffic_only,
		.plan_ms = plan_ms, .on_event = on_event };
	struct buf faults = { 0 };

	config = files_load(WITH_RULES, rules, &faults);
	cr_assert_not_null(config, "%s", faults.bytes);
	buf_fini(&faults);
	told[0] = '\0';
	now_us = START;
	replay = replay_new(config, &options);
}

static void
end(void)
{
	replay_free(&replay);
	config_unref(&config);
}

TestSuite(replay, .fini = end);

/* n legs a second for so many seconds, of which one of `of` fails (0: none);
 * looks every tenth of a second. */
static void
run(enum version v, unsigned seconds, unsigned n, unsigned of)
{
	static unsigned count;

	for (unsigned i = 0; i < seconds * 10; i++) {
		now_us += SECOND / 10;
		for (unsigned k = 0; k < (n + 9) / 10; k++) {
			const struct replay_leg leg = { .version = v,
				.counts = true, .answered = true,
				.latency_us = 1000, .bucket = count % 100000,
				.failure = of != 0 && count % of == 0 };

			replay_add_leg(replay, &leg);
			count++;
		}
		replay_until(replay, now_us);
	}
}

Test(replay, opens_stages_when_their_gates_are_done)
{
	begin(RULES("auto", "off", ""), false);
	cr_expect_str_eq(replay_state(replay)->stage, "off");
	run(VERSION_LEGACY, 1, 10, 0);
	cr_expect_str_eq(told, "advance ten");
	run(VERSION_ENHANCED, 59, 10, 0);
	cr_expect_str_eq(replay_state(replay)->stage, "ten");
	cr_expect_eq(replay_state(replay)->percent, 10000);
	run(VERSION_ENHANCED, 5, 10, 0);
	cr_expect_str_eq(told, "advance ten; advance full");
	cr_expect_not_null(strstr(said, "dwell: 1m of 1m; min_requests: 59"), "%s",
	    said);
	cr_expect_not_null(strstr(said, " of 100 requests; errors: error_rate of "
	    "enhanced is 0% (0 of 59"), "%s", said);
	cr_expect_eq(replay_state(replay)->percent, 100000);
}

/* At 0 and 45 s; the dwell of a minute is over at the look at 90 s. */
Test(replay, looks_at_the_plan_as_often_as_it_is_told)
{
	plan_ms = 45000;
	begin(RULES("auto", "off", ""), false);
	run(VERSION_ENHANCED, 85, 10, 0);
	cr_expect_str_eq(told, "advance ten");
	run(VERSION_ENHANCED, 10, 10, 0);
	cr_expect_str_eq(told, "advance ten; advance full");
}

#define BUSY(more) "{'name':'busy','metric':'requests','above':1,'window':'10s'," \
	"'min_requests':1,'severity':'critical'," more "}"

/* A rule that only observes does nothing, and holding the plan is something. */
Test(replay, who_observes_holds_nothing)
{
	begin(RULES("auto", "ten", BUSY("'action':'pause','mode':'observe'")),
	    false);
	run(VERSION_ENHANCED, 65, 10, 0);
	cr_expect_str_eq(told, "observed busy; advance full; observed busy");
	end();
	begin(RULES("auto", "ten", BUSY("'action':'alert'")), false);
	run(VERSION_ENHANCED, 65, 10, 0);
	cr_expect_str_eq(told, "alert busy");
}

Test(replay, who_approves_is_asked)
{
	begin(RULES("manual", "off", ""), false);
	run(VERSION_LEGACY, 5, 10, 0);
	cr_expect_str_eq(told, "");
	end();
	begin(RULES("manual", "off", ""), true);
	run(VERSION_LEGACY, 1, 10, 0);
	cr_expect_str_eq(told, "advance ten");
}

#define ASKING "{'signals':[{'name':'hit','json':'/hit','kind':'share'}]," \
	"'rollout':{'salt':'t','advance':'auto','stage':'off','stages':[" \
	"{'name':'off','gates':[{'name':'hits','signal':'hit','above':'70%'}]}," \
	"{'name':'full','percent':100}]}}"

/* Legs that say nothing of signals. */
Test(replay, gates_over_what_is_not_replayed)
{
	begin(ASKING, false);
	run(VERSION_LEGACY, 5, 20, 0);
	cr_expect_str_eq(told, "");
	end();
	traffic_only = true;
	begin(ASKING, false);
	run(VERSION_LEGACY, 5, 20, 0);
	cr_expect_str_eq(told, "advance full", "%s", told);
}

Test(replay, trips_and_stays_latched)
{
	begin(RULES("auto", "ten", RULE("errors", "rollback")), false);
	run(VERSION_ENHANCED, 5, 10, 0);
	cr_expect_str_eq(told, "");
	run(VERSION_ENHANCED, 20, 10, 5);
	cr_expect_str_eq(told, "trip errors");
	cr_expect(replay_state(replay)->latched);
	run(VERSION_ENHANCED, 200, 10, 2);
	cr_expect_str_eq(told, "trip errors");
	cr_expect_str_eq(replay_state(replay)->stage, "ten");
}

Test(replay, steps_pauses_and_tells)
{
	begin(RULES("auto", "full", RULE("a", "alert") "," RULE("b", "pause") ","
	    RULE("c", "back")), false);
	run(VERSION_ENHANCED, 20, 10, 2);
	/* The worst first; a step back begins anew. */
	cr_expect_eq(strncmp(told, "back c", 6), 0, "%s", told);
	cr_expect_str_eq(replay_state(replay)->stage, "off");
	cr_expect(replay_state(replay)->paused);
}

Test(replay, an_alert_is_over)
{
	begin(RULES("manual", "ten", RULE("a", "alert")), false);
	run(VERSION_ENHANCED, 10, 10, 2);
	run(VERSION_ENHANCED, 60, 10, 0);
	cr_expect_str_eq(told, "alert a; resolved a");
	cr_expect_str_eq(said, "a: error_rate of enhanced has been "
	    "fine for a whole window");
}

/* Nights are passed in larger steps, and nothing is missed for it. */
Test(replay, time_passes_while_nothing_happens)
{
	begin(RULES("auto", "ten", ""), false);
	run(VERSION_ENHANCED, 11, 10, 0);
	now_us = START + 60 * SECOND;
	for (int i = 0; i < 100; i++) {
		now_us += SECOND / 100;
		replay_until(replay, now_us - 1);
		if (told[0] != '\0')
			break;
	}
	replay_look(replay);
	cr_expect_str_eq(replay_state(replay)->stage, "full", "%s", told);
}

Test(replay, the_breaker_counts_in_a_row)
{
	begin("{'rollout':{'salt':'t','stage':'ten'," STAGES "},'breaker':"
	    "{'consecutive':5}}", false);
	run(VERSION_ENHANCED, 1, 10, 2);
	cr_expect_str_eq(told, "");
	/* One user who asks again is one failure. */
	for (unsigned i = 0; i < 40; i++)
		replay_add_leg(replay, &(struct replay_leg){ .counts = true,
		    .version = VERSION_ENHANCED, .failure = true, .bucket = 7 });
	cr_expect_str_eq(told, "");
	for (unsigned i = 0; i < 4; i++)
		replay_add_leg(replay, &(struct replay_leg){ .counts = true,
		    .version = VERSION_ENHANCED, .failure = true, .bucket = i });
	cr_expect_str_eq(told, "trip breaker");
	cr_expect_eq(strncmp(said, "breaker: 5 failures of enhanced in a row on one "
	    "worker (", 56), 0, "%s", said);
}

Test(replay, half_a_row_is_enough_while_legacy_is_well)
{
	begin("{'rollout':{'salt':'t','stage':'ten'," STAGES "},'breaker':"
	    "{'consecutive':6}}", false);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_str_eq(told, "");
		replay_add_leg(replay, &(struct replay_leg){ .counts = true,
		    .version = VERSION_ENHANCED, .failure = true, .bucket = i });
		for (unsigned k = 0; k < 10; k++)
			replay_add_leg(replay, &(struct replay_leg){ .counts = true,
			    .version = VERSION_LEGACY, .is_shadow = k < 5 });
	}
	cr_expect_str_eq(told, "trip breaker");
	cr_expect_not_null(strstr(said, "3 failures of enhanced in a row on one "
	    "worker while legacy was well"), "%s", said);
}

/* Forty users fail more often than they count, whoever answers them; then only
 * enhanced fails them.  A spell later they count again. */
Test(replay, who_has_failed_too_often_counts_again_in_the_next_spell)
{
	struct replay_leg leg = { .counts = true, .answered = true,
		.failure = true };

	begin("{'rollout':{'salt':'t','stage':'ten'," STAGES "},'breaker':"
	    "{'enabled':false},'guard':[{'name':'errors','metric':'error_rate',"
	    "'above_legacy_times':1.2,'test':'sequential','alpha':0.001,"
	    "'action':'rollback'}]}", false);
	for (unsigned i = 0; i < 1000; i++) {
		leg.bucket = i / 2 % 40;
		leg.version = i % 2 == 0 ? VERSION_LEGACY : VERSION_ENHANCED;
		replay_add_leg(replay, &leg);
		now_us += SECOND / 50;
		replay_until(replay, now_us);
	}
	cr_expect_str_eq(told, "");
	for (unsigned i = 0; i < 1000 && told[0] == '\0'; i++) {
		leg.bucket = i / 2 % 40;
		leg.version = i % 2 == 0 ? VERSION_LEGACY : VERSION_ENHANCED;
		leg.failure = leg.version == VERSION_ENHANCED;
		replay_add_leg(replay, &leg);
		now_us += SECOND / 50;
		replay_until(replay, now_us);
	}
	cr_expect_str_eq(told, "trip errors");
	cr_expect_not_null(strstr(said, " lately, above "), "%s", said);
}

Test(replay, a_rule_that_observes_says_what_it_would_do)
{
	begin("{'rollout':{'salt':'t','stage':'ten'," STAGES "},'breaker':"
	    "{'enabled':false},'guard':[{'name':'o','metric':'error_rate',"
	    "'above':'5%','window':'10s','min_requests':20,'blind':true,"
	    "'mode':'observe','action':'rollback'}]}", false);
	run(VERSION_ENHANCED, 5, 10, 2);
	cr_expect_str_eq(told, "observed o");
	cr_expect_eq(strncmp(said, "would rollback: o: error_rate of enhanced is ",
	    45), 0, "%s", said);
	cr_expect_not(replay_state(replay)->latched);
}

Test(replay, says_what_is_waited_for)
{
	struct plan_report plan;

	begin(RULES("auto", "ten", ""), false);
	run(VERSION_ENHANCED, 5, 10, 0);
	replay_plan(replay, &plan);
	cr_expect_str_eq(plan.stage->name, "ten");
	cr_expect_str_eq(plan.next->name, "full");
	cr_assert_eq(plan.count, 3);
	cr_expect_str_eq(plan.rows[1].text, "50 of 100 requests");
}

/* Of requests, not of answers; none is looked at without "isolation". */
Test(replay, sessions_are_of_one_user)
{
	static const char *const users[] = { "u", "u", "v" };

	for (int on = 0; on < 2; on++) {
		begin(on == 0 ? RULES("auto", "ten", "") : "{'session':"
		    "[{'header':'s'}],'identity':[{'header':'u'}],'isolation':{},"
		    "'rollout':{'salt':'t','stage':'ten'," STAGES "},'guard':"
		    "[{'name':'m','metric':'isolation_violations','above':0,"
		    "'action':'alert'}]}", false);
		for (size_t i = 0; i < COUNT_OF(users); i++) {
			replay_add_request(replay, &(struct replay_request){
			    "s", users[i], VERSION_ENHANCED, true });
			run(VERSION_ENHANCED, 1, 10, 0);
			cr_expect_str_eq(told, on == 1 && i == 2 ? "alert m" : "");
		}
		end();
	}
	begin(RULES("auto", "ten", ""), false);
}
