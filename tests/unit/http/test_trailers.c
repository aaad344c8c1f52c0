/* Trailers written afresh.
 * SPDX-License-Identifier: MIT
 */
#include "http/trailers.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
	const char *why, *section, *want;
} cases[] = {
	{ "none", "", "" },
	{ "as it should be", "X-Sum: 1\r\n", "X-Sum: 1\r\n" },
	{ "no space", "A:b\r\n", "A: b\r\n" },
	{ "much space", "A: \t b c \t\r\nD:e\r\n", "A: b c\r\nD: e\r\n" },
	{ "no value", "A:\r\nB: \r\n", "A: \r\nB: \r\n" },
	{ "colons in the value", "A::b:\r\n", "A: :b:\r\n" },
};

Test(trailers, writes_each_section)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *section = cases[i].section;
		char out[TRAILERS_SPACE];
		size_t len = write_trailers(section, strlen(section), out,
		    sizeof out);

		cr_expect_eq(len, strlen(cases[i].want), "%s", cases[i].why);
		cr_expect_arr_eq(out, cases[i].want, len, "%s", cases[i].why);
	}
}

/* The worst that chunk.c lets in: every line grows. */
Test(trailers, fits_into_its_space)
{
	char section[CHUNK_TRAILERS_MAX], out[TRAILERS_SPACE];
	size_t lines = sizeof section / 4;

	for (size_t i = 0; i < lines; i++)
		memcpy(section + i * 4, "a:\r\n", 4);
	cr_expect_eq(write_trailers(section, lines * 4, out, sizeof out),
	    lines * 5);
}
