/* What patterns find is taken out of texts, and nothing else is.
 * SPDX-License-Identifier: MIT
 */
#include "observe/redact.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PATTERNS_MAX 4

static struct redact_rules
rules_of(const char *const patterns[PATTERNS_MAX])
{
	struct redact_rules rules = { .pattern_count = 0 };
	char why[REGEX_WHY_MAX];
	size_t offset;

	rules.patterns = calloc(PATTERNS_MAX, sizeof rules.patterns[0]);
	for (size_t i = 0; i < PATTERNS_MAX && patterns[i] != NULL; i++) {
		rules.patterns[i] = regex_new(patterns[i], strlen(patterns[i]),
		    REGEX_ANYWHERE, why, &offset);
		cr_assert_not_null(rules.patterns[i], "%s", patterns[i]);
		rules.pattern_count++;
	}
	return rules;
}

static void
rules_done(struct redact_rules *rules, struct redactor *r)
{
	redactor_fini(r);
	redact_rules_fini(rules);
	free(rules->patterns);
}

#define MAIL "[\\w.+-]+@[\\w-]+\\.[\\w.]+"
#define M REDACTED

static const struct {
	const char *why;
	const char *patterns[PATTERNS_MAX];
	const char *text, *want;
} texts[] = {
	{ "nothing to find", { "secret" }, "hello", "hello" },
	{ "no rules at all", { NULL }, "secret", "secret" },
	{ "all of it", { "secret" }, "secret", M },
	{ "at the beginning", { "secret" }, "secret here", M " here" },
	{ "at the end", { "secret" }, "a secret", "a " M },
	{ "several", { MAIL }, "to a@b.ch, c@d.ch!", "to " M ", " M "!" },
	{ "two patterns", { "\\d{4}", MAIL }, "1234 a@b.ch", M " " M },
	{ "overlapping ones are one", { "abc", "cde" }, "xabcdey", "x" M "y" },
	{ "one inside another", { "abcde", "c" }, "xabcdey", "x" M "y" },
	{ "none hides from another", { "key", "key=\\w+" }, "key=abc", M },
	{ "side by side is one", { "a", "b" }, "xaby", "x" M "y" },
	{ "\\K leaves what is before", { "password=\\K\\S+" },
	    "password=hunter2 ok", "password=" M " ok" },
	{ "a look-behind sees it too", { "(?<=id:)\\d+" }, "id:17", "id:" M },
	{ "what is found nowhere but may be empty", { "x*" }, "axxb", "a" M "b" },
	{ "among bytes that are no UTF-8", { "secret" }, "\xff secret \xfe",
	    "\xff " M " \xfe" },
	{ "beyond ASCII", { "\xc3\xa4+" }, "x\xc3\xa4\xc3\xa4y", "x" M "y" },
	{ "gives up: all of it", { "(?:a|a)*[bc]" },
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", M },
};

Test(redact, takes_out_what_patterns_find)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct redact_rules rules = rules_of(texts[i].patterns);
		struct redactor r = { .rules = &rules };
		const char *text = texts[i].text;
		struct buf out = { 0 };
		bool changed = redact_text(&r, text, strlen(text), &out);

		cr_expect_str_eq(out.bytes, texts[i].want, "%s: %s",
		    texts[i].why, out.bytes);
		cr_expect_eq(changed, strcmp(text, texts[i].want) != 0, "%s",
		    texts[i].why);
		cr_expect_eq(redact_finds(&r, text, strlen(text)), changed, "%s",
		    texts[i].why);
		buf_fini(&out);
		rules_done(&rules, &r);
	}
}

static const struct {
	const char *why, *path, *want;
} paths[] = {
	{ "nothing", "/api/v1/users", "/api/v1/users" },
	{ "a segment", "/u/a@b.ch/x", "/u/" M "/x" },
	{ "the last one", "/u/a@b.ch", "/u/" M },
	{ "encoded", "/u/a%40b.ch/x", "/u/" M "/x" },
	{ "more than one segment", "/tenant/7/key", M "/key" },
	{ "badly encoded", "/u/%4/x", "/u/%4/x" },
	{ "all of the root", "/", "/" },
	{ "cut within a segment", "/users/aaaaaaaaaaaaaaaaaaaaaaaa",
	    "/users/" M },
};

Test(redact, takes_segments_out_of_paths)
{
	static const char *const patterns[PATTERNS_MAX] = { MAIL,
		"/tenant/\\d+" };
	struct redact_rules rules = rules_of(patterns);
	struct redactor r = { .rules = &rules };
	char path[32];

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		strcpy(path, paths[i].path);
		redact_path(&r, path, sizeof path);
		cr_expect_str_eq(path, paths[i].want, "%s: %s", paths[i].why,
		    path);
	}
	rules_done(&rules, &r);
}

Test(redact, leaves_fields_alone_without_patterns)
{
	struct redactor r = { .rules = NULL };
	char path[8] = "/full/1", field[8] = "a%40b.c";

	redact_path(&r, path, sizeof path);
	redact_field(&r, field, sizeof field);
	cr_expect_str_eq(path, "/full/1");
	cr_expect_str_eq(field, "a%40b.c");
	redactor_fini(&r);
}

Test(redact, takes_a_field_that_may_be_cut_as_a_whole)
{
	static const char *const patterns[PATTERNS_MAX] = { MAIL };
	struct redact_rules rules = rules_of(patterns);
	struct redactor r = { .rules = &rules };
	char cut[24] = "from alice@example.orga", whole[24] = "from bob";

	redact_field(&r, cut, sizeof cut);
	redact_field(&r, whole, sizeof whole);
	cr_expect_str_eq(cut, M);
	cr_expect_str_eq(whole, "from bob");
	rules_done(&rules, &r);
}

Test(redact, goes_through_records)
{
	static const char *const patterns[PATTERNS_MAX] = { MAIL };
	struct redact_rules rules = rules_of(patterns);
	struct redactor r = { .rules = &rules };
	struct leg_record leg = { .path = "/u/a@b.ch", .error = "for a@b.ch" };
	struct access_record a = { .path = "/u/a@b.ch", .id = "x-a@b.ch",
		.error = "for a@b.ch" };

	redact_leg(&r, &leg);
	redact_access(&r, &a);
	cr_expect_str_eq(leg.path, "/u/" M);
	cr_expect_str_eq(leg.error, "for " M);
	cr_expect_str_eq(a.path, "/u/" M);
	cr_expect_str_eq(a.id, M);
	cr_expect_str_eq(a.error, "for " M);
	rules_done(&rules, &r);
}
