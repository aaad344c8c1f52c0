/* The breaker of one endpoint: when it closes, how long, what opens it.
 * SPDX-License-Identifier: MIT
 */
#include "policy/hold.h"

#include <criterion/criterion.h>

static const struct hold_rules rules = { .after = 3, .first_ms = 1000,
	.max_ms = 5000 };
static const struct hold_rules never = { .after = 0, .first_ms = 1000,
	.max_ms = 5000 };

Test(hold, the_word_keeps_everything)
{
	struct hold h = { .failures = 65535, .level = 127, .probed = true,
		.until_ms = UINT64_C(1) << 39 };
	struct hold got = hold_unpack(hold_pack(h));

	cr_expect_eq(got.failures, h.failures);
	cr_expect_eq(got.level, h.level);
	cr_expect_eq(got.probed, h.probed);
	cr_expect_eq(got.until_ms, h.until_ms);
	cr_expect_eq(hold_pack((struct hold){ 0 }), 0);
}

Test(hold, doubles_up_to_the_longest)
{
	static const uint64_t want[] = { 1000, 2000, 4000, 5000, 5000 };

	for (uint32_t level = 1; level <= COUNT_OF(want); level++)
		cr_expect_eq(hold_span_ms(&rules, level), want[level - 1],
		    "level %u", level);
	cr_expect_eq(hold_span_ms(&rules, 127), 5000, "no overflow");
}

#define NOW 10000

static const struct {
	const char *why;
	struct hold before;
	enum trial trial;
	bool may_hold;
	struct hold want;
} failures[] = {
	{ "the first is only counted", { 0 }, TRIAL_NONE, true, { .failures = 1 } },
	{ "the third holds", { .failures = 2 }, TRIAL_NONE, true,
	    { .level = 1, .until_ms = 11000 } },
	{ "the last one up is never held", { .failures = 2 }, TRIAL_NONE, false,
	    { .failures = 3 } },
	{ "but at once when another came up", { .failures = 3 }, TRIAL_NONE, true,
	    { .level = 1, .until_ms = 11000 } },
	{ "counting ends somewhere", { .failures = 65535 }, TRIAL_NONE, false,
	    { .failures = 65535 } },
	{ "stragglers of before the hold", { .level = 1, .until_ms = 10500 },
	    TRIAL_NONE, true, { .level = 1, .until_ms = 10500 } },
	{ "a failed probe doubles", { .level = 1, .probed = true,
	    .until_ms = 9000 }, TRIAL_PROBE, true,
	    { .level = 2, .until_ms = 12000 } },
	{ "and again, to the longest", { .level = 3, .probed = true,
	    .until_ms = 9000 }, TRIAL_PROBE, true,
	    { .level = 4, .until_ms = 15000 } },
	{ "levels end somewhere", { .level = 127, .probed = true,
	    .until_ms = 9000 }, TRIAL_PROBE, true,
	    { .level = 127, .until_ms = 15000 } },
	{ "a failed probe of the last one frees it", { .level = 2, .probed = true,
	    .until_ms = 9000 }, TRIAL_PROBE, false, { 0 } },
	{ "a failure in panic is no news", { .level = 2, .until_ms = 20000 },
	    TRIAL_PANIC, true, { .level = 2, .until_ms = 20000 } },
	{ "nor while somebody probes", { .level = 2, .probed = true,
	    .until_ms = 9000 }, TRIAL_PANIC, true,
	    { .level = 2, .probed = true, .until_ms = 9000 } },
	{ "a probe whose hold a check has lifted", { 0 }, TRIAL_PROBE, true,
	    { .failures = 1 } },
};

Test(hold, after_a_failure)
{
	for (size_t i = 0; i < COUNT_OF(failures); i++) {
		struct hold got = hold_after_failure(failures[i].before, &rules,
		    failures[i].trial, failures[i].may_hold, NOW);

		cr_expect_eq(hold_pack(got), hold_pack(failures[i].want),
		    "%s: failures %u level %u until %llu", failures[i].why,
		    got.failures, got.level, (unsigned long long)got.until_ms);
	}
	cr_expect_eq(hold_after_failure((struct hold){ .failures = 99 }, &never,
	    TRIAL_NONE, true, NOW).level, 0, "0 means never");
}

static const struct {
	const char *why;
	struct hold before;
	enum trial trial;
	struct hold want;
} answers[] = {
	{ "ends a row of failures", { .failures = 2 }, TRIAL_NONE, { 0 } },
	{ "of before the hold lifts nothing", { .level = 1, .until_ms = 10500 },
	    TRIAL_NONE, { .level = 1, .until_ms = 10500 } },
	{ "to a probe lifts", { .level = 3, .probed = true, .until_ms = 9000 },
	    TRIAL_PROBE, { 0 } },
	{ "in panic lifts", { .level = 3, .until_ms = 20000 }, TRIAL_PANIC,
	    { 0 } },
};

Test(hold, after_an_answer)
{
	for (size_t i = 0; i < COUNT_OF(answers); i++)
		cr_expect_eq(hold_pack(hold_after_answer(answers[i].before,
		    answers[i].trial)), hold_pack(answers[i].want), "%s",
		    answers[i].why);
}

Test(hold, one_probe_at_a_time)
{
	_Atomic uint64_t word = 0;

	cr_expect(!hold_take_probe(&word, NOW), "free");
	for (int i = 0; i < 2; i++)
		cr_expect(!hold_failed(&word, &rules, TRIAL_NONE, true, NOW));
	cr_expect(hold_failed(&word, &rules, TRIAL_NONE, true, NOW), "held");
	cr_expect_eq(hold_state(hold_unpack(word), NOW), HOLD_SHUT);
	cr_expect(!hold_take_probe(&word, NOW + 999), "not yet");
	cr_expect_eq(hold_state(hold_unpack(word), NOW + 1000), HOLD_DUE);
	cr_expect(hold_take_probe(&word, NOW + 1000));
	cr_expect_eq(hold_state(hold_unpack(word), NOW + 1000), HOLD_PROBED);
	cr_expect(!hold_take_probe(&word, NOW + 1000), "taken");
	hold_leave_probe(&word);
	cr_expect(hold_take_probe(&word, NOW + 1000), "left without news");
	cr_expect(hold_failed(&word, &rules, TRIAL_PROBE, true, NOW + 1000));
	cr_expect_eq(hold_state(hold_unpack(word), NOW + 2999), HOLD_SHUT);
	cr_expect(hold_take_probe(&word, NOW + 3000));
	hold_answered(&word, TRIAL_PROBE);
	cr_expect_eq(word, 0, "as if nothing had been");
}
