/* test_recorded -- files as answers: heads, lengths, codings, looks.
 * SPDX-License-Identifier: MIT
 */
#include "app/recorded.h"

#include <criterion/criterion.h>
#include <string.h>

#include "../config/files.h"
#include "base/compiler.h"

#define EVENT "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n"

/* Rules with this in a file; the caller unrefs. */
static struct config *
load(const char *rules)
{
	struct buf faults = { 0 };
	struct memory_files files = { { "r.json", NULL }, { rules } };
	struct config_ports ports = files_ports(&files);
	static const char *const path = "r.json";
	struct config *c = config_load_rules(&ports, &path, 1,
	    RULES_FOR_JUDGING, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

static void
drop(struct answer *a)
{
	blob_unref(&a->body);
	blob_unref(&a->headers);
}

static const struct {
	const char *why, *text;
	unsigned status;
	enum outcome outcome;
	const char *type, *coding, *body;
} cases[] = {
	{ "a body alone", "{\"a\":1}", 200, OUTCOME_DONE, "", "", "{\"a\":1}" },
	{ "nothing", "", 200, OUTCOME_DONE, "", "", "" },
	{ "a head with its lines as they must be",
	    "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; Charset=UTF-8\r\n\r\nhi",
	    200, OUTCOME_DONE, "text/plain; charset=utf-8", "", "hi" },
	{ "bare line feeds", "HTTP/1.1 404 Not Found\nContent-Type: text/plain\n\n"
	    "hi\n", 404, OUTCOME_DONE, "text/plain", "", "hi\n" },
	{ "as curl tells HTTP/2", "HTTP/2 200 \ncontent-type: text/plain\n\nhi", 200,
	    OUTCOME_DONE, "text/plain", "", "hi" },
	{ "without a reason", "HTTP/1.1 200\n\nhi", 200, OUTCOME_DONE, "", "", "hi" },
	{ "interim answers in front", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 "
	    "Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\n\r\nhi", 201,
	    OUTCOME_DONE, "", "", "hi" },
	{ "a head and no more", "HTTP/1.1 204 No Content", 204, OUTCOME_DONE, "", "",
	    "" },
	{ "words about HTTP", "HTTP/1.1 is old", 200, OUTCOME_DONE, "", "",
	    "HTTP/1.1 is old" },
	{ "failed", "HTTP/1.1 502 Bad\n\n{}", 502, OUTCOME_UPSTREAM_5XX, "", "",
	    "{}" },
	{ "a coding", "HTTP/1.1 200 OK\nContent-Encoding: GZIP\n\nxx", 200,
	    OUTCOME_DONE, "", "gzip", "xx" },
	{ "the length it says", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200,
	    OUTCOME_DONE, "", "", "hi" },
	{ "shorter than it says", "HTTP/1.1 200 OK\nContent-Length: 3\n\nhi", 200,
	    OUTCOME_UPSTREAM_CUT, "", "", "hi" },
	{ "longer than it says, by an editor",
	    "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi\n", 200, OUTCOME_DONE, "", "",
	    "hi\n" },
	{ "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", 200, OUTCOME_DONE, "", "", "hi" },
	{ "chunks that were taken apart", "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\nhi", 200, OUTCOME_DONE, "", "", "hi" },
	{ "chunks without their end", "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", 200,
	    OUTCOME_UPSTREAM_CUT, "", "", "hi" },
	{ "chunks that go wrong", "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n", 200,
	    OUTCOME_UPSTREAM_BAD_BODY, "", "", "hi" },
	{ "a stream by its looks", EVENT "data: [DONE]\n\n", 200, OUTCOME_DONE,
	    "text/event-stream", "", EVENT "data: [DONE]\n\n" },
	{ "a stream behind a mark", "\xef\xbb\xbf" EVENT "data: [DONE]\n\n", 200,
	    OUTCOME_DONE, "text/event-stream", "",
	    "\xef\xbb\xbf" EVENT "data: [DONE]\n\n" },
	{ "a comment in front of a stream", ": hi\nid: 1\n" EVENT "data: [DONE]\n\n",
	    200, OUTCOME_DONE, "text/event-stream", "",
	    ": hi\nid: 1\n" EVENT "data: [DONE]\n\n" },
	{ "no stream, though it begins so", ":) hi", 200, OUTCOME_DONE, "", "",
	    ":) hi" },
	{ "a stream that was cut", EVENT, 200, OUTCOME_ANSWER_CUT,
	    "text/event-stream", "", EVENT },
	{ "an error inside a 200", "HTTP/1.1 200 OK\nContent-Type: "
	    "application/json\n\n{\"error\":{\"message\":\"no\"}}", 200,
	    OUTCOME_ANSWER_ERROR, "application/json", "",
	    "{\"error\":{\"message\":\"no\"}}" },
	{ "JSON that says nothing at all",
	    "HTTP/1.1 200 OK\nContent-Type: application/json\n\n", 200,
	    OUTCOME_ANSWER_EMPTY, "application/json", "", "" },
	{ "lines by their looks", "{\"a\":1}\n{\"a\":2}\n", 200, OUTCOME_DONE,
	    "application/x-ndjson", "", "{\"a\":1}\n{\"a\":2}\n" },
};

Test(recorded, reads_each_case)
{
	struct config *c = load("{}");

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct answer a;
		struct err err = { "" };
		const char *body = cases[i].body;

		cr_expect(recorded_read(cases[i].text, strlen(cases[i].text), NULL,
		    &c->rules, &a, &err), "%s: %s", cases[i].why, err.text);
		cr_expect_eq(a.status, cases[i].status, "%s: %u", cases[i].why,
		    a.status);
		cr_expect_eq(a.outcome, cases[i].outcome, "%s: %s", cases[i].why,
		    outcome_info(a.outcome)->name);
		cr_expect_str_eq(a.content_type, cases[i].type, "%s",
		    cases[i].why);
		cr_expect_str_eq(a.content_encoding, cases[i].coding, "%s",
		    cases[i].why);
		cr_expect_eq(a.body != NULL ? a.body->len : 0, strlen(body), "%s",
		    cases[i].why);
		cr_expect(a.body == NULL || memcmp(a.body->bytes, body,
		    a.body->len) == 0, "%s", cases[i].why);
		drop(&a);
	}
	config_unref(&c);
}

Test(recorded, the_type_that_is_given_beats_all)
{
	static const char text[] =
	    "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nhi";
	struct config *c = load("{}");
	struct err err = { "" };
	struct answer a;

	cr_assert(recorded_read(text, strlen(text), "Application/JSON", &c->rules,
	    &a, &err));
	cr_expect_str_eq(a.content_type, "application/json");
	drop(&a);
	config_unref(&c);
}

Test(recorded, keeps_the_headers_that_the_rules_choose)
{
	static const char text[] = "HTTP/1.1 200 OK\nX-Model: a\nX-Other: c\n"
	    "x-model: b\n\nhi";
	struct config *c = load("{'compare':{'headers':[{'name':'x-model'}]}}");
	struct err err = { "" };
	struct answer a;

	cr_assert(recorded_read(text, strlen(text), NULL, &c->rules, &a, &err));
	cr_assert_not_null(a.headers);
	cr_expect_eq(a.headers->len, strlen("x-model:a, b\n"));
	cr_expect_eq(memcmp(a.headers->bytes, "x-model:a, b\n", a.headers->len),
	    0);
	drop(&a);
	config_unref(&c);
}

Test(recorded, what_is_no_head_is_refused)
{
	static const char *const texts[] = {
		"HTTP/1.1 200 OK\nno colon\n\nhi",
		"HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 3\n\nhi",
		"HTTP/1.1 204 No Content\nContent-Length: 2\n\nhi",
		"HTTP/1.1 200 OK\n folded: x\n\nhi",
	};
	struct config *c = load("{}");

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct err err = { "" };
		struct answer a;

		cr_expect_not(recorded_read(texts[i], strlen(texts[i]), NULL,
		    &c->rules, &a, &err), "%s", texts[i]);
		cr_expect_not_null(strstr(err.text, "its head"), "%s", err.text);
		drop(&a);
	}
	config_unref(&c);
}
