/* test_trace -- which traceparent is one.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "http/parser.h"
#include "http/trace.h"

#define ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define GOOD "00-" ID "-" PARENT "-01"

static const struct {
	const char *why, *fields;
	bool ok;
} rows[] = {
	{ "sampled", "traceparent: " GOOD "\r\n", true },
	{ "not sampled", "traceparent: 00-" ID "-" PARENT "-00\r\n", true },
	{ "flags of the future", "traceparent: 00-" ID "-" PARENT "-ff\r\n", true },
	{ "name in any case", "TraceParent: " GOOD "\r\n", true },
	{ "with state", "traceparent: " GOOD "\r\ntracestate: a=b\r\n", true },
	{ "a later version", "traceparent: 01-" ID "-" PARENT "-01\r\n", true },
	{ "a later version with more", "traceparent: cc-" ID "-" PARENT "-01-what\r\n", true },
	{ "a later version with more, without -", "traceparent: cc-" ID "-" PARENT "-01.what\r\n", false },
	{ "version 00 with more", "traceparent: " GOOD "-what\r\n", false },
	{ "version 00 with a - more", "traceparent: " GOOD "-\r\n", false },
	{ "version ff", "traceparent: ff-" ID "-" PARENT "-01\r\n", false },
	{ "version is no hex", "traceparent: 0x-" ID "-" PARENT "-01\r\n", false },
	{ "none", "", false },
	{ "empty", "traceparent:\r\n", false },
	{ "only state", "tracestate: a=b\r\n", false },
	{ "two", "traceparent: " GOOD "\r\ntraceparent: " GOOD "\r\n", false },
	{ "a list", "traceparent: " GOOD "," GOOD "\r\n", false },
	{ "capitals", "traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01\r\n", false },
	{ "no hex", "traceparent: 00-xbf92f3577b34da6a3ce929d0e0e4736-" PARENT "-01\r\n", false },
	{ "trace-id of zeros", "traceparent: 00-00000000000000000000000000000000-" PARENT "-01\r\n", false },
	{ "parent-id of zeros", "traceparent: 00-" ID "-0000000000000000-01\r\n", false },
	{ "parent-id no hex", "traceparent: 00-" ID "-00f067aa0ba902bg-01\r\n", false },
	{ "flags no hex", "traceparent: 00-" ID "-" PARENT "-0A\r\n", false },
	{ "short", "traceparent: 00-" ID "-" PARENT "-0\r\n", false },
	{ "trace-id short", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e473-" PARENT "-01x\r\n", false },
	{ "another separator", "traceparent: 00_" ID "-" PARENT "-01\r\n", false },
	{ "another separator within", "traceparent: 00-" ID "_" PARENT "-01\r\n", false },
	{ "another separator at the end", "traceparent: 00-" ID "-" PARENT "_01\r\n", false },
};

static void
parse(const char *fields, struct head *h, char *text, size_t space)
{
	const struct head_limits lim = { 65536, 100 };
	const char *why = "";

	snprintf(text, space, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", fields);
	cr_assert_eq(parse_request_head(text, strlen(text), 0, &lim, h, &why),
	    HEAD_OK, "%s: %s", fields, why);
}

Test(trace, judges_each)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1024], id[TRACE_ID_LEN + 1];
		struct head h;

		parse(rows[i].fields, &h, text, sizeof text);
		cr_expect_eq(trace_find(&h, id), rows[i].ok, "%s", rows[i].why);
		cr_expect_str_eq(id, rows[i].ok ? ID : "", "%s", rows[i].why);
	}
}

Test(trace, begins_what_is_valid)
{
	for (int sampled = 0; sampled < 2; sampled++) {
		char text[1024], field[128], id[TRACE_ID_LEN + 1];
		char begun[TRACE_PARENT_LEN + 1];
		struct head h;

		trace_begin(ID, sampled, begun);
		cr_expect_str_eq(begun, sampled ? "00-" ID "-a3ce929d0e0e4736-01" :
		    "00-" ID "-a3ce929d0e0e4736-00");
		snprintf(field, sizeof field, "traceparent: %s\r\n", begun);
		parse(field, &h, text, sizeof text);
		cr_expect(trace_find(&h, id));
		cr_expect_str_eq(id, ID);
	}
}
