/* What a body is, and the tree that it becomes.
 * SPDX-License-Identifier: MIT
 */
#include "compare/content.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/buf.h"
#include "support.h"

#define B "--XyZ"
#define LATIN "text/plain; charset=iso-8859-1"

static const struct {
	const char *why, *type, *body;
	size_t len; /* 0 = as a C string */
	enum content_form form;
	const char *want; /* the tree, or the text; of other bytes "" */
} cases[] = {
	{ "JSON", "application/json", "{\"a\":1}", 0, CONTENT_JSON, "{\"a\":1}" },
	{ "problem", "application/problem+json", "[1]", 0, CONTENT_JSON, "[1]" },
	{ "JSON by its looks", "text/plain", " [1,2] ", 0, CONTENT_JSON, "[1,2]" },
	{ "broken JSON", "application/json", "{\"a\":", 0, CONTENT_TEXT,
	    "broken {\"a\":" },
	{ "text", "text/plain", "hello", 0, CONTENT_TEXT, "hello" },
	{ "text without a type", "", "hello", 0, CONTENT_TEXT, "hello" },
	{ "nothing", "application/json", "", 0, CONTENT_NOTHING, "" },
	{ "a mark alone", "text/plain", "\xef\xbb\xbf", 0, CONTENT_NOTHING, "" },
	{ "other bytes", "image/png", "\x89PNG", 0, CONTENT_BINARY, "" },
	{ "other bytes that look marked", "image/png", "\xff\xfe" "ab", 0,
	    CONTENT_BINARY, "" },

	{ "lines", "application/x-ndjson", "{\"a\":1}\n[2]\r\n\n3\n", 0,
	    CONTENT_LINES, "[{\"a\":1},[2],3]" },
	{ "lines, the last one without end", "application/jsonl", "1\n2", 0,
	    CONTENT_LINES, "[1,2]" },
	{ "no lines", "application/x-ndjson", "\n\n", 0, CONTENT_LINES, "[]" },
	{ "a sequence", "application/json-seq", "\x1e{\"a\":\n1}\n", 0,
	    CONTENT_TEXT, "broken \x1e{\"a\":\n1}\n" },
	{ "a sequence of one line each", "application/json-seq",
	    "\x1e{\"a\":1}\n\x1e{\"b\":2}\n", 0, CONTENT_LINES,
	    "[{\"a\":1},{\"b\":2}]" },
	{ "a broken line", "application/x-ndjson", "{\"a\":1}\n{\"a\"\n", 0,
	    CONTENT_TEXT, "broken {\"a\":1}\n{\"a\"\n" },
	{ "lines that are one document", "application/x-ndjson",
	    "{\n\"a\": 1\n}", 0, CONTENT_JSON, "{\"a\":1}" },

	{ "a stream", "text/event-stream", "data: {\"a\":1}\n\n", 0,
	    CONTENT_STREAM, "{\"a\":1}" },
	{ "a stream that is an error document", "text/event-stream",
	    "{\"error\":1}", 0, CONTENT_JSON, "{\"error\":1}" },
	{ "a stream without events", "text/event-stream", "oops", 0,
	    CONTENT_TEXT, "broken oops" },

	{ "a form", "application/x-www-form-urlencoded",
	    "a=1&b=two+words&a=%C3%A9&c&=x&&d=%zz%4", 0, CONTENT_FORM,
	    "{\"\":\"x\",\"a\":[\"1\",\"\xc3\xa9\"],\"b\":\"two words\","
	    "\"c\":\"\",\"d\":\"%zz%4\"}" },

	{ "Latin-1", LATIN, "caf\xe9 \x93yes\x94", 0, CONTENT_TEXT,
	    "caf\xc3\xa9 \xe2\x80\x9cyes\xe2\x80\x9d" },
	{ "Latin-1 in quotes", "text/html; a=b; charset=\"latin1\"", "\xe4", 0,
	    CONTENT_TEXT, "\xc3\xa4" },
	{ "UTF-16 by its mark", "text/plain", "\xff\xfe" "a\0\xac\x20", 6,
	    CONTENT_TEXT, "a\xe2\x82\xac" },
	{ "UTF-16, the mark against the charset", LATIN,
	    "\xfe\xff\0a\x20\xac", 6, CONTENT_TEXT, "a\xe2\x82\xac" },
	{ "JSON in UTF-16", "application/json; charset=utf-16le", "{\0}\0", 4,
	    CONTENT_JSON, "{}" },
	{ "Japanese", "text/plain; charset=shift_jis", "\x93\xfa\x96\x7b", 0,
	    CONTENT_TEXT, "\xe6\x97\xa5\xe6\x9c\xac" },
	{ "a mark before UTF-8", "text/plain; charset=utf-8",
	    "\xef\xbb\xbfyes", 0, CONTENT_TEXT, "yes" },
	{ "what is no UTF-8", "text/plain; charset=utf-8", "\xff\xff", 0,
	    CONTENT_BINARY, "" },
	{ "a stream is UTF-8", "text/event-stream; charset=latin1",
	    "data: {\"a\":\"\xc3\xa9\"}\n\n", 0, CONTENT_STREAM,
	    "{\"a\":\"\xc3\xa9\"}" },

	{ "parts by name", "multipart/form-data; boundary=xyz",
	    "preamble\r\n" B "\r\ncontent-disposition: form-data; name=\"who\""
	    "\r\n\r\nAda\r\n" B " \t\r\nContent-Disposition: form-data; "
	    "name=file; filename=\"a \\\"b\\\".json\"\r\nContent-Type: "
	    "Application/JSON; charset=utf-8\r\n\r\n{\"a\": 1}\r\n"
	    B "\r\nContent-Disposition: form-data; name=who\r\n\r\n\r\n"
	    B "--\r\nepilogue", 0, CONTENT_PARTS,
	    "{\"file\":{\"type\":\"application/json\",\"filename\":"
	    "\"a \\\"b\\\".json\",\"body\":{\"a\":1}},"
	    "\"who\":[{\"body\":\"Ada\"},{\"body\":\"\"}]}" },
	{ "parts by position, with LF", "multipart/mixed; boundary=\"xyz\"",
	    B "\ncontent-type: text/plain; charset=latin1\n\n\xe9\n\n"
	    B "\ncontent-type: image/png\n\n\x89\xff\n" B "--", 0,
	    CONTENT_PARTS, "[{\"type\":\"text/plain\",\"body\":\"\xc3\xa9\\n\"},"
	    "{\"type\":\"image/png\",\"body\":\"2 bytes, xxh3 "
	    "240fcf7bfe0b40f2\"}]" },
	{ "a packed part", "multipart/mixed; boundary=xyz",
	    B "\ncontent-transfer-encoding: base64\n\neA==\n" B "--", 0,
	    CONTENT_PARTS, "[{\"body\":\"4 bytes, xxh3 adb7cd6b7db6d4d2\"}]" },
	{ "parts in parts", "multipart/mixed; boundary=xyz",
	    B "\ncontent-type: multipart/mixed; boundary=in\n\n"
	    "--in\n\na\n--in--\n" B "--", 0, CONTENT_PARTS,
	    "[{\"type\":\"multipart/mixed\",\"body\":[{\"body\":\"a\"}]}]" },
	{ "parts without their end", "multipart/mixed; boundary=xyz",
	    B "\n\na\n" B "\n\nb", 0, CONTENT_TEXT,
	    "broken " B "\n\na\n" B "\n\nb" },
	{ "a longer boundary is another one", "multipart/mixed; boundary=xyz",
	    B "1\n\na\n" B "1--", 0, CONTENT_TEXT,
	    "broken " B "1\n\na\n" B "1--" },
	{ "parts without a boundary", "multipart/mixed", "a", 0, CONTENT_TEXT,
	    "broken a" },
};

static void
write_json(const struct json *v, struct buf *out)
{
	const char *comma = "";

	if (v->kind == JSON_STRING) {
		buf_json_string(out, v->text, v->len);
		return;
	}
	if (v->kind != JSON_ARRAY && v->kind != JSON_OBJECT) {
		buf_add(out, v->text, v->len);
		return;
	}
	buf_puts(out, v->kind == JSON_ARRAY ? "[" : "{");
	for (const struct json *c = v->first; c != NULL; c = c->next) {
		buf_puts(out, comma);
		if (v->kind == JSON_OBJECT) {
			buf_json_string(out, c->key, c->key_len);
			buf_puts(out, ":");
		}
		write_json(c, out);
		comma = ",";
	}
	buf_puts(out, v->kind == JSON_ARRAY ? "]" : "}");
}

static bool
read_it(const char *type, const char *body, size_t len, struct arena *a,
    struct content *c)
{
	struct answer answer = { 0 };
	bool ok;

	support_answer(&answer, 200, type, body, len);
	cr_assert(content_decode(&answer, a, c));
	/* The content borrows from the body. */
	c->bytes.at = memcpy(arena_alloc(a, len + 1), c->bytes.at, len);
	ok = content_read(&answer, NULL, a, c);
	blob_unref(&answer.body);
	return ok;
}

Test(content, reads_each_case)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t len = cases[i].len > 0 ? cases[i].len :
		    strlen(cases[i].body);
		struct buf got = { 0 };
		struct content c;
		struct arena a;

		arena_init(&a, 0);
		cr_assert(read_it(cases[i].type, cases[i].body, len, &a, &c),
		    "%s: %s", cases[i].why, c.why);
		cr_expect_eq(c.form, cases[i].form, "%s: %s", cases[i].why,
		    content_form_name(c.form));
		buf_puts(&got, c.broken ? "broken " : "");
		if (c.tree != NULL)
			write_json(c.tree, &got);
		else if (c.form == CONTENT_TEXT)
			buf_add(&got, c.bytes.at, c.bytes.len);
		cr_expect_str_eq(got.bytes, cases[i].want, "%s: %s",
		    cases[i].why, got.bytes);
		buf_fini(&got);
		arena_fini(&a);
	}
}

static const struct {
	const char *why, *type, *body;
	size_t cap;
	const char *want;
} refusals[] = {
	{ "a charset that nobody knows", "text/plain; charset=klingon", "a", 0,
	    "charset klingon is not one we know" },
	{ "a charset that names a module", "text/plain; charset=../../tmp/x",
	    "a", 0, "charset ../../tmp/x is not one we know" },
	{ "what the charset has not", "text/plain; charset=euc-jp", "\xa1\xff",
	    0, "charset euc-jp has bytes that stand for nothing" },
	{ "half a character", "text/plain; charset=shift_jis", "\x93", 0,
	    "charset shift_jis is cut short" },
	{ "a charset within a part", "multipart/mixed; boundary=xyz",
	    B "\ncontent-type: text/plain; charset=x\n\na\n" B "--", 0,
	    "charset x is not one we know" },
	{ "no room for a form", "application/x-www-form-urlencoded", "a=b&c=d",
	    200, "too large to compare" },
	{ "no room for lines", "application/x-ndjson", "1\n2\n3", 250,
	    "too large to compare" },
};

Test(content, says_why_it_cannot)
{
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		struct content c;
		struct arena a;

		arena_init(&a, refusals[i].cap);
		cr_expect_not(read_it(refusals[i].type, refusals[i].body,
		    strlen(refusals[i].body), &a, &c), "%s", refusals[i].why);
		cr_expect_str_eq(c.why, refusals[i].want, "%s",
		    refusals[i].why);
		arena_fini(&a);
	}
}

/* As deep as multipart bodies go, with the deepest document inside. */
static void
write_nest(struct buf *out, unsigned depth)
{
	if (depth == 0) {
		for (int i = 0; i < JSON_DEPTH_MAX; i++)
			buf_puts(out, "[");
		for (int i = 0; i < JSON_DEPTH_MAX; i++)
			buf_puts(out, "]");
		return;
	}
	buf_printf(out, "--%u\nContent-Disposition: form-data; name=a\n",
	    depth);
	buf_printf(out, depth == 1 ? "Content-Type: application/json\n\n" :
	    "Content-Type: multipart/form-data; boundary=%u\n\n", depth - 1);
	write_nest(out, depth - 1);
	buf_printf(out, "\n--%u--\n", depth);
}

Test(content, bounds_how_deep_parts_go)
{
	for (unsigned depth = 1; depth <= CONTENT_DEPTH_MAX + 1; depth++) {
		struct compare_rules rules = { .text_similarity = 1 };
		struct buf body = { 0 };
		struct diff_set diffs;
		struct content c;
		struct arena a;
		char type[60];

		snprintf(type, sizeof type,
		    "multipart/form-data; boundary=%u", depth);
		write_nest(&body, depth);
		arena_init(&a, 0);
		if (depth <= CONTENT_DEPTH_MAX) {
			cr_assert(read_it(type, body.bytes, body.len, &a, &c));
			diff_set_init(&diffs);
			cr_assert(json_diff(c.tree, c.tree, &rules, &a, &diffs));
			cr_expect_eq(diffs.found, 0);
		} else {
			cr_expect_not(read_it(type, body.bytes, body.len, &a,
			    &c));
			cr_expect_str_eq(c.why, "multipart too deep to compare");
		}
		arena_fini(&a);
		buf_fini(&body);
	}
}

Test(content, bounds_how_many_parts_there_are)
{
	struct buf body = { 0 };
	struct content c;
	struct arena a;

	for (int i = 0; i <= CONTENT_PARTS_MAX; i++)
		buf_puts(&body, "--x\n\na\n");
	buf_puts(&body, "--x--");
	arena_init(&a, 0);
	cr_expect_not(read_it("multipart/mixed; boundary=x", body.bytes,
	    body.len, &a, &c));
	cr_expect_str_eq(c.why, "too many parts to compare");
	arena_fini(&a);
	buf_fini(&body);
}
