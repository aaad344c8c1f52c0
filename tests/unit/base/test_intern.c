/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/intern.h"

Test(intern, a_text_has_one_address_and_outlives_what_it_came_with)
{
	char text[] = "chat";
	const char *first = intern(text), *other = intern("chat (second)");

	memset(text, 'x', 4);
	cr_expect_str_eq(first, "chat");
	cr_expect_str_eq(other, "chat (second)");
	cr_expect_eq(intern("chat"), first);
	cr_expect_eq(intern("chat (second)"), other);
	cr_expect_str_eq(intern(""), "");
	cr_expect_eq(intern(""), intern(""));
}
