/* test_show -- pages for people: what is on them, and how wide they are.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/show.h"

static const char status[] = "{"
    "\"version\":\"0.1.0\",\"time\":\"2026-01-31T12:34:56.000000Z\","
    "\"uptime_ms\":192000,\"ready\":true,\"env_disabled\":false,"
    "\"rollout\":{\"stage\":\"canary-10\",\"percent\":10,\"shadow\":100,"
    "\"enabled\":true,\"latched\":true,\"paused\":true,\"epoch\":7,\"actor\":\"guard\","
    "\"reason\":\"errors: error_rate of enhanced is 34% (72 of 212) over the "
    "last 10s, above 5%\",\"unsaved\":null,\"stages\":["
    "{\"name\":\"off\"},{\"name\":\"canary-10\"}]},"
    "\"versions\":{"
    "\"legacy\":{\"requests\":1234567890,\"failures\":12,"
    "\"recent\":{\"window_ms\":30000,\"requests\":1500,\"error_rate\":0.001,"
    "\"latency_ms\":{\"p50\":21,\"p95\":38.2,\"p99\":12345}}},"
    "\"enhanced\":{\"requests\":1345,\"failures\":72,\"fallbacks\":3,"
    "\"recent\":{\"window_ms\":30000,\"requests\":0,\"error_rate\":0,"
    "\"latency_ms\":{\"p50\":0,\"p95\":0,\"p99\":0}}}},"
    "\"shadow\":{\"eligible\":12100,\"sent\":12000,\"dropped\":"
    "{\"concurrency\":90,\"bytes\":0,\"body\":10,\"aborted\":0}},"
    "\"comparisons\":{\"same\":11000,\"noise\":20,\"different\":88,"
    "\"incomparable\":2},"
    "\"isolation\":{\"on\":true,\"sessions\":1234,\"legacy\":"
    "{\"two_users\":0,\"foreign_answer\":0,\"flip\":0},\"enhanced\":"
    "{\"two_users\":2,\"foreign_answer\":1,\"flip\":0}},"
    "\"sticky\":{\"by\":\"session\",\"sessions\":5600,\"requests\":70},"
    "\"store\":{\"kind\":\"sqlite\",\"ok\":true,\"written\":24690,"
    "\"spooled\":12,\"dropped\":0},"
    "\"alerts\":[{\"name\":\"team\",\"ok\":true,\"sent\":1500,\"failed\":0,"
    "\"dropped\":0,\"last\":null},{\"name\":\"duty\",\"ok\":false,\"sent\":3,"
    "\"failed\":4,\"dropped\":5,\"last\":{\"answer\":\"status 403: no\"}}],"
    "\"probes\":[{\"name\":\"memory\",\"known\":true,\"value\":2500000000,"
    "\"error\":null},{\"name\":\"size\",\"known\":false,\"value\":12.5,"
    "\"error\":\"Timeout was reached\"},{\"name\":\"gone\",\"known\":false,"
    "\"value\":null,\"error\":\"status 404\"}],"
    "\"rules\":[{\"name\":\"memory\",\"metric\":\"store_memory\","
    "\"version\":null,\"judgement\":\"unknown\",\"unit\":\"number\","
    "\"value\":null,\"limit\":null,\"n\":0,\"min_requests\":1},"
    "{\"name\":\"grown\",\"metric\":\"store_memory\",\"version\":null,"
    "\"judgement\":\"fine\",\"unit\":\"number\",\"value\":1500,"
    "\"limit\":2e9,\"n\":1,\"min_requests\":1},"
    "{\"name\":\"errors\",\"metric\":\"error_rate\","
    "\"judgement\":\"trip\",\"unit\":\"share\",\"value\":0.34,\"limit\":0.05,"
    "\"n\":212},{\"name\":\"a rule with a name beyond all measure\","
    "\"metric\":\"latency_p95\",\"judgement\":\"unknown\",\"unit\":\"ms\","
    "\"value\":null,\"limit\":null,\"n\":12,\"min_requests\":100},"
    "{\"name\":\"slow\",\"metric\":\"latency_p95\",\"judgement\":\"pending\","
    "\"unit\":\"ms\",\"value\":512.3,\"limit\":300,\"n\":120,"
    "\"above_ms\":12000,\"for_ms\":900000}]}";

/* Every line is at most as wide as the page. */
static void
expect_narrow(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char line[512];

		snprintf(line, sizeof line, "%.*s", (int)len, text);
		cr_expect_leq(text_columns(line), SHOW_WIDTH, "%s", line);
		cr_expect(len == 0 || text[len - 1] != ' ', "blank end: %s",
		    line);
		text += len + (text[len] == '\n');
	}
}

static void
expect_has(const char *text, const char *const *wants, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_expect_not_null(strstr(text, wants[i]), "missing \"%s\" in\n%s",
		    wants[i], text);
}

Test(show, a_status_page)
{
	static const char *const wants[] = {
		"understudy 0.1.0 at 127.0.0.1:9900, up 3m 12s",
		"12:34:56 UTC", "canary-10: 10% of users on enhanced, 100% mirrored",
		"LATCHED: all on legacy until rearmed",
		"paused    no stage opens by itself until resumed\n",
		"errors: error_rate of enhanced is 34%", "(guard, epoch 7)",
		"off -> [canary-10]", "1,234,567,890", "50.0", "0.10%", "21ms",
		"12.3s", "12,000 of 12,100, dropped 100 (concurrency 90, body 10)",
		"same 11,000, noise 20, different 88, incomparable 2",
		"sqlite, ok: 24,690 rows written", "34.0% / 5.00%", "trip",
		"unknown, 12 of 100", "pending, 12s of 15m 0s",
		"1,503 sent, 9 not", "duty: status 403: no", "memory: 2500000000\n",
		"size: 12.5, too old: Timeout was reached",
		"gone: not known: status 404",
		"0 of legacy, 3 of enhanced (1,234 sessions watched)",
		"5,600 sessions, 70 requests kept where they were", "1500 / 2e+09", "unknown\n",
	};
	const struct show s = { .colour = false };
	json_t *doc = json_loads(status, 0, NULL);
	struct buf out = { 0 };

	cr_assert_not_null(doc);
	show_head(&s, doc, "127.0.0.1:9900", &out);
	show_rollout(&s, field(doc, "rollout"), false, &out);
	show_stages(&s, field(doc, "rollout"), &out);
	show_versions(&s, doc, &out);
	show_traffic(&s, doc, &out);
	show_rules(&s, doc, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	cr_expect_null(strchr(out.bytes, '\033'), "no colour was asked for");
	buf_fini(&out);
	json_decref(doc);
}

Test(show, signals_beside_each_other)
{
	static const char *const wants[] = {
		"signals, lately", "legacy", "enhanced", "cache_hit",
		"82.0% of 1,234", "0% of 10", "took", "12ms of 990", "tokens",
		"70.5 of 12",
	};
	const struct show s = { .colour = false };
	json_t *doc = json_loads("{\"versions\":{\"legacy\":{\"recent\":{"
	    "\"signals\":{\"cache_hit\":{\"n\":1234,\"share\":0.82},"
	    "\"took\":{\"n\":990,\"mean_ms\":12.3,\"p95_ms\":20},"
	    "\"tokens\":{\"n\":0,\"mean\":null},"
	    "\"abcdefghijklmnopqrstuvwxyz012345\":{\"n\":123456789,"
	    "\"share\":0.5}}}},\"enhanced\":{"
	    "\"recent\":{\"signals\":{\"cache_hit\":{\"n\":10,\"share\":0},"
	    "\"tokens\":{\"n\":12,\"mean\":70.5}}}}}}", 0, NULL);
	struct buf out = { 0 };

	cr_assert_not_null(doc);
	show_signals(&s, doc, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	json_decref(doc);
	buf_clear(&out);
	doc = json_loads(status, 0, NULL);
	show_signals(&s, doc, &out);
	cr_expect_eq(out.len, 0, "no signals, no table");
	json_decref(doc);
	buf_fini(&out);
}

Test(show, rates_are_since_the_page_before)
{
	json_t *now = json_loads(status, 0, NULL);
	json_t *before = json_deep_copy(now);
	const struct show s = { .before = before };
	struct buf out = { 0 };

	json_object_set_new(before, "uptime_ms", json_integer(190000));
	json_object_set_new(json_object_get(json_object_get(before, "versions"),
	    "enhanced"), "requests", json_integer(1325));
	show_versions(&s, now, &out);
	cr_expect_not_null(strstr(out.bytes, "10.0"), "%s", out.bytes);
	buf_fini(&out);
	json_decref(before);
	json_decref(now);
}

Test(show, an_empty_document_is_a_page_with_holes)
{
	const struct show s = { .colour = true };
	json_t *doc = json_object();
	struct buf out = { 0 };

	show_head(&s, doc, "x", &out);
	show_rollout(&s, field(doc, "rollout"), false, &out);
	show_stages(&s, field(doc, "rollout"), &out);
	show_versions(&s, doc, &out);
	show_traffic(&s, doc, &out);
	show_rules(&s, doc, &out);
	show_top_differences(&s, doc, 5, &out);
	show_differences(&s, doc, &out);
	show_events(&s, doc, &out);
	show_user(doc, &out);
	show_change(doc, &out);
	cr_expect_gt(out.len, 0);
	buf_fini(&out);
	json_decref(doc);
}

static const struct {
	const char *document, *want;
} changes[] = {
	{ "{'changed':true,'rollout':{'stage':'ten','percent':10,'shadow':5,"
	    "'enabled':true,'epoch':3}}",
	    "stage ten, 10% of users on enhanced, 5% mirrored (epoch 3)\n" },
	{ "{'changed':true,'rollout':{'stage':'ten','enabled':true,'paused':true}}",
	    "0% mirrored; paused (epoch 0)\n" },
	{ "{'changed':false,'rollout':{'stage':'ten','latched':true,'paused':true}}",
	    "nothing to change: stage ten, 0% of users on enhanced, 0% mirrored; "
	    "LATCHED: all on legacy until rearmed; paused (epoch 0)\n" },
	{ "{'changed':true,'rollout':{'stage':'ten','enabled':false}}",
	    "0% mirrored; switched off: all on legacy (epoch 0)\n" },
	{ "{'changed':true,'rollout':{'stage':'ten','enabled':true,"
	    "'unsaved':'disk full'}}",
	    "(epoch 0)\nwarning: not on disk yet: disk full\n" },
};

Test(show, what_a_change_has_come_to)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct buf out = { 0 };
		char text[512];
		json_t *doc;

		snprintf(text, sizeof text, "%s", changes[i].document);
		for (char *p = text; *p != '\0'; p++)
			if (*p == '\'')
				*p = '"';
		doc = json_loads(text, 0, NULL);
		cr_assert_not_null(doc, "%s", text);
		show_change(doc, &out);
		cr_expect_not_null(strstr(out.bytes, changes[i].want), "%s",
		    out.bytes);
		buf_fini(&out);
		json_decref(doc);
	}
}

Test(show, differences_and_events)
{
	static const char *const wants[] = {
		" 1,234  9.87%  real     value", "/choices/*/message/content",
		"share     9.87% of 12,500 pairs (9.40% to 10.4%)",
		"by nature 2.00% of 500 pairs (1.20% to 3.20%)",
		"noise?    real, by a rule",
		"by nature 0.54 alike; less in 2.00% of 500 pairs (1.20% to",
		"(absent)", "2026-01-31 12:34:56", "trip",
		"canary at 5% -> legacy only, latched", "guard: because",
		"no differences so far", "no events yet", "of pair   0123abc",
	};
	json_t *diffs = json_loads("{\"differences\":[{\"path\":"
	    "\"/choices/*/message/content\",\"kind\":\"value\",\"count\":1234,"
	    "\"compared\":12500,\"rate\":0.0987,\"rate_low\":0.094,"
	    "\"rate_high\":0.104,\"noise\":{\"state\":\"real\",\"pinned\":true,"
	    "\"pairs\":500,\"rate\":0.02,\"rate_low\":0.012,\"rate_high\":0.032},"
	    "\"route\":\"/v1/chat/*\",\"legacy\":\"one\\u001b[2J\","
	    "\"enhanced\":\"\",\"pair\":\"0123abc\"}]}", 0, NULL);
	json_t *texts = json_loads("{\"differences\":[{\"path\":\"text\",\"kind\":\"value\","
	    "\"noise\":{\"state\":\"unknown\",\"pairs\":500,\"floor\":0.54,"
	    "\"rate\":0.02,\"rate_low\":0.012,\"rate_high\":0.032}}]}", 0, NULL);
	json_t *events = json_loads("{\"events\":[{\"time\":"
	    "\"2026-01-31T12:34:56.000000Z\",\"epoch\":8,\"kind\":\"trip\","
	    "\"from\":\"canary at 5%\",\"to\":\"legacy only, latched\","
	    "\"actor\":\"guard\",\"reason\":\"because\"}]}", 0, NULL);
	json_t *none = json_object();
	const struct show s = { .colour = false };
	struct buf out = { 0 };

	show_top_differences(&s, diffs, 5, &out);
	show_differences(&s, diffs, &out);
	show_differences(&s, texts, &out);
	show_events(&s, events, &out);
	show_differences(&s, none, &out);
	show_events(&s, none, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	cr_expect_null(strchr(out.bytes, '\033'), "%s", out.bytes);
	buf_fini(&out);
	json_decref(diffs);
	json_decref(texts);
	json_decref(events);
	json_decref(none);
}

Test(show, endpoints_and_their_trouble)
{
	static const char *const wants[] = {
		"legacy", "127.0.0.1:9001", "held", "1,234", "http://chat-a:9001 is held",
		"hold 2, 500 ms left; last failure: connect_failed",
		"name chat-b cannot be resolved", "no such name",
	};
	json_t *doc = json_loads("{\"endpoints\":[{\"version\":\"legacy\","
	    "\"url\":\"http://chat-a:9001\",\"address\":\"127.0.0.1:9001\","
	    "\"state\":\"held\",\"reason\":\"hold 2, 500 ms left; last "
	    "failure: connect_failed\",\"outstanding\":3,\"exchanges\":1234,"
	    "\"failures\":7},{\"version\":\"enhanced\",\"url\":\"http://b:1\","
	    "\"address\":\"[2001:db8::1]:65535\",\"state\":\"up\"}],"
	    "\"names\":[{\"host\":\"chat-b\",\"ok\":false,\"error\":"
	    "\"no such name\"},{\"host\":\"fine\",\"ok\":true}]}", 0, NULL);
	const struct show s = { .colour = false };
	json_t *none = json_object();
	struct buf out = { 0 };

	show_endpoints(&s, doc, &out);
	show_trouble(&s, doc, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	cr_expect_null(strstr(out.bytes, "http://b:1 is"), "%s", out.bytes);
	cr_expect_null(strstr(out.bytes, "fine"), "%s", out.bytes);
	buf_clear(&out);
	show_trouble(&s, none, &out);
	cr_expect_eq(out.len, 0, "an older server is in no trouble");
	buf_fini(&out);
	json_decref(doc);
	json_decref(none);
}

#define MEASURED(value, low, high) "{\"value\":" value ",\"low\":" low \
	",\"high\":" high ",\"n\":17,\"needs\":59}"

Test(show, routes_with_their_bounds)
{
	static const char *const wants[] = {
		"all requests\n  legacy    0\n", "/api/v1/ai/*\n",
		"  enhanced  1,234     0.22% (0.10%-0.40%) 12ms (11ms-13ms)    "
		"unknown (17 of 59)\n",
		"            3 fell back, 4 of 20 differ\n",
		"2 more routes are counted in the whole only",
	};
	json_t *doc = json_loads("{\"left_out\":2,\"routes\":[{\"route\":null,"
	    "\"legacy\":{\"requests\":0}},{\"route\":\"/api/v1/ai/*\","
	    "\"enhanced\":{\"requests\":1234,\"error_rate\":"
	    MEASURED("0.0022", "0.001", "0.004") ",\"latency_p50_ms\":"
	    MEASURED("12", "11", "13") ",\"latency_p95_ms\":"
	    MEASURED("null", "3", "null") ",\"fallbacks\":3,\"compared\":20,"
	    "\"different\":4}}]}", 0, NULL);
	const struct show s = { .colour = false };
	struct buf out = { 0 };

	cr_assert_not_null(doc);
	show_routes(&s, doc, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	buf_fini(&out);
	json_decref(doc);
}

Test(show, the_plan_and_its_end)
{
	static const char *const wants[] = {
		"x  full            100%    100%   4h 0m         0", "manual\n",
		">  alone           100%      0%       -         0", "complete\n",
		"\"alone\" is the last stage of the plan, and complete: enhanced "
		"is alone",
		"  done     dwell: 4h of 4h",
	};
	json_t *doc = json_loads("{\"stage\":\"alone\",\"next\":null,"
	    "\"complete\":true,\"in_stage\":\"alone\",\"stage_since\":"
	    "\"2026-01-31T12:34:56.000000Z\",\"gates\":[{\"name\":\"dwell\","
	    "\"state\":\"done\",\"text\":\"4h of 4h\"}],\"stages\":["
	    "{\"name\":\"full\",\"state\":\"done\",\"percent\":100,"
	    "\"shadow\":100,\"dwell_ms\":14400000,\"advance\":\"manual\","
	    "\"complete\":false},{\"name\":\"alone\",\"state\":\"now\","
	    "\"percent\":100,\"shadow\":0,\"advance\":\"manual\","
	    "\"complete\":true}]}", 0, NULL);
	const struct show s = { .colour = false };
	struct buf out = { 0 };

	show_plan(&s, doc, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	json_object_set_new(doc, "complete", json_false());
	buf_clear(&out);
	show_plan(&s, doc, &out);
	cr_expect_null(strstr(out.bytes, "enhanced is alone"), "%s", out.bytes);
	buf_fini(&out);
	json_decref(doc);
}

/* When, by whom, why, and the numbers; what only is about single users is no
 * decision. */
Test(show, why_it_is_so)
{
	static const char *const wants[] = {
		"trip by guard, 2026-01-31T12:34:56.123456Z\n",
		"  errors: error_rate of enhanced is 9%\n",
		"    rule           errors\n", "    limit          0.05\n",
	};
	json_t *plan = json_loads("{\"in_stage\":\"full\",\"gates\":[]}", 0, NULL);
	json_t *doc = json_loads("{\"events\":[{\"kind\":\"override\",\"time\":"
	    "\"2026-02-01T00:00:00.000000Z\"},{\"kind\":\"trip\",\"actor\":"
	    "\"guard\",\"time\":\"2026-01-31T12:34:56.123456Z\",\"reason\":"
	    "\"errors: error_rate of enhanced is 9%\",\"evidence\":{\"rule\":"
	    "\"errors\",\"limit\":0.05}}]}", 0, NULL);
	const struct show s = { .colour = false };
	struct buf out = { 0 };

	cr_expect(show_has_decision(doc));
	show_why(&s, doc, plan, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	json_array_remove(json_object_get(doc, "events"), 1);
	cr_expect(!show_has_decision(doc));
	buf_clear(&out);
	show_why(&s, doc, plan, &out);
	cr_expect_not_null(strstr(out.bytes, "nothing was decided in the newest 1 "
	    "entries of the rollout log\n"), "%s", out.bytes);
	json_array_clear(json_object_get(doc, "events"));
	buf_clear(&out);
	show_why(&s, doc, plan, &out);
	cr_expect_not_null(strstr(out.bytes, "nothing has been decided yet\n"));
	buf_fini(&out);
	json_decref(doc);
	json_decref(plan);
}

Test(show, overrides_and_how_long)
{
	static const char *const wants[] = {
		"  trial                     enhanced  until 2026-01-31 12:34:56\n"
		"      when {\"header\":\"x-beta\"}\n",
		"  user-1                    legacy    for good\n",
		"  u ser                     enhanced  over since 2026-01-30 12:34:56\n",
		"\n2 of 1,234 users\n",
	};
	json_t *doc = json_loads("{\"criteria\":[{\"name\":\"trial\",\"when\":"
	    "{\"header\":\"x-beta\"},\"version\":\"enhanced\",\"expires\":"
	    "\"2026-01-31T12:34:56.000000Z\",\"in_force\":true}],\"users\":["
	    "{\"user\":\"user-1\",\"version\":\"legacy\",\"expires\":null,"
	    "\"in_force\":true},{\"user\":\"u\\u001bser\",\"version\":"
	    "\"enhanced\",\"expires\":\"2026-01-30T12:34:56.000000Z\","
	    "\"in_force\":false}],\"user_count\":1234}", 0, NULL);
	const struct show s = { .colour = false };
	json_t *none = json_object();
	struct buf out = { 0 };

	show_overrides(&s, doc, &out);
	expect_has(out.bytes, wants, COUNT_OF(wants));
	expect_narrow(out.bytes);
	buf_clear(&out);
	show_overrides(&s, none, &out);
	cr_expect_str_eq(out.bytes, "none was set at run time\n");
	buf_fini(&out);
	json_decref(doc);
	json_decref(none);
}
