/* test_minutes -- whole minutes of all requests and of each route.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include <jansson.h>

#include "control/admin_call.h"
#include "control/minutes.h"
#include "observe/minute_record.h"
#include "observe/routes.h"

#define MINUTE INT64_C(60000000)
#define START (INT64_C(1795824000) * 1000000)
#define RULES(routes) "{" ROLLOUT("canary") "," NO_BREAKER ",'routes':[" \
	routes "]}"
#define A "{'match':{'path':'/a'}}"
#define B "{'match':{'path':'/b/*'}}"

static struct scene s;
static struct minutes *minutes;
static int64_t now_us;
static char written[1024]; /* "/a enhanced 3 of minute 0; " */

static bool
on_minute(void *arg UNUSED, struct minute_record *r)
{
	size_t n = strlen(written);

	cr_expect_str_eq(r->rollout, "rollout");
	cr_expect_eq(r->minute_us % MINUTE, 0);
	snprintf(written + n, sizeof written - n, "%s %s %u of minute %d; ",
	    r->route[0] != '\0' ? r->route : "all",
	    version_name((enum version)r->version), (unsigned)r->requests,
	    (int)((r->minute_us - START) / MINUTE));
	minute_record_free(&r);
	return true;
}

static const struct record_sink records = { .minute = on_minute };

static void
open_scene(void)
{
	scene_open(&s, RULES(A "," B));
	now_us = START;
	minutes = minutes_new(s.board, &records);
	minutes_tick(minutes, rollout_snapshot(s.rollout), now_us);
}

static void
close_scene(void)
{
	minutes_free(&minutes);
	scene_close(&s);
}

TestSuite(minutes, .init = open_scene, .fini = close_scene);

/* n requests of enhanced on the route of that index. */
static void
count(unsigned route, enum outcome outcome, unsigned n, uint64_t us)
{
	const struct snapshot *shot = rollout_snapshot(s.rollout);
	struct route_counts *c = route_board_counts(shot->routes,
	    &shot->config->rules.routes[route]);

	for (unsigned i = 0; i < n; i++)
		routes_count(route_counts_slots(c, 0, VERSION_ENHANCED),
		    LEG_PRIMARY, outcome, 200, us);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, outcome, n);
}

static void
pass(int64_t us)
{
	now_us += us;
	minutes_tick(minutes, rollout_snapshot(s.rollout), now_us);
}

static uint64_t
recent(size_t i, int64_t *since_out)
{
	struct tally t;

	*since_out = minutes_recent(minutes, i, VERSION_ENHANCED, &t);
	return t.requests;
}

Test(minutes, the_last_five_and_the_present_one)
{
	int64_t since;

	cr_assert_eq(minutes_count(minutes), 3);
	cr_expect_null(minutes_route(minutes, 0));
	cr_expect_str_eq(minutes_route(minutes, 1), "/a");
	for (unsigned n = 0; n < 10; n++) {
		count(0, OUTCOME_DONE, n + 1, 1000);
		cr_expect_eq(recent(1, &since), n < 6 ? (n + 1) * (n + 2) / 2 :
		    6 * (n + 1) - 15, "%u", n);
		cr_expect_eq(since, n < 6 ? START : START + (n - 5) * MINUTE);
		/* Ticks within a minute are nothing. */
		pass(MINUTE / 2);
		pass(MINUTE / 2);
	}
	cr_expect_eq(recent(0, &since), 40);
	cr_expect_eq(recent(2, &since), 0);
}

Test(minutes, a_reload_keeps_those_that_stay)
{
	struct err err = { "" };
	int64_t since;

	count(0, OUTCOME_DONE, 3, 1000);
	count(1, OUTCOME_DONE, 4, 1000);
	pass(MINUTE);
	cr_assert(scene_reload(&s, RULES("{'match':{'path':'/new'}}," B), &err),
	    "%s", err.text);
	pass(MINUTE / 4);
	cr_assert_eq(minutes_count(minutes), 3);
	cr_expect_str_eq(minutes_route(minutes, 1), "/new");
	cr_expect_eq(recent(1, &since), 0);
	cr_expect_eq(since, now_us);
	cr_expect_eq(recent(2, &since), 4);
	cr_expect_eq(since, START);
	cr_expect_eq(recent(0, &since), 7);
	cr_assert(scene_reload(&s, "{}", &err), "%s", err.text);
	pass(MINUTE);
	cr_expect_eq(minutes_count(minutes), 1);
}

/* --- written down --------------------------------------------------------------- */

Test(minutes, are_written_when_they_turn)
{
	struct err err = { "" };

	written[0] = '\0';
	count(0, OUTCOME_DONE, 3, 1000);
	pass(MINUTE / 2);
	count(0, OUTCOME_DONE, 1, 1000);
	cr_expect_str_eq(written, "");
	pass(MINUTE / 2);
	cr_expect_str_eq(written, "all enhanced 4 of minute 0; "
	    "/a enhanced 4 of minute 0; ");
	written[0] = '\0';
	pass(MINUTE);
	cr_expect_str_eq(written, "", "where nothing was, there is no row");
	/* What goes with a reload has had its part of the minute. */
	count(0, OUTCOME_DONE, 2, 1000);
	count(1, OUTCOME_DONE, 5, 1000);
	cr_assert(scene_reload(&s, RULES(B), &err), "%s", err.text);
	pass(MINUTE / 4);
	cr_expect_str_eq(written, "/a enhanced 2 of minute 2; ");
	written[0] = '\0';
	minutes_free(&minutes);
	cr_expect_str_eq(written, "all enhanced 7 of minute 2; "
	    "/b/* enhanced 5 of minute 2; ");
}

/* --- GET /api/v1/routes -------------------------------------------------------- */

static json_t *
ask(void)
{
	struct admin_scene scene = { .ports = scene_ports(&s), .is_local = true };
	struct admin_call call = { .method = "GET", .path = "/api/v1/routes" };
	json_t *doc;

	scene.ports.of.minutes = minutes;
	admin_answer(&scene, &call);
	cr_assert_eq(call.status, 200);
	doc = json_loadb(call.reply.bytes, call.reply.len, 0, NULL);
	cr_assert_not_null(doc);
	buf_fini(&call.reply);
	return doc;
}

static const json_t *
number(const json_t *row, const char *name, const char *end)
{
	return json_object_get(json_object_get(json_object_get(row, "enhanced"),
	    name), end);
}

/* 59 answers say something of p95, 58 do not. */
Test(minutes, what_too_few_say_nothing_of_is_null)
{
	static const struct {
		unsigned n;
		bool knows_p95, knows_p50;
	} cases[] = { { 0, false, false }, { 4, false, false },
		{ 5, false, true }, { 58, false, true }, { 59, true, true } };
	unsigned sent = 0;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const json_t *row;
		json_t *doc;

		count(1, OUTCOME_DONE, cases[i].n - sent, 1000);
		sent = cases[i].n;
		doc = ask();
		row = json_array_get(json_object_get(doc, "routes"), 2);
		cr_expect_str_eq(json_string_value(json_object_get(row, "route")),
		    "/b/*");
		cr_expect_eq(json_is_number(number(row, "latency_p95_ms",
		    "value")), cases[i].knows_p95, "%u", sent);
		cr_expect_eq(json_is_number(number(row, "latency_p95_ms",
		    "high")), cases[i].knows_p95, "%u", sent);
		cr_expect_eq(json_is_number(number(row, "latency_p50_ms",
		    "value")), cases[i].knows_p50, "%u", sent);
		cr_expect_eq(json_is_number(number(row, "error_rate", "value")),
		    sent > 0, "%u", sent);
		cr_expect_eq(json_integer_value(number(row, "latency_p95_ms",
		    "needs")), 59);
		cr_expect_eq(json_integer_value(number(row, "latency_p50_ms",
		    "needs")), 5);
		json_decref(doc);
	}
}

Test(minutes, are_asked_with_their_bounds)
{
	const json_t *row;
	json_t *doc;

	count(0, OUTCOME_DONE, 95, 10000);
	count(0, OUTCOME_UPSTREAM_5XX, 5, 50000);
	doc = ask();
	row = json_array_get(json_object_get(doc, "routes"), 1);
	cr_expect_eq(json_integer_value(json_object_get(json_object_get(row,
	    "enhanced"), "failures")), 5);
	cr_expect_float_eq(json_number_value(number(row, "error_rate", "value")),
	    0.05, 1e-9);
	cr_expect(json_number_value(number(row, "error_rate", "low")) > 0.02 &&
	    json_number_value(number(row, "error_rate", "low")) < 0.05);
	cr_expect(json_number_value(number(row, "error_rate", "high")) > 0.05 &&
	    json_number_value(number(row, "error_rate", "high")) < 0.11);
	cr_expect_float_eq(json_number_value(number(row, "latency_p95_ms",
	    "low")), 10, 0.1);
	cr_expect_float_eq(json_number_value(number(row, "latency_p95_ms",
	    "high")), 50, 0.5);
	json_decref(doc);
}
