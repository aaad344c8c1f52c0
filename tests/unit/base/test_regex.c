/* Regular expressions with bounds.
 * SPDX-License-Identifier: MIT
 */
#include "base/regex.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static enum regex_result
match(const char *pattern, enum regex_span span, const char *text, size_t len)
{
	struct regex_room *room = regex_room_new();
	char why[REGEX_WHY_MAX];
	enum regex_result result;
	struct regex *r;
	size_t offset;

	r = regex_new(pattern, strlen(pattern), span, why, &offset);
	cr_assert_not_null(r, "%s", pattern);
	result = regex_match(r, room, text, len);
	regex_free(&r);
	regex_room_free(&room);
	cr_expect_null(r);
	cr_expect_null(room);
	return result;
}

static const struct {
	const char *why, *pattern;
	enum regex_span span;
	const char *text;
	enum regex_result want;
} cases[] = {
	{ "the whole text", "req-\\d+", REGEX_WHOLE, "req-17", REGEX_YES },
	{ "something before", "req-\\d+", REGEX_WHOLE, "a req-17", REGEX_NO },
	{ "something behind", "req-\\d+", REGEX_WHOLE, "req-17 leak", REGEX_NO },
	{ "a line feed behind", "req-\\d+", REGEX_WHOLE, "req-17\n", REGEX_NO },
	{ "the longer branch", "a|ab", REGEX_WHOLE, "ab", REGEX_YES },
	{ "anywhere", "\\d+", REGEX_ANYWHERE, "a 17 b", REGEX_YES },
	{ "nowhere", "\\d+", REGEX_ANYWHERE, "a b", REGEX_NO },
	{ "characters, not bytes", ".", REGEX_WHOLE, "\xc3\xa4", REGEX_YES },
	{ "bytes that are no UTF-8", ".*", REGEX_WHOLE, "a\xff", REGEX_NO },
	{ "digits are ASCII", "\\d", REGEX_WHOLE, "\xd9\xa3", REGEX_NO },
	{ "case as asked for", "(?i)abc", REGEX_WHOLE, "AbC", REGEX_YES },
	{ "nothing", "", REGEX_WHOLE, "", REGEX_YES },
};

Test(regex, matches)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(match(cases[i].pattern, cases[i].span,
		    cases[i].text, strlen(cases[i].text)), cases[i].want, "%s",
		    cases[i].why);
}

Test(regex, knows_a_nul)
{
	cr_expect_eq(match("a.b", REGEX_WHOLE, "a\0b", 3), REGEX_YES);
}

/* Both the compiled and the interpreted way. */
Test(regex, gives_up_at_its_bounds)
{
	static const char *const patterns[] = {
		"(?:a|a)*[bc]", "(*NO_JIT)(?:a|a)*[bc]", "(?:(?:a+)+)+[bc]",
		"(*NO_JIT)(?:(?:a+)+)+[bc]", "(?:a|[ab])*?[bc]",
	};
	size_t len = 64 << 10;
	char *text = malloc(len);

	memset(text, 'a', len);
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		cr_expect_eq(match(patterns[i], REGEX_WHOLE, text, len),
		    REGEX_LIMIT, "%s", patterns[i]);
	cr_expect_eq(match("[a-z]*", REGEX_WHOLE, text, len), REGEX_YES,
	    "a long text alone is no reason");
	free(text);
}

Test(regex, says_what_is_wrong)
{
	static const struct {
		const char *pattern;
		size_t offset;
		const char *why;
	} bad[] = {
		{ "a(b", 3, "missing closing parenthesis" },
		{ "ab[c", 4, "missing terminating ]" },
		{ "a?*", 2, "quantifier does not follow" },
		{ "\\C", 2, "disabled" },
		{ "x\xff", 1, "UTF-8" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char why[REGEX_WHY_MAX];
		size_t offset = 99;

		cr_expect_null(regex_new(bad[i].pattern, strlen(bad[i].pattern),
		    REGEX_WHOLE, why, &offset));
		cr_expect_eq(offset, bad[i].offset, "%s: %zu", bad[i].pattern,
		    offset);
		cr_expect_not_null(strstr(why, bad[i].why), "%s: %s",
		    bad[i].pattern, why);
	}
}
