/* Spare blocks: given back, taken again, and none lost.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "base/spare.h"

#define BLOCK_BYTES 100

/* More than are kept, several times over; each block is written whole. */
Test(spare, every_block_is_its_takers_alone)
{
	struct spare s = { 0 };
	char *blocks[200];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT_OF(blocks); i++) {
			blocks[i] = spare_take(&s, BLOCK_BYTES);
			memset(blocks[i], (int)i, BLOCK_BYTES);
		}
		for (size_t i = 0; i < COUNT_OF(blocks); i++) {
			for (size_t at = 0; at < BLOCK_BYTES; at++)
				cr_assert_eq(blocks[i][at], (char)i);
			spare_give(&s, blocks[i]);
		}
	}
	spare_fini(&s);
	cr_expect_null(s.first);
	cr_expect_eq(s.count, 0);
	spare_fini(&s);
}
