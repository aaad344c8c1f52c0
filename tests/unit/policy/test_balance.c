/* The chooser: who gets the next exchange.
 * SPDX-License-Identifier: MIT
 */
#include "policy/balance.h"

#include <criterion/criterion.h>

#define UP(n) { n, STANDING_UP }
#define DUE(n) { n, STANDING_DUE }
#define HELD(n) { n, STANDING_HELD }
#define DOWN(n) { n, STANDING_DOWN }
#define ASIDE(n) { n, STANDING_ASIDE }
#define TRIED(n) { n, STANDING_TRIED }
#define NOBODY 99

static const struct {
	const char *why;
	enum balance how;
	struct candidate c[4];
	size_t count;
	uint32_t random, turn;
	bool may_panic;
	size_t want;
	bool panic;
} cases[] = {
	{ "fewest running", BALANCE_LEAST, { UP(3), UP(1), UP(2) }, 3, 0, 0, true,
	    1, false },
	{ "a tie goes round: first turn", BALANCE_LEAST, { UP(1), UP(1), UP(1) },
	    3, 0, 0, true, 0, false },
	{ "a tie goes round: second turn", BALANCE_LEAST, { UP(1), UP(1), UP(1) },
	    3, 0, 1, true, 1, false },
	{ "a turn beyond the end wraps", BALANCE_LEAST, { UP(1), UP(1), UP(1) },
	    3, 0, UINT32_MAX, true, UINT32_MAX % 3, false },
	{ "the idle one that is held gets nothing", BALANCE_LEAST,
	    { HELD(0), UP(9), DOWN(0) }, 3, 0, 0, true, 1, false },
	{ "nor the one set aside", BALANCE_LEAST, { ASIDE(0), UP(9) }, 2, 0, 0,
	    true, 1, false },
	{ "nor the one that has just failed", BALANCE_LEAST, { TRIED(0), UP(9) },
	    2, 0, 0, true, 1, false },
	{ "a hold that is over is probed first", BALANCE_LEAST,
	    { UP(0), DUE(5), UP(0) }, 3, 0, 0, false, 1, false },
	{ "two drawn, the better wins", BALANCE_POWER_OF_TWO,
	    { UP(5), UP(0), UP(9) }, 3, 0x00000000, 0, true, 1, false },
	{ "two drawn, the third stays out", BALANCE_POWER_OF_TWO,
	    { UP(5), UP(9), UP(0) }, 3, 0x00000000, 0, true, 0, false },
	{ "two drawn of those that are up", BALANCE_POWER_OF_TWO,
	    { HELD(0), UP(7), HELD(0), UP(6) }, 4, 0x00000000, 0, true, 3, false },
	{ "never the same one twice", BALANCE_POWER_OF_TWO, { UP(7), UP(6) }, 2,
	    0x00000001, 0, true, 1, false },
	{ "one that is up needs no lot", BALANCE_POWER_OF_TWO, { DOWN(0), UP(7) },
	    2, 0xffffffff, 0, true, 1, false },
	{ "turns", BALANCE_ROUND_ROBIN, { UP(9), UP(0), UP(0) }, 3, 0, 3, true, 0,
	    false },
	{ "turns pass over who is not up", BALANCE_ROUND_ROBIN,
	    { UP(0), HELD(0), UP(0) }, 3, 0, 1, true, 2, false },
	{ "panic: a held one", BALANCE_LEAST, { HELD(4), DOWN(0), HELD(3) }, 3, 0,
	    0, true, 2, true },
	{ "panic: a downed one if there is no other", BALANCE_LEAST,
	    { ASIDE(0), DOWN(4) }, 2, 0, 0, true, 1, true },
	{ "panic: aside at the very last", BALANCE_ROUND_ROBIN,
	    { ASIDE(0), TRIED(0) }, 2, 0, 0, true, 0, true },
	{ "no panic for a shadow", BALANCE_LEAST, { HELD(0), DOWN(0) }, 2, 0, 0,
	    false, NOBODY, false },
	{ "everybody was tried", BALANCE_LEAST, { TRIED(0), TRIED(0) }, 2, 0, 0,
	    true, NOBODY, false },
};

Test(balance, chooses)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t got = NOBODY;
		bool panic = false, found = balance_choose(cases[i].how,
		    cases[i].c, cases[i].count, cases[i].random, cases[i].turn,
		    cases[i].may_panic, &got, &panic);

		cr_expect_eq(found, cases[i].want != NOBODY, "%s", cases[i].why);
		cr_expect_eq(got, cases[i].want, "%s: %zu", cases[i].why, got);
		cr_expect_eq(panic, cases[i].panic, "%s", cases[i].why);
	}
}

/* Exchanges come, and end at another pace on each endpoint; what is running
 * must even out, whatever the lots. */
static void
run_for_a_while(enum balance how, uint32_t running_out[3])
{
	static const unsigned pace[3] = { 1, 2, 4 }; /* ended per round */
	struct candidate c[3] = { UP(0), UP(0), UP(0) };
	uint32_t lot = 12345;

	for (uint32_t round = 0; round < 3000; round++) {
		for (unsigned k = 0; k < 6; k++) {
			size_t i = 0;
			bool panic;

			lot = lot * 1664525u + 1013904223u;
			cr_assert(balance_choose(how, c, 3, lot, round * 6 + k,
			    false, &i, &panic));
			c[i].outstanding++;
		}
		for (unsigned k = 0; k < 3; k++)
			c[k].outstanding -= c[k].outstanding < pace[k] ?
			    c[k].outstanding : pace[k];
	}
	for (unsigned k = 0; k < 3; k++)
		running_out[k] = c[k].outstanding;
}

Test(balance, a_slow_endpoint_gets_less)
{
	uint32_t running[3];

	run_for_a_while(BALANCE_LEAST, running);
	for (unsigned k = 0; k < 3; k++)
		cr_expect_lt(running[k], 10, "least: %u on %u", running[k], k);
	run_for_a_while(BALANCE_POWER_OF_TWO, running);
	for (unsigned k = 0; k < 3; k++)
		cr_expect_lt(running[k], 30, "two: %u on %u", running[k], k);
	/* What it is compared with: turns pile up on the slow one. */
	run_for_a_while(BALANCE_ROUND_ROBIN, running);
	cr_expect_gt(running[0], 1000, "turns: %u", running[0]);
}
