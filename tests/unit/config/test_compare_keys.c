/* test_compare_keys -- the rules of "compare", right and wrong.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

static struct config *
load(const char *compare, struct buf *faults)
{
	struct buf file = { 0 };
	struct config *c;

	buf_printf(&file, "{'compare':%s}", compare);
	c = files_load(WITH_RULES, file.bytes, faults);
	buf_fini(&file);
	return c;
}

Test(compare_keys, reads_fields)
{
	struct buf faults = { 0 };
	struct config *c = load("{'fields':[{'path':'/a/*/b','array':'key',"
	    "'key':'/id'},{'path':'','absolute':0.010,'relative':'0.1%'},"
	    "{'path':'/c','string':'regex','pattern':'x\\\\d+'},"
	    "{'path':'/d','string':'timestamp','within':'5s'},"
	    "{'path':'/e','string':'url','query':'set'},"
	    "{'path':'/f','string':'text','similarity':0.5}],"
	    "'numbers':{'relative':1}}", &faults);
	const struct compare_rules *r = &c->rules.compare;
	const struct field_rule *f = r->fields;
	struct buf text = { 0 };

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_assert_eq(r->field_count, 6);
	cr_expect_str_eq(f[0].path, "/a/*/b");
	cr_expect_eq(f[0].array, ARRAY_KEY);
	cr_expect_str_eq(f[0].key, "/id");
	cr_expect_eq(f[0].value.string, STRING_AUTO);
	cr_expect_not(f[0].value.has_tolerance);
	cr_expect_str_eq(f[1].path, "");
	cr_expect_str_eq(f[1].value.numbers.absolute, "0.010");
	cr_expect_eq(f[1].value.numbers.relative, 100);
	cr_expect(f[1].value.has_tolerance);
	cr_expect_eq(f[1].array, ARRAY_POSITION);
	cr_expect_not_null(f[2].value.pattern);
	cr_expect_eq(f[3].value.within_ms, 5000);
	cr_expect_eq(f[4].value.query, QUERY_SET);
	cr_expect_float_eq(f[5].value.similarity, 0.5, 1e-12);
	cr_expect_null(r->numbers.absolute);
	cr_expect_eq(r->numbers.relative, 1000);
	cr_expect_not_null(r->places);
	config_write_json(c, &text);
	cr_expect_not_null(strstr(text.bytes, "\"absolute\":0.010"));
	buf_fini(&text);
	config_unref(&c);
}

Test(compare_keys, reads_text)
{
	struct buf faults = { 0 };
	struct config *c = load("{'text':{'flags':['price','cut'],"
	    "'refusals':['I cannot help'],"
	    "'refusal_patterns':['^No\\\\b','sorry']}}", &faults);
	const struct text_rules *t = &c->rules.compare.text;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(t->flags, 1u << TEXT_FLAG_PRICE | 1u << TEXT_FLAG_CUT);
	cr_expect_str_eq(t->refusals[0], "I cannot help");
	cr_expect_null(t->refusals[1]);
	cr_expect_not_null(t->refusal_patterns[1]);
	cr_expect_null(t->refusal_patterns[2]);
	config_unref(&c);
	c = load("{}", &faults);
	t = &c->rules.compare.text;
	cr_expect_eq(t->flags, (1u << TEXT_FLAG_COUNT) - 1, "all of them");
	cr_expect_null(t->refusals[0]);
	cr_expect_null(t->refusal_patterns[0]);
	config_unref(&c);
}

Test(compare_keys, reads_headers)
{
	struct buf faults = { 0 };
	struct config *c = load("{'headers':[{'name':'X-Model'},"
	    "{'name':'x-cost','relative':'1%'}]}", &faults);
	const struct compare_rules *r = &c->rules.compare;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_assert_eq(r->header_count, 2);
	cr_expect_str_eq(r->headers[0].name, "x-model");
	cr_expect_not(r->headers[0].value.has_tolerance);
	cr_expect(r->headers[1].value.has_tolerance);
	cr_expect_eq(r->headers[1].value.numbers.relative, 1000);
	config_unref(&c);
}

static const struct {
	const char *why, *compare;
	const char *want[3]; /* each must be in the faults */
} rows[] = {
	{ "a field without a path", "{'fields':[{'string':'case'}]}",
	    { "r.json:1:23: /compare/fields/0/path: is missing; add it" } },
	{ "a path that is no pointer", "{'fields':[{'path':'a','string':'case'}]}",
	    { "/compare/fields/0/path: \"a\" is not a JSON Pointer; begin it "
	    "with \"/\"" } },
	{ "a rule of nothing", "{'fields':[{'path':'/a'}]}",
	    { "/compare/fields/0: does not say how the place is compared; add" } },
	{ "a place twice", "{'fields':[{'path':'/a','string':'case'},"
	    "{'path':'/b','string':'case'},{'path':'/a','absolute':1}]}",
	    { "/compare/fields/2/path: \"/a\" already has item 0 of this list" } },
	{ "an unknown string", "{'fields':[{'path':'/a','string':'regx'}]}",
	    { "/compare/fields/0/string: \"regx\" is not one of \"auto\"",
	    "did you mean \"regex\"?" } },
	{ "a broken pattern", "{'fields':[{'path':'/a','string':'regex',\n"
	    "'pattern':'a(b'}]}",
	    { "r.json:2:11: /compare/fields/0/pattern: \"a(b\" is not a regular "
	    "expression (missing closing parenthesis, behind byte 3); correct" } },
	{ "a pattern that is none", "{'fields':[{'path':'/a','string':'regex',"
	    "'pattern':''}]}", { "/pattern: is empty; write a regular expression" } },
	{ "regex without a pattern", "{'fields':[{'path':'/a','string':'regex'}]}",
	    { "/compare/fields/0/string: \"regex\" needs \"pattern\" beside it; "
	    "add it" } },
	{ "a pattern without regex", "{'fields':[{'path':'/a','pattern':'x'}]}",
	    { "/compare/fields/0/pattern: goes with \"string\": \"regex\" only" } },
	{ "timestamp without within",
	    "{'fields':[{'path':'/a','string':'timestamp'}]}",
	    { "\"timestamp\" needs \"within\" beside it" } },
	{ "within without a unit", "{'fields':[{'path':'/a','string':'timestamp',"
	    "'within':5}]}", { "/compare/fields/0/within: 5 has no unit" } },
	{ "within for a text", "{'fields':[{'path':'/a','string':'text',"
	    "'similarity':0.9,'within':'5s'}]}",
	    { "/within: goes with \"string\": \"timestamp\" only" } },
	{ "text without similarity", "{'fields':[{'path':'/a','string':'text'}]}",
	    { "\"text\" needs \"similarity\" beside it" } },
	{ "query of what is no URL", "{'fields':[{'path':'/a','string':'case',"
	    "'query':'set'}]}", { "/query: goes with \"string\": \"url\" only" } },
	{ "query in another way", "{'fields':[{'path':'/a','string':'url',"
	    "'query':'any'}]}", { "/query: \"any\" is not one of \"ordered\"" } },
	{ "key without a pointer", "{'fields':[{'path':'/a','array':'key'}]}",
	    { "/compare/fields/0/array: \"key\" needs \"key\" beside it" } },
	{ "a key for a set", "{'fields':[{'path':'/a','array':'set','key':'/i'}]}",
	    { "/compare/fields/0/key: goes with \"array\": \"key\" only" } },
	{ "a negative tolerance", "{'fields':[{'path':'/a','absolute':-1}]}",
	    { "/compare/fields/0/absolute: -1 is out of range; write 0 or more" } },
	{ "a tolerance in words", "{'numbers':{'absolute':'0.1'}}",
	    { "/compare/numbers/absolute: must be a number like 0.01, not "
	    "\"0.1\"" } },
	{ "over the whole", "{'numbers':{'relative':'101%'}}",
	    { "/compare/numbers/relative: \"101%\" is out of range" } },
	{ "an index in a set", "{'fields':[{'path':'/x','absolute':1},"
	    "{'path':'/a','array':'set'}],'ignore':['/a/0/b']}",
	    { "/compare/fields/1/array: leaves the items without an order, and "
	    "another pointer names one of them by its index; write \"*\"" } },
	{ "a header of no name", "{'headers':[{}]}",
	    { "/compare/headers/0/name: is missing; add it" } },
	{ "a name that is none", "{'headers':[{'name':'x model'}]}",
	    { "/compare/headers/0/name: \"x model\" is not the name of a "
	    "header; use letters" } },
	{ "cookies", "{'headers':[{'name':'Set-Cookie'}]}",
	    { "/compare/headers/0/name: \"Set-Cookie\" carries credentials, "
	    "which are never looked at; remove it" } },
	{ "a header twice", "{'headers':[{'name':'x-a'},{'name':'X-A'}]}",
	    { "/compare/headers/1/name: \"x-a\" already has item 0" } },
	{ "a broken pattern of a header", "{'headers':[{'name':'x-a',"
	    "'string':'regex','pattern':'*'}]}",
	    { "/compare/headers/0/pattern: \"*\" is not a regular expression" } },
	{ "a header by no pattern", "{'headers':[{'name':'x-a',"
	    "'string':'regex'}]}",
	    { "/compare/headers/0/string: \"regex\" needs \"pattern\"" } },
	{ "an array of a header", "{'headers':[{'name':'x-a','array':'set'}]}",
	    { "/compare/headers/0/array: unknown key" } },
	{ "an unknown key", "{'fields':[{'path':'/a','strng':'case'}]}",
	    { "/compare/fields/0/strng: unknown key; did you mean \"string\"?" } },
};

Test(compare_keys, says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf faults = { 0 };
		struct config *c = load(rows[i].compare, &faults);

		cr_expect_null(c, "%s", rows[i].why);
		for (size_t j = 0; j < 3 && rows[i].want[j] != NULL; j++)
			cr_expect(faults.bytes != NULL &&
			    strstr(faults.bytes, rows[i].want[j]) != NULL,
			    "%s: no \"%s\" in\n%s", rows[i].why,
			    rows[i].want[j], faults.bytes);
		config_unref(&c);
		buf_fini(&faults);
	}
}
