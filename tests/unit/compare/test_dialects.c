/* The dialects that are built in: what their streams fold to, however they
 * are cut, and that an answer which is not streamed has the same places.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "compare/fold.h"
#include "support.h"

/* ' for " throughout. */
#define DATA(json) "data: " json "\n\n"
#define EVENT(name, json) "event: " name "\ndata: " json "\n\n"

/* --- streams, and the whole answers that say the same ------------------------ */

#define CHUNK(choices) DATA("{'id':'c1','object':'chat.completion.chunk'," \
	"'created':1,'model':'m','choices':" choices "}")
#define A_EVENT(name, rest) EVENT(name, "{'type':'" name "'" rest "}")
#define R_EVENT(name, rest) A_EVENT("response." name, ",'sequence_number':1" rest)

/* whole: the members of a stream's message, in any order; NULL: no whole
 * answer would say so. */
static const struct {
	const char *why, *stream, *whole;
} cases[] = {
	{ "chat: text",
	    CHUNK("[{'index':0,'delta':{'role':'assistant','content':'','refusal':null},"
	    "'logprobs':null,'finish_reason':null}]")
	    CHUNK("[{'index':0,'delta':{'content':'Hel'},'finish_reason':null}]")
	    CHUNK("[{'index':0,'delta':{'content':'lo \\u20ac'},'finish_reason':null}]")
	    CHUNK("[{'index':0,'delta':{'content':'!'},'finish_reason':null}]")
	    CHUNK("[{'index':0,'delta':{},'finish_reason':'stop'}]")
	    CHUNK("[],'usage':{'prompt_tokens':3,'completion_tokens':5}")
	    "data: [DONE]\n\n",
	    "{'id':'c1','object':'chat.completion.chunk','created':1,'model':'m',"
	    "'choices':[{'index':0,'message':{'role':'assistant','content':"
	    "'Hello \\u20ac!','refusal':null,'annotations':[]},'logprobs':null,"
	    "'finish_reason':'stop'}],"
	    "'usage':{'prompt_tokens':3,'completion_tokens':5},'done':true}" },
	{ "chat: tool calls, their arguments as JSON",
	    CHUNK("[{'index':0,'delta':{'role':'assistant','content':null,'tool_calls':"
	    "[{'index':0,'id':'t0','type':'function','function':{'name':'weather',"
	    "'arguments':''}}]}}]")
	    CHUNK("[{'index':0,'delta':{'tool_calls':[{'index':0,'function':"
	    "{'arguments':'{\\'ci'}}]}}]")
	    CHUNK("[{'index':0,'delta':{'tool_calls':[{'index':0,'function':"
	    "{'arguments':'ty\\': \\'Bern\\'}'}}]}}]")
	    CHUNK("[{'index':0,'delta':{'tool_calls':[{'index':1,'id':'t1','function':"
	    "{'name':'now','arguments':'{}'}}]}}]")
	    CHUNK("[{'index':0,'delta':{},'finish_reason':'tool_calls'}]"),
	    "{'id':'c1','object':'chat.completion.chunk','created':1,'model':'m',"
	    "'choices':[{'index':0,'message':{'role':'assistant','content':null,"
	    "'tool_calls':[{'id':'t0','type':'function','function':{'name':'weather',"
	    "'arguments':'{\\'city\\':\\'Bern\\'}'}},"
	    "{'id':'t1','function':{'name':'now','arguments':'{}'}}]},"
	    "'finish_reason':'tool_calls'}]}" },
	{ "chat: arguments that are no JSON stay a string",
	    CHUNK("[{'index':0,'delta':{'tool_calls':[{'index':0,'function':"
	    "{'arguments':'{\\'a'}}]}}]"),
	    "{'id':'c1','object':'chat.completion.chunk','created':1,'model':'m',"
	    "'choices':[{'index':0,'message':{'tool_calls':[{'function':"
	    "{'arguments':'{\\'a'}}]}}]}" },
	{ "chat: an error within",
	    CHUNK("[{'index':0,'delta':{'content':'a'}}]")
	    DATA("{'error':{'message':'overloaded','code':529}}"),
	    "{'id':'c1','object':'chat.completion.chunk','created':1,'model':'m',"
	    "'choices':[{'index':0,'message':{'content':'a'}}],"
	    "'error':{'message':'overloaded','code':529}}" },
	{ "messages: text",
	    A_EVENT("message_start", ",'message':{'id':'m1','type':'message','role':"
	    "'assistant','model':'m','content':[],'stop_reason':null,'usage':"
	    "{'input_tokens':9,'output_tokens':1}}")
	    A_EVENT("content_block_start", ",'index':0,'content_block':{'type':'text',"
	    "'text':''}")
	    A_EVENT("ping", "")
	    A_EVENT("content_block_delta", ",'index':0,'delta':{'type':'text_delta',"
	    "'text':'Hel'}")
	    A_EVENT("content_block_delta", ",'index':0,'delta':{'type':'text_delta',"
	    "'text':'lo'}")
	    A_EVENT("content_block_delta", ",'index':0,'delta':{'type':'text_delta',"
	    "'text':'lo'}")
	    A_EVENT("content_block_stop", ",'index':0")
	    A_EVENT("message_delta", ",'delta':{'stop_reason':'end_turn',"
	    "'stop_sequence':null},'usage':{'output_tokens':4}")
	    A_EVENT("message_stop", ""),
	    "{'id':'m1','type':'message','role':'assistant','model':'m','content':"
	    "[{'type':'text','text':'Hellolo'}],'stop_reason':'end_turn',"
	    "'stop_sequence':null,'usage':{'input_tokens':9,'output_tokens':4},"
	    "'done':true}" },
	{ "messages: a tool behind a thought, without names of events",
	    DATA("{'type':'message_start','message':{'id':'m1','type':'message',"
	    "'content':[]}}")
	    DATA("{'type':'content_block_start','index':0,'content_block':{'type':"
	    "'thinking','thinking':'','signature':''}}")
	    DATA("{'type':'content_block_delta','index':0,'delta':{'type':"
	    "'thinking_delta','thinking':'Well, '}}")
	    DATA("{'type':'content_block_delta','index':0,'delta':{'type':"
	    "'thinking_delta','thinking':'so.'}}")
	    DATA("{'type':'content_block_delta','index':0,'delta':{'type':"
	    "'signature_delta','signature':'xyz'}}")
	    DATA("{'type':'content_block_start','index':1,'content_block':{'type':"
	    "'tool_use','id':'t1','name':'weather','input':{}}}")
	    DATA("{'type':'content_block_delta','index':1,'delta':{'type':"
	    "'input_json_delta','partial_json':''}}")
	    DATA("{'type':'content_block_delta','index':1,'delta':{'type':"
	    "'input_json_delta','partial_json':'{\\'city\\': '}}")
	    DATA("{'type':'content_block_delta','index':1,'delta':{'type':"
	    "'input_json_delta','partial_json':'\\'Bern\\'}'}}")
	    DATA("{'type':'message_delta','delta':{'stop_reason':'tool_use'}}"),
	    "{'id':'m1','type':'message','content':[{'type':'thinking','thinking':"
	    "'Well, so.','signature':'xyz'},{'type':'tool_use','id':'t1','name':"
	    "'weather','input':{'city':'Bern'}}],'stop_reason':'tool_use'}" },
	{ "messages: citations",
	    A_EVENT("message_start", ",'message':{'type':'message'}")
	    A_EVENT("content_block_delta", ",'index':0,'delta':{'type':"
	    "'citations_delta','citation':{'n':1}}")
	    A_EVENT("content_block_delta", ",'index':0,'delta':{'type':"
	    "'citations_delta','citation':{'n':1}}")
	    A_EVENT("message_delta", ",'delta':{'stop_reason':'end_turn'}"),
	    "{'type':'message','content':[{'citations':[{'n':1},{'n':1}]}],"
	    "'stop_reason':'end_turn'}" },
	{ "messages: an error within",
	    A_EVENT("message_start", ",'message':{'type':'message','stop_reason':'x'}")
	    A_EVENT("error", ",'error':{'type':'overloaded_error'}"),
	    "{'type':'message','stop_reason':'x','error':{'type':"
	    "'overloaded_error'}}" },
	{ "responses: text, by its deltas",
	    R_EVENT("created", ",'response':{'id':'r1','object':'response','status':"
	    "'in_progress','output':[],'error':null}")
	    R_EVENT("output_item.added", ",'output_index':0,'item':{'id':'i1','type':"
	    "'message','role':'assistant','content':[]}")
	    R_EVENT("content_part.added", ",'output_index':0,'content_index':0,'part':"
	    "{'type':'output_text','text':'','annotations':[]}")
	    R_EVENT("output_text.delta", ",'output_index':0,'content_index':0,'delta':"
	    "'Hel','obfuscation':'xx'")
	    R_EVENT("output_text.delta", ",'output_index':0,'content_index':0,'delta':"
	    "'lo','obfuscation':'yyy'"),
	    "{'id':'r1','object':'response','status':'in_progress','output':[{'id':'i1',"
	    "'type':'message','role':'assistant','content':[{'type':'output_text',"
	    "'text':'Hello','annotations':[]}]}],'error':null}" },
	{ "responses: what is done counts",
	    R_EVENT("created", ",'response':{'object':'response','status':"
	    "'in_progress'}")
	    R_EVENT("output_text.delta", ",'output_index':0,'content_index':0,'delta':"
	    "'Hel'")
	    R_EVENT("output_text.done", ",'output_index':0,'content_index':0,'text':"
	    "'Hello'")
	    R_EVENT("function_call_arguments.delta", ",'output_index':1,'delta':'{'")
	    R_EVENT("function_call_arguments.done", ",'output_index':1,'arguments':"
	    "'{\\'a\\':1}'"),
	    "{'object':'response','status':'in_progress','output':[{'content':"
	    "[{'text':'Hello'}]},{'arguments':'{\\'a\\': 1}'}]}" },
	{ "responses: all of it at the end",
	    R_EVENT("created", ",'response':{'object':'response','status':"
	    "'in_progress'}")
	    R_EVENT("output_text.delta", ",'output_index':0,'content_index':0,'delta':"
	    "'Hel'")
	    R_EVENT("completed", ",'response':{'object':'response','status':"
	    "'completed','output':[{'content':[{'text':'Hello'}]}],'usage':"
	    "{'input_tokens':1}}"),
	    "{'object':'response','status':'completed','output':[{'content':"
	    "[{'text':'Hello'}]}],'usage':{'input_tokens':1},'done':true}" },
	{ "responses: thoughts and progress",
	    R_EVENT("created", ",'response':{'object':'response'}")
	    R_EVENT("reasoning_summary_part.added", ",'output_index':0,'summary_index':0,"
	    "'part':{'type':'summary_text','text':''}")
	    R_EVENT("reasoning_summary_text.delta", ",'output_index':0,'summary_index':0,"
	    "'delta':'Well'")
	    R_EVENT("web_search_call.in_progress", ",'output_index':1,'item_id':'x'"),
	    "{'object':'response','output':[{'summary':[{'type':'summary_text','text':"
	    "'Well'}]}]}" },
	{ "responses: an error within",
	    R_EVENT("created", ",'response':{'object':'response'}")
	    A_EVENT("error", ",'sequence_number':2,'code':'x','message':'y'"),
	    "{'object':'response','error':{'code':'x','message':'y'}}" },
	{ "a kind that is not named",
	    R_EVENT("created", ",'response':{'object':'response'}")
	    R_EVENT("surprise", ",'item_id':'x'"),
	    "{'object':'response','other':{'response.surprise':true}}" },
	{ "known only after other events",
	    EVENT("ping", "{'type':'ping'}")
	    A_EVENT("message_start", ",'message':{'type':'message','stop_reason':'a'}"),
	    "{'type':'message','stop_reason':'a'}" },
	{ "chat: text that is no JSON",
	    CHUNK("[{'index':0,'delta':{'content':'a'}}]") "data: hello\n\n",
	    "{'id':'c1','object':'chat.completion.chunk','created':1,'model':'m',"
	    "'choices':[{'index':0,'message':{'content':'a'}}],'text':'hello'}" },
};

static char *
with_quotes(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

#define WHOLE ((size_t)1 << 20)

/* Pieces of that size behind the first. */
static const struct json *
fold(const char *stream, size_t cut, size_t piece, struct arena *a)
{
	size_t len = strlen(stream);
	const struct json *tree;
	struct fold f;
	uint64_t events;

	fold_init(&f, a, NULL);
	fold_feed(&f, stream, cut);
	for (size_t at = cut; at < len; at += piece)
		fold_feed(&f, stream + at, piece < len - at ? piece : len - at);
	tree = fold_finish(&f, &events);
	fold_fini(&f);
	return tree;
}

static void
expect_same(const char *why, const struct json *left,
    const struct json *right, struct arena *a)
{
	struct test_rules none = NO_RULES;
	struct compare_rules rules = support_rules(&none);
	struct diff_set diffs;
	char list[1000];

	diff_set_init(&diffs);
	cr_assert(json_diff(left, right, &rules, a, &diffs), "%s", why);
	support_list(diffs.entries, diffs.count, list, sizeof list);
	cr_expect_str_eq(list, "", "%s: %s", why, list);
}

Test(dialects, fold_to_what_a_whole_answer_says)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *stream = with_quotes(cases[i].stream);
		char *whole = with_quotes(cases[i].whole);
		struct json_fault fault;
		struct json *tree;
		struct arena a;

		arena_init(&a, 0);
		tree = json_parse(&a, whole, strlen(whole), false, &fault);
		cr_assert_not_null(tree, "%s: %s", cases[i].why, whole);
		cr_assert(message_of_whole(tree, whole, strlen(whole), &a, NULL));
		expect_same(cases[i].why, fold(stream, 0, WHOLE, &a), tree, &a);
		arena_fini(&a);
		free(stream);
		free(whole);
	}
}

Test(dialects, fold_to_the_same_cut_at_every_byte)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *stream = with_quotes(cases[i].stream);
		const struct json *uncut;
		struct arena a, b;

		arena_init(&a, 0);
		arena_init(&b, 0);
		uncut = fold(stream, 0, WHOLE, &a);
		for (size_t cut = 1; stream[cut] != '\0'; cut++) {
			expect_same(cases[i].why, uncut, fold(stream, cut, WHOLE,
			    &b), &b);
			arena_reset(&b);
		}
		expect_same(cases[i].why, uncut, fold(stream, 0, 1, &b), &b);
		arena_fini(&a);
		arena_fini(&b);
		free(stream);
	}
}

/* --- borders of chunks ---------------------------------------------------------- */

/* The events of a chat answer of these pieces. */
static char *
chat_of(const char *const *pieces)
{
	struct buf b = { 0 };

	for (; *pieces != NULL; pieces++)
		buf_printf(&b, "data: {\"object\":\"chat.completion.chunk\","
		    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n",
		    *pieces);
	return b.bytes;
}

/* An event like the one before is not parsed: it must come to the same. */
static const struct {
	const char *why;
	const char *pieces[5], *want;
} borders[] = {
	{ "one piece", { "abcabc" }, "abcabc" },
	{ "equal pieces", { "abc", "abc" }, "abcabc" },
	{ "single letters", { "a", "b", "c", "d" }, "abcd" },
	{ "an empty one between", { "ab", "", "cd" }, "abcd" },
	{ "escapes", { "a", "\\\"b", "\\\\", "\\n" }, "a\"b\\\n" },
	{ "quotes that end the string early", { "a", "b\\\",\\\"x\\\":\\\"c" },
	    "ab\",\"x\":\"c" },
	{ "code points", { "a", "\xe2\x82\xac", "\\u20ac" },
	    "a\xe2\x82\xac\xe2\x82\xac" },
};

static const char *
content_of(const struct json *message)
{
	static char text[80];
	const struct json *v = json_at(message, "/choices/0/message/content");

	snprintf(text, sizeof text, "%.*s", v == NULL ? 1 : (int)v->len,
	    v == NULL ? "-" : v->text);
	return text;
}

Test(dialects, see_no_borders_of_chunks)
{
	for (size_t i = 0; i < COUNT_OF(borders); i++) {
		char *stream = chat_of(borders[i].pieces);
		struct arena a;

		arena_init(&a, 0);
		cr_expect_str_eq(content_of(fold(stream, 0, WHOLE, &a)),
		    borders[i].want, "%s", borders[i].why);
		arena_fini(&a);
		free(stream);
	}
}

/* What is injected as a piece must end the string, not the shortcut's idea of
 * it: half a character, a control, and more members behind the text. */
Test(dialects, read_what_only_looks_like_the_event_before)
{
	static const char *const odd[] = { "\xe2\x82", "a\"},\"x\":{\"y\":\"",
		"a\x01", "\\", "\\ud800" };

	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		const char *pieces[] = { "ab", "cd", odd[i], "ef", NULL };
		const char *alone[] = { odd[i], NULL };
		char *stream = chat_of(pieces), *single = chat_of(alone);
		const struct json *all, *one;
		struct arena a;

		arena_init(&a, 0);
		all = fold(stream, 0, WHOLE, &a);
		one = fold(single, 0, WHOLE, &a);
		/* As text or as members, but as the event alone is taken. */
		cr_expect_eq(json_at(all, "/text") != NULL,
		    json_at(one, "/text") != NULL, "%zu", i);
		cr_expect_eq(json_at(all, "/choices/0/x/y") != NULL,
		    json_at(one, "/choices/0/x/y") != NULL, "%zu", i);
		arena_fini(&a);
		free(stream);
		free(single);
	}
}

/* --- whole answers ------------------------------------------------------------------ */

static const struct {
	const char *why, *left, *right, *want;
} wholes[] = {
	{ "chat: what is empty is not there",
	    "{'choices':[{'message':{'role':'a','content':null,'refusal':null}}]}",
	    "{'choices':[{'message':{'role':'a','content':'','tool_calls':[]}}]}", "" },
	{ "chat: white space of arguments",
	    "{'choices':[{'message':{'role':'a','tool_calls':[{'function':{'arguments':"
	    "'{\\'a\\':1,\\'b\\':2}'}}]}}]}",
	    "{'choices':[{'message':{'role':'a','tool_calls':[{'function':{'arguments':"
	    "'{ \\'b\\': 2, \\'a\\': 1.0 }'}}]}}]}", "" },
	{ "chat: another argument",
	    "{'choices':[{'message':{'role':'a','tool_calls':[{'function':{'arguments':"
	    "'{\\'city\\':\\'Bern\\'}'}}]}}]}",
	    "{'choices':[{'message':{'role':'a','tool_calls':[{'function':{'arguments':"
	    "'{\\'city\\':\\'Rome\\'}'}}]}}]}",
	    "value /choices/*/message/tool_calls/*/function/arguments/city" },
	{ "chat: nothing within arguments is taken out",
	    "{'choices':[{'message':{'role':'a','tool_calls':[{'function':{'arguments':"
	    "'{\\'city\\':\\'\\'}'}}]}}]}",
	    "{'choices':[{'message':{'role':'a','tool_calls':[{'function':{'arguments':"
	    "'{}'}}]}}]}",
	    "missing /choices/*/message/tool_calls/*/function" },
	{ "messages: another input",
	    "{'stop_reason':'tool_use','content':[{'type':'tool_use','input':{'a':1}}]}",
	    "{'stop_reason':'tool_use','content':[{'type':'tool_use','input':{'a':2}}]}",
	    "value /content/*/input/a" },
	{ "responses: another argument",
	    "{'object':'response','output':[{'arguments':'{\\'a\\':1}'}]}",
	    "{'object':'response','output':[{'arguments':'{\\'a\\':2}'}]}",
	    "value /output/*/arguments/a" },
	{ "of no dialect, null is a value", "{'a':null,'b':[]}", "{'a':''}",
	    "type /a; missing /b" },
};

static struct json *
whole_of(const char *text, struct arena *a)
{
	char *quoted = with_quotes(text), *kept;
	size_t len = strlen(quoted);
	struct json_fault fault;
	struct json *tree;

	kept = arena_strndup(a, quoted, len);
	free(quoted);
	tree = json_parse(a, kept, len, false, &fault);
	cr_assert_not_null(tree, "%s", kept);
	cr_assert(message_of_whole(tree, kept, len, a, NULL));
	return tree;
}

Test(dialects, read_whole_answers_alike)
{
	struct test_rules none = NO_RULES;
	struct compare_rules rules = support_rules(&none);

	for (size_t i = 0; i < COUNT_OF(wholes); i++) {
		struct diff_set diffs;
		char list[500];
		struct arena a;

		arena_init(&a, 0);
		diff_set_init(&diffs);
		cr_assert(json_diff(whole_of(wholes[i].left, &a),
		    whole_of(wholes[i].right, &a), &rules, &a, &diffs));
		support_list(diffs.entries, diffs.count, list, sizeof list);
		cr_expect_str_eq(list, wholes[i].want, "%s: %s", wholes[i].why,
		    list);
		arena_fini(&a);
	}
}

/* As deep as a parser lets a document be, within a document: the walk of two
 * of them must still fit. */
Test(dialects, compare_the_deepest_arguments)
{
	static const char before[] = "{\"choices\":[{\"message\":{\"role\":\"a\","
	    "\"tool_calls\":[{\"function\":{\"arguments\":\"";
	char deep[2 * JSON_DEPTH_MAX + 2];
	struct test_rules rules = { .ignore = { "/choices/*/x" } };
	struct compare_rules compiled = support_rules(&rules);
	const struct json *trees[2];
	struct diff_set diffs;
	struct arena a;

	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX + 1);
	arena_init(&a, 0);
	for (int i = 0; i < 2; i++) {
		struct buf b = { 0 };

		deep[JSON_DEPTH_MAX] = (char)('1' + i);
		deep[sizeof deep - 1] = '\0';
		buf_printf(&b, "%s%s\"}}]}}]}", before, deep);
		trees[i] = whole_of(b.bytes, &a);
		buf_fini(&b);
	}
	diff_set_init(&diffs);
	cr_expect(json_diff(trees[0], trees[1], &compiled, &a, &diffs));
	cr_expect_eq(diffs.found, 1);
	arena_fini(&a);
}
