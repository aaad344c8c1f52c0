/* test_proposal -- rules that would silence a place.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/proposal.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"

#define ROW(path, kind, count, state) "{\"path\":\"" path "\",\"kind\":\"" kind \
	"\",\"count\":" count ",\"compared\":2000,\"noise\":{\"state\":\"" state \
	"\"}}"
#define IGNORED "{\"compare\":{\"ignore\":[\"%s\"]}}"
#define PINNED "{\"noise\":{\"pins\":[{\"path\":\"%s\",\"as\":\"noise\"}]}}"

static const char differences[] = "{\"differences\":["
    ROW("/id", "value", "1234", "noise") ","
    ROW("/id", "missing", "3", "noise") ","
    ROW("/a", "value", "10", "noise") ","
    ROW("/a", "type", "4", "unknown") ","
    ROW("/b", "value", "7", "real") ","
    ROW("status", "value", "5", "real") "]}";

static const struct {
	const char *path, *rule, *why;
} cases[] = {
	{ "/id", PINNED, "1,234 of 2,000 pairs differ at /id (value, missing);" },
	{ "/a", IGNORED, "10 of 2,000 pairs differ at /a (value, type);" },
	{ "/b", IGNORED, "7 of 2,000 pairs" },
	{ "/none", IGNORED, "no pair has differed at /none" },
	{ "/i", IGNORED, "no pair has differed at /i " },
	{ "status", PINNED, "5 of 2,000 pairs" },
	{ "header:x-a", PINNED, "no pair" },
};

Test(proposal, of_each_place)
{
	json_t *all = json_loads(differences, 0, NULL);

	cr_assert_not_null(all);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf rule = { 0 }, why = { 0 }, text = { 0 };
		struct err err = { "" };
		const char *form = cases[i].rule;
		json_t *got, *want;
		size_t at = (size_t)(strstr(form, "%s") - form);

		buf_add(&text, form, at);
		buf_puts(&text, cases[i].path);
		buf_puts(&text, form + at + 2);
		want = json_loads(text.bytes, 0, NULL);
		cr_expect(proposal_check(cases[i].path, &err), "%s", err.text);
		proposal_write(cases[i].path, all, &rule, &why);
		got = json_loads(rule.bytes, 0, NULL);
		cr_expect(json_equal(got, want), "%s: %s", cases[i].path,
		    rule.bytes);
		cr_expect_not_null(strstr(why.bytes, cases[i].why), "%s",
		    why.bytes);
		cr_expect_not_null(strstr(why.bytes, "nothing was changed"));
		json_decref(got);
		json_decref(want);
		buf_fini(&rule);
		buf_fini(&why);
		buf_fini(&text);
	}
	json_decref(all);
}

Test(proposal, refuses_what_no_rule_can_name)
{
	static const char *const paths[] = { "id", "", "header:", "stat",
		"/a/long\xe2\x80\xa6", "/\xff" };

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct err err = { "" };

		cr_expect_not(proposal_check(paths[i], &err), "%s", paths[i]);
		cr_expect_neq(err.text[0], '\0');
	}
}
