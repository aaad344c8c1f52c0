/* The arena: alignment, its cap, and starting over.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

Test(arena, aligns_and_never_overlaps)
{
	unsigned char *pieces[300];
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; i < 300; i++) {
		pieces[i] = arena_alloc(&a, i * 3);
		cr_assert_not_null(pieces[i]);
		cr_assert_eq((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], (int)(i % 251), i * 3);
	}
	for (size_t i = 0; i < 300; i++)
		for (size_t j = 0; j < i * 3; j++)
			cr_assert_eq(pieces[i][j], i % 251);
	arena_fini(&a);
	cr_expect_null(a.blocks);
}

Test(arena, gives_a_distinct_place_for_nothing)
{
	struct arena a;
	void *one, *two;

	arena_init(&a, 64);
	one = arena_alloc(&a, 0);
	two = arena_alloc(&a, 0);
	cr_expect_not_null(one);
	cr_expect_not_null(two);
	cr_expect_neq(one, two);
	arena_fini(&a);
}

static const struct {
	const char *why;
	size_t cap, used, ask;
	bool want;
} caps[] = {
	{ "all of it", 64, 0, 64, true },
	{ "one more", 64, 0, 65, false },
	{ "the rest", 64, 48, 16, true },
	{ "counted with its alignment", 64, 49, 1, false },
	{ "nothing left", 64, 64, 1, false },
	{ "a size that wraps", 64, 16, SIZE_MAX, false },
	{ "a size that wraps when aligned", 64, 16, SIZE_MAX - 7, false },
	{ "a size that wraps without a cap", 0, 16, SIZE_MAX, false },
	{ "much without a cap", 0, 16, 5 << 20, true },
};

Test(arena, keeps_to_its_cap)
{
	for (size_t i = 0; i < COUNT_OF(caps); i++) {
		struct arena a;

		arena_init(&a, caps[i].cap);
		if (caps[i].used > 0)
			cr_assert_not_null(arena_alloc(&a, caps[i].used));
		cr_expect_eq(arena_alloc(&a, caps[i].ask) != NULL,
		    caps[i].want, "%s", caps[i].why);
		arena_fini(&a);
	}
}

Test(arena, starts_over_in_the_same_memory)
{
	struct arena a;
	void *first;

	arena_init(&a, 1 << 20);
	arena_reset(&a);
	first = arena_alloc(&a, 100);
	for (int i = 0; i < 10; i++) {
		arena_reset(&a);
		cr_expect_eq(a.used_bytes, 0);
		cr_expect_eq(arena_alloc(&a, 100), first);
	}
	/* Over several blocks: the cap counts anew too. */
	for (int lap = 0; lap < 3; lap++) {
		for (int i = 0; i < 10; i++)
			cr_assert_not_null(arena_alloc(&a, 100000));
		cr_expect_null(arena_alloc(&a, 100000));
		arena_reset(&a);
	}
	arena_fini(&a);
}

Test(arena, copies_and_zeroes)
{
	static const char zeroes[100];
	struct arena a;
	char *copy;
	void *junk;

	arena_init(&a, 0);
	junk = arena_alloc(&a, 4096);
	memset(junk, 0xff, 4096);
	arena_reset(&a);
	cr_expect_eq(memcmp(arena_zalloc(&a, 100), zeroes, 100), 0);
	copy = arena_strndup(&a, "abcdef", 3);
	cr_expect_str_eq(copy, "abc");
	copy = arena_strndup(&a, NULL, 0);
	cr_expect_str_eq(copy, "");
	arena_fini(&a);
}

/* Blocks double; what a cap lets nobody have must not be there at all. */
Test(arena, takes_no_more_from_the_system_than_its_cap)
{
	struct arena a;
	size_t given = 0;

	arena_init(&a, 50000);
	while (arena_alloc(&a, 16) != NULL)
		given += 16;
	cr_expect_eq(given, 50000u);
	cr_expect_leq(a.left, 16u);
	arena_fini(&a);
}

Test(arena, reset_keeps_the_largest_block_and_the_whole_cap)
{
	struct arena a;
	struct arena_block *kept;

	arena_init(&a, 100000);
	for (int round = 0; round < 3; round++) {
		size_t given = 0;

		while (arena_alloc(&a, 1000) != NULL)
			given += 1008;
		cr_expect_geq(given, 100000u - 1008u, "round %d", round);
		arena_reset(&a);
		cr_expect_eq(a.used_bytes, 0u);
		cr_expect_geq(a.left, 32768u);
		if (round > 0)
			cr_expect_eq(a.blocks, kept);
		kept = a.blocks;
	}
	arena_fini(&a);
}

Test(arena, blocks_stay_large_after_the_limit_of_doubling)
{
	struct arena a;
	struct arena_block *last = NULL;
	unsigned blocks = 0;

	arena_init(&a, 0);
	for (size_t given = 0; given < 16u << 20; given += 4096) {
		cr_assert_not_null(arena_alloc(&a, 4096));
		blocks += a.blocks != last;
		last = a.blocks;
	}
	cr_expect_leq(blocks, 24u, "%u blocks for 16 MiB", blocks);
	arena_fini(&a);
}

Test(arena, uses_a_lent_buffer_first)
{
	_Alignas(16) char space[256];
	struct arena a;
	char *p;

	arena_init(&a, 0);
	a.next = space;
	a.left = sizeof space;
	cr_expect_eq(arena_alloc(&a, 240), (void *)space);
	cr_expect_null(a.blocks);
	p = arena_alloc(&a, 100);
	cr_expect(p < space || p >= space + sizeof space);
	arena_reset(&a);
	arena_fini(&a);
}
