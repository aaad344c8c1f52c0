/* test_metrics_text -- the exposition is well-formed and says the truth.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include <ctype.h>

#include "control/metrics_text.h"
#include "observe/routes.h"

static struct scene s;
static struct buf text;

static void
open_scene(void)
{
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER ",'guard':["
	    "{'name':'errors','metric':'error_rate','above':'50%',"
	    "'window':'10s','min_requests':20},"
	    "{'name':'p95','metric':'latency_p95','above':'100ms',"
	    "'window':'10s','min_requests':20}]}");
	text = (struct buf){ 0 };
}

static void
close_scene(void)
{
	buf_fini(&text);
	scene_close(&s);
}

TestSuite(metrics_text, .init = open_scene, .fini = close_scene);

static void
write_text(void)
{
	const struct admin_ports ports = scene_ports(&s);

	buf_clear(&text);
	metrics_write_text(&ports, 5000, &text);
}

/* The value of a series written exactly so; -1 if it is not there. */
static double
value_of(const char *series)
{
	const char *p = text.bytes;
	size_t len = strlen(series);

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL)
		if (strncmp(p, series, len) == 0 && p[len] == ' ')
			return strtod(p + len + 1, NULL);
	return -1;
}

/* --- form --------------------------------------------------------------- */

static const char *
skip_name(const char *p)
{
	if (!isalpha((unsigned char)*p) && *p != '_')
		return NULL;
	while (isalnum((unsigned char)*p) || *p == '_' || *p == ':')
		p++;
	return p;
}

static const char *
skip_label(const char *p)
{
	p = skip_name(p);
	if (p == NULL || p[0] != '=' || p[1] != '"')
		return NULL;
	for (p += 2; *p != '"'; p++) {
		if (*p == '\\' && strchr("\\\"n", *++p) == NULL)
			return NULL;
		if (*p == '\n' || *p == '\0')
			return NULL;
	}
	return p + 1;
}

static const char *
skip_labels(const char *p)
{
	if (*p != '{')
		return p;
	do {
		p = skip_label(p + 1);
	} while (p != NULL && *p == ',');
	return p != NULL && *p == '}' ? p + 1 : NULL;
}

/* "name{labels} number" */
static bool
is_sample(const char *line)
{
	const char *p = skip_name(line);
	char *end;

	p = p != NULL ? skip_labels(p) : NULL;
	if (p == NULL || *p != ' ')
		return false;
	strtod(p + 1, &end);
	return end != p + 1 && *end == '\n';
}

/* The sample's name, without a histogram's endings, is the family's. */
static bool
is_of_family(const char *line, const char *family)
{
	size_t len = strlen(family);
	const char *rest = line + len;

	if (strncmp(line, family, len) != 0)
		return false;
	return *rest == ' ' || *rest == '{' ||
	    strncmp(rest, "_bucket{", 8) == 0 || strncmp(rest, "_sum{", 5) == 0 ||
	    strncmp(rest, "_count{", 7) == 0;
}

Test(metrics_text, every_line_is_of_the_grammar)
{
	char family[128] = "", seen[200][128];
	size_t families = 0;

	write_text();
	for (const char *p = text.bytes; *p != '\0'; p = strchr(p, '\n') + 1) {
		if (strncmp(p, "# HELP ", 7) == 0) {
			sscanf(p, "# HELP %127s", family);
			for (size_t i = 0; i < families; i++)
				cr_expect_str_neq(seen[i], family);
			cr_assert_lt(families, COUNT_OF(seen));
			strcpy(seen[families++], family);
		} else if (strncmp(p, "# TYPE ", 7) == 0) {
			char type[32], name[128];

			sscanf(p, "# TYPE %127s %31s", name, type);
			cr_expect_str_eq(name, family);
			cr_expect(strcmp(type, "counter") == 0 ||
			    strcmp(type, "gauge") == 0 ||
			    strcmp(type, "histogram") == 0 ||
			    strcmp(type, "summary") == 0, "%s", type);
		} else {
			cr_expect(is_sample(p), "%.100s", p);
			cr_expect(is_of_family(p, family), "%.100s", p);
		}
	}
	cr_expect_eq(text.bytes[text.len - 1], '\n');
	cr_expect_gt(families, METRIC_COUNT);
}

/* --- truth -------------------------------------------------------------- */

Test(metrics_text, counts_legs_failures_and_durations)
{
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_DONE, 7);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_UPSTREAM_5XX, 2);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_CONNECT_FAILED, 1);
	write_text();
	cr_expect_eq(value_of("understudy_legs_total{version=\"enhanced\","
	    "leg=\"shadow\",outcome=\"done\"}"), 7);
	cr_expect_eq(value_of("understudy_legs_total{version=\"legacy\","
	    "leg=\"primary\",outcome=\"done\"}"), 0);
	cr_expect_eq(value_of("understudy_leg_failures_total{version="
	    "\"enhanced\",leg=\"shadow\"}"), 3);
	/* 20 ms each, of the nine that got an answer */
	cr_expect_eq(value_of("understudy_leg_duration_seconds_bucket{version="
	    "\"enhanced\",leg=\"shadow\",le=\"0.01\"}"), 0);
	cr_expect_eq(value_of("understudy_leg_duration_seconds_bucket{version="
	    "\"enhanced\",leg=\"shadow\",le=\"0.025\"}"), 9);
	cr_expect_eq(value_of("understudy_leg_duration_seconds_bucket{version="
	    "\"enhanced\",leg=\"shadow\",le=\"+Inf\"}"), 9);
	cr_expect_eq(value_of("understudy_leg_duration_seconds_count{version="
	    "\"enhanced\",leg=\"shadow\"}"), 9);
	cr_expect_float_eq(value_of("understudy_leg_duration_seconds_sum"
	    "{version=\"enhanced\",leg=\"shadow\"}"), 0.18, 1e-9);
}

/* The slots of its only worker. */
static struct route_slots *
slots_of(size_t route, enum version v)
{
	const struct route_board *b = rollout_snapshot(s.rollout)->routes;

	cr_assert_gt(b->count, route);
	return route_counts_slots(b->routes[route], 0, v);
}

static void
use_routes(const char *routes)
{
	struct err err = { "" };
	char *rules = mem_printf("{" ROLLOUT("canary") "," NO_BREAKER
	    ",'routes':[%s]}", routes);

	cr_assert(scene_reload(&s, rules, &err), "%s", err.text);
	free(rules);
}

Test(metrics_text, counts_by_route)
{
	use_routes("{'match':{'path':'/a/*'}},{'match':{'path':'/b'}}");
	for (unsigned i = 0; i < 3; i++)
		routes_count(slots_of(0, VERSION_ENHANCED), LEG_PRIMARY,
		    OUTCOME_DONE, 200, 20000);
	routes_count(slots_of(0, VERSION_ENHANCED), LEG_SHADOW,
	    OUTCOME_CONNECT_FAILED, 0, 20000);
	routes_count(slots_of(0, VERSION_ENHANCED), LEG_PRIMARY,
	    OUTCOME_CLIENT_GONE, 200, 20000);
	stat_add(&slots_of(0, VERSION_ENHANCED)->fallbacks, 2);
	routes_verdict(rollout_snapshot(s.rollout)->routes->routes[1], 0,
	    VERDICT_SAME);
	routes_verdict(rollout_snapshot(s.rollout)->routes->routes[1], 0,
	    VERDICT_DIFFERENT);
	write_text();
#define OF_A "{route=\"/a/*\",version=\"enhanced\""
	cr_expect_eq(value_of("understudy_route_legs_total" OF_A
	    ",outcome=\"done\"}"), 3);
	cr_expect_eq(value_of("understudy_route_legs_total" OF_A
	    ",outcome=\"client_gone\"}"), 1);
	cr_expect_eq(value_of("understudy_route_leg_failures_total" OF_A "}"), 1);
	cr_expect_eq(value_of("understudy_route_leg_duration_seconds_count" OF_A
	    "}"), 3);
	cr_expect_float_eq(value_of("understudy_route_leg_duration_seconds_sum"
	    OF_A "}"), 0.06, 1e-9);
	cr_expect_eq(value_of("understudy_route_fallbacks_total{route=\"/a/*\"}"),
	    2);
	cr_expect_eq(value_of("understudy_route_compared_total{route=\"/b\"}"), 2);
	cr_expect_eq(value_of("understudy_route_different_total{route=\"/b\"}"),
	    1);
	/* of the other there is nothing, and it is said */
	cr_expect_eq(value_of("understudy_route_legs_total{route=\"/b\",version="
	    "\"legacy\",outcome=\"upstream_5xx\"}"), 0);
	cr_expect_eq(value_of("understudy_route_fallbacks_total{route=\"/b\"}"),
	    0);
}

Test(metrics_text, a_route_that_stays_keeps_its_counters)
{
	use_routes("{'match':{'path':'/a/*'}},{'match':{'path':'/b'}}");
	routes_count(slots_of(1, VERSION_LEGACY), LEG_PRIMARY, OUTCOME_DONE, 200,
	    20000);
	use_routes("{'match':{'path':'/b'}},{'match':{'path':'/c'}}");
	write_text();
	cr_expect_eq(value_of("understudy_route_leg_duration_seconds_count{route="
	    "\"/b\",version=\"legacy\"}"), 1);
	cr_expect_eq(value_of("understudy_route_leg_duration_seconds_count{route="
	    "\"/c\",version=\"legacy\"}"), 0);
	cr_expect_null(strstr(text.bytes, "/a/*"));
}

Test(metrics_text, tells_the_rollout)
{
	struct err err = { "" };

	write_text();
	cr_expect_eq(value_of("understudy_rollout_percent"), 5);
	cr_expect_eq(value_of("understudy_rollout_effective_percent"), 5);
	cr_expect_eq(value_of("understudy_rollout_latched"), 0);
	cr_expect_eq(value_of("understudy_rollout_stage{stage=\"canary\"}"), 1);
	cr_expect_eq(value_of("understudy_rollout_stage{stage=\"off\"}"), 0);
	cr_expect_eq(value_of("understudy_uptime_seconds"), 5);
	cr_expect_eq(value_of("understudy_build_info{version=\"1.2.3\"}"), 1);
	cr_assert(rollout_rollback(s.rollout, "operator:a", "x", &err));
	write_text();
	cr_expect_eq(value_of("understudy_rollout_percent"), 5);
	cr_expect_eq(value_of("understudy_rollout_effective_percent"), 0);
	cr_expect_eq(value_of("understudy_rollout_latched"), 1);
	cr_expect_eq(value_of("understudy_rollout_epoch"), 2);
}

Test(metrics_text, an_unknown_rule_has_no_value)
{
	write_text();
	cr_expect_eq(value_of("understudy_guard_judgement{rule=\"errors\","
	    "action=\"alert\",severity=\"warning\",judgement=\"unknown\"}"), 1);
	cr_expect_eq(value_of("understudy_guard_value{rule=\"errors\","
	    "metric=\"error_rate\",version=\"enhanced\"}"), -1);
	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 30);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 10);
	scene_tick(&s, 20);
	write_text();
	cr_expect_eq(value_of("understudy_guard_judgement{rule=\"errors\","
	    "action=\"alert\",severity=\"warning\",judgement=\"fine\"}"), 1);
	cr_expect_eq(value_of("understudy_guard_value{rule=\"errors\","
	    "metric=\"error_rate\",version=\"enhanced\"}"), 0.25);
	cr_expect_eq(value_of("understudy_guard_samples{rule=\"errors\","
	    "metric=\"error_rate\",version=\"enhanced\"}"), 40);
	cr_expect_float_eq(value_of("understudy_guard_value{rule=\"p95\","
	    "metric=\"latency_p95\",version=\"enhanced\"}"), 0.02, 0.0002);
	cr_expect_float_eq(value_of("understudy_guard_limit{rule=\"p95\","
	    "metric=\"latency_p95\",version=\"enhanced\"}"), 0.1, 1e-9);
}

Test(metrics_text, the_reference_lists_every_family)
{
	struct buf doc = { 0 };

	write_text();
	metrics_write_reference(&doc);
	for (const char *p = text.bytes; (p = strstr(p, "# TYPE ")) != NULL; p++) {
		char name[128], row[140];

		sscanf(p, "# TYPE %127s", name);
		snprintf(row, sizeof row, "| `%s` |", name);
		cr_expect_not_null(strstr(doc.bytes, row), "%s", name);
	}
	buf_fini(&doc);
}
