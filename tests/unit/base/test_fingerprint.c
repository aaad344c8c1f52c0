/* Fingerprints: one seed for the process, never 0.
 * SPDX-License-Identifier: MIT
 */
#include "base/fingerprint.h"

#include <criterion/criterion.h>

Test(fingerprint, is_keyed_and_repeats_itself)
{
	uint64_t seed = fingerprint_seed();

	cr_expect_neq(seed, 0);
	cr_expect_eq(seed, fingerprint_seed());
	cr_expect_eq(fingerprint(seed, "a", 1), fingerprint(seed, "a", 1));
	cr_expect_neq(fingerprint(seed, "a", 1), fingerprint(seed, "b", 1));
	cr_expect_neq(fingerprint(seed, "a", 1), fingerprint(seed + 1, "a", 1));
	cr_expect_neq(fingerprint(seed, "", 0), 0);
}
