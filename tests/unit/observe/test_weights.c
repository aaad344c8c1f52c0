/* How much one user counts, and who was seen on which side.
 * SPDX-License-Identifier: MIT
 */
#include "observe/weights.h"

#include <criterion/criterion.h>

#define BOTH (WEIGHT_OF_STAGE | WEIGHT_OF_SPELL)

static struct weights weights;
static struct seen_buckets one, two;

static unsigned
take(enum version v, uint32_t bucket, bool failure)
{
	return weights_take(&weights, v, bucket, failure);
}

Test(weights, one_user_counts_only_so_often)
{
	unsigned counted = 0;

	for (unsigned i = 0; i < 100; i++)
		counted += weights_take(&weights, VERSION_ENHANCED, 7, true) ==
		    BOTH;
	cr_expect_eq(counted, WEIGHT_MAX);
	cr_expect_eq(take(VERSION_LEGACY, 7, true), BOTH);
	cr_expect_eq(take(VERSION_ENHANCED, 8, true), BOTH);
	/* What still goes well for him would make his version look better. */
	cr_expect_eq(take(VERSION_ENHANCED, 7, false), 0);
	cr_expect_eq(take(VERSION_ENHANCED, 8, false), BOTH);
	weights_clear(&weights);
	cr_expect_eq(take(VERSION_ENHANCED, 7, true), BOTH);
}

Test(weights, in_each_spell_he_counts_so_often_again)
{
	for (unsigned spell = 0; spell < 20; spell++) {
		unsigned of_stage = 0, of_spell = 0;

		for (unsigned i = 0; i < 10; i++) {
			unsigned counts = take(VERSION_ENHANCED, 9, true);

			of_stage += (counts & WEIGHT_OF_STAGE) != 0;
			of_spell += (counts & WEIGHT_OF_SPELL) != 0;
		}
		cr_expect_eq(of_stage, spell == 0 ? WEIGHT_MAX : 0, "%u", spell);
		cr_expect_eq(of_spell, WEIGHT_MAX, "%u", spell);
		cr_expect_eq(take(VERSION_ENHANCED, 9, false), 0);
		/* One failure in each spell: of the stage only the first three. */
		cr_expect_eq(take(VERSION_LEGACY, 9, true), spell < WEIGHT_MAX ?
		    BOTH : WEIGHT_OF_SPELL, "%u", spell);
		weights_renew(&weights);
	}
	cr_expect_eq(take(VERSION_ENHANCED, 9, false), WEIGHT_OF_SPELL);
}

Test(weights, who_has_no_bucket_always_counts)
{
	for (unsigned i = 0; i < 100; i++)
		cr_expect_eq(take(VERSION_ENHANCED, UINT32_MAX, true),
		    BOTH);
}

Test(weights, of_one_user_the_first_of_failures_in_sequence_is_in_the_rate)
{
	static const struct {
		uint32_t bucket;
		bool failure;
		unsigned want;
	} steps[] = {
		{ 7, true, WEIGHT_OF_RATE }, { 7, true, 0 }, { 7, true, 0 },
		/* What goes well, his or another's, makes no other user of him. */
		{ 7, false, WEIGHT_OF_RATE }, { 8, false, WEIGHT_OF_RATE },
		{ 7, true, 0 },
		{ 8, true, WEIGHT_OF_RATE }, { 7, true, WEIGHT_OF_RATE },
		/* Who has no bucket may be anybody. */
		{ UINT32_MAX, true, WEIGHT_OF_RATE },
		{ UINT32_MAX, true, WEIGHT_OF_RATE },
		{ 7, true, WEIGHT_OF_RATE },
	};
	struct repeats r;

	repeats_clear(&r);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		cr_expect_eq(repeats_take(&r, VERSION_ENHANCED, steps[i].bucket,
		    steps[i].failure), steps[i].want, "step %zu", i);
	cr_expect_eq(repeats_take(&r, VERSION_LEGACY, 7, true), WEIGHT_OF_RATE);
}

Test(weights, counts_each_bucket_once)
{
	const struct seen_buckets *all[] = { &one, &two };

	for (unsigned i = 0; i < 3; i++) {
		seen_add(&one, VERSION_LEGACY, 5);
		seen_add(&two, VERSION_LEGACY, 5);
		seen_add(&two, VERSION_LEGACY, WEIGHT_BUCKETS - 1);
		seen_add(&two, VERSION_ENHANCED, 64);
		seen_add(&two, VERSION_ENHANCED, UINT32_MAX);
	}
	cr_expect_eq(seen_count(all, 2, VERSION_LEGACY), 2);
	cr_expect_eq(seen_count(all, 2, VERSION_ENHANCED), 1);
	seen_add(&one, VERSION_LEGACY, 5);
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		cr_expect_eq(seen_count(all, 1, v), v == VERSION_LEGACY);
		cr_expect_eq(seen_count(all + 1, 1, v), v == VERSION_LEGACY ?
		    2 : 1);
	}
	seen_clear(&two);
	cr_expect_eq(seen_count(all + 1, 1, VERSION_LEGACY), 0);
	cr_expect_eq(seen_count(all, 2, VERSION_LEGACY), 1);
	cr_expect_eq(seen_count(all, 2, VERSION_ENHANCED), 0);
}
