/* How much one user counts, and who was seen on which side.
 * SPDX-License-Identifier: MIT
 */
#include "observe/weights.h"

#include <criterion/criterion.h>

static struct weights weights;
static struct seen_buckets one, two;

Test(weights, one_user_counts_only_so_often)
{
	unsigned counted = 0;

	for (unsigned i = 0; i < 100; i++)
		counted += weights_take(&weights, VERSION_ENHANCED, 7, true);
	cr_expect_eq(counted, WEIGHT_MAX);
	cr_expect(weights_take(&weights, VERSION_LEGACY, 7, true));
	cr_expect(weights_take(&weights, VERSION_ENHANCED, 8, true));
	/* What still goes well for him would make his version look better. */
	cr_expect(!weights_take(&weights, VERSION_ENHANCED, 7, false));
	cr_expect(weights_take(&weights, VERSION_ENHANCED, 8, false));
	weights_clear(&weights);
	cr_expect(weights_take(&weights, VERSION_ENHANCED, 7, true));
}

Test(weights, who_has_no_bucket_always_counts)
{
	for (unsigned i = 0; i < 100; i++)
		cr_expect(weights_take(&weights, VERSION_ENHANCED, UINT32_MAX, true));
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
