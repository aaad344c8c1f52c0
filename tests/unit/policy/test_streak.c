/* Rows of failures: when they trip, whose count, and what legacy says to it.
 * SPDX-License-Identifier: MIT
 */
#include "policy/streak.h"

#include <criterion/criterion.h>

#include "base/compiler.h"
#include "policy/bucket.h"

/* A row is written as what happens, in its order: A to Z are failures that
 * enhanced gave that user, `?` one of nobody known, `+` a success; `l` is twenty
 * answers of legacy, `x` a failed one. */
static const struct {
	const char *why, *row;
	uint32_t consecutive;
	enum streak_end want; /* of the last */
} rows[] = {
	{ "nine", "ABCDEFGHI", 10, STREAK_GOES_ON },
	{ "ten", "ABCDEFGHIJ", 10, STREAK_WHOLE },
	{ "a success between", "ABCDEFGHI+J", 10, STREAK_GOES_ON },
	{ "one user again and again", "AAAAAAAAAAAAAAAA", 10, STREAK_GOES_ON },
	{ "two by turns are a row", "ABABABABAB", 10, STREAK_WHOLE },
	{ "nobody known counts each time", "??????????", 10, STREAK_WHOLE },
	{ "half, legacy is well", "AlBCDE", 10, STREAK_HALF },
	{ "less than half", "AlBCD", 10, STREAK_GOES_ON },
	{ "half of one user", "AlBBBBBBBB", 10, STREAK_GOES_ON },
	{ "what legacy did before the row says nothing", "lllABCDE", 10,
	    STREAK_GOES_ON },
	{ "nor what it did in a row before", "All+BCDEF", 10, STREAK_GOES_ON },
	{ "legacy fails once in twenty", "AlxBCDE", 10, STREAK_HALF },
	{ "legacy fails twice in twenty", "AlxxBCDE", 10, STREAK_GOES_ON },
	{ "legacy fails, too: the whole row", "AlxxBCDEFGHIJ", 10, STREAK_WHOLE },
	{ "legacy fails once in few", "AxxxBCDE", 10, STREAK_GOES_ON },
	{ "legacy is well later", "ABCDElF", 10, STREAK_HALF },
	{ "half of five is three", "AlB", 5, STREAK_GOES_ON },
	{ "three of five", "AlBC", 5, STREAK_HALF },
	{ "half of two is one, behind twenty answers", "A", 2, STREAK_GOES_ON },
	{ "of two, by one user", "AlA", 2, STREAK_GOES_ON },
	{ "one of one", "A", 1, STREAK_WHOLE },
	{ "off", "AlBCDEFGHIJKLMN", 0, STREAK_GOES_ON },
};

static enum streak_end
play(const struct breaker *b, const char *row)
{
	struct streak s;
	enum streak_end end = STREAK_GOES_ON;

	streak_clear(&s);
	for (; *row != '\0'; row++) {
		cr_assert_eq(end, STREAK_GOES_ON, "%s", row);
		if (*row == 'l')
			for (int i = 0; i < STREAK_LEGACY_MIN; i++)
				streak_add_legacy(&s, false);
		else if (*row == 'x')
			streak_add_legacy(&s, true);
		else
			end = streak_add(&s, b, *row == '?' ? BUCKET_NONE :
			    (uint32_t)*row, *row != '+');
	}
	return end;
}

Test(streak, ends_as_it_should)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct breaker b = { .enabled = true,
			.consecutive = rows[i].consecutive };

		cr_expect_eq(play(&b, rows[i].row), rows[i].want, "%s",
		    rows[i].why);
		b.enabled = false;
		cr_expect_eq(play(&b, rows[i].row), STREAK_GOES_ON, "%s",
		    rows[i].why);
	}
}
