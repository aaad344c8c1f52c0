/* test_chunk -- the chunked coding, however it is cut.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "http/chunk.h"

#define IN(text) text, sizeof(text) - 1
#define BODY "5\r\nhello\r\n"

static const struct {
	const char *why;
	const char *input;
	size_t len;
	enum chunk_result want;
	const char *payload; /* up to the end or the fault */
} rows[] = {
	{ "empty", IN("0\r\n\r\n"), CHUNK_END, "" },
	{ "one", IN(BODY "0\r\n\r\n"), CHUNK_END, "hello" },
	{ "two", IN(BODY "1\r\n \r\n0\r\n\r\n"), CHUNK_END, "hello " },
	{ "hexadecimal", IN("0A\r\n0123456789\r\n0\r\n\r\n"), CHUNK_END, "0123456789" },
	{ "small letters", IN("a\r\n0123456789\r\n0\r\n\r\n"), CHUNK_END, "0123456789" },
	{ "leading zeros", IN("0000000000000005\r\nhello\r\n000\r\n\r\n"), CHUNK_END, "hello" },
	{ "CR LF as payload", IN("2\r\n\r\n\r\n0\r\n\r\n"), CHUNK_END, "\r\n" },
	{ "extension", IN("5;a\r\nhello\r\n0;b=c\r\n\r\n"), CHUNK_END, "hello" },
	{ "quoted extension", IN("5;a=\"b; c\"\r\nhello\r\n0\r\n\r\n"), CHUNK_END, "hello" },
	{ "bad white space", IN("5 \t;a\r\nhello\r\n0\r\n\r\n"), CHUNK_END, "hello" },
	{ "trailers", IN("0\r\nX-Sum: 1\r\nY:\r\n\r\n"), CHUNK_END, "" },
	{ "name like a framing field", IN("0\r\nContent-Lengths: 1\r\nHos: a\r\n\r\n"), CHUNK_END, "" },
	{ "long name", IN("0\r\nTransfer-Encoding-Transfer-Encoding-Transfer: a\r\n\r\n"), CHUNK_END, "" },
	{ "the next message behind it", IN("0\r\n\r\nGET"), CHUNK_END, "" },
	{ "unfinished size", IN(BODY "1"), CHUNK_MORE, "hello" },
	{ "unfinished data", IN("5\r\nhel"), CHUNK_MORE, "hel" },
	{ "unfinished end", IN(BODY "0\r\n\r"), CHUNK_MORE, "hello" },
	{ "unfinished trailers", IN("0\r\nX: a\r\n"), CHUNK_MORE, "" },

	{ "what only a proxy may say", IN("0\r\nX-Forwarded-Proto: https\r\n\r\n"), CHUNK_BAD, "" },
	{ "nor of ours", IN("0\r\nx-understudy-leg: shadow\r\n\r\n"), CHUNK_BAD, "" },
	{ "nor Via", IN("0\r\nVia: 1.1 a\r\n\r\n"), CHUNK_BAD, "" },
	{ "the same with underscores", IN("0\r\nX_Forwarded_Proto: https\r\n\r\n"), CHUNK_BAD, "" },
	{ "a client's certificate", IN("0\r\nX-Client-Cert-Subject: a\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: length, with an underscore", IN("0\r\nContent_Length: 5\r\n\r\n"), CHUNK_BAD, "" },
	{ "a name like it", IN("0\r\nX-Forwarded: a\r\n\r\n"), CHUNK_END, "" },
	{ "no size", IN("\r\n"), CHUNK_BAD, "" },
	{ "empty line between chunks", IN(BODY "\r\n0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "sign", IN("+5\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "minus", IN("-5\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "0x", IN("0x5\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "space before the size", IN(" 5\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "space behind the size", IN("5 \r\nhello\r\n"), CHUNK_BAD, "" },
	{ "underscore", IN("1_0\r\n"), CHUNK_BAD, "" },
	{ "letter", IN("5g\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "17 digits", IN("00000000000000005\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "2^63", IN("8000000000000000\r\nx"), CHUNK_BAD, "" },
	{ "2^64", IN("10000000000000000\r\nx"), CHUNK_BAD, "" },
	{ "2^63 - 1", IN("7fffffffffffffff\r\nx"), CHUNK_MORE, "x" },
	{ "bare LF behind the size", IN("5\nhello\r\n0\r\n\r\n"), CHUNK_BAD, "" },
	{ "stray CR in the size line", IN("5\r\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "CR and a letter", IN("5\rX\nhello\r\n"), CHUNK_BAD, "" },
	{ "bare LF in an extension", IN("5;a\nhello\r\n"), CHUNK_BAD, "" },
	{ "stray CR in an extension", IN("5;a\rb\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "LF in a quoted extension", IN("5;a=\"\nb\"\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "NUL in an extension", IN("5;a\0b\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "DEL in an extension", IN("5;a\x7f\r\nhello\r\n"), CHUNK_BAD, "" },
	{ "data without its CR LF", IN("5\r\nhello0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "data one byte too long", IN("5\r\nhello!\r\n0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "data with LF alone", IN("5\r\nhello\n0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "data with CR alone", IN("5\r\nhello\r0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "data with CR and a letter", IN("5\r\nhello\rX0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "data with a letter and LF", IN("5\r\nhelloX\n0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "data with two CR", IN("5\r\nhello\r\r\n0\r\n\r\n"), CHUNK_BAD, "hello" },
	{ "bare LF ends it", IN("0\r\n\n"), CHUNK_BAD, "" },
	{ "CR X ends it", IN("0\r\n\rX"), CHUNK_BAD, "" },
	{ "CR CR LF ends it", IN("0\r\n\r\r\n"), CHUNK_BAD, "" },
	{ "LF behind the last size", IN("0\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: length", IN("0\r\nContent-Length: 5\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: coding", IN("0\r\ntransfer-encoding: chunked\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: host", IN("0\r\nX: a\r\nHOST: a\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: trailer", IN("0\r\nTrailer: a\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: encoding", IN("0\r\nContent-Encoding: gzip\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: type", IN("0\r\nContent-Type: a/b\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: range", IN("0\r\nContent-Range: bytes 0-1/2\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: authorization", IN("0\r\nAuthorization: x\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: connection", IN("0\r\nConnection: x\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: TE", IN("0\r\nTE: x\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer: set-cookie", IN("0\r\nSet-Cookie: a=b\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer folded", IN("0\r\nX: a\r\n b\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer with a space", IN("0\r\nX : a\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer without a name", IN("0\r\n: a\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer without a colon", IN("0\r\nX\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer with NUL", IN("0\r\nX: a\0b\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer with LF", IN("0\r\nX: a\nY: b\r\n\r\n"), CHUNK_BAD, "" },
	{ "trailer with CR", IN("0\r\nX: a\rY: b\r\n\r\n"), CHUNK_BAD, "" },
};

struct result {
	enum chunk_result end;
	const char *why;
	char payload[64];
	size_t payload_len;
	size_t used;
};

/* Feed one piece, from memory of exactly its size. */
static enum chunk_result
feed(struct chunk_decoder *d, const char *bytes, size_t len, struct result *r)
{
	char *exact = malloc(len != 0 ? len : 1);
	enum chunk_result got;
	const char *data;
	size_t pos = 0, data_len;

	memcpy(exact, bytes, len);
	while ((got = chunk_decode(d, exact, len, &pos, &data, &data_len,
	    &r->why)) == CHUNK_DATA) {
		cr_assert_gt(data_len, 0);
		cr_assert_leq(r->payload_len + data_len, sizeof r->payload);
		memcpy(r->payload + r->payload_len, data, data_len);
		r->payload_len += data_len;
	}
	if (got == CHUNK_MORE)
		cr_assert_eq(pos, len);
	r->used += pos;
	free(exact);
	return got;
}

static struct result
decode(const char *bytes, size_t len, size_t cut, size_t piece)
{
	struct chunk_decoder d;
	struct result r = { .end = CHUNK_MORE };
	size_t at = 0;

	chunk_decoder_init(&d);
	if (cut != 0)
		r.end = feed(&d, bytes, at = cut, &r);
	while (r.end == CHUNK_MORE && at < len) {
		size_t n = piece < len - at ? piece : len - at;

		r.end = feed(&d, bytes + at, n, &r);
		at += n;
	}
	return r;
}

static void
check(size_t i, struct result r, const char *how, size_t cut)
{
	cr_expect_eq(r.end, rows[i].want, "%s, %s %zu: got %d (%s)", rows[i].why,
	    how, cut, r.end, r.why != NULL ? r.why : "-");
	cr_expect(r.payload_len == strlen(rows[i].payload) &&
	    memcmp(r.payload, rows[i].payload, r.payload_len) == 0,
	    "%s, %s %zu: payload", rows[i].why, how, cut);
	if (r.end == CHUNK_BAD)
		cr_expect_not_null(r.why, "%s: says no why", rows[i].why);
}

Test(chunk, judges_each_stream_in_any_pieces)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct result whole = decode(rows[i].input, rows[i].len, 0,
		    rows[i].len);

		for (size_t piece = 1; piece <= rows[i].len; piece++)
			check(i, decode(rows[i].input, rows[i].len, 0, piece),
			    "pieces of", piece);
		for (size_t cut = 1; cut < rows[i].len; cut++) {
			struct result r = decode(rows[i].input, rows[i].len,
			    cut, rows[i].len);

			check(i, r, "cut at", cut);
			cr_expect_eq(r.used, whole.used, "%s, cut at %zu",
			    rows[i].why, cut);
		}
	}
}

Test(chunk, leaves_the_next_message_alone)
{
	struct result r = decode(IN("0\r\n\r\nGET"), 0, 99);

	cr_expect_eq(r.used, 5);
}

Test(chunk, remembers_how_it_ended)
{
	struct chunk_decoder d;
	struct result r = { .end = CHUNK_MORE };

	chunk_decoder_init(&d);
	cr_expect_eq(feed(&d, IN("0\r\n\r\n"), &r), CHUNK_END);
	r.used = 0;
	cr_expect_eq(feed(&d, IN("5\r\n"), &r), CHUNK_END);
	cr_expect_eq(r.used, 0);
	chunk_decoder_init(&d);
	cr_expect_eq(feed(&d, IN("x"), &r), CHUNK_BAD);
	cr_expect_eq(feed(&d, IN("5\r\n"), &r), CHUNK_BAD);
	cr_expect_eq(feed(&d, IN(""), &r), CHUNK_BAD);
	cr_expect_not_null(r.why);
}

/* A line of the given start, then so many of a byte. */
static enum chunk_result
feed_long(const char *start, char byte, size_t count, const char *end)
{
	struct chunk_decoder d;
	struct result r = { .end = CHUNK_MORE };

	chunk_decoder_init(&d);
	r.end = feed(&d, start, strlen(start), &r);
	for (size_t i = 0; r.end == CHUNK_MORE && i < count; i++)
		r.end = feed(&d, &byte, 1, &r);
	if (r.end == CHUNK_MORE)
		r.end = feed(&d, end, strlen(end), &r);
	return r.end;
}

Test(chunk, caps_lines_and_trailers)
{
	cr_expect_eq(feed_long("0;", 'x', CHUNK_LINE_MAX - 4, "\r\n\r\n"),
	    CHUNK_END);
	cr_expect_eq(feed_long("0;", 'x', CHUNK_LINE_MAX - 3, "\r\n\r\n"),
	    CHUNK_BAD);
	cr_expect_eq(feed_long("0\r\nX:", 'x', CHUNK_TRAILERS_MAX - 6,
	    "\r\n\r\n"), CHUNK_END);
	cr_expect_eq(feed_long("0\r\nX:", 'x', CHUNK_TRAILERS_MAX - 5,
	    "\r\n\r\n"), CHUNK_BAD);
	cr_expect_eq(feed_long("0\r\n", 'x', CHUNK_TRAILERS_MAX - 5,
	    ":\r\n\r\n"), CHUNK_END);
}

static const struct {
	const char *why, *input, *section;
} sections[] = {
	{ "none", "0\r\n\r\n", "" },
	{ "one", "0\r\nX-Sum: 1\r\n\r\n", "X-Sum: 1\r\n" },
	{ "three", BODY "0;x\r\nA:b\r\nC: \r\nd: e f \r\n\r\n",
	    "A:b\r\nC: \r\nd: e f \r\n" },
};

/* However they are cut. */
Test(chunk, gives_trailers_out_when_asked)
{
	for (size_t i = 0; i < COUNT_OF(sections); i++) {
		const char *in = sections[i].input, *data, *why;
		size_t len = strlen(in);

		for (size_t piece = 1; piece <= len; piece++) {
			enum chunk_result r = CHUNK_MORE;
			struct chunk_decoder d;
			char got[100] = "";
			size_t data_len;

			chunk_decoder_init(&d);
			d.wants_trailers = true;
			for (size_t at = 0; at < len; at += piece) {
				size_t n = len - at < piece ? len - at : piece, pos = 0;

				while ((r = chunk_decode(&d, in + at, n, &pos, &data,
				    &data_len, &why)) < CHUNK_MORE)
					if (r == CHUNK_TRAILER)
						strncat(got, data, data_len);
			}
			cr_expect_eq(r, CHUNK_END, "%s", sections[i].why);
			cr_expect_str_eq(got, sections[i].section, "%s by %zu",
			    sections[i].why, piece);
		}
	}
}

/* The caps are per line: a long stream of small chunks passes. */
Test(chunk, has_no_cap_on_the_number_of_chunks)
{
	struct chunk_decoder d;
	const char *data, *why;
	size_t data_len, pos;

	chunk_decoder_init(&d);
	for (int i = 0; i < 100000; i++) {
		pos = 0;
		cr_assert_eq(chunk_decode(&d, IN("1;abc\r\nx\r\n"), &pos, &data,
		    &data_len, &why), CHUNK_DATA);
		cr_assert_eq(chunk_decode(&d, IN("1;abc\r\nx\r\n"), &pos, &data,
		    &data_len, &why), CHUNK_MORE);
	}
}
