/* Criteria: a table of each kind and of the ways to combine them.
 * SPDX-License-Identifier: MIT
 */
#include "policy/criteria.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "../config/files.h"
#include "config/named_override.h"
#include "request.h"

#define UNKNOWN TRUTH_UNKNOWN
#define YES TRUTH_YES
#define NO TRUTH_NO

/* The request that all rows are held against. */
#define FIELDS "x-beta: on\nx-many: a\nx-many: b\nCookie: c=1; d=\n" \
	"x-tenant: acme\n"
#define BODY "{\"model\":\"m-1\",\"n\":42,\"stream\":true,\"null\":null," \
	"\"deep\":{\"list\":[{\"id\":\"x\"}]}}"

static const struct {
	const char *criterion;
	enum truth want;  /* of the request */
	enum truth alone; /* of its user alone */
} rows[] = {
	{ "{'users':['ann','bob']}", YES, YES },
	{ "{'users':['Ann']}", NO, NO },
	{ "{'tenants':['acme']}", YES, UNKNOWN },
	{ "{'tenants':['other']}", NO, UNKNOWN },
	{ "{'header':'X-Beta'}", YES, UNKNOWN },
	{ "{'header':'x-beta','equals':'on'}", YES, UNKNOWN },
	{ "{'header':'x-beta','equals':'off'}", NO, UNKNOWN },
	{ "{'header':'x-many','equals':'b'}", YES, UNKNOWN },
	{ "{'header':'x-none'}", NO, UNKNOWN },
	{ "{'cookie':'c','equals':'1'}", YES, UNKNOWN },
	{ "{'cookie':'d'}", YES, UNKNOWN },
	{ "{'cookie':'C'}", NO, UNKNOWN },
	{ "{'addresses':['10.1.0.0/16']}", YES, UNKNOWN },
	{ "{'addresses':['192.168.0.0/16','10.1.2.3']}", YES, UNKNOWN },
	{ "{'addresses':['10.2.0.0/16','2001:db8::/32']}", NO, UNKNOWN },
	{ "{'path':'/v1/*'}", YES, UNKNOWN },
	{ "{'path':'/v1/*','methods':['GET','POST']}", YES, UNKNOWN },
	{ "{'path':'/v1/*','methods':['GET']}", NO, UNKNOWN },
	{ "{'path':'/v2/*'}", NO, UNKNOWN },
	{ "{'json':'/model'}", YES, UNKNOWN },
	{ "{'json':'/model','equals':'m-1'}", YES, UNKNOWN },
	{ "{'json':'/model','equals':'m-2'}", NO, UNKNOWN },
	{ "{'json':'/n','equals':'42'}", YES, UNKNOWN },
	{ "{'json':'/stream','equals':'true'}", YES, UNKNOWN },
	{ "{'json':'/deep/list/0/id','equals':'x'}", YES, UNKNOWN },
	{ "{'json':'/deep'}", YES, UNKNOWN },
	{ "{'json':'/deep','equals':'x'}", NO, UNKNOWN },
	{ "{'json':'/null'}", NO, UNKNOWN },
	{ "{'json':'/none'}", NO, UNKNOWN },

	{ "{'all':[{'users':['ann']},{'header':'x-beta'}]}", YES, UNKNOWN },
	{ "{'all':[{'users':['ann']},{'header':'x-none'}]}", NO, UNKNOWN },
	{ "{'all':[{'users':['bob']},{'header':'x-beta'}]}", NO, NO },
	{ "{'any':[{'users':['ann']},{'header':'x-none'}]}", YES, YES },
	{ "{'any':[{'users':['bob']},{'header':'x-beta'}]}", YES, UNKNOWN },
	{ "{'any':[{'users':['bob']},{'header':'x-none'}]}", NO, UNKNOWN },
	{ "{'not':{'users':['ann']}}", NO, NO },
	{ "{'not':{'users':['bob']}}", YES, YES },
	{ "{'not':{'header':'x-none'}}", YES, UNKNOWN },
	{ "{'not':{'not':{'header':'x-beta'}}}", YES, UNKNOWN },
	{ "{'all':[{'path':'/v1/*'},{'not':{'any':[{'tenants':['other']},"
	    "{'json':'/model','equals':'m-2'}]}},{'addresses':['10.0.0.0/8']}]}",
	    YES, UNKNOWN },
};

/* ' for ", as everywhere in these tests. */
static struct named_override *
make(const char *criterion, struct err *err)
{
	struct named_override *o;
	struct buf text = { 0 };

	for (const char *p = criterion; *p != '\0'; p++)
		buf_add(&text, *p == '\'' ? "\"" : p, 1);
	o = named_override_new("x", text.len > 0 ? text.bytes : "",
	    VERSION_ENHANCED, 0, err);
	buf_fini(&text);
	return o;
}

static enum truth
ask(const char *criterion, const struct request_view *view, bool has_user)
{
	static struct source sources[] = { { SOURCE_HEADER, "x-tenant", 8 } };
	const struct source_chain tenants = { sources, 1, false };
	struct err err = { "" };
	struct named_override *o = make(criterion, &err);
	struct body_tree body;
	struct asker asker = { .request = view, .id = has_user ? "ann" : NULL,
		.id_len = 3, .tenants = &tenants, .body = &body };
	enum truth truth;

	cr_assert_not_null(o, "%s: %s", criterion, err.text);
	body_tree_init(&body);
	truth = criterion_holds(&o->override.when, &asker);
	body_tree_fini(&body);
	named_override_unref(&o);
	return truth;
}

Test(criteria, hold_in_each_case)
{
	static struct request r;
	struct ip client;

	(void)request_make(&r, "POST", "/v1/chat", FIELDS, BODY);
	cr_assert(ip_parse("10.1.2.3", 8, &client));
	r.view.client = &client;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		cr_expect_eq(ask(rows[i].criterion, &r.view, true), rows[i].want,
		    "%s", rows[i].criterion);
		cr_expect_eq(ask(rows[i].criterion, NULL, true), rows[i].alone,
		    "%s of the user alone", rows[i].criterion);
	}
}

/* What is not there is not known, and what is no JSON has nothing. */
Test(criteria, know_what_they_do_not_know)
{
	static struct request r;

	(void)request_make(&r, "POST", "/", "", NULL);
	cr_expect_eq(ask("{'json':'/a'}", &r.view, true), UNKNOWN);
	cr_expect_eq(ask("{'not':{'json':'/a'}}", &r.view, true), UNKNOWN);
	cr_expect_eq(ask("{'addresses':['10.0.0.0/8']}", &r.view, true), UNKNOWN);
	cr_expect_eq(ask("{'users':['ann']}", &r.view, false), NO);
	cr_expect_eq(ask("{'tenants':['acme']}", &r.view, true), NO);
	(void)request_make(&r, "POST", "/", "", "no json");
	cr_expect_eq(ask("{'json':'/a'}", &r.view, true), NO);
	cr_expect_eq(ask("{'not':{'json':'/a'}}", &r.view, true), YES);
	(void)request_make(&r, "POST", "/", "", "{\"a\":");
	cr_expect_eq(ask("{'json':'/a'}", &r.view, true), NO);
}

static const struct {
	const char *criterion, *want;
} bad[] = {
	{ "", "not JSON" },
	{ "[]", "must be an object" },
	{ "{}", "needs one of" },
	{ "{'header':'a','cookie':'b'}", "keep exactly one" },
	{ "{'header':'a b'}", "is not the name of a header" },
	{ "{'users':['a'],'equals':'b'}", "/equals: goes with" },
	{ "{'header':'a','methods':['GET']}", "/methods: goes with \"path\"" },
	{ "{'path':'no'}", "/path: " },
	{ "{'json':'no'}", "/json: " },
	{ "{'addresses':['10.0.0.1/8']}", "/addresses/0: " },
	{ "{'all':[]}", "/all: has 0 items" },
	{ "{'all':[{'any':[{'not':{'header':'a','heeder':'x'}}]}]}",
	    "/all/0/any/0/not/heeder: unknown key; did you mean \"header\"?" },
	{ "{'not':[]}", "must be an object" },
	{ "{'users':['a'],'version':'legacy'}", "unknown key" },
};

Test(criteria, say_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = { "" };

		cr_expect_null(make(bad[i].criterion, &err), "%s",
		    bad[i].criterion);
		cr_expect_not_null(strstr(err.text, bad[i].want), "%s: %s",
		    bad[i].criterion, err.text);
	}
}

Test(criteria, tell_what_they_use)
{
	struct err err = { "" };
	struct named_override *o = make("{'all':[{'not':{'json':'/a'}},"
	    "{'any':[{'tenants':['t']}]}]}", &err);

	cr_expect_eq(o->override.when.uses, CRITERION_USES_BODY |
	    CRITERION_USES_TENANT);
	named_override_unref(&o);
	o = make("{'any':[{'users':['a']},{'path':'/x'}]}", &err);
	cr_expect_eq(o->override.when.uses, 0);
	named_override_unref(&o);
	cr_expect_null(named_override_new("a b", "{}", 0, 0, &err));
}
