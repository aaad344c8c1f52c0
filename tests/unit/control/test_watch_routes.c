/* test_watch_routes -- conditions over one route's requests.
 * SPDX-License-Identifier: MIT
 *
 * Two routes: what is wrong on one of them is in its own window, and nothing
 * of it in the other's.
 */
#include "control/replay.h"
#include "observe/routes.h"
#include "scene.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1795824000) * SECOND)
#define ROUTES "'routes':[{'match':{'path':'/ai/*'}}," \
	"{'match':{'path':'/users'}}]"
#define SIGNALS "'signals':[{'name':'hit','json':'/hit','kind':'share'}]"
#define STAY "'rollout':{'salt':'t','stage':'ten','stages':[" \
	"{'name':'ten','percent':10},{'name':'full','percent':100}]}"
#define CLIMB(gates) "'rollout':{'salt':'t','advance':'auto','stage':'ten'," \
	"'stages':[{'name':'ten','percent':10,'dwell':'65s','gates':[" gates \
	"]},{'name':'full','percent':100}]}"

/* --- by the judge ------------------------------------------------------------- */

static struct scene s;
static char told[1024];

static void
on_event(void *arg UNUSED, const struct replay_event *e)
{
	size_t n = strlen(told);

	snprintf(told + n, sizeof told - n, "%s%s: %s", n > 0 ? "; " : "",
	    e->kind, e->text);
}

/* 10 requests a second and version: of /ai/ one in ten (a second's first), of
 * /users the others.  Enhanced is bad on the route, from the 60th second on. */
static void
second(struct replay *r, const struct config *c, unsigned n, const char *bad)
{
	unsigned ai = replay_route(c, "/ai/*"), users = replay_route(c, "/users");

	for (unsigned i = 0; i < 20; i++) {
		bool is_ai = i / 2 == 0;
		bool is_bad = i % 2 == VERSION_ENHANCED && n >= 60 &&
		    strcmp(bad, is_ai ? "/ai/*" : "/users") == 0;
		const struct replay_leg leg = { .version = i % 2, .counts = true,
			.answered = true, .failure = is_bad && n % 4 != 0,
			.latency_us = is_bad ? 900000 : 100000,
			.first_content_us = is_bad ? 500000 : 50000,
			.bucket = (n * 20 + i) % 100000,
			.falls_back = is_bad && n % 4 != 0,
			.route = is_ai ? ai : users,
			.signals = { .has = 1, .yes = !is_bad } };

		replay_add_leg(r, &leg);
		if (i % 2 == VERSION_ENHANCED)
			replay_add_pair(r, leg.route, is_bad);
	}
	replay_until(r, START + (int64_t)(n + 1) * SECOND);
}

static void
run(const char *plan, const char *guard, unsigned seconds, const char *bad)
{
	const struct replay_options options = { .start_us = START,
		.on_event = on_event };
	char *rules = mem_printf("{%s,%s,%s,%s,'guard':[%s]}", plan, ROUTES,
	    SIGNALS, NO_BREAKER, guard);
	struct config *c = scene_config(&s, rules, NULL);
	struct replay *r = replay_new(c, &options);

	told[0] = '\0';
	for (unsigned n = 0; n < seconds; n++)
		second(r, c, n, bad);
	replay_free(&r);
	config_unref(&c);
	free(rules);
}

#define RULE(text) "{'name':'r','route':'/ai/*','window':'60s'," \
	"'min_requests':20,'action':'rollback','blind':true," text "}"
static const struct {
	const char *rule, *says; /* NULL: nothing trips */
} rules[] = {
	{ RULE("'metric':'error_rate','above':'20%'"), "r: error_rate of enhanced "
	    "on /ai/* is 21.67% (13 of 60) over the last 1m, above 20%" },
	{ RULE("'metric':'error_rate','above':'20%','last':40"), "error_rate of "
	    "enhanced on /ai/* is 22.5% (9 of 40) over the last 40, above 20%" },
	{ RULE("'metric':'error_rate','above_legacy_by':'20%'"), "above 20%, that "
	    "is legacy's 0% (0 of 60) + 20%" },
	{ RULE("'metric':'error_rate','above':'2%','test':'sequential'"),
	    "on /ai/* is 13.51% (10 of 74) since the stage began, above "
	    "2% by evidence of" },
	{ RULE("'metric':'latency_p50','above_legacy_times':2"), "latency_p50 of "
	    "enhanced on /ai/* is 897ms" },
	{ RULE("'metric':'latency_p95','above':'500ms'"), "latency_p95 of enhanced "
	    "on /ai/* is 897ms" },
	{ RULE("'metric':'first_content_p95','above':'200ms'"),
	    "first_content_p95 of enhanced on /ai/* is 502ms" },
	{ RULE("'metric':'fallback_rate','above':'10%'"), "fallback_rate of "
	    "enhanced on /ai/* is 11.67% (7 of 60)" },
	{ RULE("'metric':'divergence_rate','above':'10%'"), "divergence_rate of "
	    "enhanced on /ai/* is 11.67% (7 of 60)" },
	{ RULE("'signal':'hit','below':'90%'"), "hit of enhanced on /ai/* is "
	    "88.33% (53 of 60)" },
	/* One in ten of all requests: over all of them it is nothing yet. */
	{ "{'name':'r','metric':'error_rate','above':'20%','min_requests':20,"
	    "'action':'rollback','blind':true}", NULL },
	{ "{'name':'r','route':'/users','metric':'error_rate','above':'1%',"
	    "'action':'rollback','blind':true}", NULL },
	/* A request a second, and too few of them in ten. */
	{ "{'name':'r','route':'/ai/*','metric':'error_rate','above':'20%',"
	    "'window':'10s','action':'rollback','blind':true}", NULL },
};

static void
open_scene(void)
{
	s = (struct scene){ .published = 0 };
	strcpy(s.dir, "/tmp");
}

Test(watch_routes, each_condition_is_over_its_route, .init = open_scene)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		run(STAY, rules[i].rule, 95, "/ai/*");
		if (rules[i].says == NULL)
			cr_expect_null(strstr(told, "trip"), "%s: %s",
			    rules[i].rule, told);
		else
			cr_expect(strncmp(told, "trip: ", 6) == 0 &&
			    strstr(told, rules[i].says) != NULL, "%s: %s",
			    rules[i].rule, told);
	}
}

/* What it was on that route as the stage began. */
Test(watch_routes, the_start_is_the_route_s, .init = open_scene)
{
	run(CLIMB(""), RULE("'metric':'latency_p50','above_start_times':3"), 90,
	    "/ai/*");
	cr_expect_not_null(strstr(told, "trip: r: latency_p50 of enhanced on /ai/* "
	    "is 897ms"), "%s", told);
	cr_expect_not_null(strstr(told, "that is the start's 100ms (of 60) x 3"),
	    "%s", told);
}

#define GATE "{'name':'g','route':'%s','metric':'error_rate','below':'5%%'," \
	"'min_requests':20}"

Test(watch_routes, gates_wait_for_their_route, .init = open_scene)
{
	static const struct {
		const char *route, *bad, *says;
	} cases[] = {
		{ "/ai/*", "none", "advance: dwell: 65s" },
		{ "/users", "/ai/*", "advance: dwell: 65s" },
		{ "/ai/*", "/ai/*", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *gate = mem_printf(GATE, cases[i].route);
		char *plan = mem_printf(CLIMB("%s"), gate);

		run(plan, "", 80, cases[i].bad);
		if (cases[i].says == NULL)
			cr_expect_str_empty(told);
		else
			cr_expect_eq(strncmp(told, cases[i].says,
			    strlen(cases[i].says)), 0, "%zu: %s", i, told);
		free(plan);
		free(gate);
	}
}

/* --- live --------------------------------------------------------------------- */

#define LIVE(more) "{" ROLLOUT("canary") "," NO_BREAKER "," ROUTES more "}"
#define ON(route) ",'guard':[{'name':'errors','metric':'error_rate'," \
	"'route':'" route "','above':'5%','window':'10s','min_requests':20," \
	"'action':'rollback'}]"

static void
count(unsigned route, enum outcome outcome, unsigned n)
{
	const struct snapshot *shot = rollout_snapshot(s.rollout);
	struct route_counts *c = route_board_counts(shot->routes,
	    &shot->config->rules.routes[route]);

	cr_assert_not_null(c);
	for (unsigned i = 0; i < n; i++)
		routes_count(route_counts_slots(c, 0, VERSION_ENHANCED),
		    LEG_PRIMARY, outcome, 200, 1000);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, outcome, n);
}

static void
close_scene(void)
{
	scene_close(&s);
}

Test(watch_routes, live_rules_look_at_their_route, .fini = close_scene)
{
	scene_open(&s, LIVE(ON("/ai/*")));
	scene_tick(&s, 20);
	count(1, OUTCOME_UPSTREAM_5XX, 50);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	count(0, OUTCOME_UPSTREAM_5XX, 19);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched, "too few of the route");
	count(0, OUTCOME_UPSTREAM_5XX, 1);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
	cr_expect_str_eq(s.seen.reason, "errors: error_rate of enhanced on /ai/* "
	    "is 100% (20 of 20) over the last 10s, above 5%");
	cr_expect_not_null(strstr(scene_event(&s).evidence,
	    "\"route\":\"/ai/*\""));
}

/* The same rules, or others that name the route as well: its past stays. */
Test(watch_routes, a_reload_keeps_what_was_counted, .fini = close_scene)
{
	static const char *const reloads[] = { LIVE(ON("/ai/*")),
		LIVE(ON("/ai/*") ",'inspect':false," SIGNALS),
		"{" ROLLOUT("canary") "," NO_BREAKER ",'routes':[{'match':{'path':"
		"'/first'}},{'match':{'path':'/ai/*'}}]" ON("/ai/*") "}" };
	struct err err = { "" };

	for (size_t i = 0; i < COUNT_OF(reloads); i++) {
		if (i > 0)
			close_scene();
		scene_open(&s, LIVE(ON("/ai/*")));
		scene_tick(&s, 20);
		count(0, OUTCOME_UPSTREAM_5XX, 15);
		scene_tick(&s, 20);
		cr_assert(scene_reload(&s, reloads[i], &err), "%s", err.text);
		scene_tick(&s, 20);
		count(i == 2, OUTCOME_UPSTREAM_5XX, 5);
		scene_tick(&s, 20);
		cr_expect(s.seen.latched, "%zu", i);
	}
}

/* What it counted before anybody asked is not held against it. */
Test(watch_routes, a_route_that_is_named_anew_begins_then, .fini = close_scene)
{
	struct err err = { "" };

	scene_open(&s, LIVE(""));
	scene_tick(&s, 20);
	count(0, OUTCOME_UPSTREAM_5XX, 100);
	scene_tick(&s, 20);
	cr_assert(scene_reload(&s, LIVE(ON("/ai/*")), &err), "%s", err.text);
	scene_tick(&s, 20);
	count(0, OUTCOME_UPSTREAM_5XX, 19);
	scene_tick(&s, 20);
	cr_expect(!s.seen.latched);
	count(0, OUTCOME_UPSTREAM_5XX, 1);
	scene_tick(&s, 20);
	cr_expect(s.seen.latched);
}
