/* test_signal_keys -- "signals", right and wrong.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

static struct config *
load(const char *signals, struct buf *faults)
{
	struct buf rules = { 0 };
	struct config *c;

	buf_printf(&rules, "{'signals':[%s]}", signals);
	c = files_load(WITH_RULES, rules.bytes, faults);
	buf_fini(&rules);
	return c;
}

Test(signal_keys, reads_all_of_it)
{
	struct buf faults = { 0 };
	struct config *c = load(
	    "{'name':'cache','header':'X-Cache','kind':'share',"
	    "'equals':['HIT',1,true,null],'absent':'no'},"
	    "{'name':'took','json':'/meta/ms','kind':'number','unit':'ms',"
	    "'scale':0.5},"
	    "{'name':'tokens','json':'/usage/total_tokens','kind':'number'}",
	    &faults);
	const struct signal_rules *s = &c->rules.signals;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_assert_eq(s->count, 3);
	cr_expect_str_eq(s->list[0].header, "x-cache");
	cr_expect_eq(s->list[0].kind, SIGNAL_SHARE);
	cr_expect_eq(s->list[0].absent, ABSENT_NO);
	cr_assert_eq(s->list[0].equals_count, 4);
	cr_expect_str_eq(s->list[0].equals[0].text, "HIT");
	cr_expect_float_eq(s->list[0].equals[1].number, 1, 1e-9);
	cr_expect_eq(s->list[0].equals[3].kind, VALUE_NULL);
	cr_expect_eq(s->list[1].unit, SIGNAL_MS);
	cr_expect_float_eq(s->list[1].scale, 0.5, 1e-9);
	cr_expect_null(s->list[1].equals);
	cr_expect_eq(s->list[2].unit, SIGNAL_PLAIN);
	cr_expect(s->has_header);
	cr_expect_not_null(s->places);
	cr_expect_eq(s->marks[0], 1);
	cr_expect_eq(s->marks[1], 2);
	cr_expect_neq(s->mark, 0);
	config_unref(&c);
}

Test(signal_keys, nothing_is_asked_by_itself)
{
	struct buf faults = { 0 };
	struct config *c = load("", &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(c->rules.signals.mark, 0);
	cr_expect_null(c->rules.signals.places);
	config_unref(&c);
}

#define HEAD "'name':'a','header':'x','kind':'share'"

/* Another mark is another meaning: what was counted is forgotten. */
Test(signal_keys, any_change_is_another_mark)
{
	static const char *const lists[] = {
		"{" HEAD "}", "{'name':'b','header':'x','kind':'share'}",
		"{'name':'a','header':'y','kind':'share'}",
		"{'name':'a','json':'/x','kind':'share'}",
		"{" HEAD ",'equals':'HIT'}", "{" HEAD ",'equals':true}",
		"{" HEAD ",'equals':'true'}", "{" HEAD ",'absent':'no'}",
		"{'name':'a','header':'x','kind':'number'}",
		"{'name':'a','header':'x','kind':'number','unit':'s'}",
		"{'name':'a','header':'x','kind':'number','scale':2}",
	};
	uint64_t marks[COUNT_OF(lists)];

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct buf faults = { 0 };
		struct config *c = load(lists[i], &faults);

		cr_assert_not_null(c, "%s", faults.bytes);
		marks[i] = c->rules.signals.mark;
		for (size_t k = 0; k < i; k++)
			cr_expect_neq(marks[i], marks[k], "%s %s", lists[i],
			    lists[k]);
		config_unref(&c);
	}
}

static const struct {
	const char *signals, *want;
} wrong[] = {
	{ "{'name':'a','kind':'share'}", "needs one of" },
	{ "{'name':'a','kind':'share','header':'x','json':'/x'}", "exactly one" },
	{ "{'name':'a b','kind':'share','header':'x'}", "is not a name" },
	{ "{'name':'abcdefghijklmnopqrstuvwxyz0123456','kind':'share',"
	    "'header':'x'}", "is longer than 32 characters" },
	{ "{'name':'a','kind':'share','header':'x y'}",
	    "is not the name of a header field" },
	{ "{'name':'a','kind':'share','json':'x'}", "is not a JSON Pointer" },
	{ "{'name':'a','kind':'share','header':'x','unit':'ms'}",
	    "is of \"kind\": \"number\"" },
	{ "{'name':'a','kind':'share','header':'x','scale':2}",
	    "is of \"kind\": \"number\"" },
	{ "{'name':'a','kind':'number','header':'x','equals':1}",
	    "is of \"kind\": \"share\"" },
	{ "{'name':'a','kind':'number','header':'x','absent':'no'}",
	    "is of \"kind\": \"share\"" },
	{ "{'name':'a','kind':'share','header':'x','equals':{}}",
	    "must be a text" },
	{ "{'name':'a','kind':'share','header':'x','equals':[]}",
	    "must be a text" },
	{ "{'name':'a','kind':'share','header':'x','equals':[[1]]}",
	    "must be a text" },
	{ "{'name':'a','kind':'share','header':'x','equals':'"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",
	    "longer than what is read" },
	{ "{" HEAD "},{" HEAD "}", "signal" },
	{ "{'name':'a','kind':'share','json':'/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15"
	    "/16/17'}", "too deep" },
};

Test(signal_keys, says_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct buf faults = { 0 };

		cr_expect_null(load(wrong[i].signals, &faults), "%s",
		    wrong[i].signals);
		cr_expect(faults.bytes != NULL &&
		    strstr(faults.bytes, wrong[i].want) != NULL, "%s: %s",
		    wrong[i].signals, faults.bytes);
		buf_fini(&faults);
	}
}
