/* The day's budget of mirroring.
 * SPDX-License-Identifier: MIT
 */
#include "observe/budget.h"

#include <criterion/criterion.h>

#include "base/compiler.h"

static unsigned
taken(struct mirror_budget *b, const struct mirror_rules *rules, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += mirror_budget_take(b, rules);
	return n;
}

Test(budget, takes_up_to_the_limit)
{
	static const struct {
		uint64_t requests, tokens, spend;
		unsigned want;
	} rows[] = {
		{ 0, 0, 0, 100 }, { 7, 0, 0, 7 }, { 0, 10, 9, 100 },
		{ 0, 10, 10, 0 }, { 7, 10, 9, 7 }, { 200, 0, 999, 100 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct mirror_rules rules = {
			.budget_requests = rows[i].requests,
			.budget_tokens = rows[i].tokens,
		};
		struct mirror_budget b = { 0 };

		mirror_budget_spend(&b, rows[i].spend);
		cr_expect_eq(taken(&b, &rules, 100), rows[i].want, "%zu", i);
		cr_expect_eq(mirror_budget_is_spent(&b, &rules),
		    rows[i].want < 100, "%zu", i);
		cr_expect_eq(b.refused, 100 - rows[i].want, "%zu", i);
	}
}

Test(budget, gives_back_what_was_not_used)
{
	const struct mirror_rules rules = { .budget_requests = 1 };
	struct mirror_budget b = { 0 };

	cr_expect(mirror_budget_take(&b, &rules));
	cr_expect_not(mirror_budget_take(&b, &rules));
	mirror_budget_give(&b);
	cr_expect(mirror_budget_take(&b, &rules));
}
