/* Streams folded to a message, however they are cut.
 * SPDX-License-Identifier: MIT
 */
#include "compare/fold.h"

#include <criterion/criterion.h>

#include "base/buf.h"
#include "support.h"

/* A tree as JSON text, members in their order. */
static void
write_tree(struct buf *out, const struct json *v)
{
	bool object = v->kind == JSON_OBJECT;

	if (v->key != NULL) {
		buf_json_string(out, v->key, v->key_len);
		buf_puts(out, ":");
	}
	if (v->kind == JSON_STRING) {
		buf_json_string(out, v->text, v->len);
	} else if (v->kind == JSON_NUMBER) {
		buf_add(out, v->text, v->len);
	} else if (v->kind == JSON_OBJECT || v->kind == JSON_ARRAY) {
		buf_puts(out, object ? "{" : "[");
		for (const struct json *c = v->first; c != NULL; c = c->next) {
			buf_puts(out, c == v->first ? "" : ",");
			write_tree(out, c);
		}
		buf_puts(out, object ? "}" : "]");
	} else {
		buf_puts(out, v->kind == JSON_NULL ? "null" :
		    v->kind == JSON_TRUE ? "true" : "false");
	}
}

#define CHUNK(choices) "data: {\"id\":\"c1\",\"object\":" \
	"\"chat.completion.chunk\",\"choices\":" choices "}\n\n"
#define HEAD "\"id\":\"c1\",\"object\":\"chat.completion.chunk\","
#define DONE "data: [DONE]\n\n"

static const struct {
	const char *why, *stream, *want;
} cases[] = {
	{ "a chat answer",
	    CHUNK("[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"content\":\"Hel\"},"
	    "\"finish_reason\":null}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":null}]")
	    CHUNK("[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]")
	    CHUNK("[],\"usage\":{\"total_tokens\":7}") DONE,
	    "{" HEAD "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
	    "\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],"
	    "\"usage\":{\"total_tokens\":7},\"done\":true}" },
	{ "repeated content is content",
	    CHUNK("[{\"index\":0,\"delta\":{\"content\":\"ha\"}}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"content\":\"ha\"}}]"),
	    "{" HEAD "\"choices\":[{\"index\":0,\"message\":{\"content\":\"haha\"}}]}" },
	{ "a usage chunk with choices null", CHUNK("null,\"usage\":{\"n\":1}"),
	    "{" HEAD "\"usage\":{\"n\":1}}" },
	{ "a usage chunk without choices",
	    "data: {\"object\":\"chat.completion.chunk\",\"usage\":{\"n\":1}}\n\n",
	    "{\"object\":\"chat.completion.chunk\",\"usage\":{\"n\":1}}" },
	{ "the last usage that is not null holds",
	    CHUNK("[],\"usage\":{\"n\":1}") CHUNK("[],\"usage\":{\"n\":2}")
	    CHUNK("[],\"usage\":null"), "{" HEAD "\"usage\":{\"n\":2}}" },
	{ "a role in every chunk",
	    CHUNK("[{\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}}]")
	    CHUNK("[{\"delta\":{\"role\":\"assistant\",\"content\":\"b\"}}]"),
	    "{" HEAD "\"choices\":[{\"message\":{\"role\":\"assistant\","
	    "\"content\":\"ab\"}}]}" },
	{ "tool calls by index, arguments joined",
	    CHUNK("[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t0\","
	    "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"t1\","
	    "\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]}}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
	    "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
	    "\"function\":{\"arguments\":\":1}\"}}]}}]"),
	    "{" HEAD "\"choices\":[{\"index\":0,\"message\":{\"tool_calls\":["
	    "{\"id\":\"t0\",\"type\":\"function\",\"function\":"
	    "{\"name\":\"f\",\"arguments\":{\"a\":1}}},"
	    "{\"id\":\"t1\",\"function\":{\"name\":\"g\"}}]}}]}" },
	{ "choices in any order",
	    CHUNK("[{\"index\":1,\"delta\":{\"content\":\"b\"}}]")
	    CHUNK("[{\"index\":0,\"delta\":{\"content\":\"a\"}}]")
	    CHUNK("[{\"index\":1,\"delta\":{\"content\":\"c\"}}]"),
	    "{" HEAD "\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"}},"
	    "{\"index\":1,\"message\":{\"content\":\"bc\"}}]}" },
	{ "text completions",
	    "data: {\"object\":\"text_completion\",\"choices\":[{\"text\":\"a\"}]}\n\n"
	    "data: {\"object\":\"text_completion\",\"choices\":[{\"text\":\"b\"}]}\n\n",
	    "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"ab\"}]}" },
	{ "log probabilities behind each other",
	    CHUNK("[{\"logprobs\":{\"content\":[{\"token\":\"a\"}]}}]")
	    CHUNK("[{\"logprobs\":{\"content\":[{\"token\":\"b\"}]}}]"),
	    "{" HEAD "\"choices\":[{\"logprobs\":{\"content\":[{\"token\":\"a\"},"
	    "{\"token\":\"b\"}]}}]}" },
	{ "an error in the stream",
	    CHUNK("[{\"delta\":{\"content\":\"a\"}}]")
	    "data: {\"error\":{\"message\":\"overloaded\"}}\n\n",
	    "{" HEAD "\"choices\":[{\"message\":{\"content\":\"a\"}}],"
	    "\"error\":{\"message\":\"overloaded\"}}" },
	{ "an error event", "event: error\ndata: {\"code\":5}\n\n",
	    "{\"error\":{\"code\":5}}" },
	{ "an error event of text", "event: error\ndata: broken\n\n",
	    "{\"error\":\"broken\"}" },
	{ "plain text", "data: Hel\n\ndata: lo\n\n", "{\"text\":\"Hello\"}" },
	{ "JSON strings", "data: \"Hel\"\n\ndata: \"lo\"\n\n",
	    "{\"text\":\"Hello\"}" },
	{ "other JSON: strings joined, labels once, numbers last",
	    "data: {\"model\":\"m\",\"kind\":\"token\",\"token\":\"Hel\",\"n\":1}\n\n"
	    "data: {\"model\":\"m\",\"kind\":\"token\",\"token\":\"lo\",\"n\":2}\n\n",
	    "{\"model\":\"m\",\"kind\":\"token\",\"token\":\"Hello\",\"n\":2}" },
	{ "comments and unfinished events", ": hi\n\ndata: a\n\ndata: b\n",
	    "{\"text\":\"a\"}" },
	{ "choices that are no objects",
	    "data: {\"choices\":[5]}\n\n", "{\"choices\":[5]}" },
	{ "choices that are no array", "data: {\"choices\":\"x\"}\n\n",
	    "{\"choices\":\"x\"}" },
	{ "no events", "", "{}" },
};

/* Folded in two pieces cut at that byte. */
static void
fold_cut(const char *stream, size_t cut, struct buf *out)
{
	size_t len = strlen(stream);
	struct arena a;
	struct fold f;
	uint64_t events;

	arena_init(&a, 0);
	fold_init(&f, &a, NULL);
	fold_feed(&f, stream, cut);
	fold_feed(&f, stream + cut, len - cut);
	write_tree(out, fold_finish(&f, &events));
	fold_fini(&f);
	arena_fini(&a);
}

Test(message, is_what_the_stream_says)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = { 0 };

		fold_cut(cases[i].stream, 0, &out);
		cr_expect_str_eq(out.bytes, cases[i].want, "%s:\n%s",
		    cases[i].why, out.bytes);
		buf_fini(&out);
	}
}

Test(message, is_the_same_cut_at_every_byte)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].stream);

		for (size_t cut = 0; cut <= len; cut++) {
			struct buf out = { 0 };

			fold_cut(cases[i].stream, cut, &out);
			cr_assert_str_eq(out.bytes, cases[i].want,
			    "%s, cut at %zu", cases[i].why, cut);
			buf_fini(&out);
		}
	}
}

Test(message, is_the_same_byte_by_byte)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = { 0 };
		struct arena a;
		struct fold f;
		uint64_t events;

		arena_init(&a, 0);
		fold_init(&f, &a, NULL);
		for (const char *c = cases[i].stream; *c != '\0'; c++)
			fold_feed(&f, c, 1);
		write_tree(&out, fold_finish(&f, &events));
		cr_expect_str_eq(out.bytes, cases[i].want, "%s", cases[i].why);
		fold_fini(&f);
		arena_fini(&a);
		buf_fini(&out);
	}
}

static bool
folds(const char *stream, size_t cap)
{
	const struct json *message;
	struct arena a;
	uint64_t events;

	arena_init(&a, cap);
	message = fold_stream(stream, strlen(stream), &a, NULL, &events);
	arena_fini(&a);
	return message != NULL;
}

Test(message, refuses_what_is_over_a_bound)
{
	struct buf many = { 0 }, wide = { 0 };

	for (int i = 0; i < 300; i++)
		buf_printf(&many, "data: {\"choices\":[{\"index\":%d,"
		    "\"delta\":{\"content\":\"x\"}}]}\n\n", i);
	cr_expect_not(folds(many.bytes, 0), "300 choices");
	buf_puts(&wide, "data: {");
	for (int i = 0; i < 300; i++)
		buf_printf(&wide, "%s\"m%d\":1", i > 0 ? "," : "", i);
	buf_puts(&wide, "}\n\n");
	cr_expect_not(folds(wide.bytes, 0), "300 members");
	cr_expect(folds("data: a\n\n", 4096));
	cr_expect_not(folds(many.bytes, 4096), "a small arena");
	cr_expect_not(folds("", 64), "a tiny one");
	buf_fini(&many);
	buf_fini(&wide);
}
