/* test_parser -- what is a head and what is not, for both legs.
 * SPDX-License-Identifier: MIT
 *
 * Every input is parsed whole, and from memory of exactly its size, so that
 * the address sanitizer sees a read behind it.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "http/parser.h"

#define IN(text) text, sizeof(text) - 1
#define GET "GET / HTTP/1.1\r\n"
#define REQ(fields) IN(GET "Host: a\r\n" fields "\r\n")
#define OK "HTTP/1.1 200 OK\r\n"
#define RES(fields) IN(OK fields "\r\n")

static const struct head_limits lim = { 65536, 100 };

static enum head_result
parse(bool request, const char *bytes, size_t len, size_t seen,
    const struct head_limits *limits, struct head *h, const char **why)
{
	char *exact = malloc(len != 0 ? len : 1);
	enum head_result result;

	memcpy(exact, bytes, len);
	*why = NULL;
	result = request ?
	    parse_request_head(exact, len, seen, limits, h, why) :
	    parse_response_head(exact, len, seen, limits, h, why);
	free(exact);
	h->base = bytes; /* offsets move with the bytes */
	return result;
}

struct row {
	const char *why;
	const char *input;
	size_t len;
	enum head_result want;
};

/* What a request and a response have in common: their fields. */
#define FIELD_ROWS(HEAD) \
	{ "folded field", HEAD("X: a\r\n b\r\n"), HEAD_BAD }, \
	{ "folded by a tab", HEAD("X: a\r\n\tb\r\n"), HEAD_BAD }, \
	{ "line of a space only", HEAD(" \r\n"), HEAD_BAD }, \
	{ "space before the colon", HEAD("X : a\r\n"), HEAD_BAD }, \
	{ "tab before the colon", HEAD("X\t: a\r\n"), HEAD_BAD }, \
	{ "space in a name", HEAD("X Y: a\r\n"), HEAD_BAD }, \
	{ "empty name", HEAD(": a\r\n"), HEAD_BAD }, \
	{ "no colon", HEAD("X\r\n"), HEAD_BAD }, \
	{ "name not a token", HEAD("X(: a\r\n"), HEAD_BAD }, \
	{ "name not ASCII", HEAD("X\xc3\xa4: a\r\n"), HEAD_BAD }, \
	{ "NUL in a name", HEAD("X\0Y: a\r\n"), HEAD_BAD }, \
	{ "bare LF", HEAD("X: a\nY: b\r\n"), HEAD_BAD }, \
	{ "bare CR in a value", HEAD("X: a\rY: b\r\n"), HEAD_BAD }, \
	{ "CR CR LF", HEAD("X: a\r\r\n"), HEAD_BAD }, \
	{ "CR CR LF in place of the end", HEAD("\r\r\nX"), HEAD_BAD }, \
	{ "CR X in place of the end", HEAD("\rX: a\r\n"), HEAD_BAD }, \
	{ "NUL in a value", HEAD("X: a\0b\r\n"), HEAD_BAD }, \
	{ "NUL in a long value", HEAD("X: 0123456789\0" "0123456\r\n"), HEAD_BAD }, \
	{ "control in a value", HEAD("X: a\x01\r\n"), HEAD_BAD }, \
	{ "escape in a value", HEAD("X: abcdefgh\x1b[0m\r\n"), HEAD_BAD }, \
	{ "DEL in a value", HEAD("X: abcdefghijk\x7flmnopqrs\r\n"), HEAD_BAD }, \
	{ "two lengths", HEAD("Content-Length: 5\r\nContent-Length: 5\r\n"), HEAD_BAD }, \
	{ "length in a list", HEAD("Content-Length: 5, 5\r\n"), HEAD_BAD }, \
	{ "length over 2^64", HEAD("Content-Length: 18446744073709551616\r\n"), HEAD_BAD }, \
	{ "length with a sign", HEAD("Content-Length: +5\r\n"), HEAD_BAD }, \
	/* The grammar allows this one; llhttp does not, and nobody sends it. */ \
	{ "length and a tab", HEAD("Content-Length: 5\t\r\n"), HEAD_BAD }, \
	{ "no fields more", HEAD(""), HEAD_OK }, \
	{ "no space behind the colon", HEAD("X:a\r\n"), HEAD_OK }, \
	{ "white space around a value", HEAD("X: \t a \t\r\n"), HEAD_OK }, \
	{ "empty value", HEAD("X:\r\n"), HEAD_OK }, \
	{ "blank value", HEAD("X: \t \r\n"), HEAD_OK }, \
	{ "tab in a value", HEAD("X: abcdefgh\tijklmnop\r\n"), HEAD_OK }, \
	{ "bytes over 0x7f in a value", HEAD("X: \xc3\xa4\xff\x80\xfe abcdefgh\r\n"), HEAD_OK }, \
	{ "colons in a value", HEAD("X: a:b::c\r\n"), HEAD_OK }, \
	{ "every kind of token character", HEAD("!#$%&'*+-.^_`|~09azAZ: x\r\n"), HEAD_OK }, \
	{ "same field twice", HEAD("X: a\r\nX: b\r\n"), HEAD_OK }, \
	{ "an upgrade that is only asked for", \
	    HEAD("Connection: upgrade\r\nUpgrade: h2c\r\n"), HEAD_OK }, \
	{ "length with leading zeros", HEAD("Content-Length: 0007\r\n"), HEAD_OK }, \
	{ "chunked", HEAD("Transfer-Encoding: chunked\r\n"), HEAD_OK }, \
	{ "bytes of a body behind it", HEAD("\r\n\0\x01\n\n\r"), HEAD_OK }

static const struct row requests[] = {
	FIELD_ROWS(REQ),
	{ "HTTP/1.0 without fields", IN("GET / HTTP/1.0\r\n\r\n"), HEAD_OK },
	{ "one empty line before", IN("\r\n" GET "\r\n"), HEAD_OK },
	{ "target with odd visible characters",
	    IN("GET /a|b\"<>{}[]\\^`?q={\"a\":[1]} HTTP/1.1\r\n\r\n"), HEAD_OK },
	{ "M-SEARCH", IN("M-SEARCH * HTTP/1.1\r\n\r\n"), HEAD_OK },
	{ "PATCH", IN("PATCH /a HTTP/1.1\r\n\r\n"), HEAD_OK },
	{ "nothing", IN(""), HEAD_MORE },
	{ "CR only", IN("\r"), HEAD_MORE },
	{ "empty line only", IN("\r\n"), HEAD_MORE },
	{ "two empty lines before", IN("\r\n\r\n" GET "\r\n"), HEAD_BAD },
	{ "LF before", IN("\n" GET "\r\n"), HEAD_BAD },
	{ "CR alone before", IN("\r" GET "\r\n"), HEAD_BAD },
	{ "space before", IN(" " GET "\r\n"), HEAD_BAD },
	{ "bare LF behind the line", IN("GET / HTTP/1.1\nHost: a\r\n\r\n"), HEAD_BAD },
	{ "bare LF, head not complete", IN("GET / HTTP/1.1\n"), HEAD_BAD },
	{ "two LF end the head", IN(GET "Host: a\n\n"), HEAD_BAD },
	{ "bare LF ends the head", IN(GET "Host: a\r\n\n"), HEAD_BAD },
	{ "CR CR LF behind the line", IN("GET / HTTP/1.1\r\r\n\r\n"), HEAD_BAD },
	{ "two spaces behind the method", IN("GET  / HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "two spaces behind the target", IN("GET /  HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "space behind the version", IN("GET / HTTP/1.1 \r\n\r\n"), HEAD_BAD },
	{ "tab behind the method", IN("GET\t/ HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "space in the target", IN("GET /a b HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "tab in the target", IN("GET /a\tb HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "NUL in the target", IN("GET /a\0b HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "target not ASCII", IN("GET /\xc3\xa4 HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "no target", IN("GET HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "empty target", IN("GET  HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "no version", IN("GET /\r\n\r\n"), HEAD_BAD },
	{ "version 0.9", IN("GET / HTTP/0.9\r\n\r\n"), HEAD_VERSION },
	{ "version 1.2", IN("GET / HTTP/1.2\r\n\r\n"), HEAD_VERSION },
	{ "version 2.0", IN("GET / HTTP/2.0\r\n\r\n"), HEAD_VERSION },
	{ "version 1.10", IN("GET / HTTP/1.10\r\n\r\n"), HEAD_BAD },
	{ "version 1,1", IN("GET / HTTP/1,1\r\n\r\n"), HEAD_BAD },
	{ "version in small letters", IN("GET / http/1.1\r\n\r\n"), HEAD_BAD },
	{ "another protocol's name", IN("GET / ICE/1.0\r\n\r\n"), HEAD_BAD },
	{ "RTSP's methods", IN("DESCRIBE / HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "HTTP/2 preface", IN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HEAD_VERSION },
	{ "unknown method", IN("FROBNICATE / HTTP/1.1\r\n\r\n"), HEAD_UNKNOWN_METHOD },
	{ "method in small letters", IN("get / HTTP/1.1\r\n\r\n"), HEAD_UNKNOWN_METHOD },
	{ "known method and more", IN("GETS / HTTP/1.1\r\n\r\n"), HEAD_UNKNOWN_METHOD },
	{ "TLS", IN("\x16\x03\x01\x02"), HEAD_BAD },
	{ "a response", IN(OK "\r\n"), HEAD_BAD },
	{ "both lengths", REQ("Content-Length: 5\r\n"
	    "Transfer-Encoding: chunked\r\n"), HEAD_BAD },
};

static const struct row responses[] = {
	FIELD_ROWS(RES),
	{ "HTTP/1.0", IN("HTTP/1.0 404 Not Found\r\n\r\n"), HEAD_OK },
	{ "no reason", IN("HTTP/1.1 200 \r\n\r\n"), HEAD_OK },
	{ "no reason and no space", IN("HTTP/1.1 200\r\n\r\n"), HEAD_OK },
	{ "reason with spaces", IN("HTTP/1.1 500 a  b c\r\n\r\n"), HEAD_OK },
	{ "reason in UTF-8", IN("HTTP/1.1 200 \xc3\xa4\r\n\r\n"), HEAD_OK },
	{ "interim", IN("HTTP/1.1 100 Continue\r\n\r\n"), HEAD_OK },
	{ "101 with an upgrade", IN("HTTP/1.1 101 X\r\nConnection: upgrade\r\n"
	    "Upgrade: websocket\r\n\r\n"), HEAD_OK },
	{ "nothing", IN(""), HEAD_MORE },
	{ "start of the version", IN("HTT"), HEAD_MORE },
	{ "empty line before", IN("\r\n" OK "\r\n"), HEAD_BAD },
	{ "another protocol", IN("SSH-2.0-OpenSSH"), HEAD_BAD },
	{ "ICY", IN("ICY 200 OK\r\n\r\n"), HEAD_BAD },
	{ "version 1.2", IN("HTTP/1.2 200 OK\r\n\r\n"), HEAD_VERSION },
	{ "version 2", IN("HTTP/2 200 OK\r\n\r\n"), HEAD_BAD },
	{ "two spaces behind the version", IN("HTTP/1.1  200 OK\r\n\r\n"), HEAD_BAD },
	{ "two digits", IN("HTTP/1.1 20 OK\r\n\r\n"), HEAD_BAD },
	{ "four digits", IN("HTTP/1.1 2000 OK\r\n\r\n"), HEAD_BAD },
	{ "status 099", IN("HTTP/1.1 099 OK\r\n\r\n"), HEAD_BAD },
	{ "status 600", IN("HTTP/1.1 600 OK\r\n\r\n"), HEAD_BAD },
	{ "status not a number", IN("HTTP/1.1 2x0 OK\r\n\r\n"), HEAD_BAD },
	{ "tab behind the status", IN("HTTP/1.1 200\tOK\r\n\r\n"), HEAD_BAD },
	{ "no status", IN("HTTP/1.1\r\n\r\n"), HEAD_BAD },
	{ "NUL in the reason", IN("HTTP/1.1 200 O\0K\r\n\r\n"), HEAD_BAD },
	{ "bare CR in the reason", IN("HTTP/1.1 200 O\rK\r\n\r\n"), HEAD_BAD },
	{ "bare LF behind the line", IN("HTTP/1.1 200 OK\nX: a\r\n\r\n"), HEAD_BAD },
	{ "a request", IN(GET "\r\n"), HEAD_BAD },
};

static void
check_rows(bool request, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *r = &rows[i];
		struct head h;
		const char *why;
		enum head_result got = parse(request, r->input, r->len, 0,
		    &lim, &h, &why);

		cr_expect_eq(got, r->want, "%s: got %d (%s)", r->why, got,
		    why != NULL ? why : "-");
		if (got == HEAD_BAD)
			cr_expect_not_null(why, "%s: says no why", r->why);
	}
}

Test(parser, judges_each_request)
{
	check_rows(true, requests, COUNT_OF(requests));
}

Test(parser, judges_each_response)
{
	check_rows(false, responses, COUNT_OF(responses));
}

/* The reason also shows which grammar refused: these are ours, before
 * llhttp is asked, but for the method. */
static const struct row reasons[] = {
	{ "unknown method", IN("FROBNICATE / HTTP/1.1\r\n\r\n"), HEAD_UNKNOWN_METHOD },
	{ "not HTTP/1", IN("\x16\x03\x01"), HEAD_BAD },
	{ "not HTTP/1.0 or HTTP/1.1", IN("GET / HTTP/1.2\r\n\r\n"), HEAD_VERSION },
	{ "line ends with LF alone", IN("GET / HTTP/1.1\n"), HEAD_BAD },
	{ "CR without its LF", IN(GET "\r\r\nX"), HEAD_BAD },
	{ "CR without its LF", REQ("X: a\rY: b\r\n"), HEAD_BAD },
	{ "CR without its LF", REQ("X: a\r\r\n"), HEAD_BAD },
	{ "folded field", REQ("X: a\r\n b\r\n"), HEAD_BAD },
	{ "empty field name", REQ(": a\r\n"), HEAD_BAD },
	{ "space in or after a field name", REQ("X : a\r\n"), HEAD_BAD },
	{ "control character in a field value", REQ("X: a\0b\r\n"), HEAD_BAD },
	{ "control character in a field value",
	    REQ("X: 0123456789\x7f" "0123456789\r\n"), HEAD_BAD },
};

Test(parser, says_why)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		struct head h;
		const char *why;

		cr_expect_eq(parse(true, reasons[i].input, reasons[i].len, 0,
		    &lim, &h, &why), reasons[i].want);
		cr_assert_not_null(why);
		cr_expect_str_eq(why, reasons[i].why);
	}
}

static bool
value_is(const struct head *h, unsigned i, const char *name,
    const char *value)
{
	const struct field *f = &h->fields[i];

	return f->name_len == strlen(name) &&
	    memcmp(head_name(h, f), name, f->name_len) == 0 &&
	    f->value_len == strlen(value) &&
	    memcmp(head_value(h, f), value, f->value_len) == 0;
}

Test(parser, takes_a_request_apart)
{
	static const char text[] = "\r\nPOST /a?b HTTP/1.1\r\nHost: x:1\r\n"
	    "A:\r\nB:  \t\r\nC:c \t\r\nConnection: close\r\n\r\nbody";
	struct head h;
	const char *why;

	cr_assert_eq(parse(true, IN(text), 0, &lim, &h, &why), HEAD_OK);
	cr_expect_eq(h.len, sizeof text - 1 - 4);
	cr_expect_eq(h.minor, 1);
	cr_expect(h.is_request);
	cr_expect(head_method_is(&h, "POST"));
	cr_expect_not(head_method_is(&h, "POS"));
	cr_expect_eq(h.target_len, 4);
	cr_expect_eq(memcmp(h.base + h.target_off, "/a?b", 4), 0);
	cr_assert_eq(h.field_count, 5);
	cr_expect(value_is(&h, 0, "Host", "x:1"));
	cr_expect(value_is(&h, 1, "A", ""));
	cr_expect(value_is(&h, 2, "B", ""));
	cr_expect(value_is(&h, 3, "C", "c"));
	cr_expect(value_is(&h, 4, "Connection", "close"));
	cr_expect_eq(h.fields[0].id, FIELD_HOST);
	cr_expect_not(h.fields[0].hop);
	cr_expect(h.fields[4].hop);
}

Test(parser, takes_a_response_apart)
{
	static const char text[] = "HTTP/1.0 503 Not now\r\nRetry-After: 5\r\n\r\n";
	struct head h;
	const char *why;

	cr_assert_eq(parse(false, IN(text), 0, &lim, &h, &why), HEAD_OK);
	cr_expect_eq(h.status, 503);
	cr_expect_eq(h.minor, 0);
	cr_expect_not(h.is_request);
	cr_expect_eq(h.reason_len, 7);
	cr_expect_eq(memcmp(h.base + h.reason_off, "Not now", 7), 0);
	cr_assert_eq(h.field_count, 1);
	cr_expect(value_is(&h, 0, "Retry-After", "5"));
}

/* llhttp reads these values byte by byte in states of their own; what comes
 * out must still be one whole span. */
Test(parser, keeps_values_that_llhttp_looks_into_whole)
{
	static const char text[] = GET
	    "Connection: keep-alive , close,x-a,\tUpgrade \r\n"
	    "Upgrade: websocket, h2c\r\n"
	    "Transfer-Encoding: gzip, chunked \r\n"
	    "Proxy-Connection: close\r\n\r\n";
	struct head h;
	const char *why;

	cr_assert_eq(parse(true, IN(text), 0, &lim, &h, &why), HEAD_OK);
	cr_assert_eq(h.field_count, 4);
	cr_expect(value_is(&h, 0, "Connection", "keep-alive , close,x-a,\tUpgrade"));
	cr_expect(value_is(&h, 1, "Upgrade", "websocket, h2c"));
	cr_expect(value_is(&h, 2, "Transfer-Encoding", "gzip, chunked"));
	cr_expect(value_is(&h, 3, "Proxy-Connection", "close"));
}

/* Every accepted head of the tables, cut at every byte: MORE until it is
 * complete, then the same head, whatever "seen" says up to the cut. */
static void
check_cuts(bool request, const struct row *r)
{
	struct head whole, h;
	const char *why;

	cr_assert_eq(parse(request, r->input, r->len, 0, &lim, &whole, &why),
	    HEAD_OK);
	for (size_t cut = 0; cut < whole.len; cut++) {
		cr_expect_eq(parse(request, r->input, cut, 0, &lim, &h, &why),
		    HEAD_MORE, "%s, cut at %zu", r->why, cut);
		cr_assert_eq(parse(request, r->input, r->len, cut, &lim, &h,
		    &why), HEAD_OK, "%s, %zu seen", r->why, cut);
		cr_expect_eq(memcmp(&h, &whole, offsetof(struct head, fields) +
		    h.field_count * sizeof h.fields[0]), 0,
		    "%s, %zu seen", r->why, cut);
	}
}

Test(parser, takes_any_cut)
{
	for (size_t i = 0; i < COUNT_OF(requests); i++)
		if (requests[i].want == HEAD_OK)
			check_cuts(true, &requests[i]);
	for (size_t i = 0; i < COUNT_OF(responses); i++)
		if (responses[i].want == HEAD_OK)
			check_cuts(false, &responses[i]);
}

Test(parser, a_refused_head_is_never_accepted_in_pieces)
{
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		const struct row *r = &requests[i];
		enum head_result got = HEAD_MORE;
		struct head h;
		const char *why;
		size_t len = 0;

		if (r->want != HEAD_BAD)
			continue;
		for (; got == HEAD_MORE && len < r->len; len++)
			got = parse(true, r->input, len + 1, len, &lim, &h, &why);
		cr_expect_eq(got, HEAD_BAD, "%s", r->why);
	}
}

Test(parser, limits_the_bytes)
{
	static const char text[] = GET "Host: a\r\n\r\n";
	struct head_limits small = { sizeof text - 1, 100 };
	struct head h;
	const char *why;

	cr_expect_eq(parse(true, IN(text), 0, &small, &h, &why), HEAD_OK);
	small.max_bytes--;
	cr_expect_eq(parse(true, IN(text), 0, &small, &h, &why),
	    HEAD_TOO_LARGE);
	cr_expect_eq(parse(true, text, small.max_bytes, 0, &small, &h, &why),
	    HEAD_TOO_LARGE);
	cr_expect_eq(parse(true, text, small.max_bytes - 1, 0, &small, &h,
	    &why), HEAD_MORE);
}

Test(parser, limits_the_fields)
{
	char text[4096];
	struct head h;
	const char *why;

	for (unsigned count = 0; count <= HEAD_FIELDS_MAX + 1; count++) {
		struct head_limits few = { 65536, count < 5 ? 3 : 1000 };
		unsigned most = count < 5 ? 3 : HEAD_FIELDS_MAX;
		size_t len = sizeof GET - 1;

		memcpy(text, GET, len);
		for (unsigned i = 0; i < count; i++, len += 6)
			memcpy(text + len, "a: b\r\n", 6);
		memcpy(text + len, "\r\n", 2);
		cr_expect_eq(parse(true, text, len + 2, 0, &few, &h, &why),
		    count <= most ? HEAD_OK : HEAD_TOO_MANY, "%u", count);
	}
}

/* The eight-byte steps of the value check, at every distance. */
Test(parser, finds_a_bad_byte_at_every_place_of_a_value)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		bool good = byte == '\t' || (byte >= 0x20 && byte != 0x7f);

		for (size_t at = 0; at < 24; at++) {
			char text[] = GET "X: .aaaaaaaa\x80" "aaaaaaaa aaaaaaa.\r\n\r\n";
			struct head h;
			const char *why;

			text[sizeof GET - 1 + 4 + at] = (char)byte;
			cr_expect_eq(parse(true, IN(text), 0, &lim, &h, &why),
			    good ? HEAD_OK : HEAD_BAD, "%u at %zu", byte, at);
		}
	}
}

Test(parser, knows_exactly_the_token_characters_in_names)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (unsigned byte = 0; byte < 256; byte++) {
		char text[] = GET "Xx: a\r\n\r\n";
		bool good = byte != 0 && strchr(token, (int)byte) != NULL;
		struct head h;
		const char *why;

		text[sizeof GET] = (char)byte;
		if (byte == ':')
			continue; /* "X:: a" is a value with a colon */
		cr_expect_eq(parse(true, IN(text), 0, &lim, &h, &why),
		    good ? HEAD_OK : HEAD_BAD, "%u", byte);
	}
}
