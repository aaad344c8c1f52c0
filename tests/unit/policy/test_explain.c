/* Described requests are decided as real ones, and what is none is refused.
 * SPDX-License-Identifier: MIT
 */
#include "policy/explain.h"

#include <criterion/criterion.h>
#include <string.h>

#include "../config/files.h"

static const char rules[] = "{'identity':[{'header':'x-user'},{'body':'/user'}],"
    "'session':[{'cookie':'sid'}],'routes':[{'match':{'path':'/new/*'},"
    "'only':'enhanced'},{'match':{'path':'/*'}}],'rollout':{'sticky':'session',"
    "'overrides':[{'all':[{'addresses':['10.0.0.0/8']},{'path':'/a/*',"
    "'methods':['PUT']}],'version':'enhanced'}]}}";

static struct snapshot *
make(uint32_t percent)
{
	struct buf faults = { 0 };
	struct config *c = files_load(WITH_RULES, rules, &faults);
	struct rollout_state state = { .stage = "x", .percent = percent,
		.enabled = true };
	struct snapshot *s;

	cr_assert_not_null(c, "%s", faults.bytes);
	s = snapshot_new(c, NULL, NULL, &state);
	config_unref(&c);
	return s;
}

Test(explain, goes_the_way_of_a_request)
{
	struct snapshot *s = make(100000);
	struct described what = { "PUT", "/a/b?c", "X-User: ann\r\n"
	    "Cookie: sid=s-1\r\n", NULL, NULL, NULL };
	const enum version legacy = VERSION_LEGACY;
	struct err err = { "" };
	struct explained e;
	struct ip client;

	cr_assert(explain_request(s, &what, false, 0, &e, &err), "%s", err.text);
	cr_expect_str_eq(e.user.id, "ann");
	cr_expect_str_eq(e.session.id, "s-1");
	cr_expect(e.decision.why == WHY_BUCKET &&
	    e.decision.version == VERSION_ENHANCED);
	cr_expect_str_eq(e.decision.route->path, "/*");
	what.kept = &legacy;
	cr_assert(explain_request(s, &what, false, 0, &e, &err));
	cr_expect_eq(e.decision.why, WHY_STICKY);
	cr_assert(ip_parse("10.1.1.1", 8, &client));
	what.client = &client;
	cr_assert(explain_request(s, &what, false, 0, &e, &err));
	cr_expect_eq(e.decision.by, DECIDED_BY_RULE);
	what = (struct described){ "POST", "/new/x", "", "{\"user\":\"bob\"}",
	    NULL, NULL };
	cr_assert(explain_request(s, &what, true, 0, &e, &err));
	cr_expect_str_eq(e.user.id, "bob");
	cr_expect_eq(e.decision.why, WHY_LATCHED);
	cr_expect_eq(e.decision.refusal, 404);
	snapshot_unref(&s);
}

static const struct described bad[] = {
	{ "GET", "no-slash", "", NULL, NULL, NULL },
	{ "GET", "/a b", "", NULL, NULL, NULL },
	{ "G T", "/", "", NULL, NULL, NULL },
	{ "", "/", "", NULL, NULL, NULL },
	{ "GET", "/", "no colon\r\n", NULL, NULL, NULL },
	{ "GET", "/", "a: b\r\n\r\nGET / HTTP/1.1\r\n", NULL, NULL, NULL },
	{ "GET", "/", "a: b\nc: d\r\n", NULL, NULL, NULL },
	{ "GET", "/ HTTP/1.1\r\nx: y", "", NULL, NULL, NULL },
};

Test(explain, refuses_what_is_no_request)
{
	struct snapshot *s = make(0);

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = { "" };
		struct explained e;

		cr_expect_not(explain_request(s, &bad[i], false, 0, &e, &err),
		    "%s %s %s", bad[i].method, bad[i].target, bad[i].fields);
		cr_expect_neq(err.text[0], '\0');
	}
	snapshot_unref(&s);
}
