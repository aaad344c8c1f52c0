/* test_smoke_keys -- "smoke" and what stages say of it.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "files.h"

static struct config *
load(const char *smoke, const char *stages, struct buf *faults)
{
	struct buf rules = { 0 };
	struct memory_files f = { { "understudy.json", "r.json" },
		{ WITH_RULES, NULL } };
	struct config_ports ports = files_ports(&f);
	struct config *c;

	buf_printf(&rules, "{'rollout':{'smoke':[%s],'stages':[%s]}}", smoke,
	    stages);
	f.texts[1] = rules.bytes;
	c = config_load_from(&ports, "understudy.json", faults);
	buf_fini(&rules);
	return c;
}

#define A "{'name':'a','path':'/a?b=1'}"
#define B "{'name':'b','path':'/b','headers':{'Authorization':'Bearer s3cret'}," \
	"'body':{'q':[1,'x']},'expect':{'status':201,'json':{'/ok':true}," \
	"'contains':'ok','within':'5s'}}"

Test(smoke_keys, reads_requests_and_stages)
{
	struct buf faults = { 0 }, text = { 0 };
	struct config *c = load(A "," B, "{'name':'off'},"
	    "{'name':'shadow','smoke':['b']},{'name':'one','percent':1},"
	    "{'name':'two','percent':2,'smoke':false},{'name':'none','smoke':true}",
	    &faults);
	static const uint32_t want[] = { 0, 2, 3, 0, 3 };
	const struct smoke_check *s;

	cr_assert_not_null(c, "%s", faults.bytes);
	for (size_t i = 0; i < c->rules.stage_count; i++)
		cr_expect_eq(c->rules.stages[i].smoke, want[i], "%zu", i);
	s = c->rules.smoke.list;
	cr_expect_eq(c->rules.smoke.again_ms, 30000);
	cr_expect_str_eq(s[0].method, "GET");
	cr_expect_eq(s[0].status_low, 200);
	cr_expect_eq(s[0].status_high, 299);
	cr_expect_eq(s[0].within_ms, 2000);
	cr_expect_null(s[0].body);
	cr_expect_str_eq(s[1].method, "POST");
	cr_expect_str_eq(s[1].fields[0], "Authorization: Bearer s3cret");
	cr_expect_str_eq(s[1].body, "{\"q\":[1,\"x\"]}");
	cr_expect_eq(s[1].status_low, 201);
	cr_expect_eq(s[1].status_high, 201);
	cr_expect_str_eq(s[1].places[0].pointer, "/ok");
	cr_expect_eq(s[1].places[0].value->kind, JSON_TRUE);
	config_write_json(c, &text);
	cr_expect_null(strstr(text.bytes, "s3cret"), "%s", text.bytes);
	config_unref(&c);
	buf_fini(&text);
	buf_fini(&faults);
}

static const struct {
	const char *why, *smoke, *stages, *want;
} faults[] = {
	{ "no path", "{'name':'a'}", "{'name':'x'}", "/path: is missing" },
	{ "two of a name", A "," A, "{'name':'x'}", "/smoke/1/name: \"a\" is " },
	{ "no such check", A, "{'name':'x','smoke':['c']}",
	    "there is no smoke check \"c\"" },
	{ "not a list", A, "{'name':'x','smoke':'a'}", "must be true, false or" },
	{ "no status", "{'name':'a','path':'/','expect':{'status':99}}",
	    "{'name':'x'}", "/expect/status: must be a status" },
	{ "half a status", "{'name':'a','path':'/','expect':{'status':200.5}}",
	    "{'name':'x'}", "/expect/status: must be a status" },
	{ "no pointer", "{'name':'a','path':'/','expect':{'json':{'ok':1}}}",
	    "{'name':'x'}", "its key " },
	{ "our own field", "{'name':'a','path':'/','headers':"
	    "{'X-Understudy-Leg':'x'}}", "{'name':'x'}", "understudy's own" },
	{ "two fields in one", "{'name':'a','path':'/','headers':"
	    "{'a':'b\\r\\nc: d'}}", "{'name':'x'}", "/smoke/0/headers" },
	{ "no field", "{'name':'a','path':'/','headers':{'a b':'c'}}",
	    "{'name':'x'}", "not the name of a header field" },
	{ "no method", "{'name':'a','path':'/','method':'get'}", "{'name':'x'}",
	    "/method: must be a method" },
};

Test(smoke_keys, faults_name_their_place)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		struct buf text = { 0 };
		struct config *c = load(faults[i].smoke, faults[i].stages, &text);

		cr_expect_null(c, "%s", faults[i].why);
		cr_expect(text.len > 0 && strstr(text.bytes, faults[i].want) != NULL,
		    "%s: %s", faults[i].why, text.len > 0 ? text.bytes : "");
		config_unref(&c);
		buf_fini(&text);
	}
}
