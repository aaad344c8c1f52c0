/* test_finding_text -- findings as pages and as documents.
 * SPDX-License-Identifier: MIT
 */
#include "app/finding_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/json.h"

static void
add(struct finding *f, const char *path, enum diff_kind kind,
    const char *legacy, const char *enhanced)
{
	difference_add(&f->diffs, path, kind,
	    (struct shown){ legacy, strlen(legacy) },
	    (struct shown){ enhanced, strlen(enhanced) });
}

static struct finding
finding(enum verdict verdict)
{
	struct finding f = { .verdict = verdict };

	diff_set_init(&f.diffs);
	return f;
}

static void
expect_text(const struct finding *f, const char *want)
{
	struct buf out = { 0 };

	finding_write_text(f, &out);
	cr_expect_str_eq(out.bytes, want, "%s", out.bytes);
	buf_fini(&out);
}

Test(finding_text, a_page)
{
	struct finding f = finding(VERDICT_SAME);

	expect_text(&f, "same\n");
	f = finding(VERDICT_INCOMPARABLE);
	snprintf(f.reason, sizeof f.reason, "legacy: gzip is cut");
	expect_text(&f, "incomparable: legacy: gzip is cut\n");
	f = finding(VERDICT_DIFFERENT);
	add(&f, "/price", DIFF_VALUE, "1", "2");
	add(&f, "/items/*/id", DIFF_MISSING, "\"a\x1b[31m\"", "");
	add(&f, "/items/*/id", DIFF_MISSING, "\"b\"", "");
	difference_note_text(&f.diffs, "/text", 0.5);
	expect_text(&f, "different, 3 differences at 2 places, texts 0.500 alike\n"
	    "value     /price\n"
	    "          legacy    1\n"
	    "          enhanced  2\n"
	    "missing   /items/*/id\n"
	    "          legacy    \"a [31m\"\n"
	    "          enhanced  (absent)\n");
}

Test(finding_text, a_document)
{
	struct finding f = finding(VERDICT_DIFFERENT);
	struct json_fault fault;
	const struct json *root, *list;
	struct buf out = { 0 };
	struct arena a;

	add(&f, "/say \"it\"", DIFF_VALUE, "\"1\"", "2");
	buf_puts(&out, "{");
	finding_write_json(&f, &out);
	buf_puts(&out, "}");
	arena_init(&a, 0);
	root = json_parse(&a, out.bytes, out.len, true, &fault);
	cr_assert_not_null(root, "%s", out.bytes);
	cr_expect(json_text_is(json_member(root, "verdict"), "different"));
	cr_expect_eq(json_member(root, "similarity")->kind, JSON_NULL);
	cr_expect_eq(json_member(root, "complete")->kind, JSON_TRUE);
	list = json_member(root, "differences");
	cr_assert_eq(list->count, 1);
	cr_expect(json_text_is(json_member(list->first, "path"), "/say \"it\""));
	cr_expect(json_text_is(json_member(list->first, "kind"), "value"));
	cr_expect(json_text_is(json_member(list->first, "legacy"), "\"1\""));
	arena_fini(&a);
	buf_fini(&out);
}
