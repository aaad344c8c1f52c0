/* Headers that the rules choose.
 * SPDX-License-Identifier: MIT
 */
#include "compare/header_diff.h"

#include <criterion/criterion.h>

#include "compare/judge.h"
#include "observe/redact.h"
#include "support.h"

#define RULES(items) "{'headers':[" items "]}"
#define X "{'name':'X-Model'}"

static const struct {
	const char *why, *rules;
	const char *legacy, *enhanced; /* lines; NULL = none were kept */
	const char *want;
} cases[] = {
	{ "none chosen", "{}", "x-model:a\n", "x-model:b\n", "" },
	{ "none there", RULES(X), NULL, NULL, "" },
	{ "equal", RULES(X), "x-model:a\n", "x-model:a\n", "" },
	{ "another value", RULES(X), "x-model:a\n", "x-model:b\n",
	    "value header:x-model" },
	{ "values are not JSON by themselves", RULES(X), "x-model:{\"a\": 1}\n",
	    "x-model:{\"a\":1}\n", "value header:x-model" },
	{ "missing", RULES(X), "a:1\nx-model:a\n", NULL,
	    "missing header:x-model" },
	{ "extra", RULES(X), "x-models:a\n", "x-models:a\nx-model:\n",
	    "extra header:x-model" },
	{ "only the chosen ones", RULES(X), "a:1\nx-model:a\nb:1\n",
	    "a:2\nx-model:a\n", "" },
	{ "several", RULES(X ",{'name':'b'}"), "x-model:a\nb:1\n",
	    "x-model:b\n", "value header:x-model; missing header:b" },
	{ "by case", RULES("{'name':'x-model','string':'case'}"),
	    "x-model:A\n", "x-model:a\n", "" },
	{ "by pattern", RULES("{'name':'x-model','string':'regex',"
	    "'pattern':'m-[0-9]+'}"), "x-model:m-1\n", "x-model:m-2\n", "" },
	{ "by another pattern", RULES("{'name':'x-model','string':'regex',"
	    "'pattern':'m-[0-9]+'}"), "x-model:m-1\n", "x-model:m-2 leak\n",
	    "value header:x-model" },
	{ "given up", RULES("{'name':'x-model','string':'regex',"
	    "'pattern':'(?:a|a)*[bc]'}"),
	    "x-model:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	    "x-model:baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	    "limit header:x-model" },
	{ "as times", RULES("{'name':'date','string':'timestamp',"
	    "'within':'5s'}"), "date:Sat, 28 Nov 2026 09:30:00 GMT\n",
	    "date:Sat, 28 Nov 2026 09:30:05 GMT\n", "" },
	{ "within a tolerance", RULES("{'name':'x-cost','absolute':0.01}"),
	    "x-cost:1.00\n", "x-cost:1.01\n", "" },
	{ "over it", RULES("{'name':'x-cost','absolute':0.01}"),
	    "x-cost:1.00\n", "x-cost:1.02\n", "value header:x-cost" },
	{ "no number", RULES("{'name':'x-cost','absolute':0.01}"),
	    "x-cost:1.00\n", "x-cost:1.00 EUR\n", "value header:x-cost" },
	{ "numbers are texts without a rule", RULES("{'name':'x-cost'}"),
	    "x-cost:1.0\n", "x-cost:1.00\n", "value header:x-cost" },
	{ "the tolerance of all numbers is not about headers",
	    "{'numbers':{'absolute':5},'headers':[{'name':'x-cost'}]}",
	    "x-cost:1\n", "x-cost:2\n", "value header:x-cost" },
	{ "as alike as is asked for", RULES("{'name':'x-note','string':'text',"
	    "'similarity':0.5}"), "x-note:a big red house\n",
	    "x-note:a big red garden\n", "" },
};

static struct blob *
lines(const char *text)
{
	struct blob *b = text == NULL ? NULL : blob_new(strlen(text) + 1);

	if (b != NULL && !blob_append(&b, text, strlen(text), 4096))
		abort();
	return b;
}

Test(header_diff, compares_what_is_chosen)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct compare_rules rules = support_read_rules(cases[i].rules);
		struct answer l = { .headers = lines(cases[i].legacy) };
		struct answer e = { .headers = lines(cases[i].enhanced) };
		struct diff_set r;
		struct arena a;
		char list[500];

		diff_set_init(&r);
		arena_init(&a, 0);
		header_diff(&l, &e, &rules, &a, &r);
		support_list(r.entries, r.count, list, sizeof list);
		cr_expect_str_eq(list, cases[i].want, "%s: %s", cases[i].why,
		    list);
		arena_fini(&a);
		blob_unref(&l.headers);
		blob_unref(&e.headers);
	}
}

/* Each way of a pair that a judge may go on from here. */
Test(header_diff, stands_whatever_the_body_is)
{
	static const struct {
		const char *legacy, *enhanced;
		bool truncated;
		const char *want;
	} bodies[] = {
		{ "{\"a\":1}", "{\"a\":1}", false, "value header:x-model" },
		{ "{\"a\":1}", "{\"a\": 1.0}", false, "value header:x-model" },
		{ "{\"a\":1}", "{\"a\":2}", false,
		    "value header:x-model; value /a" },
		{ "{\"a\":1}", "x", true, "value header:x-model" },
	};
	struct compare_rules rules = support_read_rules(RULES(X));

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct answer l = { .headers = lines("x-model:a\n") };
		struct answer e = { .headers = lines("x-model:b\n"),
			.truncated = bodies[i].truncated };
		struct finding f;
		struct arena a;
		char list[500];

		support_answer(&l, 200, "application/json", bodies[i].legacy,
		    strlen(bodies[i].legacy));
		support_answer(&e, 200, "application/json", bodies[i].enhanced,
		    strlen(bodies[i].enhanced));
		arena_init(&a, 0);
		judge_answers(&l, &e, &rules, NULL, &a, &f);
		support_list(f.diffs.entries, f.diffs.count, list, sizeof list);
		cr_expect_str_eq(list, bodies[i].want, "%zu: %s", i, list);
		cr_expect_eq(f.verdict, VERDICT_DIFFERENT);
		cr_expect_eq(f.is_cut, bodies[i].truncated);
		arena_fini(&a);
		blob_unref(&l.headers);
		blob_unref(&e.headers);
		blob_unref(&l.body);
		blob_unref(&e.body);
	}
}

Test(header_diff, shows_nothing_that_is_redacted)
{
	static char *names[] = { (char *)"x-b", NULL };
	struct redact_rules redact = { .headers = names, .header_count = 1 };
	struct redactor redactor = { .rules = &redact };
	struct compare_rules rules = support_read_rules(
	    RULES("{'name':'x-a'},{'name':'x-b'}"));
	struct answer l = { .headers = lines("x-a:1\nx-b:secret\n") };
	struct answer e = { .headers = lines("x-a:2\n") };
	struct diff_set r;
	struct arena a;

	diff_set_init(&r);
	difference_set_redactor(&r, &redactor);
	arena_init(&a, 0);
	header_diff(&l, &e, &rules, &a, &r);
	cr_assert_eq(r.count, 2);
	cr_expect_str_eq(r.entries[0].legacy, "1");
	cr_expect_str_eq(r.entries[1].path, "header:x-b");
	cr_expect_str_eq(r.entries[1].legacy, REDACTED);
	arena_fini(&a);
	redactor_fini(&redactor);
	blob_unref(&l.headers);
	blob_unref(&e.headers);
}
