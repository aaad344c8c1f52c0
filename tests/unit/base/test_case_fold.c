/* Letters without their case.
 * SPDX-License-Identifier: MIT
 */
#include "base/case_fold.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *why, *text, *want;
} cases[] = {
	{ "ASCII", "AbC xYZ 0[@`{", "abc xyz 0[@`{" },
	{ "Latin-1", "\xc3\x84\xc3\x96\xc3\x9c", "\xc3\xa4\xc3\xb6\xc3\xbc" },
	{ "the sign of multiplication is no letter", "\xc3\x97", "\xc3\x97" },
	{ "sharp s, both", "\xe1\xba\x9e\xc3\x9f", "\xc3\x9f\xc3\x9f" },
	{ "every second one", "\xc4\x80\xc4\x81\xc4\x82", "\xc4\x81\xc4\x81\xc4\x83" },
	{ "dotless i stays", "\xc4\xb1I", "\xc4\xb1i" },
	{ "both sigmas", "\xce\xa3\xcf\x82", "\xcf\x83\xcf\x83" },
	{ "Cyrillic", "\xd0\x96\xd0\x81", "\xd0\xb6\xd1\x91" },
	{ "Armenian", "\xd4\xb1", "\xd5\xa1" },
	{ "Kelvin", "\xe2\x84\xaa", "k" },
	{ "one that needs more bytes", "\xc8\xba", "\xe2\xb1\xa5" },
	{ "wide", "\xef\xbc\xa1", "\xef\xbd\x81" },
	{ "beyond the basic plane", "\xf0\x90\x90\x80", "\xf0\x90\x90\xa8" },
	{ "no case", "\xe4\xb8\xad\xf0\x9f\x98\x80", "\xe4\xb8\xad\xf0\x9f\x98\x80" },
	{ "no UTF-8", "A\xff\xc3", "a\xff\xc3" },
	{ "nothing", "", "" },
};

Test(case_fold, folds_texts)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char out[64];
		size_t len = case_fold_text(cases[i].text,
		    strlen(cases[i].text), out);

		cr_expect_eq(len, strlen(cases[i].want), "%s", cases[i].why);
		cr_expect_eq(memcmp(out, cases[i].want, len), 0, "%s",
		    cases[i].why);
	}
}

/* Whatever it is given, it is done once and for all, and there is room. */
Test(case_fold, is_folded_after_once)
{
	for (unsigned code = 0; code < 0x110000; code++)
		cr_assert_eq(case_fold(case_fold(code)), case_fold(code), "%x",
		    code);
}
