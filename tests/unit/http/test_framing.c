/* test_framing -- how long a body is, or why nobody can know.
 * SPDX-License-Identifier: MIT
 *
 * Some of these heads are refused by llhttp already.  So that framing.c is
 * seen to refuse them by itself, whatever llhttp's version, each head is
 * judged twice: as the parser reads it, and as split by hand.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "http/framing.h"
#include "http/parser.h"

static const struct head_limits lim = { 65536, 100 };

#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define POST10 "POST / HTTP/1.0\r\nHost: a\r\n"
#define CL(value) "Content-Length:" value "\r\n"
#define TE(value) "Transfer-Encoding:" value "\r\n"

enum { BAD = -1 };

static const struct {
	const char *why, *input;
	int want; /* enum body_kind or BAD */
	uint64_t length;
	bool keep;
} requests[] = {
	{ "no body", POST, BODY_NONE, 0, true },
	{ "length", POST CL(" 5"), BODY_LENGTH, 5, true },
	{ "length 0", POST CL(" 0"), BODY_LENGTH, 0, true },
	{ "length with leading zeros", POST CL(" 007"), BODY_LENGTH, 7, true },
	{ "length and white space", POST CL("\t 5  "), BODY_LENGTH, 5, true },
	{ "largest length", POST CL("9223372036854775799"), BODY_LENGTH,
	    9223372036854775799, true },
	{ "chunked", POST TE(" chunked"), BODY_CHUNKED, 0, true },
	{ "Chunked", POST TE("CHUNKed "), BODY_CHUNKED, 0, true },
	{ "body of a GET", "GET / HTTP/1.1\r\nHost: a\r\n" CL("3"),
	    BODY_LENGTH, 3, true },
	{ "1.0", POST10, BODY_NONE, 0, false },
	{ "1.0 without Host", "GET / HTTP/1.0\r\n", BODY_NONE, 0, false },
	{ "1.0 with a length", POST10 CL("5"), BODY_LENGTH, 5, false },
	{ "1.0 keep-alive", POST10 "Connection: Keep-Alive\r\n", BODY_NONE, 0, true },
	{ "1.0 keep-alive and close",
	    POST10 "Connection: keep-alive, close\r\n", BODY_NONE, 0, false },
	{ "close", POST "Connection: close\r\n", BODY_NONE, 0, false },
	{ "close among others", POST "Connection: x,\tCLOSE ,y\r\n", BODY_NONE, 0, false },
	{ "close in a second field",
	    POST "Connection: x\r\nConnection: close\r\n", BODY_NONE, 0, false },
	{ "not quite close", POST "Connection: closed\r\n", BODY_NONE, 0, true },
	{ "empty Connection", POST "Connection:\r\n", BODY_NONE, 0, true },
	{ "Host with a port", "GET / HTTP/1.1\r\nHost: a:8080\r\n", BODY_NONE, 0, true },
	{ "Host IPv6", "GET / HTTP/1.1\r\nHost: [::1]:1\r\n", BODY_NONE, 0, true },
	{ "absolute, the same Host", "GET http://A.b:80/ HTTP/1.1\r\n"
	    "Host: a.B:80\r\n", BODY_NONE, 0, true },
	{ "absolute, 1.0 without Host", "GET http://a/ HTTP/1.0\r\n",
	    BODY_NONE, 0, false },
	{ "OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n", BODY_NONE, 0, true },
	{ "Trailer announced", POST TE("chunked") "Trailer: x\r\n", BODY_CHUNKED, 0, true },

	{ "no Host", "GET / HTTP/1.1\r\n", BAD, 0, false },
	{ "absolute, other Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n",
	    BAD, 0, false },
	{ "absolute, Host with its port", "GET http://a/ HTTP/1.1\r\n"
	    "Host: a:80\r\n", BAD, 0, false },
	{ "TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n", BAD, 0, false },
	{ "absolute without Host", "GET http://a/ HTTP/1.1\r\n", BAD, 0, false },
	{ "two Hosts", POST "Host: b\r\n", BAD, 0, false },
	{ "the same Host twice", POST "Host: a\r\n", BAD, 0, false },
	{ "two Hosts, 1.0", POST10 "Host: a\r\n", BAD, 0, false },
	{ "Hosts in a list", "GET / HTTP/1.1\r\nHost: a, b\r\n", BAD, 0, false },
	{ "Hosts in a tight list", "GET / HTTP/1.1\r\nHost: a,b\r\n", BAD, 0, false },
	{ "empty Host", "GET / HTTP/1.1\r\nHost:\r\n", BAD, 0, false },
	{ "empty Host, 1.0", "GET / HTTP/1.0\r\nHost: \r\n", BAD, 0, false },
	{ "Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n", BAD, 0, false },
	{ "Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n", BAD, 0, false },
	{ "Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n", BAD, 0, false },
	{ "Host with a wrong port", "GET / HTTP/1.1\r\nHost: a:x\r\n", BAD, 0, false },
	{ "target of no form", "GET a HTTP/1.1\r\nHost: a\r\n", BAD, 0, false },
	{ "target *", "GET * HTTP/1.1\r\nHost: a\r\n", BAD, 0, false },
	{ "target with a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n", BAD, 0, false },
	{ "CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n", BAD, 0, false },
	{ "unknown coding", POST TE("gzip"), BAD, 0, false },
	{ "identity", POST TE("identity"), BAD, 0, false },
	{ "two codings", POST TE("gzip, chunked"), BAD, 0, false },
	{ "chunked not last", POST TE("chunked, gzip"), BAD, 0, false },
	{ "chunked twice", POST TE("chunked, chunked"), BAD, 0, false },
	{ "chunked in two fields", POST TE("chunked") TE("chunked"), BAD, 0, false },
	{ "chunked and an empty field", POST TE("chunked") TE(""), BAD, 0, false },
	{ "codings in two fields", POST TE("gzip") TE("chunked"), BAD, 0, false },
	{ "empty coding", POST TE(""), BAD, 0, false },
	{ "blank coding", POST TE(" \t "), BAD, 0, false },
	{ "chunked with a comma", POST TE("chunked,"), BAD, 0, false },
	{ "comma and chunked", POST TE(",chunked"), BAD, 0, false },
	{ "chunked with a parameter", POST TE("chunked;a=b"), BAD, 0, false },
	{ "chunked in quotes", POST TE("\"chunked\""), BAD, 0, false },
	{ "vertical tab and chunked", POST TE("\x0b" "chunked"), BAD, 0, false },
	{ "xchunked", POST TE("xchunked"), BAD, 0, false },
	{ "chunkedx", POST TE("chunkedx"), BAD, 0, false },
	{ "both", POST CL("5") TE("chunked"), BAD, 0, false },
	{ "both, other order", POST TE("chunked") CL("5"), BAD, 0, false },
	{ "both, length 0", POST TE("chunked") CL("0"), BAD, 0, false },
	{ "empty coding beside a length", POST TE("") CL("5"), BAD, 0, false },
	{ "a length beside an empty coding", POST CL("5") TE(" "), BAD, 0, false },
	{ "identity beside a length", POST CL("5") TE("identity"), BAD, 0, false },
	{ "chunked, 1.0", POST10 TE("chunked"), BAD, 0, false },
	{ "empty coding, 1.0", POST10 TE(""), BAD, 0, false },
	{ "chunked, 1.0 keep-alive",
	    POST10 TE("chunked") "Connection: keep-alive\r\n", BAD, 0, false },
	{ "two lengths", POST CL("5") CL("6"), BAD, 0, false },
	{ "two equal lengths", POST CL("5") CL("5"), BAD, 0, false },
	{ "length and an empty one", POST CL("5") CL(""), BAD, 0, false },
	{ "list of lengths", POST CL("5,6"), BAD, 0, false },
	{ "list of equal lengths", POST CL("5, 5"), BAD, 0, false },
	{ "length and a comma", POST CL("5,"), BAD, 0, false },
	{ "empty length", POST CL(""), BAD, 0, false },
	{ "blank length", POST CL("  \t"), BAD, 0, false },
	{ "length with a plus", POST CL("+5"), BAD, 0, false },
	{ "length with a minus", POST CL("-5"), BAD, 0, false },
	{ "hexadecimal length", POST CL("0x5"), BAD, 0, false },
	{ "length with a dot", POST CL("5.0"), BAD, 0, false },
	{ "length with a space", POST CL("5 5"), BAD, 0, false },
	{ "length with a letter", POST CL("5a"), BAD, 0, false },
	{ "length over 2^63", POST CL("9223372036854775808"), BAD, 0, false },
	{ "length over 2^64", POST CL("18446744073709551617"), BAD, 0, false },
	{ "very long length", POST CL("99999999999999999999999999"), BAD, 0, false },
	{ "Connection not a token", POST "Connection: a b\r\n", BAD, 0, false },
	{ "Connection in quotes", POST "Connection: \"close\"\r\n", BAD, 0, false },
};

/* Fields split at the first colon, and nothing checked. */
static void
split_fields(struct head *h, const char *line)
{
	const char *end;

	for (; (end = strstr(line, "\r\n")) > line; line = end + 2) {
		struct field *f = &h->fields[h->field_count++];
		const char *colon = strchr(line, ':'), *value = colon + 1;

		f->name_off = (uint32_t)(line - h->base);
		f->name_len = (uint16_t)(colon - line);
		f->id = (uint8_t)field_id_of(line, f->name_len);
		head_note(h, f->id);
		while (*value == ' ' || *value == '\t')
			value++;
		f->value_off = (uint32_t)(value - h->base);
		f->value_len = value < end ? (uint32_t)(end - value) : 0;
		while (f->value_len > 0 && strchr(" \t",
		    value[f->value_len - 1]) != NULL)
			f->value_len--;
	}
}

static void
split_head(struct head *h, const char *text, bool request)
{
	const char *line = strstr(text, "\r\n") + 2, *target;

	memset(h, 0, sizeof *h);
	h->base = text;
	h->len = (uint32_t)strlen(text);
	h->is_request = request;
	if (request) {
		target = strchr(text, ' ') + 1;
		h->method_len = (uint16_t)(target - text - 1);
		h->target_off = (uint32_t)(target - text);
		h->target_len = (uint32_t)(strchr(target, ' ') - target);
		h->minor = (uint8_t)(line[-3] - '0');
	} else {
		h->minor = (uint8_t)(text[7] - '0');
		h->status = (uint16_t)strtoul(text + 9, NULL, 10);
	}
	split_fields(h, line);
}

static int
frame(const struct head *h, bool head_request, struct framing *f,
    const char **why)
{
	struct target t;
	bool ok = h->is_request ? framing_of_request(h, &t, f, why) :
	    framing_of_response(h, head_request, f, why);

	return ok ? (int)f->kind : BAD;
}

/* The answer of the parser and the framing, which must also be that of the
 * framing alone. */
static int
judge(const char *lines, bool request, bool head_request, struct framing *f,
    const char **why)
{
	char text[8192];
	struct framing by_hand;
	struct head h;
	int alone, got = BAD;

	snprintf(text, sizeof text, "%s\r\n", lines);
	split_head(&h, text, request);
	*why = "(none)";
	alone = frame(&h, head_request, &by_hand, why);
	if ((request ? parse_request_head : parse_response_head)(text,
	    strlen(text), 0, &lim, &h, why) == HEAD_OK)
		got = frame(&h, head_request, f, why);
	cr_expect_eq(alone, got, "%s: alone %d, parsed %d", lines, alone, got);
	return got;
}

static int
frame_request(const char *lines, struct framing *f, const char **why)
{
	return judge(lines, true, false, f, why);
}

static const struct {
	const char *why, *input;
	bool not_served; /* else it is wrong */
} refused[] = {
	{ "CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", true },
	{ "TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", true },
	{ "a coding more", POST TE("gzip, chunked") "\r\n", true },
	{ "two codings more", POST TE("br,gzip, chunked") "\r\n", true },
	{ "no end known", POST TE("gzip") "\r\n", false },
	{ "not a token", POST TE("\"gzip\", chunked") "\r\n", false },
	{ "in two fields", POST TE("gzip") TE("chunked") "\r\n", false },
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", false },
};

Test(framing, tells_wrong_from_not_served)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		const char *text = refused[i].input, *why = "";
		struct framing f;
		struct target t;
		struct head h;

		cr_assert_eq(parse_request_head(text, strlen(text), 0, &lim,
		    &h, &why), HEAD_OK, "%s: %s", refused[i].why, why);
		cr_expect_not(framing_of_request(&h, &t, &f, &why));
		cr_expect_eq(f.not_served, refused[i].not_served, "%s",
		    refused[i].why);
	}
}

Test(framing, judges_each_request)
{
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		struct framing f;
		const char *why;
		int got = frame_request(requests[i].input, &f, &why);

		cr_expect_eq(got, requests[i].want, "%s: got %d (%s)",
		    requests[i].why, got, why);
		if (got == BAD || requests[i].want == BAD)
			continue;
		cr_expect_eq(f.length, requests[i].length, "%s", requests[i].why);
		cr_expect_eq(f.keep_alive, requests[i].keep, "%s", requests[i].why);
	}
}

static const struct {
	const char *input;
	bool want;
} expectations[] = {
	{ POST CL("5") "Expect: 100-continue\r\n", true },
	{ POST CL("5") "Expect: 100-Continue\r\n", true },
	{ POST TE("chunked") "Expect: x, 100-continue\r\n", true },
	{ POST CL("5") "Expect: 200-ok\r\n", false },
	{ POST CL("5"), false },
	{ POST "Expect: 100-continue\r\n", false }, /* no content to wait for */
	{ POST CL("0") "Expect: 100-continue\r\n", false },
	{ POST10 CL("5") "Expect: 100-continue\r\n", false },
};

Test(framing, knows_expectations)
{
	for (size_t i = 0; i < COUNT_OF(expectations); i++) {
		struct framing f;
		const char *why;

		cr_assert_neq(frame_request(expectations[i].input, &f, &why),
		    BAD);
		cr_expect_eq(f.expects_100, expectations[i].want, "%s",
		    expectations[i].input);
	}
}

Test(framing, bounds_the_options_of_connection)
{
	for (unsigned count = 99; count <= 102; count++) {
		char text[1024];
		struct framing f;
		const char *why;
		int len = snprintf(text, sizeof text, POST "Connection: a");

		for (unsigned i = 1; i < count; i++, len += 2)
			memcpy(text + len, ",a", 2);
		memcpy(text + len, "\r\n", 3);
		cr_expect_eq(frame_request(text, &f, &why),
		    count <= 100 ? BODY_NONE : BAD, "%u", count);
	}
}

#define OK "HTTP/1.1 200 OK\r\n"
#define OK10 "HTTP/1.0 200 OK\r\n"
#define ST(status) "HTTP/1.1 " status " X\r\n"

static const struct {
	const char *why, *input;
	bool head;
	int want;
	uint64_t length; /* or announced */
	bool keep;
} responses[] = {
	{ "length", OK CL("5"), false, BODY_LENGTH, 5, true },
	{ "length 0", OK CL("0"), false, BODY_LENGTH, 0, true },
	{ "chunked", OK TE("chunked"), false, BODY_CHUNKED, 0, true },
	{ "until close", OK, false, BODY_CLOSE, 0, false },
	{ "until close, though kept", OK "Connection: keep-alive\r\n", false,
	    BODY_CLOSE, 0, false },
	{ "close", OK CL("5") "Connection: close\r\n", false, BODY_LENGTH, 5, false },
	{ "1.0 length", OK10 CL("5"), false, BODY_LENGTH, 5, false },
	{ "1.0 kept", OK10 CL("5") "Connection: keep-alive\r\n", false,
	    BODY_LENGTH, 5, true },
	{ "to HEAD", OK CL("5"), true, BODY_NONE, 5, true },
	{ "to HEAD, chunked", OK TE("chunked"), true, BODY_NONE, 0, true },
	{ "to HEAD, nothing said", OK, true, BODY_NONE, 0, true },
	{ "304 with a length", ST("304") CL("5"), false, BODY_NONE, 5, true },
	{ "304 without", ST("304"), false, BODY_NONE, 0, true },
	{ "304 chunked", ST("304") TE("chunked"), false, BODY_NONE, 0, true },
	{ "204", ST("204"), false, BODY_NONE, 0, true },
	{ "204 with length 0", ST("204") CL("0"), false, BODY_NONE, 0, true },
	{ "100", ST("100"), false, BODY_NONE, 0, true },
	{ "103", ST("103") "Link: x\r\n", false, BODY_NONE, 0, true },
	{ "two Hosts mean nothing here", OK CL("5") "Host: a\r\nHost: b\r\n",
	    false, BODY_LENGTH, 5, true },
	{ "204 with a body", ST("204") CL("5"), false, BAD, 0, false },
	{ "204 chunked", ST("204") TE("chunked"), false, BAD, 0, false },
	{ "100 with a body", ST("100") CL("5"), false, BAD, 0, false },
	{ "103 chunked", ST("103") TE("chunked"), false, BAD, 0, false },
	{ "101", ST("101") "Upgrade: x\r\nConnection: upgrade\r\n", false, BAD, 0, false },
	{ "both", OK CL("5") TE("chunked"), false, BAD, 0, false },
	{ "both, to HEAD", OK CL("5") TE("chunked"), true, BAD, 0, false },
	{ "empty coding beside a length", OK CL("5") TE(""), false, BAD, 0, false },
	{ "empty coding", OK TE(""), false, BAD, 0, false },
	{ "chunked, 1.0", OK10 TE("chunked"), false, BAD, 0, false },
	{ "gzip, chunked", OK TE("gzip, chunked"), false, BAD, 0, false },
	{ "gzip", OK TE("gzip"), false, BAD, 0, false },
	{ "chunked twice", OK TE("chunked") TE("chunked"), false, BAD, 0, false },
	{ "two lengths", OK CL("5") CL("5"), false, BAD, 0, false },
	{ "list of lengths", OK CL("5, 5"), false, BAD, 0, false },
	{ "sign", OK CL("+5"), false, BAD, 0, false },
	{ "blank", OK CL(" "), false, BAD, 0, false },
	{ "over 2^63", OK CL("9223372036854775808"), false, BAD, 0, false },
	{ "bad length to HEAD", OK CL("x"), true, BAD, 0, false },
};

Test(framing, judges_each_response)
{
	for (size_t i = 0; i < COUNT_OF(responses); i++) {
		struct framing f = { 0 };
		const char *why;
		int got = judge(responses[i].input, false, responses[i].head,
		    &f, &why);

		cr_expect_eq(got, responses[i].want, "%s: got %d (%s)",
		    responses[i].why, got, why);
		if (got == BAD || responses[i].want == BAD)
			continue;
		cr_expect_eq(f.length + f.announced, responses[i].length, "%s",
		    responses[i].why);
		cr_expect_eq(f.keep_alive, responses[i].keep, "%s",
		    responses[i].why);
	}
}

static const struct {
	const char *line;
	bool hop;
} marks[] = {
	{ "Connection: close, x-NAMED ,,X-Other,Host,Content-Length,"
	    "authorization,cookie,via, x-forwarded-for,Content-Type,forwarded,"
	    "X-Real-IP,X-Forwarded-Host,X-Forwarded-Port,traceparent,tracestate",
	    true },
	{ "Keep-Alive: timeout=5", true }, { "Proxy-Authenticate: a", true },
	{ "Proxy-Authorization: a", true }, { "Proxy-Connection: a", true },
	{ "TE: trailers", true }, { "Trailer: x", true }, { "Upgrade: x", true },
	{ "X-Named: 1", true }, { "x-other: 1", true }, { "X-OTHER: 2", true },
	{ "X-Late: 1", true }, { "Connection: x-late", true },
	{ "X-Kept: 1", false }, { "X-Name: 1", false },
	{ "Content-Length: 5", false }, { "Host: a", false },
	{ "Authorization: a", false }, { "Cookie: a=b", false },
	{ "Via: 1.1 a", false }, { "X-Forwarded-For: ::1", false },
	{ "Content-Type: a/b", false }, { "Forwarded: for=a", false },
	{ "X-Real-IP: a", false }, { "X-Forwarded-Host: a", false },
	{ "X-Forwarded-Port: 1", false }, { "traceparent: a", false },
	{ "tracestate: a", false },
};

Test(framing, marks_what_is_not_forwarded)
{
	char text[2048] = "GET / HTTP/1.1\r\n";
	size_t len = strlen(text);
	struct head h;
	const char *why = NULL;

	for (size_t i = 0; i < COUNT_OF(marks); i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s\r\n",
		    marks[i].line);
	len += (size_t)snprintf(text + len, sizeof text - len, "\r\n");
	cr_assert_eq(parse_request_head(text, len, 0, &lim, &h, &why), HEAD_OK,
	    "%s", why);
	framing_mark_hop_by_hop(&h);
	for (size_t i = 0; i < COUNT_OF(marks); i++)
		cr_expect_eq(h.fields[i].hop, marks[i].hop, "%s", marks[i].line);
}
