/* Chosen headers as they are kept for comparison.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/header_line.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "http/parser.h"

#define HEAD(fields) "HTTP/1.1 200 OK\r\n" fields "\r\n"

static size_t
line_of(const char *text, const char *name, char out[HEADER_LINE_MAX])
{
	struct head_limits limits = { 1 << 20, HEAD_FIELDS_MAX };
	const char *why;
	struct head h;

	cr_assert_eq(parse_response_head(text, strlen(text), 0, &limits, &h,
	    &why), HEAD_OK, "%s", why);
	return header_line(&h, name, out);
}

static const struct {
	const char *why, *head, *want;
} cases[] = {
	{ "one", HEAD("X-Model: gpt-4 \r\n"), "x-model:gpt-4\n" },
	{ "none", HEAD("X-Models: a\r\n"), "" },
	{ "empty", HEAD("x-model:\r\n"), "x-model:\n" },
	{ "any case", HEAD("X-MODEL: A\r\n"), "x-model:A\n" },
	{ "several are a list", HEAD("X-Model: a\r\nDate: d\r\nX-Model: b, c\r\n"),
	    "x-model:a, b, c\n" },
};

Test(header_line, is_made_of_what_the_head_says)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char line[HEADER_LINE_MAX];
		size_t len = line_of(cases[i].head, "x-model", line);

		cr_expect_eq(len, strlen(cases[i].want), "%s", cases[i].why);
		cr_expect_eq(memcmp(line, cases[i].want, len), 0, "%s: %.*s",
		    cases[i].why, (int)len, line);
	}
}

/* The longest name, a value that does not fit: still bounded, and no two that
 * differ anywhere have one line. */
Test(header_line, keeps_a_mark_of_what_is_too_long)
{
	static char head[20000], name[101];
	char first[HEADER_LINE_MAX], second[HEADER_LINE_MAX];
	size_t len, end;

	memset(name, 'n', 100);
	len = (size_t)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%s: ", name);
	memset(head + len, 'v', 5000);
	strcpy(head + len + 5000, "\r\n\r\n");
	end = line_of(head, name, first);
	cr_expect_lt(end, HEADER_LINE_MAX);
	cr_expect_eq(first[end - 1], '\n');
	first[end] = '\0';
	cr_expect_not_null(strstr(first, "v... [5000 bytes, xxh3 "), "%s", first);
	head[len + 4000] = 'w';
	cr_expect_eq(line_of(head, name, second), end);
	cr_expect_neq(memcmp(first, second, end), 0);
	memcpy(head + len + 2000, "\r\nx:", 4);
	line_of(head, name, second);
	cr_expect_not_null(strstr(second, "[2000 bytes"));
}

Test(header_line, counts_in_all_fields_of_a_long_list)
{
	static char one[4000], other[4000];
	char first[HEADER_LINE_MAX], second[HEADER_LINE_MAX];
	size_t len = 0;

	len += (size_t)snprintf(one, sizeof one, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 80; i++)
		len += (size_t)snprintf(one + len, sizeof one - len,
		    "a: value number %d\r\n", i);
	snprintf(one + len, sizeof one - len, "\r\n");
	memcpy(other, one, sizeof one);
	*strstr(other, "79") = '8';
	len = line_of(one, "a", first);
	cr_expect_eq(line_of(other, "a", second), len);
	cr_expect_neq(memcmp(first, second, len), 0);
}
