/* test_isolation_keys -- "isolation": what is looked for, and with what.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/pointer_tree.h"
#include "files.h"

#define IDS "'identity':[{'header':'x-user'}],'session':[{'header':'x-s'}]"
#define BIT(kind) (1u << ISOLATION_##kind)

static const struct {
	const char *why, *rules;
	bool is_on;
	unsigned on;
} good[] = {
	{ "absent", "{" IDS "}", false, 0 },
	{ "there is enough", "{" IDS ",'isolation':{}}", true, BIT(TWO_USERS) },
	{ "with a place", "{" IDS ",'isolation':{'answer_user':{'json':'/u'}}}",
	    true, BIT(TWO_USERS) | BIT(FOREIGN_ANSWER) },
	{ "all", "{" IDS ",'isolation':{'on':['flip','two_users',"
	    "'foreign_answer'],'answer_session':{'header':'X-S'}}}", true,
	    BIT(TWO_USERS) | BIT(FOREIGN_ANSWER) | BIT(FLIP) },
	{ "answers need no session", "{'identity':[{'header':'x'}],'isolation':"
	    "{'on':['foreign_answer'],'answer_user':{'header':'x'}}}", true,
	    BIT(FOREIGN_ANSWER) },
	{ "and a rule that counts", "{" IDS ",'isolation':{},'guard':[{'name':"
	    "'i','metric':'isolation_violations','above':0}]}", true,
	    BIT(TWO_USERS) },
};

Test(isolation_keys, reads_each)
{
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct buf faults = { 0 };
		struct config *c = files_load(WITH_RULES, good[i].rules, &faults);

		cr_assert_not_null(c, "%s: %s", good[i].why, faults.bytes);
		cr_expect_eq(c->rules.isolation.is_on, good[i].is_on, "%s",
		    good[i].why);
		cr_expect_eq(c->rules.isolation.on, good[i].on, "%s: %u",
		    good[i].why, c->rules.isolation.on);
		config_unref(&c);
	}
}

Test(isolation_keys, makes_a_tree_of_the_places)
{
	struct buf faults = { 0 };
	struct config *c = files_load(WITH_RULES, "{" IDS ",'isolation':{"
	    "'answer_user':{'header':'X-User'},"
	    "'answer_session':{'json':'/meta/session'},'sessions':5000}}",
	    &faults);
	const struct isolation_rules *r;
	const struct pointer_node *n;

	cr_assert_not_null(c, "%s", faults.bytes);
	r = &c->rules.isolation;
	cr_expect_str_eq(r->places[NAMED_USER].header, "x-user");
	cr_expect_null(r->places[NAMED_USER].pointer);
	cr_expect_eq(r->sessions, 5000);
	n = pointer_child(r->tree, "meta", 4);
	cr_assert_not_null(n);
	n = pointer_child(n, "session", 7);
	cr_assert_not_null(n);
	cr_assert_eq(n->mark_count, 1);
	cr_expect_eq(r->marks[n->marks[0]], NAMED_SESSION);
	config_unref(&c);
}

static const struct {
	const char *rules, *want;
} bad[] = {
	{ "{" IDS ",'isolation':{'on':['three_users']}}",
	    "/isolation/on/0: \"three_users\" is nothing that is looked for" },
	{ "{" IDS ",'isolation':{'on':[]}}", "/isolation/on: " },
	{ "{" IDS ",'isolation':{'on':['foreign_answer']}}",
	    "\"foreign_answer\" needs \"answer_user\" or \"answer_session\"" },
	{ "{" IDS ",'isolation':{'answer_user':{}}}", "needs one of" },
	{ "{" IDS ",'isolation':{'answer_user':{'header':'a','json':'/a'}}}",
	    "keep exactly one" },
	{ "{" IDS ",'isolation':{'answer_user':{'header':'a b'}}}",
	    "is not the name of a header" },
	{ "{" IDS ",'isolation':{'answer_user':{'json':'a'}}}",
	    "/isolation/answer_user/json: " },
	{ "{" IDS ",'isolation':{'sessions':10}}", "/isolation/sessions: " },
	{ "{'identity':[{'header':'x'}],'isolation':{}}",
	    "/isolation: needs \"session\"" },
	{ "{'session':[{'header':'x'}],'isolation':{}}",
	    "/isolation: needs \"identity\"" },
	{ "{" IDS ",'guard':[{'name':'i','metric':'isolation_violations',"
	    "'above':0}]}", "/isolation: is missing, and a rule or gate counts" },
	{ "{" IDS ",'rollout':{'stages':[{'name':'a','gates':[{'name':'i',"
	    "'metric':'isolation_violations','below':1}]}]}}",
	    "/isolation: is missing, and a rule or gate counts" },
};

Test(isolation_keys, says_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct buf faults = { 0 };
		struct config *c = files_load(WITH_RULES, bad[i].rules, &faults);

		cr_expect_null(c, "%s", bad[i].rules);
		cr_expect(faults.bytes != NULL &&
		    strstr(faults.bytes, bad[i].want) != NULL, "%s: %s",
		    bad[i].rules, faults.bytes);
		config_unref(&c);
		buf_fini(&faults);
	}
}
