/* facts_match -- which facts of two texts are only in one of them.
 * SPDX-License-Identifier: MIT
 *
 * Contract in facts.h.  A fact is in the other text if one of its exact values
 * is there; if it says more than the other does and agrees in what is said
 * ("$20" and "20"); or, of a name, if its words are there, in whatever case.
 * What remains counts by its strength:
 *
 *   hard   one is enough; so are two words of one name
 *   weak   counts when both texts have one left over (exchanged), or when more
 *          of them are missing from the other than are in it (most are lost)
 *   soft   counts when the other text has one left over too
 *   spare  never
 */
#include <string.h>

#include "base/text.h"
#include "compare/facts.h"

/* Looking for a form of a word goes through the whole text: a text of nothing
 * but names must not cost its square. */
#define SEARCHES_MAX 200

/* --- sets of keys ------------------------------------------------------ */

struct keys {
	uint64_t *slots; /* open addressing, at most half full; 0 = free */
	size_t mask;
};

static bool
keys_init(struct keys *k, size_t entries, struct arena *a)
{
	size_t space = 8;

	while (space < entries * 2)
		space *= 2;
	k->slots = arena_zalloc(a, space * sizeof *k->slots);
	k->mask = space - 1;
	return k->slots != NULL;
}

static void
keys_put(struct keys *k, uint64_t key)
{
	size_t i = key & k->mask;

	if (key == 0)
		return;
	while (k->slots[i] != 0 && k->slots[i] != key)
		i = (i + 1) & k->mask;
	k->slots[i] = key;
}

static bool
keys_has(const struct keys *k, uint64_t key)
{
	size_t i = key & k->mask;

	if (key == 0)
		return false;
	while (k->slots[i] != 0 && k->slots[i] != key)
		i = (i + 1) & k->mask;
	return k->slots[i] == key;
}

/* --- one text, as the other's facts are looked for in it --------------- */

struct side {
	const struct words *w; /* borrows */
	const struct facts *f; /* borrows */
	struct keys exact, loose, bare;
	struct keys words;     /* hashes of all words, and of their stems; empty */
	struct keys stems;     /* unless a name will ask */
	unsigned searches;     /* for a form of a word, so far */
};

static bool
side_init(struct side *s, const struct words *w, const struct facts *f,
    bool needs_words, struct arena *a)
{
	s->w = w;
	s->f = f;
	if (!keys_init(&s->exact, f->count * FACT_EXACT, a) ||
	    !keys_init(&s->loose, f->count * FACT_LOOSE, a) ||
	    !keys_init(&s->bare, f->count * FACT_LOOSE, a) ||
	    !keys_init(&s->words, needs_words ? w->count : 0, a) ||
	    !keys_init(&s->stems, needs_words ? w->count : 0, a))
		return false;
	s->searches = 0;
	for (size_t i = 0; i < f->count; i++) {
		const struct fact *fact = &f->items[i];

		for (unsigned k = 0; k < FACT_EXACT; k++)
			keys_put(&s->exact, fact->exact[k]);
		for (unsigned k = 0; k < FACT_LOOSE; k++) {
			keys_put(&s->loose, fact->loose[k]);
			keys_put(&s->bare, fact->bare ? fact->loose[k] : 0);
		}
	}
	for (size_t i = 0; needs_words && i < w->count; i++) {
		keys_put(&s->words, w->items[i].hash);
		keys_put(&s->stems, w->items[i].stem);
	}
	return true;
}

/* German and Germany, a plural, a genitive: one begins the other. */
static bool
is_form_of(const struct words *w, const struct word *a, const struct words *v,
    const struct word *b)
{
	uint32_t few = a->len < b->len ? a->len : b->len;

	return a->stem == b->stem && few >= 4 && a->len + b->len - 2 * few <= 3 &&
	    text_equal_nocase(w->text + a->at, few, v->text + b->at, few);
}

static bool
has_form(struct side *s, const struct words *w, const struct word *word)
{
	if (word->letters < WORDS_STEM || !keys_has(&s->stems, word->stem) ||
	    s->searches++ >= SEARCHES_MAX)
		return false;
	for (size_t i = 0; i < s->w->count; i++)
		if (is_form_of(w, word, s->w, &s->w->items[i]))
			return true;
	return false;
}

static bool
has_words(struct side *s, const struct words *w, const struct fact *f)
{
	for (size_t i = f->first; i < f->last; i++) {
		const struct word *word = &w->items[i];

		if (!keys_has(&s->words, word->hash) && !has_form(s, w, word))
			return false;
	}
	return true;
}

/* Is a fact of w's in the other text? */
static bool
is_in(struct side *other, const struct words *w, const struct fact *f)
{
	for (unsigned k = 0; k < FACT_EXACT; k++)
		if (keys_has(&other->exact, f->exact[k]))
			return true;
	for (unsigned k = f->given; k < FACT_LOOSE; k++)
		if (keys_has(f->bare ? &other->loose : &other->bare, f->loose[k]))
			return true;
	return f->kind == DIFF_NAME && has_words(other, w, f);
}

/* --- what is left over ------------------------------------------------- */

/* Of one kind, in one text. */
struct rest {
	unsigned found, hard, weak, soft; /* in the other; or not, by strength */
	const struct fact *first;         /* of those not, the strongest */
};

/* Two words of a name, one behind the other, that the other text does not
 * know: somebody with a first and a last name is not left out by the way. */
static bool
is_full_name(const struct words *w, const struct fact *before,
    const struct fact *f)
{
	return before != NULL && f->kind == DIFF_NAME &&
	    before->kind == DIFF_NAME && before->last == f->first &&
	    w->text[before->at + before->len] == ' ' &&
	    before->at + before->len + 1 == f->at;
}

static void
count_rest(const struct side *own, struct side *other,
    struct rest rests[FACT_KINDS])
{
	const struct fact *before = NULL; /* the last one left over */

	memset(rests, 0, FACT_KINDS * sizeof rests[0]);
	for (size_t i = 0; i < own->f->count; i++) {
		const struct fact *f = &own->f->items[i];
		struct rest *r = &rests[f->kind - DIFF_NUMBER];
		bool full = is_full_name(own->w, before, f);

		if (f->strength == FACT_SPARE)
			continue;
		if (is_in(other, own->w, f)) {
			r->found++;
			continue;
		}
		r->hard += f->strength == FACT_HARD || full;
		r->weak += f->strength == FACT_WEAK && !full;
		r->soft += f->strength == FACT_SOFT;
		if (r->first == NULL || f->strength > r->first->strength)
			r->first = f;
		before = f;
	}
}

static bool
is_lost(const struct rest *r)
{
	return r->weak > r->found;
}

static bool
is_apart(const struct rest *a, const struct rest *b)
{
	if (a->hard > 0 || b->hard > 0)
		return true;
	if (a->weak + a->soft > 0 && b->weak + b->soft > 0)
		return true;
	return is_lost(a) || is_lost(b);
}

static bool
has_names(const struct facts *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].kind == DIFF_NAME)
			return true;
	return false;
}

bool
facts_compare(const struct words *lw, const struct facts *lf,
    const struct words *ew, const struct facts *ef, struct arena *a,
    struct facts_apart out[FACT_KINDS])
{
	struct rest l_rests[FACT_KINDS], e_rests[FACT_KINDS];
	struct side l, e;

	memset(out, 0, FACT_KINDS * sizeof out[0]);
	if (lf->count + ef->count == 0)
		return true;
	if (!side_init(&l, lw, lf, has_names(ef), a) ||
	    !side_init(&e, ew, ef, has_names(lf), a))
		return false;
	count_rest(&l, &e, l_rests);
	count_rest(&e, &l, e_rests);
	for (unsigned k = 0; k < FACT_KINDS; k++) {
		if (!is_apart(&l_rests[k], &e_rests[k]))
			continue;
		out[k].legacy = l_rests[k].first;
		out[k].enhanced = e_rests[k].first;
	}
	return true;
}
