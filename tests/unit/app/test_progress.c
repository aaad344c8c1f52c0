/* test_progress -- a bar on a terminal, lines elsewhere.
 * SPDX-License-Identifier: MIT
 */
#include "app/progress.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Everything that was written, since the stream was opened. */
static char *text;
static size_t text_len;

static FILE *
open_text(void)
{
	FILE *f = open_memstream(&text, &text_len);

	cr_assert_not_null(f);
	return f;
}

static void
expect_written(FILE *f, const char *want)
{
	fclose(f);
	cr_expect_str_eq(text, want, "%s", text);
	free(text);
}

Test(progress, a_line_for_each_tenth)
{
	FILE *f = open_text();
	struct progress p;

	progress_init(&p, f, "rejudge", "pairs", 25);
	for (uint64_t i = 1; i <= 7; i++)
		progress_show(&p, i, i);
	progress_show(&p, 25, 100);
	progress_end(&p);
	expect_written(f, "rejudge: 3 of 25 pairs\nrejudge: 5 of 25 pairs\n"
	    "rejudge: 25 of 25 pairs\n");
}

Test(progress, a_bar_over_itself)
{
	FILE *f = open_text();
	struct progress p;

	progress_init(&p, f, "rejudge", "pairs", 4);
	p.width = 60;
	progress_show(&p, 1, NS_PER_S);
	progress_show(&p, 2, NS_PER_S + 50 * NS_PER_MS); /* too soon */
	progress_show(&p, 3, 2 * NS_PER_S);
	progress_show(&p, 5, 3 * NS_PER_S); /* more came meanwhile */
	progress_end(&p);
	expect_written(f, "\r[#####               ]  25%  1 of 4\033[K"
	    "\r[###############     ]  75%  3 of 4\033[K"
	    "\r[####################] 100%  5 of 5\033[K\r\033[K");
}

Test(progress, nothing_of_nothing)
{
	FILE *f = open_text();
	struct progress p;

	progress_init(&p, f, "rejudge", "pairs", 0);
	progress_end(&p);
	expect_written(f, "");
}
