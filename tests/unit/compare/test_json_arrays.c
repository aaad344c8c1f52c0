/* Arrays of JSON documents: which item goes with which.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <time.h>

#include "compare/json_diff.h"
#include "support.h"

#define BY_ID "{'fields':[{'path':'','array':'key','key':'/id'}]}"
#define AS_SET "{'fields':[{'path':'','array':'set'}]}"

/* ' stands for ". */
static const struct {
	const char *why, *legacy, *enhanced;
	const char *rules, *want;
} cases[] = {
	{ "put in front", "[1,2,3]", "[9,1,2,3]", NULL, "extra /*" },
	{ "put in the middle", "['a','b','c']", "['a','x','b','c']", NULL,
	    "extra /*" },
	{ "added", "[1]", "[1,2]", NULL, "extra /*" },
	{ "taken out", "[{'a':1},{'a':2},{'a':3}]", "[{'a':1},{'a':3}]", NULL,
	    "missing /*" },
	{ "all taken out", "[1,2]", "[]", NULL, "missing /*" },
	{ "put in and changed", "[1,2,3,4,5,6]", "[9,1,2,3,4,7,6]", NULL,
	    "extra /*; value /*" },
	{ "taken out and added", "[1,2,3,4]", "[2,3,4,5]", NULL,
	    "missing /*; extra /*" },
	{ "put before one that has changed a little",
	    "[{'a':1,'b':2,'c':3},{'a':4,'b':5,'c':6}]",
	    "[{'x':0},{'a':1,'b':2,'c':9},{'a':4,'b':5,'c':9}]", NULL,
	    "extra /*; value /*/c" },
	{ "one of several has a partner", "[{'a':1,'b':2}]",
	    "[{'x':7,'y':8},{'a':1,'b':3},{'z':9}]", NULL,
	    "extra /*; value /*/b" },
	{ "each changed a little", "[{'id':1,'v':1},{'id':2,'v':2}]",
	    "[{'id':3,'v':1},{'id':4,'v':2}]", NULL, "value /*/id" },
	{ "arrays in arrays", "[[1,2],[3,4]]", "[[1,2],[0,3,4]]", NULL,
	    "extra /*/*" },
	{ "ignored members do not keep items apart",
	    "[{'id':1,'v':'a'},{'id':2,'v':'b'}]",
	    "[{'id':7,'v':'x'},{'id':8,'v':'a'},{'id':9,'v':'b'}]",
	    "{'ignore':['/*/id']}", "extra /*" },
	{ "nor do tolerances", "[1,2,3]", "[7,1.01,2.01,3.01]",
	    "{'numbers':{'absolute':0.1}}", "extra /*" },
	{ "an item without anything that counts", "[{'id':1,'v':1}]",
	    "[{'id':2},{'id':3,'v':1}]", "{'only':['/*/v']}", "" },

	{ "another order", "[1,2,3]", "[3,1,2]", NULL, "order " },
	{ "another order within", "{'a':[{'x':1},{'x':2,'y':[1]}]}",
	    "{'a':[{'y':[1.0],'x':2},{'x':1.0}]}", NULL, "order /a" },
	{ "another order, what is ignored apart",
	    "[{'id':1,'v':1},{'id':2,'v':2}]", "[{'id':3,'v':2},{'id':4,'v':1}]",
	    "{'ignore':['/*/id']}", "order " },
	{ "another order and another item", "[1,2,3,4]", "[2,1,3,5]", NULL,
	    "value /*" },
	{ "repeated items in another order", "[1,1,2]", "[2,1,1]", NULL,
	    "order " },
	{ "as many, but not the same ones", "[1,1,2]", "[1,2,2]", NULL,
	    "value /*" },

	{ "an index means places", "[1,2,3]", "[9,1,2,3]",
	    "{'fields':[{'path':'/0','absolute':10}]}", "value /*; length " },
	{ "ignored by index", "[1,2,3]", "[7,2,3]", "{'ignore':['/0']}", "" },

	{ "by key", "[{'id':1,'v':1},{'id':2,'v':2}]",
	    "[{'id':2,'v':2},{'id':1,'v':3}]", BY_ID, "value /*/v" },
	{ "by key, one more and one less", "[{'id':'a'},{'id':'b'}]",
	    "[{'id':'c'},{'id':'a'}]", BY_ID, "missing /*; extra /*" },
	{ "keys are values", "[{'id':1,'v':1},{'id':2.0,'v':2}]",
	    "[{'id':2,'v':2},{'id':1.0,'v':1}]", BY_ID, "" },
	{ "a number is not its text", "[{'id':1}]", "[{'id':'1'}]", BY_ID,
	    "extra /*; missing /*" },
	{ "a repeated key by place", "[{'id':1,'v':1},{'id':1,'v':2}]",
	    "[{'id':1,'v':1},{'id':1,'v':3}]", BY_ID, "value /*/v" },
	{ "a repeated key, one more", "[{'id':1}]", "[{'id':1},{'id':1}]", BY_ID,
	    "extra /*" },
	{ "items without a key by place", "[{'v':1},{'id':1},5,{'id':null}]",
	    "[{'id':1},{'v':2},5,{'id':[]}]", BY_ID,
	    "value /*/v; type /*/id" },
	{ "an ignored key is still the key", "[{'id':1,'v':1},{'id':2,'v':2}]",
	    "[{'id':2,'v':2},{'id':1,'v':1}]",
	    "{'ignore':['/*/id'],'fields':[{'path':'','array':'key',"
	    "'key':'/id'}]}", "" },
	{ "a key deeper down", "[{'m':{'id':1},'v':1},{'m':{'id':2},'v':1}]",
	    "[{'m':{'id':2},'v':1},{'m':{'id':1},'v':2}]",
	    "{'fields':[{'path':'','array':'key','key':'/m/id'}]}",
	    "value /*/v" },
	{ "by key, within items of another",
	    "{'a':[{'b':[{'id':1,'v':1},{'id':2,'v':1}]}]}",
	    "{'a':[{'b':[{'id':2,'v':1},{'id':1,'v':2}]}]}",
	    "{'fields':[{'path':'/a/*/b','array':'key','key':'/id'}]}",
	    "value /a/*/b/*/v" },

	{ "as a set", "[1,2,3]", "[3,2,1]", AS_SET, "" },
	{ "a set's items count", "[1,1,2]", "[1,2,2]", AS_SET,
	    "missing /*; extra /*" },
	{ "one more in a set", "['a','b']", "['c','b','a']", AS_SET, "extra /*" },
	{ "another in a set", "[1,2,3]", "[4,3,1]", AS_SET,
	    "missing /*; extra /*" },
	{ "one changed in a set", "[{'a':1,'b':2},{'a':3,'b':4}]",
	    "[{'a':3,'b':5},{'a':1,'b':2}]", AS_SET, "value /*/b" },
	{ "sets of sets", "[[1,2],[3,4]]", "[[4,3],[2,1]]",
	    "{'fields':[{'path':'','array':'set'},{'path':'/*','array':'set'}]}",
	    "" },
	{ "a set of sequences", "[[1,2],[3,4]]", "[[4,3],[1,2]]", AS_SET,
	    "missing /*; extra /*" },
	{ "a set within a tolerance", "[1.0,1.1]", "[1.2,1.1]",
	    "{'numbers':{'absolute':0.1},'fields':[{'path':'','array':'set'}]}",
	    "" },
	{ "a set by case", "['A','b']", "['B','a']",
	    "{'fields':[{'path':'','array':'set'},{'path':'/*',"
	    "'string':'case'}]}", "" },
	{ "a set of times", "['1700000000','1800000000']",
	    "['1800000001','1700000001']",
	    "{'fields':[{'path':'','array':'set'},{'path':'/*',"
	    "'string':'timestamp','within':'2s'}]}", "" },
	{ "a set of JSON texts", "['{\\'a\\': 1}','{\\'b\\':2}']",
	    "['{\\'b\\': 2}','{\\'a\\':1}']", AS_SET, "" },
	{ "a set of what is only to be there", "[1,2]", "[3,4]",
	    "{'presence':['/*'],'fields':[{'path':'','array':'set'}]}", "" },
	{ "what only hashes alike", "[{'a':1,'a':2}]", "[{'a':2,'a':1}]", AS_SET,
	    "missing /*; extra /*" },
	{ "a set for an object", "{'a':1}", "{'a':2}", AS_SET, "value /a" },
};

static void
unquote(char *out, const char *text)
{
	do {
		*out++ = *text == '\'' ? '"' : *text;
	} while (*text++ != '\0');
}

Test(json_arrays, match_items)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct test_rules t = { .json = cases[i].rules };
		char legacy[300], enhanced[300], list[2000];
		struct diff_set r;

		unquote(legacy, cases[i].legacy);
		unquote(enhanced, cases[i].enhanced);
		support_diff(legacy, enhanced, &t, &r);
		support_list(r.entries, r.count, list, sizeof list);
		cr_expect_str_eq(list, cases[i].want, "%s: %s", cases[i].why,
		    list);
	}
}

/* Items that are only alike are looked at while they are matched, and yet how
 * much they are is recorded. */
Test(json_arrays, record_likeness_of_what_is_matched)
{
	static const char *const rules[] = {
		"{'text_similarity':0.5}",
		"{'text_similarity':0.5,'fields':[{'path':'','array':'set'}]}",
		"{'text_similarity':0.5,'fields':[{'path':'','array':'key',"
		"'key':'/id'}]}",
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct test_rules t = { .json = rules[i] };
		struct diff_set r;

		support_diff("[\"a\",\"the first of the texts is this one here and no "
		    "other\",\"b\"]", "[\"a\",\"the first of the texts is that one "
		    "here and no other\",\"b\"]", &t, &r);
		cr_expect_eq(r.found, 0, "%s", rules[i]);
		cr_expect(r.similarity > 0.7 && r.similarity < 1, "%s: %g",
		    rules[i], r.similarity);
	}
}

/* --- what was made to be hard -------------------------------------------------- */

/* Processor time, so that a busy machine does not fail it; a limit far over
 * what it takes (all of this: 0.1 s) and far under what a square would. */
#define SECONDS_MAX 5.0

struct hard {
	struct buf legacy, enhanced;
	double seconds;
	struct diff_set found;
};

static void
run(struct hard *h, const char *rules)
{
	struct test_rules t = { .json = rules };
	clock_t start = clock();

	support_diff(h->legacy.bytes, h->enhanced.bytes, &t, &h->found);
	h->seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	cr_expect_lt(h->seconds, SECONDS_MAX);
	buf_fini(&h->legacy);
	buf_fini(&h->enhanced);
}

#define MANY 100000

static void
fill_shuffled(struct hard *h, const char *before, const char *behind)
{
	for (unsigned i = 0; i < MANY; i++) {
		buf_printf(&h->legacy, "%s%s%u%s", i == 0 ? "[" : ",", before, i,
		    behind);
		buf_printf(&h->enhanced, "%s%s%u%s", i == 0 ? "[" : ",", before,
		    (unsigned)((uint64_t)i * 77773 % MANY), behind);
	}
	buf_puts(&h->legacy, "]");
	buf_puts(&h->enhanced, "]");
}

Test(json_arrays, take_many_shuffled_items)
{
	static const struct {
		const char *rules;
		uint32_t found;
		enum diff_kind kind;
	} modes[] = {
		{ "{}", 1, DIFF_ORDER },
		{ AS_SET, 0, 0 },
		{ BY_ID, 0, 0 },
	};

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct hard h = { 0 };

		fill_shuffled(&h, "{\"id\":", "}");
		run(&h, modes[i].rules);
		cr_expect_eq(h.found.found, modes[i].found, "%s: %u",
		    modes[i].rules, h.found.found);
		if (modes[i].found > 0)
			cr_expect_eq(h.found.entries[0].kind, modes[i].kind);
	}
}

/* Nothing in common and no order: by place. */
Test(json_arrays, take_many_other_items)
{
	struct hard h = { 0 };

	fill_shuffled(&h, "", "");
	h.enhanced.bytes[1] = '9';
	h.enhanced.len -= 1;
	buf_puts(&h.enhanced, ",1]");
	run(&h, "{}");
	cr_expect_gt(h.found.found, MANY / 2);
	cr_expect_eq(h.found.entries[0].kind, DIFF_VALUE);
	cr_expect_eq(h.found.entries[1].kind, DIFF_LENGTH);
}

Test(json_arrays, take_many_others_in_a_set)
{
	struct hard h = { 0 };

	for (unsigned i = 0; i < MANY; i++) {
		buf_printf(&h.legacy, "%s%u", i == 0 ? "[" : ",", i);
		buf_printf(&h.enhanced, "%s%u", i == 0 ? "[" : ",", i + MANY);
	}
	buf_puts(&h.legacy, "]");
	buf_puts(&h.enhanced, "]");
	run(&h, AS_SET);
	cr_expect_eq(h.found.found, 2 * MANY);
}

/* The same two items over and over, shifted by one. */
Test(json_arrays, take_many_equal_items)
{
	static const char *const rules[] = { "{}", AS_SET, BY_ID };

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct hard h = { 0 };

		for (unsigned j = 0; j < MANY; j++) {
			buf_printf(&h.legacy, "%s%u", j == 0 ? "[" : ",", j % 2);
			buf_printf(&h.enhanced, "%s%u", j == 0 ? "[" : ",",
			    (j + 1) % 2);
		}
		buf_puts(&h.legacy, ",7]");
		buf_puts(&h.enhanced, "]");
		run(&h, rules[i]);
		if (i == 0)
			cr_expect_eq(h.found.found, 3, "%u", h.found.found);
		if (i == 1)
			cr_expect_eq(h.found.found, 1);
	}
}

/* Two items a level, the difference in the deepest: looking for what is the
 * same looks at everything below, at every level. */
static void
fill_deep(struct buf *b, const char *deepest, unsigned wide)
{
	for (unsigned i = 0; i < JSON_DEPTH_MAX - 1; i++) {
		buf_puts(b, "[");
		for (unsigned j = 0; j < wide; j++)
			buf_puts(b, "[1,2],");
	}
	buf_puts(b, deepest);
	for (unsigned i = 0; i < JSON_DEPTH_MAX - 1; i++) {
		for (unsigned j = 0; j < wide; j++)
			buf_puts(b, ",[2,1]");
		buf_puts(b, "]");
	}
}

Test(json_arrays, take_the_deepest)
{
	static const char *const rules[] = { "{}", AS_SET,
		"{'fields':[{'path':'','array':'set'},{'path':'/*','array':'set'},"
		"{'path':'/*/*','array':'set'},{'path':'/*/*/*','array':'set'},"
		"{'path':'/*/*/*/*','array':'set'}]}" };

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct hard h = { 0 };

		fill_deep(&h.legacy, "5", 60);
		fill_deep(&h.enhanced, "6", 60);
		run(&h, rules[i]);
		cr_expect_geq(h.found.found, 1);
	}
}

/* A set in a set in a set, all alike but for their order. */
static void
fill_nested(struct buf *b, unsigned depth, bool backwards)
{
	if (depth == 0) {
		buf_puts(b, "1");
		return;
	}
	buf_puts(b, "[");
	for (unsigned i = 0; i < 6; i++) {
		buf_printf(b, "%s[%u,", i > 0 ? "," : "", backwards ? 5 - i : i);
		fill_nested(b, depth - 1, backwards);
		buf_puts(b, "]");
	}
	buf_puts(b, "]");
}

Test(json_arrays, take_sets_of_sets)
{
	struct hard h = { 0 };

	fill_nested(&h.legacy, 5, false);
	fill_nested(&h.enhanced, 5, true);
	run(&h, "{'fields':[{'path':'','array':'set'},"
	    "{'path':'/*/*','array':'set'},{'path':'/*/*/*/*','array':'set'},"
	    "{'path':'/*/*/*/*/*/*','array':'set'},"
	    "{'path':'/*/*/*/*/*/*/*/*','array':'set'}]}");
	cr_expect_eq(h.found.found, 0, "%u", h.found.found);
}

/* Sets in sets of which nothing is in the other: each pair may hold a match,
 * and so each pair of their items, and so on. */
static void
fill_other(struct buf *b, unsigned depth, unsigned *value)
{
	if (depth == 0) {
		buf_printf(b, "%u", (*value)++);
		return;
	}
	buf_puts(b, "[");
	for (unsigned i = 0; i < 12; i++) {
		buf_puts(b, i > 0 ? "," : "");
		fill_other(b, depth - 1, value);
	}
	buf_puts(b, "]");
}

Test(json_arrays, take_other_sets_of_sets)
{
	unsigned l = 0, e = 1000000;
	struct hard h = { 0 };

	fill_other(&h.legacy, 4, &l);
	fill_other(&h.enhanced, 4, &e);
	run(&h, "{'fields':[{'path':'','array':'set'},{'path':'/*','array':'set'},"
	    "{'path':'/*/*','array':'set'},{'path':'/*/*/*','array':'set'}]}");
	cr_expect_geq(h.found.found, 24);
}

Test(json_arrays, take_many_arrays)
{
	struct hard h = { 0 };

	for (unsigned i = 0; i < MANY / 10; i++) {
		buf_printf(&h.legacy, "%s[1,[2,3,%u],4,5,6]", i == 0 ? "[" : ",", i);
		buf_printf(&h.enhanced, "%s[2,[3,%u],4,6,5]", i == 0 ? "[" : ",",
		    i + 1);
	}
	buf_puts(&h.legacy, "]");
	buf_puts(&h.enhanced, "]");
	run(&h, "{}");
	cr_expect_gt(h.found.found, MANY / 10);
}

Test(json_arrays, take_many_repeated_names)
{
	struct hard h = { 0 };

	buf_puts(&h.legacy, "[{\"b\":0");
	buf_puts(&h.enhanced, "[{\"c\":0");
	for (unsigned i = 0; i < MANY; i++) {
		buf_printf(&h.legacy, ",\"a\":%u", i);
		buf_printf(&h.enhanced, ",\"a\":%u", i);
	}
	buf_puts(&h.legacy, "},{}]");
	buf_puts(&h.enhanced, "},{}]");
	run(&h, "{}");
	cr_expect_eq(h.found.found, 2, "%u", h.found.found);
}

/* --- whichever is legacy ------------------------------------------------------- */

static void
make_items(char *out, unsigned *seed, unsigned most)
{
	/* Heavy and light ones, so that it pays to leave one out; as many leaves
	 * in other shapes, so that ways cost the same and are told apart. */
	static const char *const items[] = { "[1,2,3]", "{\"a\":1,\"b\":[4,5]}",
		"[[6,7],8]", "9", "\"ten\"", "[1,2,4]" };
	unsigned count;

	*seed = *seed * 1103515245 + 12345;
	count = (*seed >> 16) % (most + 1);
	out += sprintf(out, "[");
	for (unsigned i = 0; i < count; i++) {
		*seed = *seed * 1103515245 + 12345;
		out += sprintf(out, "%s%s", i > 0 ? "," : "",
		    items[(*seed >> 16) % COUNT_OF(items)]);
	}
	sprintf(out, "]");
}

Test(json_arrays, are_matched_the_same_from_either_side)
{
	static const char *const rules[] = { "{}", AS_SET, BY_ID };
	struct compare_rules compiled[COUNT_OF(rules)];
	unsigned seed = 4;

	for (size_t i = 0; i < COUNT_OF(rules); i++)
		compiled[i] = support_read_rules(rules[i]);
	for (unsigned round = 0; round < 30000; round++) {
		struct diff_set there, back;
		char x[300], y[300];

		make_items(x, &seed, 6);
		make_items(y, &seed, 6);
		support_diff_by(x, y, &compiled[round % 3], &there);
		support_diff_by(y, x, &compiled[round % 3], &back);
		cr_assert(there.found == back.found && there.count == back.count,
		    "%s %s", x, y);
		for (unsigned i = 0; i < there.count; i++)
			cr_assert(strcmp(there.entries[i].legacy,
			    back.entries[i].enhanced) == 0 &&
			    strcmp(there.entries[i].path,
			    back.entries[i].path) == 0, "%s: %s %s",
			    rules[round % 3], x, y);
	}
}
