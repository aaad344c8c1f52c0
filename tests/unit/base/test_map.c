/* The map against a plain array that knows the truth.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define KEYS 2000

static int values[KEYS];

static size_t
key_of(unsigned i, char out[32])
{
	return (size_t)snprintf(out, 32, "key-%u", i);
}

static void
check_all(const struct map *m, const bool *inside)
{
	size_t count = 0;
	char key[32];

	for (unsigned i = 0; i < KEYS; i++) {
		count += inside[i];
		cr_assert_eq(map_get(m, key, key_of(i, key)),
		    inside[i] ? &values[i] : NULL, "%u", i);
	}
	cr_assert_eq(map_count(m), count);
}

Test(map, holds_what_was_put_through_many_changes)
{
	struct map *m = map_new();
	bool inside[KEYS] = { false };
	unsigned state = 12345;
	char key[32];

	for (unsigned step = 0; step < 40000; step++) {
		unsigned i;
		void *before;

		state = state * 1103515245u + 12345u;
		i = (state >> 8) % KEYS;
		/* First it grows, then it shrinks. */
		if ((state >> 24) % 8 < (step < 20000 ? 6 : 2))
			before = map_put(m, key, key_of(i, key), &values[i]);
		else
			before = map_remove(m, key, key_of(i, key));
		cr_assert_eq(before, inside[i] ? &values[i] : NULL);
		inside[i] = (state >> 24) % 8 < (step < 20000 ? 6 : 2);
		if (step % 4000 == 0)
			check_all(m, inside);
	}
	check_all(m, inside);
	map_free(&m, NULL);
	cr_expect_null(m);
	map_free(&m, NULL);
}

Test(map, replaces_and_says_what_was_there)
{
	struct map *m = map_new();
	int one, two;

	cr_expect_null(map_put(m, "a", 1, &one));
	cr_expect_eq(map_put(m, "a", 1, &two), &one);
	cr_expect_eq(map_get(m, "a", 1), &two);
	cr_expect_eq(map_count(m), 1);
	cr_expect_eq(map_remove(m, "a", 1), &two);
	cr_expect_null(map_remove(m, "a", 1));
	cr_expect_eq(map_count(m), 0);
	map_free(&m, NULL);
}

Test(map, keys_are_bytes_and_copied)
{
	struct map *m = map_new();
	char key[] = { 'a', '\0', 'b' };
	int one, two, three;

	map_put(m, key, 3, &one);
	map_put(m, key, 1, &two);
	map_put(m, NULL, 0, &three);
	memset(key, 'x', sizeof key);
	cr_expect_eq(map_get(m, "a\0b", 3), &one);
	cr_expect_eq(map_get(m, "a", 1), &two);
	cr_expect_eq(map_get(m, "", 0), &three);
	cr_expect_null(map_get(m, "a\0", 2));
	cr_expect_null(map_get(m, key, 3));
	map_free(&m, NULL);
}

Test(map, walks_over_every_entry_once)
{
	struct map *m = map_new();
	unsigned seen[100] = { 0 };
	size_t cursor = 0, key_len;
	const char *key;
	char made[32];
	void *value;

	cr_expect_not(map_next(m, &cursor, &key, &key_len, &value));
	for (unsigned i = 0; i < 100; i++)
		map_put(m, made, key_of(i, made), &seen[i]);
	cursor = 0;
	while (map_next(m, &cursor, &key, &key_len, &value)) {
		unsigned *count = value;

		cr_assert_eq(key_len, key_of((unsigned)(count - seen), made));
		cr_assert_eq(memcmp(key, made, key_len), 0);
		(*count)++;
	}
	for (unsigned i = 0; i < 100; i++)
		cr_expect_eq(seen[i], 1, "%u", i);
	map_free(&m, NULL);
}

static unsigned dropped;

static void
drop(void *value)
{
	free(value);
	dropped++;
}

Test(map, free_drops_every_value)
{
	struct map *m = map_new();
	char key[32];

	for (unsigned i = 0; i < 50; i++)
		map_put(m, key, key_of(i, key), mem_alloc(1));
	free(map_remove(m, key, key_of(7, key)));
	map_free(&m, drop);
	cr_expect_eq(dropped, 49);
}

/* Without growth a table of 16 holds 10: every set of removals of it. */
Test(map, any_removals_from_a_full_small_table)
{
	for (unsigned gone = 0; gone < 1 << 10; gone++) {
		struct map *m = map_new();

		for (char i = 0; i < 10; i++)
			cr_assert_null(map_put(m, &i, 1, &m));
		for (char i = 0; i < 10; i++)
			if (gone >> i & 1)
				cr_assert_eq(map_remove(m, &i, 1), &m);
		for (char i = 0; i < 10; i++)
			cr_assert_eq(map_get(m, &i, 1),
			    gone >> i & 1 ? NULL : (void *)&m);
		map_free(&m, NULL);
	}
}
