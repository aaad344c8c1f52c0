/* What holds of any two documents, under every rule and way to match items:
 * a value differs nowhere from itself, a changed copy differs exactly where it
 * was changed, and seen from the other side everything is mirrored.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "compare/json_diff.h"
#include "support.h"

#define EXPECTED_MAX 200
#define DEPTH 4
#define LEVELS 20 /* of paths, so many rules */

/* Two texts that grow together, and where they will differ. */
struct twins {
	unsigned seed;
	unsigned unique;      /* no value comes twice */
	unsigned calm;        /* > 0: nothing may be changed now */
	char path[200];
	char expected[EXPECTED_MAX][220];
	unsigned count;
};

/* Members by these names have rules of their own; see write_rules(). */
enum special { CASE, TRIMMED, UUID, REGEX, TIME, URL, TEXT, ABSOLUTE, RELATIVE,
    IGNORED, PRESENT, SPECIAL_COUNT };
static const char *const specials[] = { "case", "trim", "uuid", "regex", "time",
	"url", "text", "abs", "rel", "skip", "there" };

static void twin_value(struct twins *t, struct buf *l, struct buf *e,
    unsigned depth);

static unsigned
next(struct twins *t)
{
	t->seed = t->seed * 1103515245 + 12345;
	return t->seed >> 16;
}

static bool
is_changed(struct twins *t)
{
	return t->calm == 0 && next(t) % 24 == 0;
}

static void
expect(struct twins *t, const char *kind)
{
	cr_assert_lt(t->count, EXPECTED_MAX);
	snprintf(t->expected[t->count++], sizeof t->expected[0], "%s %s", kind,
	    t->path);
}

static size_t
go_down(struct twins *t, const char *name)
{
	size_t mark = strlen(t->path);

	snprintf(t->path + mark, sizeof t->path - mark, "/%s", name);
	return mark;
}

static void
both(struct buf *l, struct buf *e, const char *text)
{
	buf_puts(l, text);
	buf_puts(e, text);
}

static void
twin_leaf(struct twins *t, struct buf *l, struct buf *e)
{
	unsigned u = ++t->unique;
	bool is_number = next(t) % 2;

	buf_printf(l, is_number ? "%u" : "\"%u\"", u);
	if (!is_changed(t)) {
		buf_printf(e, is_number ? "%u.0" : "\"%u\"", u);
	} else if (next(t) % 3 == 0) {
		buf_printf(e, is_number ? "\"%u\"" : "%u", u);
		expect(t, "type");
	} else {
		buf_printf(e, is_number ? "%u" : "\"%u\"", ++t->unique);
		expect(t, "value");
	}
}

/* Two ways to write what is the same by the rule, and one that is not; "#" is
 * the number, "@" eight digits of it. */
static void
write_special(struct buf *b, enum special s, unsigned u, unsigned way)
{
	static const char *const forms[SPECIAL_COUNT][3] = {
		[CASE] = { "\"Abc#\"", "\"aBC#\"", "\"other#\"" },
		[TRIMMED] = { "\"a#\"", "\" a#\\n\"", "\"a #\"" },
		[UUID] = { "\"0f8fad5b-d9cb-469f-a165-7086@\"",
		    "\"7C9E6679-7425-40DE-944B-E07F@\"", "\"7c9e6679-#\"" },
		[REGEX] = { "\"r-#\"", "\"r-1#\"", "\"leak r-#\"" },
		[TIME] = { "\"17@\"", "\"17@.9\"", "\"yesterday, #\"" },
		[URL] = { "\"http://h/#?a&b\"", "\"HTTP://H:80/#?b&a\"",
		    "\"http://h/#/?a&b\"" },
		[TEXT] = { "\"a big red house stands over there #\"",
		    "\"a big red garden stands over there #\"",
		    "\"nothing of the sort #\"" },
		[ABSOLUTE] = { "#", "#.5", "#.51" },
		[RELATIVE] = { "#000", "#001.0", "-#000" },
		[IGNORED] = { "#", "\"#\"", "[#]" },
		[PRESENT] = { "#", "\"#\"", "[#]" },
	};

	for (const char *f = forms[s][way]; *f != '\0'; f++) {
		if (*f == '#')
			buf_printf(b, "%u", u);
		else if (*f == '@')
			buf_printf(b, "%08u", u);
		else
			buf_add(b, f, 1);
	}
}

static void
twin_special(struct twins *t, struct buf *l, struct buf *e, enum special s)
{
	bool changed = s < IGNORED && is_changed(t);
	unsigned u = ++t->unique;

	write_special(l, s, u, 0);
	write_special(e, s, u, changed ? 2 : next(t) % 2);
	if (changed)
		expect(t, "value");
}

/* --- arrays ------------------------------------------------------------------ */

struct items {
	struct buf l[8], e[8];
	unsigned count;
};

static void
join(const struct buf *items, unsigned count, unsigned left_out,
    unsigned from, struct buf *out)
{
	const char *comma = "[";

	for (unsigned i = 0; i < count; i++) {
		unsigned at = (i + from) % count;

		if (at == left_out)
			continue;
		buf_printf(out, "%s%s", comma, items[at].bytes);
		comma = ",";
	}
	buf_puts(out, comma[0] == '[' ? "[]" : "]");
}

/* An item that is like no other; the first member of a few. */
static void
twin_item(struct twins *t, struct buf *l, struct buf *e, unsigned depth,
    bool may_be_leaf)
{
	if (may_be_leaf && next(t) % 2) {
		twin_leaf(t, l, e);
		return;
	}
	t->unique++;
	buf_printf(l, "{\"id\":%u,\"n\":", t->unique);
	buf_printf(e, "{\"id\":%u,\"n\":", t->unique);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = { "n", "o", "p" };
		size_t mark = go_down(t, names[i]);

		if (i > 0) {
			buf_printf(l, ",\"%s\":", names[i]);
			buf_printf(e, ",\"%s\":", names[i]);
		}
		t->calm += i > 0;
		if (i == 0)
			twin_leaf(t, l, e);
		else
			twin_value(t, l, e, depth > 0 ? depth - 1 : 0);
		t->calm -= i > 0;
		t->path[mark] = '\0';
	}
	both(l, e, "}");
}

/* What becomes of the items: the one at `out` is missing or extra, or they
 * begin at another one. */
struct edit {
	enum { EDIT_NONE, EDIT_MISSING, EDIT_EXTRA, EDIT_ORDER } what;
	unsigned out;
};

static struct edit
choose_edit(struct twins *t, unsigned count, bool by_position)
{
	struct edit edit = { EDIT_NONE, next(t) % count };
	unsigned dice = next(t) % 12;

	if (t->calm == 0 && dice <= EDIT_ORDER)
		edit.what = dice;
	if (edit.what == EDIT_ORDER && !by_position)
		edit.what = EDIT_NONE;
	return edit;
}

static void
expect_edit(struct twins *t, const struct edit *edit)
{
	static const char *const kinds[] = { NULL, "missing", "extra", "order" };
	size_t mark = strlen(t->path);

	if (edit->what == EDIT_NONE)
		return;
	if (edit->what != EDIT_ORDER)
		go_down(t, "*");
	expect(t, kinds[edit->what]);
	t->path[mark] = '\0';
}

/* Where items are found by their position, an array is edited or an item of
 * it changes, never both: which of several ways is the shortest is not for
 * this test to know. */
static void
twin_array(struct twins *t, struct buf *l, struct buf *e, unsigned depth,
    const char *way)
{
	bool by_position = strcmp(way, "list") == 0;
	struct items it = { .count = 2 + next(t) % 4 };
	struct edit edit = choose_edit(t, it.count, by_position);
	size_t mark;

	expect_edit(t, &edit);
	mark = go_down(t, "*");
	for (unsigned i = 0; i < it.count; i++) {
		bool calm = edit.what != EDIT_NONE && (by_position || i == edit.out);

		t->calm += calm;
		twin_item(t, &it.l[i], &it.e[i], depth, by_position);
		t->calm -= calm;
	}
	t->path[mark] = '\0';
	join(it.l, it.count, edit.what == EDIT_EXTRA ? edit.out : UINT32_MAX, 0, l);
	join(it.e, it.count, edit.what == EDIT_MISSING ? edit.out : UINT32_MAX,
	    edit.what == EDIT_ORDER ? 1 : by_position ? 0 : next(t) % it.count, e);
	for (unsigned i = 0; i < it.count; i++) {
		buf_fini(&it.l[i]);
		buf_fini(&it.e[i]);
	}
}

/* --- objects ------------------------------------------------------------------- */

static void
twin_member(struct twins *t, struct buf *l, struct buf *e, const char *name,
    unsigned depth)
{
	size_t mark = go_down(t, name);

	if (strcmp(name, "list") == 0 || strcmp(name, "keyed") == 0 ||
	    strcmp(name, "set") == 0)
		twin_array(t, l, e, depth, name);
	else
		twin_value(t, l, e, depth);
	t->path[mark] = '\0';
}

/* A member that only one of them has. */
static void
lone_member(struct twins *t, struct buf *l, struct buf *e)
{
	bool missing = next(t) % 2;
	size_t mark;

	if (!is_changed(t))
		return;
	mark = go_down(t, "lone");
	buf_printf(missing ? l : e, "\"lone\":[%u],", ++t->unique);
	expect(t, missing ? "missing" : "extra");
	t->path[mark] = '\0';
}

static void
twin_object(struct twins *t, struct buf *l, struct buf *e, unsigned depth)
{
	static const char *const names[] = { "a", "list", "keyed", "set", "b/c" };

	both(l, e, "{");
	lone_member(t, l, e);
	for (unsigned s = 0; s < SPECIAL_COUNT; s++) {
		size_t mark = go_down(t, specials[s]);

		if (next(t) % 3 == 0) {
			buf_printf(l, "\"%s\":", specials[s]);
			buf_printf(e, "\"%s\":", specials[s]);
			twin_special(t, l, e, s);
			both(l, e, ",");
		}
		t->path[mark] = '\0';
	}
	for (unsigned i = 0; i < COUNT_OF(names); i++) {
		if (next(t) % 2)
			continue;
		buf_printf(l, "\"%s\":", names[i]);
		buf_printf(e, "\"%s\":", names[i]);
		twin_member(t, l, e, strcmp(names[i], "b/c") == 0 ? "b~1c" :
		    names[i], depth);
		both(l, e, ",");
	}
	both(l, e, "\"end\":true}");
}

static void
twin_value(struct twins *t, struct buf *l, struct buf *e, unsigned depth)
{
	if (depth == 0 || next(t) % 3 == 0)
		twin_leaf(t, l, e);
	else
		twin_object(t, l, e, depth - 1);
}

/* --- rules ----------------------------------------------------------------------- */

static void
add_rule(struct buf *b, const char *name, const char *says)
{
	struct buf path = { 0 };

	for (unsigned level = 0; level < LEVELS; level++) {
		buf_printf(b, "%s{'path':'%s/%s',%s}", b->len > 20 ? "," : "",
		    path.bytes != NULL ? path.bytes : "", name, says);
		buf_puts(&path, "/*");
	}
	buf_fini(&path);
}

static void
add_pointers(struct buf *b, const char *key, const char *name)
{
	buf_printf(b, "],'%s':['/%s'", key, name);
	for (unsigned level = 1; level < LEVELS; level++) {
		buf_puts(b, ",'");
		for (unsigned i = 0; i < level; i++)
			buf_puts(b, "/*");
		buf_printf(b, "/%s'", name);
	}
}

static const char *
write_rules(struct buf *b)
{
	buf_puts(b, "{'fields':[");
	add_rule(b, "keyed", "'array':'key','key':'/id'");
	add_rule(b, "set", "'array':'set'");
	add_rule(b, "case", "'string':'case'");
	add_rule(b, "trim", "'string':'trimmed'");
	add_rule(b, "uuid", "'string':'uuid'");
	add_rule(b, "regex", "'string':'regex','pattern':'r-[0-9]+'");
	add_rule(b, "time", "'string':'timestamp','within':'1s'");
	add_rule(b, "url", "'string':'url','query':'set'");
	add_rule(b, "text", "'string':'text','similarity':0.5");
	add_rule(b, "abs", "'absolute':0.5");
	add_rule(b, "rel", "'relative':'100%'");
	add_pointers(b, "ignore", "skip");
	add_pointers(b, "presence", "there");
	buf_puts(b, "]}");
	return b->bytes;
}

/* --- properties --------------------------------------------------------------------- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Each once, in order. */
static void
join_lines(char (*lines)[220], unsigned count, struct buf *out)
{
	qsort(lines, count, sizeof lines[0], by_text);
	buf_puts(out, "");
	for (unsigned i = 0; i < count; i++)
		if (i == 0 || strcmp(lines[i], lines[i - 1]) != 0)
			buf_printf(out, "%s\n", lines[i]);
}

static void
check_expected(struct twins *t, const struct diff_set *r, const char *l,
    const char *e)
{
	char found[DIFF_SET_MAX][220];
	struct buf want = { 0 }, got = { 0 };

	for (unsigned i = 0; i < r->count; i++)
		snprintf(found[i], sizeof found[i], "%s %s",
		    diff_kind_name(r->entries[i].kind), r->entries[i].path);
	join_lines(found, r->count, &got);
	join_lines(t->expected, t->count, &want);
	cr_assert_str_eq(got.bytes, want.bytes, "found\n%sbut expected\n%sof\n%s"
	    "\n%s", got.bytes, want.bytes, l, e);
	cr_assert_eq(r->found, t->count, "%s\n%s", l, e);
	buf_fini(&want);
	buf_fini(&got);
}

static unsigned
mirrored(unsigned kind)
{
	return kind == DIFF_MISSING ? DIFF_EXTRA : kind == DIFF_EXTRA ?
	    DIFF_MISSING : kind;
}

static void
check_mirror(const struct diff_set *x, const struct diff_set *y,
    const char *l, const char *e)
{
	cr_assert(x->count == y->count && x->found == y->found &&
	    x->similarity == y->similarity, "%s\n%s", l, e);
	for (unsigned i = 0; i < x->count; i++) {
		const struct difference *a = &x->entries[i];
		const struct difference *b = &y->entries[i];

		cr_assert(strcmp(a->path, b->path) == 0 &&
		    mirrored(a->kind) == b->kind &&
		    strcmp(a->legacy, b->enhanced) == 0 &&
		    strcmp(a->enhanced, b->legacy) == 0, "%s\n%s", l, e);
	}
}

Test(json_properties, hold_of_changed_copies)
{
	struct buf text = { 0 };
	struct test_rules rules = { .json = write_rules(&text) };
	struct compare_rules compiled = support_rules(&rules);
	unsigned changed = 0;

	for (unsigned round = 1; round <= 4000; round++) {
		struct twins t = { .seed = round, .unique = 10 };
		struct buf l = { 0 }, e = { 0 };
		struct diff_set there, back, self;

		twin_object(&t, &l, &e, DEPTH);
		support_diff_by(l.bytes, l.bytes, &compiled, &self);
		support_diff_by(l.bytes, e.bytes, &compiled, &there);
		support_diff_by(e.bytes, l.bytes, &compiled, &back);
		cr_assert_eq(self.found, 0, "%s", l.bytes);
		check_expected(&t, &there, l.bytes, e.bytes);
		check_mirror(&there, &back, l.bytes, e.bytes);
		changed += t.count > 0;
		buf_fini(&l);
		buf_fini(&e);
	}
	cr_expect_gt(changed, 1000);
	buf_fini(&text);
}

/* Two documents that have little to do with each other. */
Test(json_properties, hold_of_any_two)
{
	struct buf text = { 0 };
	struct test_rules rules = { .json = write_rules(&text) };
	struct compare_rules compiled = support_rules(&rules);

	for (unsigned round = 1; round <= 4000; round++) {
		/* Few values, so that many come in both. */
		struct twins s = { .seed = round, .unique = 10 };
		struct twins t = { .seed = round * 7, .unique = 10 + round % 5 };
		struct buf l = { 0 }, e = { 0 }, not_l = { 0 }, not_e = { 0 };
		struct diff_set there, back;

		twin_object(&s, &l, &not_e, DEPTH);
		twin_object(&t, &not_l, &e, DEPTH);
		support_diff_by(l.bytes, e.bytes, &compiled, &there);
		support_diff_by(e.bytes, l.bytes, &compiled, &back);
		check_mirror(&there, &back, l.bytes, e.bytes);
		buf_fini(&l);
		buf_fini(&e);
		buf_fini(&not_l);
		buf_fini(&not_e);
	}
	buf_fini(&text);
}
