/* test_signs -- what one document or event says of its answer.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "observe/signs.h"

/* ' for " in data.  want: letters of what is said: known, failed, ended,
 * content; of the dialect named. */
static const struct {
	const char *why, *dialect, *event, *data, *want;
} cases[] = {
	{ "a chunk", "openai-chat", "message",
	    "{'object':'chat.completion.chunk','choices':[{'delta':{'role':'a'}}]}", "k" },
	{ "a chunk that says something", "openai-chat", "message",
	    "{'choices':[{'delta':{'content':'Hi'}}]}", "kc" },
	{ "a tool call", "openai-chat", "message",
	    "{'choices':[{'delta':{'tool_calls':[{'index':0}]}}]}", "kc" },
	{ "no tool calls", "openai-chat", "message",
	    "{'choices':[{'delta':{'tool_calls':[],'role':'a'}}]}", "k" },
	{ "usage alone", "openai-chat", "message", "{'usage':{'prompt_tokens':1}}", "" },
	{ "the end", "openai-chat", "message", "[DONE]", "e" },
	{ "not quite the end", "openai-chat", "message", "[DONE] ", "" },
	{ "an error", "openai-chat", "message", "{'error':{'code':1}}", "f" },
	{ "no error", "openai-chat", "message", "{'error':null}", "" },
	{ "none either", "openai-chat", "message", "{'error':false}", "" },
	{ "nor this", "openai-chat", "message", "{'error':''}", "" },
	{ "nor that", "openai-chat", "message", "{'error':0}", "" },
	{ "an error that is a text", "plain", "message", "{'error':'no'}", "f" },
	{ "an error that is a number", "plain", "message", "{'error':10}", "f" },
	{ "an error deeper down is none", "plain", "message", "{'a':{'error':1}}", "" },
	{ "an event named error", "plain", "error", "out of order", "f" },
	{ "broken JSON says nothing", "plain", "message", "{'error':1", "" },
	{ "a whole answer", "openai-chat", NULL,
	    "{'object':'chat.completion','choices':[{'message':{'role':'a','content':'Hi'}}]}",
	    "kc" },
	{ "a whole answer that says nothing", "openai-chat", NULL,
	    "{'object':'chat.completion','choices':[{'message':{'role':'a','content':null}}]}",
	    "k" },
	{ "[DONE] is no whole answer", "openai-chat", NULL, "[DONE]", "" },
	{ "a list of models is not of chat", "openai-chat", NULL,
	    "{'object':'list','data':[{'id':'m','object':'model'}]}", "" },
	{ "a start", "anthropic-messages", "message_start",
	    "{'type':'message_start','message':{'content':[]}}", "k" },
	{ "a delta, by its type alone", "anthropic-messages", "message",
	    "{'type':'content_block_delta','delta':{'text':'Hi'}}", "kc" },
	{ "a delta, by its name alone", "anthropic-messages", "content_block_delta",
	    "{'delta':{'text':'Hi'}}", "kc" },
	{ "the type counts before the name", "anthropic-messages", "message_stop",
	    "{'type':'ping'}", "" },
	{ "a thought is no content", "anthropic-messages", "content_block_delta",
	    "{'delta':{'thinking':'Hm'}}", "k" },
	{ "a tool", "anthropic-messages", "content_block_start",
	    "{'content_block':{'type':'tool_use','input':{}}}", "kc" },
	{ "its end", "anthropic-messages", "message_stop", "{'type':'message_stop'}", "e" },
	{ "its error", "anthropic-messages", "error",
	    "{'type':'error','error':{'type':'overloaded_error'}}", "f" },
	{ "a whole message", "anthropic-messages", NULL,
	    "{'type':'message','content':[{'type':'text','text':'Hi'}],"
	    "'stop_reason':'end_turn'}", "kc" },
	{ "a response begins", "openai-responses", "response.created",
	    "{'type':'response.created','response':{'error':null,'status':'in_progress'}}",
	    "k" },
	{ "it says something", "openai-responses", "response.output_text.delta",
	    "{'type':'response.output_text.delta','delta':'Hi'}", "kc" },
	{ "it thinks", "openai-responses", "response.reasoning_summary_text.delta",
	    "{'type':'response.reasoning_summary_text.delta','delta':'Hm'}", "k" },
	{ "it ends", "openai-responses", "response.completed",
	    "{'type':'response.completed','response':{'output':[]}}", "ke" },
	{ "it ends with all it says", "openai-responses", "response.completed",
	    "{'type':'response.completed','response':{'output':[{'content':[{'text':'Hi'}]}]}}",
	    "kec" },
	{ "it fails", "openai-responses", "response.failed",
	    "{'type':'response.failed','response':{'error':{'code':'x'}}}", "kfe" },
	{ "a whole response that failed", "openai-responses", NULL,
	    "{'object':'response','status':'failed','error':{'code':'x'}}", "kf" },
};

static unsigned
index_of(const struct dialects *d, const char *name)
{
	unsigned i = 0;

	while (strcmp(d->list[i].name, name) != 0)
		i++;
	return i;
}

static void
say(struct signs *s, const char *event, const char *data, size_t piece,
    struct said *out)
{
	char text[400];
	size_t len = 0;

	for (; data[len] != '\0'; len++)
		text[len] = data[len] == '\'' ? '"' : data[len];
	signs_begin(s, UINT16_MAX);
	for (size_t i = 0; i < len; i += piece)
		signs_feed(s, text + i, piece < len - i ? piece : len - i);
	(void)signs_end(s, event, text, len, out);
}

Test(signs, say_what_they_see)
{
	const struct dialects *d = dialects_shipped();

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned bit = index_of(d, cases[i].dialect);

		for (size_t piece = 1; piece <= 400; piece += 399) {
			struct signs s;
			struct said said;
			char got[5];
			size_t n = 0;

			signs_init(&s, d);
			say(&s, cases[i].event, cases[i].data, piece, &said);
			if ((said.known >> bit & 1) != 0)
				got[n++] = 'k';
			if ((said.failed >> bit & 1) != 0)
				got[n++] = 'f';
			if ((said.ended >> bit & 1) != 0)
				got[n++] = 'e';
			if ((said.content >> bit & 1) != 0)
				got[n++] = 'c';
			got[n] = '\0';
			cr_expect_str_eq(got, cases[i].want, "%s: %s",
			    cases[i].why, got);
		}
	}
}

Test(signs, of_those_that_are_not_asked_are_not_seen)
{
	struct signs s;
	struct said said;

	signs_init(&s, dialects_shipped());
	signs_begin(&s, 1u << 2);
	signs_feed(&s, "{\"error\":1,\"choices\":[{\"delta\":{\"a\":1}}]}", 41);
	(void)signs_end(&s, "message", "", 0, &said);
	cr_expect_eq(said.known, 0);
	cr_expect_eq(said.failed, 1u << 2);
}

Test(signs, keep_the_last_count_of_tokens)
{
	struct signs s;
	struct said said;

	signs_init(&s, dialects_shipped());
	cr_expect_eq(s.tokens_in[0], UINT32_MAX);
	say(&s, "message", "{'usage':{'prompt_tokens':12,'completion_tokens':1}}", 3,
	    &said);
	say(&s, "message", "{'usage':{'completion_tokens':7}}", 3, &said);
	say(&s, "message", "{'usage':{'completion_tokens':'8'}}", 3, &said);
	say(&s, "message", "{'usage':{'completion_tokens':-9}}", 3, &said);
	say(&s, "message", "{'usage':{'completion_tokens':99999999999999}}", 3, &said);
	cr_expect_eq(s.tokens_in[0], 12);
	cr_expect_eq(s.tokens_out[0], 7);
}
