/* Differences of JSON documents: a table, and properties over made ones.
 * SPDX-License-Identifier: MIT
 */
#include "compare/json_diff.h"

#include <criterion/criterion.h>

#include "base/buf.h"
#include "support.h"

#define LONG_A "The answer to your question is that the capital is Paris."
#define LONG_B "The answer to your question is that the capital is Lyon."
#define URL_A "https://example.test/images/0123456789abcdef/one.png"
#define URL_B "https://example.test/images/0123456789abcdef/two.png"

static const struct {
	const char *why, *legacy, *enhanced;
	struct test_rules rules;
	const char *want;
} cases[] = {
	{ "equal", "{\"a\":1}", "{\"a\":1}", NO_RULES, "" },
	{ "order of members", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", NO_RULES, "" },
	{ "spaces", "[1, 2]", "[1,2]", NO_RULES, "" },
	{ "1 and 1.0", "[1, 10]", "[1.0, 1e1]", NO_RULES, "" },
	{ "escapes", "\"\\u0041\"", "\"A\"", NO_RULES, "" },
	{ "value at the root", "1", "2", NO_RULES, "value " },
	{ "string value", "{\"a\":\"x\"}", "{\"a\":\"y\"}", NO_RULES, "value /a" },
	{ "large integers", "{\"a\":9007199254740993}",
	    "{\"a\":9007199254740992}", NO_RULES, "value /a" },
	{ "missing", "{\"a\":1,\"b\":2}", "{\"a\":1}", NO_RULES, "missing /b" },
	{ "extra", "{\"a\":1}", "{\"b\":2,\"a\":1}", NO_RULES, "extra /b" },
	{ "missing in the middle", "{\"a\":1,\"b\":2,\"c\":3}",
	    "{\"a\":1,\"c\":4}", NO_RULES, "missing /b; value /c" },
	{ "null is not absent", "{\"a\":null}", "{}", NO_RULES, "missing /a" },
	{ "type", "{\"a\":\"1\"}", "{\"a\":1}", NO_RULES, "type /a" },
	{ "booleans are one type", "[true]", "[false]", NO_RULES, "value /*" },
	{ "boolean or number", "[true]", "[1]", NO_RULES, "type /*" },
	{ "item", "{\"a\":[1,2,3]}", "{\"a\":[1,5,3]}", NO_RULES, "value /a/*" },
	{ "items share a path", "[1,2,3]", "[4,5,6]", NO_RULES, "value /*" },
	{ "an item less", "{\"a\":[1,2]}", "{\"a\":[1]}", NO_RULES,
	    "missing /a/*" },
	{ "deep", "{\"a\":[{\"b\":{\"c\":1}}]}", "{\"a\":[{\"b\":{\"c\":2}}]}",
	    NO_RULES, "value /a/*/b/c" },
	{ "escaped names", "{\"a/b\":1,\"c~d\":1}", "{\"a/b\":2,\"c~d\":2}",
	    NO_RULES, "value /a~1b; value /c~0d" },
	{ "the empty name", "{\"\":1}", "{\"\":2}", NO_RULES, "value /" },
	{ "control characters in names", "{\"a\\u0000\\n\":1}",
	    "{\"a\\u0000\\n\":2}", NO_RULES, "value /a  " },
	{ "repeated names by place", "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":3}",
	    NO_RULES, "value /a" },
	{ "repeated names, one more", "{\"a\":1,\"a\":2}", "{\"a\":1}", NO_RULES,
	    "missing /a" },

	{ "ignored member", "{\"id\":1,\"a\":1}", "{\"id\":2,\"a\":1}",
	    { .ignore = { "/id" } }, "" },
	{ "ignored and missing", "{\"id\":1}", "{}", { .ignore = { "/id" } }, "" },
	{ "ignored subtree", "{\"u\":{\"x\":{\"y\":1}}}",
	    "{\"u\":{\"x\":[2]}}", { .ignore = { "/u/*" } }, "" },
	{ "ignored items' member", "[{\"id\":1,\"v\":1},{\"id\":2,\"v\":2}]",
	    "[{\"id\":3,\"v\":1},{\"id\":4,\"v\":5}]",
	    { .ignore = { "/*/id" } }, "value /*/v" },
	{ "one item by index", "[1,2]", "[3,4]", { .ignore = { "/0" } },
	    "value /*" },
	{ "all items, whatever their number", "{\"a\":[1,2]}", "{\"a\":[3]}",
	    { .ignore = { "/a/*" } }, "" },
	{ "an item that one has not", "{\"a\":[1,2]}", "{\"a\":[1]}",
	    { .ignore = { "/a/1" } }, "" },
	{ "everything", "{\"a\":1}", "[2]", { .ignore = { "" } }, "" },
	{ "a rule does not reach beside", "{\"a\":{\"id\":1},\"b\":{\"id\":1}}",
	    "{\"a\":{\"id\":2},\"b\":{\"id\":2}}", { .ignore = { "/a/id" } },
	    "value /b/id" },

	{ "only", "{\"a\":{\"x\":1,\"y\":2},\"b\":3}",
	    "{\"a\":{\"x\":5,\"y\":6},\"b\":7}",
	    { .json = "{'only':['/a/x']}" }, "value /a/x" },
	{ "only, through items", "[{\"x\":1,\"y\":1},{\"x\":1,\"y\":1}]",
	    "[{\"x\":1,\"y\":2},{\"x\":2,\"y\":1}]",
	    { .json = "{'only':['/*/x']}" }, "value /*/x" },
	{ "only, what leads there is missing", "{\"a\":{\"x\":1},\"b\":3}",
	    "{\"b\":4}", { .json = "{'only':['/a/x']}" }, "missing /a" },
	{ "only, missing without what counts", "{\"a\":{\"y\":1},\"b\":3}",
	    "{\"b\":4}", { .json = "{'only':['/a/x']}" }, "" },
	{ "only, another type on the way", "{\"a\":{\"x\":1}}", "{\"a\":[1]}",
	    { .json = "{'only':['/a/x']}" }, "type /a" },
	{ "only, another type without what counts", "{\"a\":{\"y\":1}}",
	    "{\"a\":[1]}", { .json = "{'only':['/a/x']}" }, "" },
	{ "only, scalars on the way", "{\"a\":1}", "{\"a\":2}",
	    { .json = "{'only':['/a/x']}" }, "" },
	{ "only, ignored within", "{\"a\":{\"id\":1,\"v\":1}}",
	    "{\"a\":{\"id\":2,\"v\":2}}",
	    { .json = "{'only':['/a'],'ignore':['/a/id']}" }, "value /a/v" },
	{ "ignored but for one", "{\"u\":{\"in\":1,\"out\":1}}",
	    "{\"u\":{\"in\":2,\"out\":2}}",
	    { .json = "{'only':['','/u/in'],'ignore':['/u']}" },
	    "value /u/in" },
	{ "presence, another value", "{\"id\":1}", "{\"id\":[2]}",
	    { .json = "{'presence':['/id']}" }, "" },
	{ "presence, missing", "{\"id\":1}", "{}",
	    { .json = "{'presence':['/id']}" }, "missing /id" },
	{ "presence, extra", "{}", "{\"id\":null}",
	    { .json = "{'presence':['/id']}" }, "extra /id" },
	{ "presence of items", "[1,2]", "[3,{}]",
	    { .json = "{'presence':['/*']}" }, "" },
	{ "presence, compared within", "{\"a\":{\"x\":1,\"y\":1}}",
	    "{\"a\":{\"x\":2,\"y\":2}}",
	    { .json = "{'only':['','/a/x'],'presence':['/a']}" },
	    "value /a/x" },

	{ "a number within its field", "{\"p\":1.00,\"q\":1}",
	    "{\"p\":1.01,\"q\":1.01}",
	    { .json = "{'fields':[{'path':'/p','absolute':0.01}]}" }, "value /q" },
	{ "numbers within everywhere", "{\"p\":100,\"q\":100,\"id\":100}",
	    "{\"p\":100.1,\"q\":101,\"id\":100.1}",
	    { .json = "{'numbers':{'relative':'0.1%'},'fields':["
	    "{'path':'/id','absolute':0}]}" }, "value /q; value /id" },
	{ "a field about something else keeps the tolerance", "{\"p\":1}",
	    "{\"p\":1.5}", { .json = "{'numbers':{'absolute':1},'fields':["
	    "{'path':'/p','string':'case'}]}" }, "" },
	{ "a tolerance is for numbers", "{\"p\":\"1.00\"}", "{\"p\":\"1.01\"}",
	    { .json = "{'numbers':{'absolute':1}}" }, "value /p" },
	{ "the place, not what is under it", "{\"p\":{\"x\":1}}",
	    "{\"p\":{\"x\":2}}",
	    { .json = "{'fields':[{'path':'/p','absolute':5}]}" },
	    "value /p/x" },
	{ "the most specific field", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":2}",
	    { .json = "{'fields':[{'path':'/*','absolute':1},"
	    "{'path':'/a','absolute':0}]}" }, "value /a" },
	{ "strings by case", "[\"A\",\"a\"]", "[\"a\",\"b\"]",
	    { .json = "{'fields':[{'path':'/*','string':'case'}]}" },
	    "value /*" },
	{ "a rule never hides another type", "{\"t\":1700000000}",
	    "{\"t\":\"1700000000\"}", { .json = "{'fields':[{'path':'/t',"
	    "'string':'timestamp','within':'1s'}]}" }, "type /t" },
	{ "numbers as times", "{\"t\":1700000000}", "{\"t\":1700000000500}",
	    { .json = "{'fields':[{'path':'/t','string':'timestamp',"
	    "'within':'1s'}]}" }, "" },
	{ "numbers too far apart in time", "{\"t\":1700000000}",
	    "{\"t\":1700000002}", { .json = "{'fields':[{'path':'/t',"
	    "'string':'timestamp','within':'1s'}]}" }, "value /t" },
	{ "exact forbids JSON in strings", "[\"{\\\"a\\\":1}\"]",
	    "[\"{\\\"a\\\": 1}\"]",
	    { .json = "{'fields':[{'path':'/*','string':'exact'}]}" },
	    "value /*" },
	{ "a text by its own similarity", "[\"" LONG_A "\",\"a b\"]",
	    "[\"" LONG_B "\",\"a b c\"]", { .json = "{'fields':[{'path':'/*',"
	    "'string':'text','similarity':0.5}],'text':{'flags':[]}}" }, "" },
	{ "a text by its own similarity, and a name", "[\"" LONG_A "\"]",
	    "[\"" LONG_B "\"]", { .json = "{'fields':[{'path':'/*',"
	    "'string':'text','similarity':0.5}]}" }, "name /*" },
	{ "matching on both sides", "[\"r-1\",\"r-1\"]", "[\"r-2\",\"x\"]",
	    { .json = "{'fields':[{'path':'/*','string':'regex',"
	    "'pattern':'r-.'}]}" }, "value /*" },

	{ "text, exact", "[\"" LONG_A "\"]", "[\"" LONG_B "\"]", NO_RULES,
	    "value /*" },
	{ "text, alike enough", "[\"" LONG_A "\"]", "[\"" LONG_B "\"]",
	    { .text_similarity = 0.8 }, "" },
	{ "text, not alike enough", "[\"" LONG_A "\"]", "[\"" LONG_B "\"]",
	    { .text_similarity = 0.95 }, "value /*" },
	{ "short text stays exact", "[\"It is Paris.\"]", "[\"it is Paris.\"]",
	    { .text_similarity = 0.1 }, "value /*" },
	{ "a URL is no text", "[\"" URL_A "\"]", "[\"" URL_B "\"]",
	    { .text_similarity = 0.1 }, "value /*" },
	{ "JSON in a string, other spaces",
	    "[\"{\\\"city\\\": \\\"Paris\\\", \\\"days\\\": 3}\"]",
	    "[\"{\\\"days\\\":3,\\\"city\\\":\\\"Paris\\\"}\"]", NO_RULES, "" },
	{ "JSON in a string is exact",
	    "[\"{\\\"amount\\\": 1000, \\\"to\\\": \\\"a person with a long name\\\"}\"]",
	    "[\"{\\\"amount\\\": 9000, \\\"to\\\": \\\"a person with a long name\\\"}\"]",
	    { .text_similarity = 0.1 }, "value /*" },
	{ "broken JSON in a string is exact",
	    "[\"{\\\"amount\\\": 1000, \\\"to\\\": \\\"a person with a long name\"]",
	    "[\"{\\\"amount\\\": 9000, \\\"to\\\": \\\"a person with a long name\"]",
	    { .text_similarity = 0.1 }, "value /*" },
};

Test(json_diff, lists_what_differs)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct test_rules t = cases[i].rules;
		struct diff_set r;
		char list[2000];

		support_diff(cases[i].legacy, cases[i].enhanced, &t, &r);
		support_list(r.entries, r.count, list, sizeof list);
		cr_expect_str_eq(list, cases[i].want, "%s: %s", cases[i].why,
		    list);
	}
}

Test(json_diff, shows_the_values)
{
	static const struct {
		const char *legacy, *enhanced, *l, *e;
	} shown[] = {
		{ "1", "2.50", "1", "2.50" },
		{ "\"a\"", "\"b\"", "a", "b" },
		{ "true", "false", "true", "false" },
		{ "\"1\"", "1", "string: 1", "number: 1" },
		{ "null", "{}", "null", "object" },
		{ "[1,2]", "[1]", "2", "" },
		{ "[1,2]", "[2,1]", "[2 items]", "[2 items]" },
		{ "{\"a\":{\"x\":1}}", "{}", "{1 members}", "" },
		{ "{}", "{\"a\":null}", "", "null" },
	};

	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct test_rules t = { 0 };
		struct diff_set r;

		support_diff(shown[i].legacy, shown[i].enhanced, &t, &r);
		cr_assert_eq(r.count, 1, "%s", shown[i].legacy);
		cr_expect_str_eq(r.entries[0].legacy, shown[i].l);
		cr_expect_str_eq(r.entries[0].enhanced, shown[i].e);
	}
}

/* The kind says so: neither "same" nor just another value. */
Test(json_diff, counts_what_was_given_up)
{
	struct test_rules t = { .json = "{'fields':[{'path':'/*','string':"
	    "'regex','pattern':'(?:a|a)*[bc]'}]}" };
	char legacy[3000], enhanced[3000], list[100];
	struct diff_set r;

	memset(legacy, 'a', sizeof legacy);
	memset(enhanced, 'a', sizeof enhanced);
	memcpy(legacy, "[\"", 2);
	memcpy(enhanced, "[\"b", 3);
	memcpy(legacy + sizeof legacy - 3, "\"]", 3);
	memcpy(enhanced + sizeof enhanced - 3, "\"]", 3);
	support_diff(legacy, enhanced, &t, &r);
	support_list(r.entries, r.count, list, sizeof list);
	cr_expect_str_eq(list, "limit /*");
}

Test(json_diff, records_the_least_likeness)
{
	struct test_rules t = { .text_similarity = 0.5 };
	struct diff_set r;

	support_diff("[\"" LONG_A "\", \"" LONG_A "\"]",
	    "[\"" LONG_B "\", \"" LONG_A "!\"]", &t, &r);
	cr_expect(r.similarity > 0.8 && r.similarity < 0.9, "%g",
	    r.similarity);
	cr_expect_eq(r.found, 0);
	support_diff("[1]", "[2]", &t, &r);
	cr_expect_eq(r.similarity, -1, "no texts");
}

Test(json_diff, counts_all_and_keeps_some)
{
	struct buf l = { 0 }, e = { 0 };
	struct test_rules t = { 0 };
	struct diff_set r;

	for (int i = 0; i < 5000; i++) {
		buf_printf(&l, "%c\"f%d\":%d", i == 0 ? '{' : ',', i, i);
		buf_printf(&e, "%c\"f%d\":%d", i == 0 ? '{' : ',', i, i + 1);
	}
	buf_puts(&l, "}");
	buf_puts(&e, "}");
	support_diff(l.bytes, e.bytes, &t, &r);
	cr_expect_eq(r.found, 5000);
	cr_expect_eq(r.count, DIFF_SET_MAX);
	buf_fini(&l);
	buf_fini(&e);
}

Test(json_diff, cuts_long_paths)
{
	struct buf l = { 0 };
	struct test_rules t = { 0 };
	struct diff_set r;
	size_t len;

	for (int i = 0; i < 60; i++)
		buf_puts(&l, "{\"name\":");
	buf_puts(&l, "1");
	for (int i = 0; i < 60; i++)
		buf_puts(&l, "}");
	support_diff(l.bytes, "{\"name\":{\"name\":2}}", &t, &r);
	cr_expect_str_eq(r.entries[0].path, "/name/name");
	char *two = strdup(l.bytes);
	*strchr(two, '1') = '2';
	support_diff(l.bytes, two, &t, &r);
	len = strlen(r.entries[0].path);
	cr_expect_str_eq(r.entries[0].path + len - 4, "/\xe2\x80\xa6");
	cr_expect_gt(len, 140);
	free(two);
	buf_fini(&l);
}

Test(json_diff, takes_the_deepest_documents)
{
	char text[JSON_DEPTH_MAX * 2 + 2], other[sizeof text];
	struct test_rules t = { .ignore = { "/*/*/x" } };
	struct diff_set r;

	memset(text, '[', JSON_DEPTH_MAX);
	text[JSON_DEPTH_MAX] = '1';
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX);
	text[sizeof text - 1] = '\0';
	memcpy(other, text, sizeof text);
	other[JSON_DEPTH_MAX] = '2';
	support_diff(text, other, &t, &r);
	cr_expect_eq(r.found, 1);
}

Test(json_diff, says_when_the_arena_is_full)
{
	const char *l = "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}";
	const char *e = "{\"d\":4,\"c\":3,\"b\":2,\"a\":1}";
	struct test_rules t = { 0 };
	struct compare_rules rules = support_rules(&t);
	struct diff_set r;
	struct arena whole, small;

	diff_set_init(&r);
	arena_init(&whole, 0);
	arena_init(&small, 32);
	cr_expect_not(json_diff(support_parse(&whole, l, strlen(l)),
	    support_parse(&whole, e, strlen(e)), &rules, &small, &r));
	cr_expect_eq(r.found, 0);
	arena_fini(&whole);
	arena_fini(&small);
}

/* --- properties -------------------------------------------------------- */

static unsigned
next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void
make_value(struct buf *b, unsigned *seed, int depth)
{
	unsigned kind = next(seed) % (depth > 0 ? 8 : 5);
	unsigned count = next(seed) % 6;

	switch (kind) {
	case 0:
		buf_puts(b, next(seed) % 2 ? "true" : "null");
		return;
	case 1:
	case 2:
		buf_printf(b, "%u", next(seed) % 4);
		return;
	case 3:
	case 4:
		buf_printf(b, "\"s%u and something that makes it a longer text\"",
		    next(seed) % 4);
		return;
	case 5:
		buf_puts(b, "[");
		for (unsigned i = 0; i < count; i++) {
			buf_puts(b, i > 0 ? "," : "");
			make_value(b, seed, depth - 1);
		}
		buf_puts(b, "]");
		return;
	default:
		buf_puts(b, "{");
		for (unsigned i = 0; i < count; i++) {
			buf_printf(b, "%s\"m%u\":", i > 0 ? "," : "",
			    next(seed) % 8);
			make_value(b, seed, depth - 1);
		}
		buf_puts(b, "}");
	}
}

static enum diff_kind
mirrored(unsigned kind)
{
	return kind == DIFF_MISSING ? DIFF_EXTRA :
	    kind == DIFF_EXTRA ? DIFF_MISSING : (enum diff_kind)kind;
}

static bool
is_mirror(const struct diff_set *x, const struct diff_set *y)
{
	if (x->count != y->count || x->found != y->found ||
	    x->similarity != y->similarity)
		return false;
	for (unsigned i = 0; i < x->count; i++) {
		const struct difference *a = &x->entries[i];
		const struct difference *b = &y->entries[i];

		if (strcmp(a->path, b->path) != 0 ||
		    mirrored(a->kind) != b->kind ||
		    strcmp(a->legacy, b->enhanced) != 0 ||
		    strcmp(a->enhanced, b->legacy) != 0)
			return false;
	}
	return true;
}

Test(json_diff, is_empty_of_itself_and_mirrors)
{
	unsigned seed = 42;

	for (int round = 0; round < 3000; round++) {
		struct test_rules t = { .ignore = { "/m1", "/*/m2" } };
		struct diff_set there, back, self;
		struct buf x = { 0 }, y = { 0 };

		if (round % 2)
			t.text_similarity = 0.85;
		make_value(&x, &seed, 4);
		make_value(&y, &seed, 4);
		support_diff(x.bytes, x.bytes, &t, &self);
		support_diff(x.bytes, y.bytes, &t, &there);
		support_diff(y.bytes, x.bytes, &t, &back);
		cr_assert_eq(self.found, 0, "%s", x.bytes);
		cr_assert(is_mirror(&there, &back), "%s\n%s", x.bytes, y.bytes);
		buf_fini(&x);
		buf_fini(&y);
	}
}
