/* balance -- see balance.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/balance.h"

static size_t
count_of(const struct candidate *c, size_t count, enum standing standing)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += c[i].standing == standing;
	return found;
}

/* The nth (from 0) with that standing; there is one. */
static size_t
nth(const struct candidate *c, enum standing standing, size_t n)
{
	size_t i = 0;

	for (;; i++)
		if (c[i].standing == standing && n-- == 0)
			return i;
}

/* Ties go round, so that endpoints without work share it. */
static size_t
least(const struct candidate *c, size_t count, enum standing standing,
    uint32_t turn)
{
	size_t best = count;

	for (size_t k = 0; k < count; k++) {
		size_t i = (turn + k) % count;

		if (c[i].standing == standing && (best == count ||
		    c[i].outstanding < c[best].outstanding))
			best = i;
	}
	return best;
}

static size_t
better_of_two(const struct candidate *c, size_t count,
    enum standing standing, uint32_t random)
{
	size_t n = count_of(c, count, standing), first, second;

	if (n == 1)
		return nth(c, standing, 0);
	first = (random & 0xffff) % n;
	second = (random >> 16) % (n - 1);
	if (second >= first)
		second++;
	first = nth(c, standing, first);
	second = nth(c, standing, second);
	return c[second].outstanding < c[first].outstanding ? second : first;
}

static size_t
choose_among(enum balance how, const struct candidate *c, size_t count,
    enum standing standing, uint32_t random, uint32_t turn)
{
	switch (how) {
	case BALANCE_LEAST:
		return least(c, count, standing, turn);
	case BALANCE_POWER_OF_TWO:
		return better_of_two(c, count, standing, random);
	case BALANCE_ROUND_ROBIN:
		return nth(c, standing, turn % count_of(c, count, standing));
	}
	return 0;
}

bool
balance_choose(enum balance how, const struct candidate *candidates,
    size_t count, uint32_t random, uint32_t turn, bool may_panic,
    size_t *index_out, bool *panic_out)
{
	static const enum standing order[] = { STANDING_DUE, STANDING_UP,
		STANDING_HELD, STANDING_DOWN, STANDING_ASIDE };
	size_t healthy = 2; /* of order */

	for (size_t i = 0; i < (may_panic ? COUNT_OF(order) : healthy); i++) {
		if (count_of(candidates, count, order[i]) == 0)
			continue;
		*index_out = choose_among(how, candidates, count, order[i],
		    random, turn);
		*panic_out = i >= healthy;
		return true;
	}
	return false;
}
