/* Sets of JSON Pointers: where a step leads, and which pointers end there.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pointer_tree.h"

/* Walk down by names; "#3" is the item 3. */
static const struct pointer_node *
walk(const struct pointer_node *n, const char *path)
{
	while (n != NULL && *path == '/') {
		size_t len = strcspn(++path, "/");

		n = path[0] == '#' ? pointer_item(n, strtoull(path + 1, NULL, 10)) :
		    pointer_child(n, path, len);
		path += len;
	}
	return n;
}

static const struct {
	const char *why;
	const char *pointers[5];
	const char *path;
	const char *want; /* marks, or "-": nothing leads there */
} cases[] = {
	{ "the root", { "", "/a" }, "", "0" },
	{ "no pointers", { NULL }, "", "" },
	{ "no pointers, a step", { NULL }, "/a", "-" },
	{ "a name", { "/a", "/b" }, "/b", "1" },
	{ "another name", { "/a", "/b" }, "/c", "-" },
	{ "on the way", { "/a/b" }, "/a", "" },
	{ "too far", { "/a" }, "/a/b", "-" },
	{ "names that share a beginning", { "/ab", "/a", "/abc" }, "/a", "1" },
	{ "the empty name", { "/" }, "/", "0" },
	{ "any name", { "/*" }, "/x", "0" },
	{ "any item", { "/*/b" }, "/#7/b", "0" },
	{ "a name or any", { "/*", "/a" }, "/a", "10" },
	{ "any, beside a name", { "/*", "/a" }, "/b", "0" },
	{ "any, below a name", { "/a/b", "/*/c" }, "/a/c", "1" },
	{ "both of a branch", { "/*/c", "/a/*" }, "/a/c", "10" },
	{ "the first name counts", { "/*/b/c", "/a/*/c" }, "/a/b/c", "10" },
	{ "and then the next", { "/*/*/c", "/*/b/*", "/*/b/c" }, "/x/b/c", "210" },
	{ "the same twice", { "/a", "/a" }, "/a", "01" },
	{ "an index", { "/a/0", "/a/10" }, "/a/#10", "1" },
	{ "an index is a name too", { "/a/0" }, "/a/0", "0" },
	{ "an index, or any", { "/a/*", "/a/1" }, "/a/#1", "10" },
	{ "01 is no index", { "/a/01" }, "/a/#1", "-" },
	{ "escapes", { "/a~1b", "/c~0d" }, "/c~d", "1" },
};

Test(pointer_tree, leads_where_the_pointers_do)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char got[40] = "-";
		const struct pointer_node *n;
		size_t count = 0, len = 0;
		struct arena a;

		arena_init(&a, 0);
		while (cases[i].pointers[count] != NULL)
			count++;
		n = walk(pointer_tree_make(cases[i].pointers, count, &a),
		    cases[i].path);
		if (n != NULL)
			got[0] = '\0';
		for (size_t m = 0; n != NULL && m < n->mark_count; m++)
			len += (size_t)snprintf(got + len, sizeof got - len, "%u",
			    n->marks[m]);
		cr_expect_str_eq(got, cases[i].want, "%s: got \"%s\"",
		    cases[i].why, got);
		arena_fini(&a);
	}
}

static bool
is_made(const char *pointer)
{
	struct arena a;
	bool made;

	arena_init(&a, 0);
	made = pointer_tree_make(&pointer, 1, &a) != NULL;
	arena_fini(&a);
	return made;
}

Test(pointer_tree, refuses_what_is_over_a_bound)
{
	char longest[POINTER_NAME_MAX + 3];

	cr_expect(is_made("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16"));
	cr_expect_not(is_made("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"));
	memset(longest, 'x', sizeof longest - 1);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	cr_expect_not(is_made(longest));
	longest[sizeof longest - 2] = '\0';
	cr_expect(is_made(longest));
}

/* One name among "*"s, at each place in turn: a path of names belongs to as
 * many pointers as it has names, and each is a node of its own. */
Test(pointer_tree, refuses_too_many_nodes)
{
	const char *pointers[POINTER_SEGMENTS_MAX * 4];
	char texts[COUNT_OF(pointers)][2 * POINTER_SEGMENTS_MAX + 1];
	struct arena a;

	for (size_t i = 0; i < COUNT_OF(pointers); i++) {
		for (size_t at = 0; at < POINTER_SEGMENTS_MAX; at++) {
			texts[i][2 * at] = '/';
			texts[i][2 * at + 1] = at != i / 4 ? '*' :
			    (char)('a' + i % 4);
		}
		texts[i][2 * POINTER_SEGMENTS_MAX] = '\0';
		pointers[i] = texts[i];
	}
	arena_init(&a, 0);
	cr_expect_not_null(pointer_tree_make(pointers, 20, &a));
	cr_expect_null(pointer_tree_make(pointers, COUNT_OF(pointers), &a));
	arena_fini(&a);
}
