/* Sets of texts: what is in them, and nothing else.
 * SPDX-License-Identifier: MIT
 */
#include "base/text_set.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

Test(text_set, has_what_was_listed)
{
	char *texts[] = { "a", "b", "a", "long enough to be hashed otherwise",
		NULL };
	struct text_set s;
	struct arena a;

	arena_init(&a, 0);
	text_set_make(&s, texts, &a);
	cr_expect_eq(s.count, 4);
	for (size_t i = 0; i < s.count; i++)
		cr_expect(text_set_has(&s, texts[i], strlen(texts[i])));
	cr_expect_not(text_set_has(&s, "A", 1));
	cr_expect_not(text_set_has(&s, "", 0));
	cr_expect_not(text_set_has(&s, "ab", 2));
	cr_expect(text_set_has(&s, "ab", 1));
	arena_fini(&a);
}

Test(text_set, empty_has_nothing)
{
	char *none[] = { NULL };
	struct text_set zero = { 0 }, s;
	struct arena a;

	arena_init(&a, 0);
	text_set_make(&s, none, &a);
	cr_expect_not(text_set_has(&s, "", 0));
	cr_expect_not(text_set_has(&zero, "a", 1));
	arena_fini(&a);
}

#define MANY 10000

Test(text_set, finds_each_of_many)
{
	static char *texts[MANY + 1];
	struct text_set s;
	struct arena a;

	arena_init(&a, 0);
	for (unsigned i = 0; i < MANY; i++)
		texts[i] = mem_printf("user-%u", i);
	text_set_make(&s, texts, &a);
	for (unsigned i = 0; i < MANY; i++)
		cr_assert(text_set_has(&s, texts[i], strlen(texts[i])));
	cr_expect_not(text_set_has(&s, "user-10000", 10));
	arena_fini(&a);
}
