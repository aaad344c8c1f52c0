/* dialects -- see dialects.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/dialects.h"

#include <string.h>

struct making {
	struct arena *arena;  /* borrows; without a cap */
	const char *dialect;  /* name of the one that is made */
	struct err *err;      /* borrows */
	bool failed;
	const char **places;  /* pointers of all signs so far */
	struct dialect_use *uses;
	size_t use_count;
};

static void
fail(struct making *m, const char *what)
{
	m->failed = true;
	err_set(m->err, "\"%s\" %s", m->dialect, what);
}

/* --- words ------------------------------------------------------------------- */

static bool
is_word(const char *word, const char *text, size_t len)
{
	const char *star = strchr(word, '*');
	size_t size = strlen(word), before, behind;

	if (star == NULL)
		return size == len && memcmp(word, text, len) == 0;
	before = (size_t)(star - word);
	behind = size - before - 1;
	return len >= before + behind && memcmp(word, text, before) == 0 &&
	    memcmp(star + 1, text + len - behind, behind) == 0;
}

bool
dialect_word_is(char *const *words, const char *text, size_t len)
{
	for (; words != NULL && *words != NULL; words++)
		if (is_word(*words, text, len))
			return true;
	return false;
}

bool
dialect_is_plain(const struct dialect *d)
{
	return d->known_by.count == 0;
}

/* --- signs ------------------------------------------------------------------- */

static void
add_use(struct making *m, const char *pointer, struct dialect_use use)
{
	m->places[m->use_count] = pointer;
	m->uses[m->use_count++] = use;
}

/* *needs gets the test's bit. */
static void
add_test(struct making *m, struct dialect *d, struct dialect_test test,
    uint32_t *needs)
{
	if (d->test_count == DIALECT_TESTS_MAX) {
		fail(m, "looks at more than 32 things in its signs");
		return;
	}
	*needs |= UINT32_C(1) << d->test_count;
	d->tests[d->test_count++] = test;
}

static void
make_sign(struct making *m, struct dialect *d, uint8_t index, struct sign *s)
{
	s->needs = 0;
	if (s->on != NULL)
		add_test(m, d, (struct dialect_test){ TEST_KIND, s->on },
		    &s->needs);
	if (s->data != NULL)
		add_test(m, d, (struct dialect_test){ TEST_DATA, s->data },
		    &s->needs);
	if (s->at == NULL)
		return;
	add_test(m, d, (struct dialect_test){ TEST_AT, s->is }, &s->needs);
	add_use(m, s->at, (struct dialect_use){ .dialect = index,
		.test = (uint8_t)(d->test_count - 1), .what = USE_TEST });
}

static void
make_signs(struct making *m, struct dialect *d, uint8_t index,
    struct sign_list *l)
{
	l->needs = 0;
	l->always = false;
	for (size_t i = 0; i < l->count; i++) {
		make_sign(m, d, index, &l->signs[i]);
		l->needs |= l->signs[i].needs;
		l->always |= l->signs[i].needs == 0;
	}
}

static void
add_tokens(struct making *m, uint8_t index, char *const *pointers,
    size_t count, struct dialect_use use)
{
	use.dialect = index;
	for (size_t i = 0; i < count; i++)
		add_use(m, pointers[i], use);
}

static void
make_looks(struct making *m, struct dialect *d, uint8_t index)
{
	d->tests = arena_need(m->arena, DIALECT_TESTS_MAX * sizeof *d->tests);
	d->test_count = 0;
	make_signs(m, d, index, &d->known_by);
	make_signs(m, d, index, &d->failed_by);
	make_signs(m, d, index, &d->ended_by);
	make_signs(m, d, index, &d->content);
	if (d->kind != NULL)
		add_use(m, d->kind, (struct dialect_use){ .dialect = index,
			.what = USE_KIND });
	add_tokens(m, index, d->tokens_in, d->tokens_in_count,
	    (struct dialect_use){ .what = USE_TOKENS_IN });
	add_tokens(m, index, d->tokens_out, d->tokens_out_count,
	    (struct dialect_use){ .what = USE_TOKENS_OUT });
}

/* --- folding ------------------------------------------------------------------ */

static const struct pointer_node *
make_tree(struct making *m, const char *const *pointers, size_t count)
{
	const struct pointer_node *tree = pointer_tree_make(pointers, count,
	    m->arena);

	if (tree == NULL)
		fail(m, "has a JSON Pointer of more than 16 segments, or too many "
		    "with \"*\" in them");
	return tree;
}

/* Up to the next slash that is not in braces. */
static size_t
step_len(const char *text)
{
	size_t n = text[0] == '{' ? strcspn(text, "}") : 0;

	return n + strcspn(text + n, "/");
}

static void
take_name(struct making *m, struct fold_step *s, const char *text, size_t len)
{
	char *out = arena_need(m->arena, len + 1);

	s->text = out;
	s->len = pointer_unescape(text, len, out);
}

static void
make_step(struct making *m, struct fold_step *s, const char *text, size_t len)
{
	if (len == 1 && text[0] == '*') {
		s->kind = STEP_ANY;
	} else if (len == 1 && text[0] == '-') {
		s->kind = STEP_END;
	} else if (text[0] == '{') {
		s->kind = STEP_INDEX;
		s->text = arena_strndup(m->arena, text + 1, len - 2);
		s->len = len - 2;
	} else {
		s->kind = STEP_NAME;
		take_name(m, s, text, len);
	}
}

/* Each "*" of `to` is the next one of `from`. */
static void
bind_stars(struct fold_take *t)
{
	const char *from = t->from;
	unsigned depth = 0;

	for (size_t i = 0; i < t->step_count; i++) {
		if (t->steps[i].kind != STEP_ANY)
			continue;
		while (strncmp(from, "/*", 2) != 0 ||
		    (from[2] != '/' && from[2] != '\0')) {
			from += 1 + strcspn(from + 1, "/");
			depth++;
		}
		t->steps[i].depth = depth++;
		from += 2;
	}
}

static void
make_take(struct making *m, struct fold_take *t)
{
	const char *to = t->to != NULL ? t->to : t->from;

	t->steps = arena_need(m->arena, POINTER_SEGMENTS_MAX * sizeof *t->steps);
	while (*to == '/' && t->step_count < POINTER_SEGMENTS_MAX) {
		size_t len = step_len(++to);

		make_step(m, &t->steps[t->step_count++], to, len);
		to += len;
	}
	if (*to != '\0')
		fail(m, "has a \"to\" of more than 16 segments");
	bind_stars(t);
}

static void
make_group(struct making *m, struct fold_group *g)
{
	const char **from = arena_need(m->arena, g->take_count * sizeof *from);

	for (size_t i = 0; i < g->take_count; i++) {
		from[i] = g->takes[i].from;
		make_take(m, &g->takes[i]);
	}
	g->tree = make_tree(m, from, g->take_count);
}

static void
make_fold(struct making *m, struct dialect *d)
{
	const char **places = arena_need(m->arena,
	    (d->json_count + d->drop_count) * sizeof *places);
	size_t count = 0;

	for (size_t i = 0; i < d->fold_count; i++)
		make_group(m, &d->fold[i]);
	for (size_t i = 0; i < d->json_count; i++)
		places[count++] = d->json[i];
	for (size_t i = 0; i < d->drop_count; i++)
		places[count++] = d->drop[i];
	d->settle = make_tree(m, places, count);
}

/* --- all of them --------------------------------------------------------------- */

static size_t
uses_of(const struct dialect *d)
{
	return DIALECT_TESTS_MAX + 1 + d->tokens_in_count +
	    d->tokens_out_count;
}

/* Its places go into one tree with those of the others; a tree of its own
 * first, so that a fault has a name. */
static void
make_one(struct making *m, struct dialect *d, size_t index)
{
	size_t before = m->use_count;

	m->dialect = d->name;
	if (index == DIALECTS_MAX)
		fail(m, "is one too many; there may be 16 in all");
	if (!m->failed)
		make_looks(m, d, (uint8_t)index);
	if (!m->failed)
		(void)make_tree(m, m->places + before, m->use_count - before);
	if (!m->failed)
		make_fold(m, d);
}

const struct dialects *
dialects_make(struct dialect *list, size_t count, struct arena *a,
    struct err *err)
{
	struct making m = { .arena = a, .err = err };
	struct dialects *made = arena_need(m.arena, sizeof *made);
	size_t uses = 0;

	for (size_t i = 0; i < count; i++)
		uses += uses_of(&list[i]);
	m.places = arena_need(m.arena, uses * sizeof *m.places);
	m.uses = arena_need(m.arena, uses * sizeof *m.uses);
	for (size_t i = 0; i < count && !m.failed; i++)
		make_one(&m, &list[i], i);
	made->list = list;
	made->count = count;
	made->uses = m.uses;
	if (!m.failed)
		made->places = make_tree(&m, m.places, m.use_count);
	return m.failed ? NULL : made;
}
