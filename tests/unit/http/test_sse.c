/* test_sse -- event streams, however they are cut.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "http/sse.h"

#define IN(text) text, sizeof(text) - 1

/* want: "event|data|id" of each event, each followed by ";". */
static const struct {
	const char *why;
	const char *input;
	size_t len;
	const char *want;
} rows[] = {
	{ "one", IN("data: a\n\n"), "message|a|;" },
	{ "CR LF", IN("data: a\r\n\r\n"), "message|a|;" },
	{ "CR", IN("data: a\r\r"), "message|a|;" },
	{ "CR LF between lines", IN("data: a\r\ndata: b\r\n\r\n"), "message|a\nb|;" },
	{ "line ends mixed", IN("data: a\rdata: b\ndata: c\r\n\n"), "message|a\nb\nc|;" },
	{ "CR LF is one end, LF CR two", IN("data: a\n\rdata: b\r\n\r\n"), "message|a|;message|b|;" },
	{ "no space", IN("data:a\n\n"), "message|a|;" },
	{ "one space only is taken", IN("data:  a \n\n"), "message| a |;" },
	{ "tab is kept", IN("data:\ta\n\n"), "message|\ta|;" },
	{ "colons", IN("data: a: b:c\n\n"), "message|a: b:c|;" },
	{ "two lines", IN("data: a\ndata: b\n\n"), "message|a\nb|;" },
	{ "empty data", IN("data\n\n"), "message||;" },
	{ "empty data with a colon", IN("data:\n\n"), "message||;" },
	{ "two empty lines of data", IN("data\ndata\n\n"), "message|\n|;" },
	{ "no data, no event", IN("event: x\n\ndata: a\n\n"), "message|a|;" },
	{ "only ends", IN("\n\r\n\r\r\n"), "" },
	{ "named", IN("event: x\ndata: a\n\ndata: b\n\n"), "x|a|;message|b|;" },
	{ "last name wins", IN("event: x\nevent: y\ndata: a\n\n"), "y|a|;" },
	{ "id stays", IN("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"),
	    "message|a|1;message|b|1;message|c|;" },
	{ "id with NUL is ignored", IN("id: 1\nid: 2\0\ndata: a\n\n"), "message|a|1;" },
	{ "name with NUL is ignored", IN("event: x\nevent: \0y\ndata: a\n\n"), "x|a|;" },
	{ "comments", IN(": hello\n:\ndata: a\n: x\n\n"), "message|a|;" },
	{ "retry and unknown fields", IN("retry: 5\nfoo: b\nbar\ndata: a\n\n"), "message|a|;" },
	{ "names are exact", IN("Data: a\n data: b\ndata : c\ndatas: d\n\n"), "" },
	{ "unfinished", IN("data: a\n\ndata: b\n"), "message|a|;" },
	{ "unfinished line", IN("data: a\n\ndata: b"), "message|a|;" },
	{ "BOM", IN("\xef\xbb\xbf" "data: a\n\n"), "message|a|;" },
	{ "BOM once only", IN("\xef\xbb\xbf\xef\xbb\xbf" "data: a\n\n"), "" },
	{ "BOM at the start only", IN("data: a\n\n\xef\xbb\xbf" "data: b\n\n"), "message|a|;" },
	{ "BOM alone in its line", IN("\xef\xbb\xbf\ndata: a\n\n"), "message|a|;" },
	{ "half a BOM", IN("\xef\xbb" "data: a\n\n"), "" },
	{ "UTF-8", IN("data: \xc3\xa4\xe2\x82\xac\n\n"), "message|\xc3\xa4\xe2\x82\xac|;" },
	{ "chat", IN("data: {\"a\":1}\n\ndata: [DONE]\n\n"),
	    "message|{\"a\":1}|;message|[DONE]|;" },
};

struct seen {
	char text[256];
	size_t len;
};

static void
on_event(void *arg, const struct sse_event *e)
{
	struct seen *s = arg;

	cr_assert_eq(strlen(e->data), e->data_len);
	s->len += (size_t)snprintf(s->text + s->len, sizeof s->text - s->len,
	    "%s|%s|%s;", e->event, e->data, e->id);
}

/* From memory of exactly its size. */
static bool
feed(struct sse_parser *p, const char *bytes, size_t len, struct seen *s)
{
	char *exact = malloc(len != 0 ? len : 1);
	bool ok;

	memcpy(exact, bytes, len);
	ok = sse_feed(p, exact, len, on_event, s);
	free(exact);
	return ok;
}

static void
check(size_t i, size_t cut, size_t piece)
{
	struct seen s = { .len = 0 };
	struct sse_parser p;
	size_t at = cut;

	sse_init(&p, 64);
	cr_expect(feed(&p, rows[i].input, cut, &s));
	while (at < rows[i].len) {
		size_t n = piece < rows[i].len - at ? piece : rows[i].len - at;

		cr_expect(feed(&p, rows[i].input + at, n, &s));
		at += n;
	}
	sse_fini(&p);
	cr_expect_str_eq(s.text, rows[i].want, "%s, cut %zu, pieces of %zu: "
	    "got \"%s\"", rows[i].why, cut, piece, s.text);
}

Test(sse, reads_each_stream_in_any_pieces)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		for (size_t piece = 1; piece <= rows[i].len; piece++)
			check(i, 0, piece);
		for (size_t cut = 1; cut < rows[i].len; cut++)
			check(i, cut, rows[i].len);
	}
}

static void
on_nul(void *arg, const struct sse_event *e)
{
	bool *ok = arg;

	*ok = e->data_len == 3 && memcmp(e->data, "a\0b", 4) == 0;
}

Test(sse, counts_nul_in_data)
{
	struct sse_parser p;
	bool ok = false;

	sse_init(&p, 64);
	cr_expect(sse_feed(&p, IN("data: a\0b\n\n"), on_nul, &ok));
	cr_expect(ok);
	sse_fini(&p);
}

static const struct {
	const char *why, *input;
	bool want; /* with a cap of 10 bytes */
} caps[] = {
	{ "data of 9 and its end", "data: 123456789\n\n", true },
	{ "data of 10 and its end", "data: 1234567890\n\n", false },
	{ "unfinished data of 9", "data:123456789", true },
	{ "unfinished data of 10", "data:1234567890", false },
	{ "a name of 10", "event:1234567890\n", true },
	{ "a name of 11", "event:12345678901\n", false },
	{ "an id of 11", "id:12345678901\n", false },
	{ "a comment of any length", ":123456789012345678901234567890\n", true },
	{ "an unknown field of any length", "retry12345:67890123456789\n", true },
	{ "data of 10 with its ends", "data:1234\ndata:1234\n\n", true },
	{ "data of 11 with its ends", "data:1234\ndata:12345\n\n", false },
	{ "many events", "data:1234\n\ndata:1234\n\ndata:1234\n\n", true },
	{ "empty lines of data", "data\ndata\ndata\ndata\ndata\ndata\ndata\n"
	    "data\ndata\ndata\ndata\n\n", false },
};

Test(sse, caps_lines_and_events_in_any_pieces)
{
	for (size_t i = 0; i < COUNT_OF(caps); i++) {
		size_t len = strlen(caps[i].input);

		for (size_t piece = 1; piece <= len; piece++) {
			struct seen s = { .len = 0 };
			struct sse_parser p;
			bool ok = true;

			sse_init(&p, 10);
			for (size_t at = 0; ok && at < len; at += piece)
				ok = feed(&p, caps[i].input + at,
				    piece < len - at ? piece : len - at, &s);
			cr_expect_eq(ok, caps[i].want, "%s, pieces of %zu",
			    caps[i].why, piece);
			if (!ok)
				cr_expect_not(feed(&p, "\n\n", 2, &s));
			sse_fini(&p);
		}
	}
}
