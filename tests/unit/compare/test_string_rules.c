/* Two strings by what a rule says of them.
 * SPDX-License-Identifier: MIT
 */
#include "compare/string_rules.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare/url_form.h"

#define UUID_A "0f8fad5b-d9cb-469f-a165-70867728950e"
#define UUID_B "7C9E6679-7425-40DE-944B-E07FC1F90AE7"
#define URL_OF(a, b, same) { STRING_URL, a, b, same }

/* "set:" before the first one: the query is a set. */
static const struct {
	enum string_mode mode;
	const char *a, *b;
	bool same;
} cases[] = {
	{ STRING_EXACT, "a", "a", true },
	{ STRING_EXACT, "a", "A", false },
	{ STRING_EXACT, "{\"a\":1}", "{\"a\": 1}", false },

	{ STRING_CASE, "Hello", "hELLO", true },
	{ STRING_CASE, "\xc3\x84rger", "\xc3\xa4RGER", true },
	{ STRING_CASE, "Hello", "Hello ", false },

	{ STRING_TRIMMED, " a b\n", "\ta b", true },
	{ STRING_TRIMMED, "a  b", "a b", false },
	{ STRING_TRIMMED, " ", "", true },

	{ STRING_UUID, UUID_A, UUID_B, true },
	{ STRING_UUID, UUID_A, "", false },
	{ STRING_UUID, UUID_A, "0f8fad5bd9cb469fa16570867728950e", false },
	{ STRING_UUID, UUID_A, "0f8fad5b-d9cb-469f-a165-70867728950g", false },
	{ STRING_UUID, UUID_A, "0f8fad5b-d9cb-469f-a165_70867728950e", false },
	{ STRING_UUID, "no uuid", "none either", false },
	{ STRING_UUID, "no uuid", "no uuid", true },

	{ STRING_TIMESTAMP, "2026-11-28T09:30:00Z", "1795858202", true },
	{ STRING_TIMESTAMP, "2026-11-28T09:30:00Z", "1795858206", false },
	{ STRING_TIMESTAMP, "2026-11-28T09:30:00Z", "today", false },
	{ STRING_TIMESTAMP, "today", "today", true },

	URL_OF("HTTP://Example.TEST:80/a", "http://example.test/a", true),
	URL_OF("https://h:443", "https://h/", true),
	URL_OF("https://h:", "https://h/", true),
	URL_OF("https://h:80/", "https://h/", false),
	URL_OF("wss://h:443/s", "wss://h/s", true),
	URL_OF("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/", true),
	URL_OF("http://U@h/", "http://u@h/", false),
	URL_OF("http://u:80@h/", "http://u@h/", false),
	URL_OF("http://h/A", "http://h/a", false),
	URL_OF("http://h/%7euser/%41", "http://h/~user/A", true),
	URL_OF("http://h/%2f", "http://h/%2F", true),
	URL_OF("http://h/%2F", "http://h//", false),
	URL_OF("http://h/\xc3\xa4", "http://h/%c3%a4", true),
	URL_OF("http://h/%zz", "http://h/%ZZ", false),
	URL_OF("http://h/?a=1&b=2", "http://h/?b=2&a=1", false),
	URL_OF("http://h?a", "http://h/?a", true),
	URL_OF("http://h/?%61=%3d", "http://h/?a=%3D", true),
	URL_OF("http://h/#A", "http://h/#a", false),
	URL_OF("http://h/?", "http://h/", false),
	URL_OF("/a/%62", "/a/b", true),
	URL_OF("//H/a", "//h/a", true),
	URL_OF("mailto:A@b", "MAILTO:A@b", true),
	URL_OF("a:80", "A:80", true),
	URL_OF("?q", "?Q", false),
	URL_OF("", "/", false),
	URL_OF("1http://H", "1http://h", false),
	URL_OF("set:http://h/?a=1&b=2", "http://h/?b=2&a=1", true),
	URL_OF("set:http://h/?a=1&a=2", "http://h/?a=2&a=1", true),
	URL_OF("set:http://h/?a&a", "http://h/?a", false),
	URL_OF("set:http://h/?a=1&%62=2#f", "http://h/?b=2&a=1#f", true),
	URL_OF("set:http://h/?a&", "http://h/?&a", true),
	URL_OF("set:http://h/?", "http://h/?&", false),
	URL_OF("set:http://h/a&b", "http://h/b&a", false),
};

static struct shown
shown(const char *text)
{
	return (struct shown){ text, strlen(text) };
}

Test(string_rules, compares)
{
	struct arena scratch;

	arena_init(&scratch, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *a = cases[i].a, *b = cases[i].b;
		bool set = strncmp(a, "set:", 4) == 0;
		struct value_rules rules = { .string = cases[i].mode,
			.within_ms = 5000, .query = set ? QUERY_SET :
			QUERY_ORDERED };
		struct string_tools tools = { .scratch = &scratch };
		enum string_result want = cases[i].same ? STRING_SAME :
		    STRING_DIFFERENT;

		a += set ? 4 : 0;
		cr_expect_eq(string_compare(&rules, shown(a), shown(b), &tools),
		    want, "%s and %s", a, b);
		cr_expect_eq(string_compare(&rules, shown(b), shown(a), &tools),
		    want, "%s and %s", b, a);
		if (cases[i].mode != STRING_TIMESTAMP)
			cr_expect_eq(string_hash(&rules, shown(a), &tools) ==
			    string_hash(&rules, shown(b), &tools), cases[i].same,
			    "hashes of %s and %s", a, b);
		string_fini(&tools);
		arena_reset(&scratch);
	}
	arena_fini(&scratch);
}

static struct regex *
regex(const char *pattern)
{
	char why[REGEX_WHY_MAX];
	size_t offset;

	return regex_new(pattern, strlen(pattern), REGEX_WHOLE, why, &offset);
}

Test(string_rules, matches_patterns)
{
	struct value_rules rules = { .string = STRING_REGEX,
		.pattern = regex("req-\\d+") };
	struct string_tools tools = { 0 };

	cr_expect_eq(string_compare(&rules, shown("req-1"), shown("req-22"),
	    &tools), STRING_SAME);
	cr_expect_eq(string_compare(&rules, shown("req-1"), shown("leak req-1"),
	    &tools), STRING_DIFFERENT);
	cr_expect_eq(string_compare(&rules, shown("x"), shown("y"), &tools),
	    STRING_DIFFERENT, "neither matches");
	cr_expect_eq(string_compare(&rules, shown("x"), shown("x"), &tools),
	    STRING_SAME, "equal, matching or not");
	cr_expect_eq(string_hash(&rules, shown("req-1"), &tools),
	    string_hash(&rules, shown("req-2"), &tools));
	string_fini(&tools);
	regex_free(&rules.pattern);
}

Test(string_rules, gives_up_and_then_does_not_begin)
{
	struct value_rules rules = { .string = STRING_REGEX,
		.pattern = regex("(?:a|a)*[bc]") };
	struct string_tools tools = { 0 };
	char a[2000], b[2000];

	memset(a, 'a', sizeof a);
	memset(b, 'a', sizeof b);
	b[0] = 'b';
	for (int i = 0; i < 2 * STRING_GIVEN_UP_MAX; i++)
		cr_expect_eq(string_compare(&rules,
		    (struct shown){ a, sizeof a }, (struct shown){ b, sizeof b },
		    &tools), STRING_GIVEN_UP);
	cr_expect_eq(tools.given_up, STRING_GIVEN_UP_MAX);
	cr_expect_eq(string_compare(&rules, shown("ab"), shown("ac"), &tools),
	    STRING_GIVEN_UP, "not even what would match");
	string_fini(&tools);
	regex_free(&rules.pattern);
}

Test(string_rules, says_no_when_scratch_is_full)
{
	struct value_rules rules = { .string = STRING_CASE };
	struct string_tools tools;
	struct arena scratch;

	arena_init(&scratch, 16);
	tools = (struct string_tools){ .scratch = &scratch };
	cr_expect_eq(string_compare(&rules,
	    shown("a text that is longer than what there is"),
	    shown("A TEXT THAT IS LONGER THAN WHAT THERE IS"), &tools),
	    STRING_DIFFERENT);
	arena_fini(&scratch);
}

/* Whatever stands behind a host, a form is its own form; and nothing grows
 * beyond its room, sense or nonsense. */
Test(string_rules, url_forms_are_stable)
{
	static const char bytes[] = "ab:/?#@%41[]&=A8.\xc3\xa4";
	struct arena a;

	srand(3);
	arena_init(&a, 0);
	for (int round = 0; round < 100000; round++) {
		char text[32] = "http://h/";
		size_t len = (size_t)rand() % (sizeof text - 9), once, twice;
		const char *form, *again;

		len += 9;
		for (size_t i = round % 3 == 0 ? 0 : 9; i < len; i++)
			text[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		form = url_form(text, len, round % 2, &a, &once);
		cr_assert_leq(once, 3 * len + 1);
		again = url_form(form, once, round % 2, &a, &twice);
		cr_assert(round % 3 == 0 || (once == twice &&
		    memcmp(form, again, once) == 0), "%.*s: %.*s: %.*s", (int)len, text, (int)once, form,
		    (int)twice, again);
		arena_reset(&a);
	}
	arena_fini(&a);
}
