/* Members of JSON bodies set: a table, and the tree of the result.
 * SPDX-License-Identifier: MIT
 */
#include "policy/rewrite.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "base/json.h"

#define EDIT(path, json) { path, json, sizeof(json) - 1 }

static const struct {
	const char *why, *body;
	struct body_edit edits[4];
	size_t count;
	const char *want; /* NULL: it cannot be */
} cases[] = {
	{ "nothing to do", "{\"a\" : 1}", { { 0 } }, 0, "{\"a\" : 1}" },
	{ "replaced, the rest as it was", "{\"model\": \"old\", \"n\" : 1.50}\n",
	    { EDIT("/model", "\"new\"") }, 1, "{\"model\": \"new\", \"n\" : 1.50}\n" },
	{ "quotes and escapes in the old value", "{\"m\":\"a\\\"b\\\\\",\"n\":2}",
	    { EDIT("/m", "1") }, 1, "{\"m\":1,\"n\":2}" },
	{ "another type", "{\"m\":[1,{\"x\":[]} ],\"n\":{}}",
	    { EDIT("/m", "true"), EDIT("/n", "null") }, 2,
	    "{\"m\":true,\"n\":null}" },
	{ "every repetition", "{\"m\":1,\"x\":0,\"m\":2}", { EDIT("/m", "3") }, 1,
	    "{\"m\":3,\"x\":0,\"m\":3}" },
	{ "added", "{\"a\":1}", { EDIT("/m", "\"x\"") }, 1,
	    "{\"m\":\"x\",\"a\":1}" },
	{ "added to an empty object", "{ }", { EDIT("/m", "\"x\"") }, 1,
	    "{\"m\":\"x\" }" },
	{ "two added to an empty object", "{}", { EDIT("/m", "1"), EDIT("/n", "2") },
	    2, "{\"m\":1,\"n\":2}" },
	{ "two added to another", "{\"a\":0}", { EDIT("/m", "1"), EDIT("/n", "2") },
	    2, "{\"m\":1,\"n\":2,\"a\":0}" },
	{ "deep", "{\"a\":{\"b\":{\"c\":1}}}", { EDIT("/a/b/c", "9") }, 1,
	    "{\"a\":{\"b\":{\"c\":9}}}" },
	{ "added deep", "{\"a\":{\"b\":{}}}", { EDIT("/a/b/c", "9") }, 1,
	    "{\"a\":{\"b\":{\"c\":9}}}" },
	{ "nothing above it", "{\"a\":1}", { EDIT("/b/c", "9") }, 1, "{\"a\":1}" },
	{ "an item", "[1,{\"x\":2}]", { EDIT("/1/x", "3"), EDIT("/0", "4") }, 2,
	    "[4,{\"x\":3}]" },
	{ "no item is added", "[1]", { EDIT("/1", "3") }, 1, "[1]" },
	{ "within what was replaced", "{\"a\":{\"b\":1}}",
	    { EDIT("/a", "0"), EDIT("/a/b", "2"), EDIT("/a/c", "3") }, 3,
	    "{\"a\":0}" },
	{ "escaped names", "{\"a/b\":1,\"c~d\":2}",
	    { EDIT("/a~1b", "3"), EDIT("/c~0d", "4"), EDIT("/e~1\"f", "5") }, 3,
	    "{\"e/\\\"f\":5,\"a/b\":3,\"c~d\":4}" },
	{ "not JSON", "{\"a\":1", { EDIT("/a", "2") }, 1, NULL },
	{ "two documents", "{} {}", { EDIT("/a", "2") }, 1, NULL },
	{ "no object at all", "17", { EDIT("/a", "2") }, 1, "17" },
};

Test(rewrite, sets_what_each_case_asks)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = { 0 };
		struct arena a;
		bool ok;

		arena_init(&a, 0);
		buf_puts(&out, "before ");
		ok = rewrite_body(cases[i].edits, cases[i].count, cases[i].body,
		    strlen(cases[i].body), &a, &out);
		cr_expect_eq(ok, cases[i].want != NULL, "%s", cases[i].why);
		cr_expect_str_eq(out.bytes + 7, ok ? cases[i].want : "", "%s: %s",
		    cases[i].why, out.bytes);
		arena_fini(&a);
		buf_fini(&out);
	}
}

/* Whatever the memory that is there: all of it, or nothing. */
Test(rewrite, says_when_memory_is_short)
{
	struct body_edit edit = EDIT("/m", "1");
	const char *body = "{\"a\":[1,2,3],\"m\":{\"x\":[]}}";
	bool was_ok = false;

	for (size_t cap = 1; cap < 65536; cap = cap * 2 + 1) {
		struct buf out = { 0 };
		struct arena a;

		arena_init(&a, cap);
		was_ok = rewrite_body(&edit, 1, body, strlen(body), &a, &out);
		if (was_ok)
			cr_assert_str_eq(out.bytes, "{\"a\":[1,2,3],\"m\":1}");
		else
			cr_assert_eq(out.len, 0);
		arena_fini(&a);
		buf_fini(&out);
	}
	cr_assert(was_ok);
}
