/* test_dialects -- dialects that rules add or replace, and wrong ones.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/dialects.h"
#include "files.h"

static struct config *
load(const char *dialects, struct buf *faults)
{
	struct buf text = { 0 };
	struct config *c;

	buf_printf(&text, "{'dialects':%s}", dialects);
	c = files_load(WITH_RULES, text.bytes, faults);
	buf_fini(&text);
	return c;
}

static void
names_of(const struct dialects *d, struct buf *out)
{
	for (size_t i = 0; i < d->count; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", d->list[i].name);
}

#define MINE "{'name':'mine','known_by':[{'at':'/mine'}]}"

static const struct {
	const char *why, *dialects, *want;
} orders[] = {
	{ "none of its own", "[]",
	    "openai-chat openai-responses anthropic-messages plain" },
	{ "one more goes first", "[" MINE "]",
	    "mine openai-chat openai-responses anthropic-messages plain" },
	{ "one replaced", "[{'name':'openai-chat','known_by':[{'at':'/x'}]}]",
	    "openai-chat openai-responses anthropic-messages plain" },
	{ "the last replaced", "[{'name':'plain'}," MINE "]",
	    "mine openai-chat openai-responses anthropic-messages plain" },
};

Test(config_dialects, stand_before_those_that_are_built_in)
{
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		struct buf faults = { 0 }, names = { 0 };
		struct config *c = load(orders[i].dialects, &faults);

		cr_assert_not_null(c, "%s: %s", orders[i].why, faults.bytes);
		names_of(c->rules.reads, &names);
		cr_expect_str_eq(names.bytes, orders[i].want, "%s: %s",
		    orders[i].why, names.bytes);
		cr_expect_eq(c->rules.compare.dialects, c->rules.reads);
		config_unref(&c);
		buf_fini(&names);
		buf_fini(&faults);
	}
}

Test(config_dialects, are_shared_where_rules_have_none)
{
	struct buf faults = { 0 };
	struct config *c = files_load("{" NEEDED_KEYS "}", NULL, &faults);

	cr_assert_not_null(c);
	cr_expect_eq(c->rules.reads, dialects_shipped());
	config_unref(&c);
	buf_fini(&faults);
}

Test(config_dialects, replace_what_they_name)
{
	struct buf faults = { 0 };
	struct config *c = load("[{'name':'openai-chat','known_by':[{'at':'/x'}]}]",
	    &faults);
	const struct dialect *d = &c->rules.reads->list[0];

	cr_expect_eq(d->known_by.count, 1);
	cr_expect_str_eq(d->known_by.signs[0].at, "/x");
	cr_expect_eq(d->fold_count, 0);
	cr_expect_eq(dialects_shipped()->list[0].known_by.count, 3);
	config_unref(&c);
	buf_fini(&faults);
}

static const struct {
	const char *why, *dialects, *want;
} wrong[] = {
	{ "without a name", "[{'known_by':[{'at':'/a'}]}]",
	    "/dialects/0/name: is missing" },
	{ "a name twice", "[" MINE "," MINE "]",
	    "/dialects/1/name: \"mine\" is already the name of another" },
	{ "never known", "[{'name':'mine'}]",
	    "/dialects/0: needs \"known_by\"" },
	{ "plain is known by nothing",
	    "[{'name':'plain','known_by':[{'at':'/a'}]}]",
	    "/dialects/0/known_by: does not go with the name \"plain\"" },
	{ "a sign of nothing", "[{'name':'m','known_by':[{}]}]",
	    "/dialects/0/known_by/0: says nothing; add \"at\", \"on\" or \"data\"" },
	{ "words without a place", "[{'name':'m','known_by':[{'on':['a'],'is':['b']}]}]",
	    "/known_by/0/is: goes with \"at\"" },
	{ "no words", "[{'name':'m','known_by':[{'at':'/a','is':[]}]}]",
	    "/known_by/0/is: has 0 items; list 1 to 100" },
	{ "a word with two stars", "[{'name':'m','known_by':[{'on':['a*b*']}]}]",
	    "/known_by/0/on/0: \"a*b*\" has more than one \"*\"" },
	{ "a place that is none", "[{'name':'m','known_by':[{'at':'a'}]}]",
	    "\"a\" is not a JSON Pointer" },
	{ "without from", "[{'name':'m','known_by':[{'at':'/a'}],'fold':[{'take':[{}]}]}]",
	    "/fold/0/take/0/from: is missing" },
	{ "a way that is none", "[{'name':'m','known_by':[{'at':'/a'}],'fold':[{'take':"
	    "[{'from':'/a','how':'glue'}]}]}]", "/take/0/how: " },
	{ "a target that is none", "[{'name':'m','known_by':[{'at':'/a'}],'fold':[{'take':"
	    "[{'from':'/a','to':'/b/{c}'}]}]}]", "\"/b/{c}\" is not a JSON Pointer" },
	{ "half a brace", "[{'name':'m','known_by':[{'at':'/a'}],'fold':[{'take':"
	    "[{'from':'/a','to':'/b/{/c'}]}]}]", "has a brace within a segment" },
	{ "a star of nothing", "[{'name':'m','known_by':[{'at':'/a'}],'fold':[{'take':"
	    "[{'from':'/a','to':'/b/*'}]}]}]", "/to: has more \"*\" than \"from\"" },
	{ "too deep", "[{'name':'m','known_by':[{'at':'/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/"
	    "g/h'}]}]", "\"m\" has a JSON Pointer of more than 16 segments" },
	{ "a target too deep", "[{'name':'m','known_by':[{'at':'/a'}],'fold':[{'take':"
	    "[{'from':'/a','to':'/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h'}]}]}]",
	    "\"m\" has a \"to\" of more than 16 segments" },
	{ "too many", "[" MINE ",{'name':'a','known_by':[{'at':'/a'}]},"
	    "{'name':'b','known_by':[{'at':'/a'}]},{'name':'c','known_by':[{'at':'/a'}]},"
	    "{'name':'d','known_by':[{'at':'/a'}]},{'name':'e','known_by':[{'at':'/a'}]},"
	    "{'name':'f','known_by':[{'at':'/a'}]},{'name':'g','known_by':[{'at':'/a'}]},"
	    "{'name':'h','known_by':[{'at':'/a'}]},{'name':'i','known_by':[{'at':'/a'}]},"
	    "{'name':'j','known_by':[{'at':'/a'}]},{'name':'k','known_by':[{'at':'/a'}]},"
	    "{'name':'l','known_by':[{'at':'/a'}]}]",
	    "/dialects: \"plain\" is one too many; there may be 16 in all" },
};

Test(config_dialects, that_are_wrong_are_faults)
{
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct buf faults = { 0 };
		struct config *c = load(wrong[i].dialects, &faults);

		cr_expect_null(c, "%s: was accepted", wrong[i].why);
		cr_expect(faults.bytes != NULL &&
		    strstr(faults.bytes, wrong[i].want) != NULL,
		    "%s: no \"%s\" in\n%s", wrong[i].why, wrong[i].want,
		    faults.bytes != NULL ? faults.bytes : "(none)");
		config_unref(&c);
		buf_fini(&faults);
	}
}

Test(config_dialects, that_look_at_too_much_are_faults)
{
	struct buf text = { 0 }, faults = { 0 };
	struct config *c;

	buf_puts(&text, "[{'name':'m','known_by':[");
	for (int i = 0; i < 17; i++)
		buf_printf(&text, "%s{'on':['a'],'at':'/a'}", i > 0 ? "," : "");
	buf_puts(&text, "]}]");
	c = load(text.bytes, &faults);
	cr_expect_null(c);
	cr_expect_not_null(strstr(faults.bytes,
	    "\"m\" looks at more than 32 things in its signs"), "%s", faults.bytes);
	buf_fini(&text);
	buf_fini(&faults);
}

static const struct {
	const char *word, *text;
	bool want;
} words[] = {
	{ "a", "a", true }, { "a", "ab", false }, { "a", "", false },
	{ "a*", "a", true }, { "a*", "abc", true }, { "a*", "ba", false },
	{ "*c", "abc", true }, { "*c", "c", true }, { "a*c", "ac", true },
	{ "a*c", "abbc", true }, { "a*c", "a", false }, { "aa*aa", "aaa", false },
	{ "*", "", true },
};

Test(config_dialects, know_words_with_a_star)
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		char *list[] = { (char *)(uintptr_t)words[i].word, NULL };

		cr_expect_eq(dialect_word_is(list, words[i].text,
		    strlen(words[i].text)), words[i].want, "%s, %s",
		    words[i].word, words[i].text);
	}
	cr_expect_not(dialect_word_is(NULL, "a", 1));
}
