/* test_line_diff -- which lines are the same, and the lines of bodies.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/line_diff.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

static void
text_lines(const char *text, struct body_lines *out)
{
	body_lines_make("text", text, strlen(text), out);
}

/* "=-+": a letter for each step. */
static void
describe(const struct line_diff *d, char *out)
{
	for (size_t i = 0; i < d->count; i++)
		*out++ = "=-+"[d->steps[i].kind];
	*out = '\0';
}

static const struct {
	const char *why, *left, *right, *want;
} cases[] = {
	{ "nothing", "", "", "" },
	{ "the same", "a\nb\n", "a\nb", "==" },
	{ "one is empty", "a\nb", "", "--" },
	{ "the other is", "", "a", "+" },
	{ "one changed", "a\nb\nc", "a\nx\nc", "=-+=" },
	{ "one more in the middle", "a\nb", "a\nx\nb", "=+=" },
	{ "one less at the end", "a\nb", "a", "=-" },
	{ "moved", "a\nb\nc", "b\nc\na", "-==+" },
	{ "repeated at both ends", "a\na", "a\na\na", "==+" },
	{ "what is the same between changes", "a\nb\nc\nd", "x\nb\nc\ny",
	    "-+==-+" },
};

Test(line_diff, finds_each_case)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct body_lines left, right;
		struct line_diff d;
		char got[64];

		text_lines(cases[i].left, &left);
		text_lines(cases[i].right, &right);
		line_diff_make(&left, &right, &d);
		describe(&d, got);
		cr_expect_str_eq(got, cases[i].want, "%s: %s", cases[i].why, got);
		line_diff_fini(&d);
		body_lines_fini(&left);
		body_lines_fini(&right);
	}
}

/* Lines of one letter, with few different ones. */
static void
random_lines(struct body_lines *out)
{
	char text[80];
	size_t n = (size_t)rand() % 20, at = 0;

	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%c\n",
		    'a' + rand() % 3);
	body_lines_make("text", text, at, out);
}

/* The steps go through both texts, each line once and in order, and what is
 * called the same is. */
Test(line_diff, goes_through_both)
{
	srand(1);
	for (int round = 0; round < 500; round++) {
		struct body_lines left, right;
		size_t l = 0, r = 0;
		struct line_diff d;

		random_lines(&left);
		random_lines(&right);
		line_diff_make(&left, &right, &d);
		for (size_t i = 0; i < d.count; i++) {
			const struct line_step *s = &d.steps[i];

			cr_assert_eq(s->left, l);
			cr_assert_eq(s->right, r);
			cr_assert(s->kind != LINE_SAME || left.lines[l].text[0] ==
			    right.lines[r].text[0]);
			l += s->kind != LINE_RIGHT;
			r += s->kind != LINE_LEFT;
		}
		cr_assert(l == left.count && r == right.count);
		line_diff_fini(&d);
		body_lines_fini(&left);
		body_lines_fini(&right);
	}
}

Test(line_diff, too_much_is_exchanged)
{
	struct buf a = { 0 }, b = { 0 };
	struct body_lines left, right;
	struct line_diff d;

	for (int i = 0; i < 3000; i++) {
		buf_printf(&a, "a %d\n", i % 7);
		buf_printf(&b, "b %d\nsame\n", i % 5);
	}
	body_lines_make("text", a.bytes, a.len, &left);
	body_lines_make("text", b.bytes, b.len, &right);
	line_diff_make(&left, &right, &d);
	cr_expect_eq(d.count, 9000);
	line_diff_fini(&d);
	body_lines_fini(&left);
	body_lines_fini(&right);
	buf_fini(&a);
	buf_fini(&b);
}

static const struct {
	const char *why, *form, *body, *want;
} bodies[] = {
	{ "a document, its numbers as they were", "json",
	    "{\"a\":1.0,\"b\":[1e400,null,\"x\\ny\"],\"c\":{}}",
	    "{|  \"a\": 1.0,|  \"b\": [|    1e400,|    null,|    \"x\\ny\"|  ],|"
	    "  \"c\": {}|}|" },
	{ "one that was cut", "json", "{\"a\":", "{\"a\":|" },
	{ "a text", "text", "a\r\nb\tc\n\nd", "a|b c||d|" },
	{ "what steers terminals", "text", "a\033[31m\x7f\xc2\x9bz\rq",
	    "a [31m   z q|" },
	{ "a stream", "stream", "data: {\"a\":1}\n\n", "data: {\"a\":1}||" },
	{ "nothing", "nothing", "", "" },
};

static void
join(const struct body_lines *b, char *out)
{
	for (size_t i = 0; i < b->count; i++)
		out += sprintf(out, "%.*s|", (int)b->lines[i].len,
		    b->lines[i].text);
	*out = '\0';
}

Test(body_lines, are_those_of_each_form)
{
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct body_lines b;
		char got[256];

		body_lines_make(bodies[i].form, bodies[i].body,
		    strlen(bodies[i].body), &b);
		join(&b, got);
		cr_expect_str_eq(got, bodies[i].want, "%s: %s", bodies[i].why, got);
		body_lines_fini(&b);
	}
}

static const struct {
	const char *why, *body, *want;
} streams[] = {
	{ "none", "", "" },
	{ "two", "data: a\n\ndata: b\n\n", "data: a|data: b|" },
	{ "with a name", "event: x\ndata: a\ndata: b\n\n", "event: x data: a data: b|" },
	{ "cut in the last", "data: a\n\ndata: b", "data: a|data: b|" },
	{ "returns, and more empty lines", "data: a\r\n\r\n\r\n\r\ndata: b\r\n\r\n",
	    "data: a|data: b|" },
};

Test(body_lines, events)
{
	for (size_t i = 0; i < COUNT_OF(streams); i++) {
		struct body_lines b;
		char got[256];

		body_events_make(streams[i].body, strlen(streams[i].body), &b);
		join(&b, got);
		cr_expect_str_eq(got, streams[i].want, "%s: %s", streams[i].why,
		    got);
		body_lines_fini(&b);
	}
}
