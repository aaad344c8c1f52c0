/* Where a walk is, as the rules see it.
 * SPDX-License-Identifier: MIT
 */
#include "compare/place.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/compare_rules.h"

/* Lists are pointers behind one another, separated by spaces; "-" is "". */
struct lists {
	const char *ignore, *only, *presence;
};

#define LIST_MAX 8

static size_t
split(const char *list, char texts[LIST_MAX][32], char **out)
{
	size_t count = 0;

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, " ");
		bool root = len == 1 && list[0] == '-';

		cr_assert_lt(count, LIST_MAX);
		snprintf(texts[count], sizeof texts[count], "%.*s",
		    root ? 0 : (int)len, list);
		out[count] = texts[count];
		count++;
		list += len + (list[len] == ' ');
	}
	return count;
}

static const struct place_rules *
make(const struct lists *lists, struct arena *a)
{
	char texts[3][LIST_MAX][32], *pointers[3][LIST_MAX];
	struct compare_rules rules = {
		.ignore = pointers[0], .only = pointers[1],
		.presence = pointers[2],
		.ignore_count = split(lists->ignore, texts[0], pointers[0]),
		.only_count = split(lists->only, texts[1], pointers[1]),
		.presence_count = split(lists->presence, texts[2], pointers[2]),
	};

	return place_rules_make(&rules, a);
}

/* "c" compare, "p" presence, "s" skip for the root and each step down; with
 * a "+" where something below is looked at.  Steps that are numbers are
 * items. */
static void
walk(struct place *p, const char *path, char *out)
{
	static const char letters[] = "?spc";
	unsigned level = 0;

	for (;; level++) {
		size_t len = strcspn(path, " ");

		*out++ = letters[place_view(p, level)];
		if (place_reveals(p, level))
			*out++ = '+';
		if (*path == '\0')
			break;
		if (path[0] >= '0' && path[0] <= '9')
			place_enter_item(p, level, (size_t)strtoul(path, NULL, 10));
		else
			place_enter(p, level, path, len);
		path += len + (path[len] == ' ');
	}
	*out = '\0';
}

static const struct {
	const char *why;
	struct lists lists;
	const char *path, *want;
} cases[] = {
	{ "a member", { .ignore = "/id" }, "id", "cs" },
	{ "another member", { .ignore = "/id" }, "ids", "cc" },
	{ "what is under it", { .ignore = "/usage" }, "usage total", "css" },
	{ "any member", { .ignore = "/usage/*" }, "usage total", "ccs" },
	{ "an item by index", { .ignore = "/a/0" }, "a 0", "ccs" },
	{ "another item", { .ignore = "/a/0" }, "a 1", "ccc" },
	{ "through any item", { .ignore = "/a/*/id" }, "a 17 id", "cccs" },
	{ "an item where names stand", { .ignore = "/a/-" }, "a 1", "ccc" },
	{ "the later pattern", { .ignore = "/a/x /a/*/y" }, "a b y", "cccs" },
	{ "escaped slash", { .ignore = "/a~1b" }, "a/b", "cs" },
	{ "escaped tilde", { .ignore = "/a~0b" }, "a~b", "cs" },
	{ "an escaped star is a name", { .ignore = "/~0*" }, "x", "cc" },
	{ "not at another depth", { .ignore = "/id" }, "a id", "ccc" },
	{ "everything", { .ignore = "-" }, "a b", "sss" },

	{ "only", { .only = "/a" }, "a b", "s+cc" },
	{ "beside it", { .only = "/a" }, "b", "s+s" },
	{ "on the way to it", { .only = "/a/*/b" }, "a 3 b c", "s+s+s+cc" },
	{ "off the way", { .only = "/a/*/b" }, "a 3 c", "s+s+s+s" },
	{ "only the whole", { .only = "-" }, "a", "cc" },

	{ "presence", { .presence = "/a" }, "a b", "c+ps" },
	{ "of any item", { .presence = "/a/*" }, "a 3 b", "c+c+ps" },

	{ "ignored within only", { .only = "/a", .ignore = "/a/id" }, "a id",
	    "s+cs" },
	{ "only within ignored", { .only = "- /a/b", .ignore = "/a" }, "a b",
	    "c+s+c" },
	{ "and beside", { .only = "- /a/b", .ignore = "/a" }, "a c", "c+s+s" },
	{ "only within presence", { .only = "- /a/b", .presence = "/a" },
	    "a b", "c+p+c" },
	{ "the name beats the star", { .only = "- /a/id", .ignore = "/*/id" },
	    "a id", "c+c+c" },
	{ "where there is none the star holds",
	    { .only = "- /a/id", .ignore = "/*/id" }, "b id", "c+cs" },
	{ "the first segment counts most",
	    { .only = "- /a/*/c", .ignore = "/*/b/c" }, "a b c", "c+c+c+c" },
	{ "and the other way round",
	    { .ignore = "/a/*/c", .only = "- /*/b/c" }, "a b c", "c+c+c+s" },
	{ "the longer one, star or not",
	    { .ignore = "/a/b", .presence = "/*/*/c" }, "a b c", "c+c+s+p" },
	{ "the same pointer: ignore", { .ignore = "/a", .presence = "/a",
	    .only = "/a" }, "a", "ss" },
	{ "the same pointer: presence", { .presence = "/a", .only = "/a" }, "a",
	    "s+p" },
};

Test(place, sees_what_the_rules_say)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena a;
		struct place *p;
		char got[64];

		arena_init(&a, 0);
		p = place_begin(make(&cases[i].lists, &a), &a);
		walk(p, cases[i].path, got);
		cr_expect_str_eq(got, cases[i].want, "%s: %s", cases[i].why, got);
		arena_fini(&a);
	}
}

Test(place, knows_an_empty_name)
{
	struct arena a;
	struct place *p;

	arena_init(&a, 0);
	p = place_begin(make(&(struct lists){ .ignore = "/a//b" }, &a), &a);
	place_enter(p, 0, "a", 1);
	place_enter(p, 1, NULL, 0);
	place_enter(p, 2, "b", 1);
	cr_expect_eq(place_view(p, 3), VIEW_SKIP);
	arena_fini(&a);
}

Test(place, knows_where_indexes_count)
{
	struct lists lists = { .ignore = "/a/0 /b/* /c/01 /d/10/x" };
	struct arena a;
	struct place *p;

	arena_init(&a, 0);
	p = place_begin(make(&lists, &a), &a);
	for (const char *name = "abcd"; *name != '\0'; name++) {
		place_enter(p, 0, name, 1);
		cr_expect_eq(place_has_index(p, 1), *name == 'a' || *name == 'd',
		    "%c", *name);
	}
	arena_fini(&a);
}

Test(place, takes_many_rules)
{
	static char texts[1000][16];
	static char *pointers[1001];
	struct compare_rules rules = { .ignore = pointers,
		.ignore_count = 1000 };
	struct arena a;
	struct place *p;

	for (int i = 0; i < 1000; i++) {
		snprintf(texts[i], sizeof texts[i], "/*/f%d", i);
		pointers[i] = texts[i];
	}
	arena_init(&a, 0);
	p = place_begin(place_rules_make(&rules, &a), &a);
	place_enter(p, 0, "x", 1);
	for (int i = 0; i < 1001; i++) {
		char name[16];

		place_enter(p, 1, name,
		    (size_t)snprintf(name, sizeof name, "f%d", i));
		cr_expect_eq(place_view(p, 2) == VIEW_SKIP, i < 1000, "%s", name);
	}
	arena_fini(&a);
}

Test(place, is_nothing_without_rules)
{
	struct lists none = { 0 };
	struct arena a;

	arena_init(&a, 0);
	cr_expect_null(make(&none, &a));
	arena_fini(&a);
}

Test(place, says_when_the_arena_is_full)
{
	struct arena whole, small;

	arena_init(&whole, 0);
	arena_init(&small, 64);
	cr_expect_null(place_begin(make(&(struct lists){ .ignore = "/a" },
	    &whole), &small));
	arena_fini(&whole);
	arena_fini(&small);
}
