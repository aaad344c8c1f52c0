/* test_probe_keys -- "probes": what they need, and faults.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

#define SECRET "Bearer hunter2-is-the-secret"

static struct config *
load(const char *probes, struct buf *faults)
{
	struct buf rules = { 0 };
	struct memory_files f = { { "understudy.json", "r.json", "t.key" },
		{ WITH_RULES, NULL, SECRET "\n" } };
	struct config_ports ports = files_ports(&f);
	struct config *c;

	buf_printf(&rules, "{'probes':[%s]}", probes);
	f.texts[1] = rules.bytes;
	c = config_load_from(&ports, "understudy.json", faults);
	buf_fini(&rules);
	return c;
}

#define P(rest) "{'name':'p','url':'http://h/m'" rest "}"

Test(probe_keys, reads_all_kinds)
{
	struct buf faults = { 0 }, text = { 0 };
	struct config *c = load("{'name':'a','url':'http://h/','json':'/a/b'},"
	    "{'name':'b','url':'https://h/m','metric':'up{a=\\'b\\'}',"
	    "'interval':'1s','timeout':'500ms','stale':'5s',"
	    "'authorization_file':'t.key'},"
	    "{'name':'c','url':'http://h:9090','prometheus':'sum(up)'},"
	    "{'name':'d','url':'http://h/healthz','health':'200-399'}", &faults);
	const struct probe_rule *p;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_assert_eq(c->rules.probes.count, 4);
	p = c->rules.probes.list;
	cr_expect_eq(p[0].kind, PROBE_JSON);
	cr_expect_str_eq(p[0].json, "/a/b");
	cr_expect_eq(p[0].interval_ms, 15000);
	cr_expect_eq(p[0].timeout_ms, 2000);
	cr_expect_eq(p[0].stale_ms, 60000);
	cr_expect_eq(p[1].kind, PROBE_METRIC);
	cr_expect_eq(p[1].selector->label_count, 1);
	cr_expect_str_eq(p[1].authorization, SECRET);
	cr_expect_eq(p[2].kind, PROBE_PROMETHEUS);
	cr_expect_str_eq(p[2].query, "sum(up)");
	cr_expect_eq(p[3].kind, PROBE_HEALTH);
	cr_expect_eq(p[3].status_low, 200);
	cr_expect_eq(p[3].status_high, 399);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			cr_expect_neq(p[i].mark, p[j].mark);
	config_write_json(c, &text);
	cr_expect_null(strstr(text.bytes, "hunter2"), "%s", text.bytes);
	config_unref(&c);
	buf_fini(&text);
}

static const struct {
	const char *why, *probes, *want;
} faults[] = {
	{ "no kind", P(""), "/probes/0: needs one of \"json\", \"metric\", "
	    "\"prometheus\", \"health\"" },
	{ "two kinds", P(",'json':'/a','metric':'up'"), "has 2 of" },
	{ "no URL", "{'name':'p','json':'/a'}", "/probes/0/url: is missing" },
	{ "not a URL", "{'name':'p','url':'h:9','json':'/a'}",
	    "/url: must begin with https:// or http://" },
	{ "a password in it", "{'name':'p','url':'http://a:b@h/','json':'/a'}",
	    "/url: must begin" },
	{ "not a pointer", P(",'json':'a'"), "/probes/0/json:" },
	{ "not a metric", P(",'metric':'sum(up)'"),
	    "\"sum(up)\" has something behind its end" },
	{ "no status", P(",'health':'700'"), "/probes/0/health:" },
	{ "stale too soon", P(",'json':'/a','interval':'2m'"),
	    "/stale: is shorter than \"interval\"" },
	{ "two of a name", P(",'json':'/a'") "," P(",'json':'/b'"),
	    "/probes/1/name: \"p\" is already" },
	{ "a credential twice", P(",'json':'/a','authorization':'x',"
	    "'authorization_file':'t.key'"), "/authorization_file: says the same" },
};

Test(probe_keys, faults_name_their_place)
{
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		struct buf text = { 0 };
		struct config *c = load(faults[i].probes, &text);

		cr_expect_null(c, "%s", faults[i].why);
		cr_expect_not_null(strstr(text.bytes, faults[i].want), "%s: %s",
		    faults[i].why, text.bytes);
		config_unref(&c);
		buf_fini(&text);
	}
}
