/* Names: their form, and that no two are the same.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/ident.h"
#include "base/map.h"

Test(ident, are_all_different)
{
	struct ident_source sources[2];
	struct map *seen = map_new();
	char name[IDENT_TEXT_LEN + 1];

	ident_source_init(&sources[0]);
	ident_source_init(&sources[1]);
	for (int i = 0; i < 20000; i++) {
		ident_next(&sources[i % 2], name);
		cr_assert_eq(strspn(name, "0123456789abcdef"), IDENT_TEXT_LEN);
		cr_assert_eq(name[IDENT_TEXT_LEN], '\0');
		cr_assert_null(map_put(seen, name, IDENT_TEXT_LEN, seen));
	}
	map_free(&seen, NULL);
}

Test(ident, differ_among_sources_with_the_same_counter)
{
	struct ident_source a = { 1, 5 }, b = { 2, 5 };
	char of_a[IDENT_TEXT_LEN + 1], of_b[IDENT_TEXT_LEN + 1];

	ident_next(&a, of_a);
	ident_next(&b, of_b);
	cr_expect_str_neq(of_a, of_b);
	cr_expect_eq(a.counter, 6);
}

Test(ident, goes_on_where_the_counter_wraps)
{
	struct ident_source s = { 1, UINT64_MAX };
	char a[IDENT_TEXT_LEN + 1], b[IDENT_TEXT_LEN + 1];

	ident_next(&s, a);
	ident_next(&s, b);
	cr_expect_str_neq(a, b);
	cr_expect_eq(s.counter, 1u);
}
