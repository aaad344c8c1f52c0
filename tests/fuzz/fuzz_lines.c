/* fuzz_lines -- any two bodies as lines beside each other.
 * SPDX-License-Identifier: MIT
 *
 * The input is two bodies with a NUL between them; the first byte chooses what
 * they are.  Must hold: nothing in a line can steer a terminal; the steps go
 * through the lines of both, each once and in order; what is called the same
 * is; a body beside itself has no others.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/line_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
check_lines(const struct body_lines *b)
{
	for (size_t i = 0; i < b->count; i++)
		for (size_t k = 0; k < b->lines[i].len; k++) {
			unsigned char c = (unsigned char)b->lines[i].text[k];

			require(c >= 0x20 && c != 0x7f);
			require(c != 0xc2 || k + 1 == b->lines[i].len ||
			    (unsigned char)b->lines[i].text[k + 1] >= 0xa0 ||
			    (unsigned char)b->lines[i].text[k + 1] < 0x80);
		}
}

static void
make(uint8_t choice, const char *text, size_t len, struct body_lines *out)
{
	static const char *const forms[] = { "json", "text", "stream" };

	if (choice % 4 == 3)
		body_events_make(text, len, out);
	else
		body_lines_make(forms[choice % 4], text, len, out);
	check_lines(out);
}

/* Returns how many lines only one of them has. */
static size_t
check_diff(const struct body_lines *left, const struct body_lines *right)
{
	size_t l = 0, r = 0, changes = 0;
	struct line_diff d;

	line_diff_make(left, right, &d);
	for (size_t i = 0; i < d.count; i++) {
		const struct line_step *s = &d.steps[i];

		require(s->left == l && s->right == r);
		if (s->kind == LINE_SAME)
			require(left->lines[l].len == right->lines[r].len &&
			    memcmp(left->lines[l].text, right->lines[r].text,
			    left->lines[l].len) == 0);
		changes += s->kind != LINE_SAME;
		l += s->kind != LINE_RIGHT;
		r += s->kind != LINE_LEFT;
	}
	require(l == left->count && r == right->count);
	line_diff_fini(&d);
	return changes;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *nul;
	struct body_lines left, right;
	size_t len;

	if (size == 0)
		return 0;
	nul = memchr(text, 0, size - 1);
	len = nul != NULL ? (size_t)(nul - text) : size - 1;
	make(data[0], text, len, &left);
	make(data[0], nul != NULL ? nul + 1 : text,
	    nul != NULL ? size - 2 - len : len, &right);
	(void)check_diff(&left, &right);
	require(check_diff(&left, &left) == 0);
	body_lines_fini(&left);
	body_lines_fini(&right);
	return 0;
}
