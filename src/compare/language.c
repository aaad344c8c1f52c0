/* language -- which scripts and languages a text is in, as far as it shows.
 * SPDX-License-Identifier: MIT
 */
#include "compare/language.h"

#include <math.h>
#include <string.h>

/* So many letters tell a script, and so many of them must be of another. */
#define LETTERS_MIN 12
#define LETTERS_MIN_SIGNS 5 /* of Han, kana, Hangul: each is most of a word */
#define SCRIPT_SHIFT 0.5
/* So many of the commonest words tell a language; the best must stand out. */
#define COMMON_MIN 3.0
#define COMMON_LEAD 1.6
#define COMMON_SHARE 0.12
/* What is written in two languages: by so many words, so much of them. */
#define MIXTURE_MIN 8.0
#define MIXTURE_SHIFT 0.35

/* A word of several languages tells each of them a part. */
static void
count_common(const struct word *w, struct tongue *out)
{
	unsigned known = 0, languages = 0;

	if (w->lexeme == NULL)
		return;
	for (const struct lexeme *l = w->lexeme; l != NULL; l = lexicon_next(l))
		if (l->meaning == MEANS_COMMON || l->meaning == MEANS_VERB)
			known |= 1u << l->language;
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++)
		languages += known >> i & 1;
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++)
		if ((known >> i & 1) != 0)
			out->common[i] += 1.0 / languages;
}

void
language_read(const struct words *w, struct tongue *out)
{
	size_t step = w->count / LANGUAGE_WORDS_MAX + 1;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < w->count; i += step) {
		const struct word *word = &w->items[i];
		enum script s = (enum script)word->script;

		if (s == SCRIPT_NONE || (word->flags & WORD_DIGIT) != 0)
			continue;
		out->letters += word->letters;
		out->scripts[s] += word->letters;
		if (s == SCRIPT_LATIN || s == SCRIPT_CYRILLIC) {
			out->words++;
			count_common(word, out);
		}
	}
}

/* --- scripts ----------------------------------------------------------- */

/* Kana make Han Japanese: together they are one. */
static void
shares_of(const struct tongue *t, double out[SCRIPT_COUNT])
{
	double kana = t->scripts[SCRIPT_KANA];

	for (unsigned i = 0; i < SCRIPT_COUNT; i++)
		out[i] = (double)t->scripts[i] / t->letters;
	if (kana * 10 >= t->scripts[SCRIPT_HAN]) {
		out[SCRIPT_KANA] += out[SCRIPT_HAN];
		out[SCRIPT_HAN] = 0;
	}
}

static bool
has_enough_letters(const struct tongue *t)
{
	unsigned signs = t->scripts[SCRIPT_HAN] + t->scripts[SCRIPT_KANA] +
	    t->scripts[SCRIPT_HANGUL];

	return t->letters >= LETTERS_MIN ||
	    (signs >= LETTERS_MIN_SIGNS && signs * 2 > t->letters);
}

/* How much of one would have to be written in other letters. */
static bool
is_other_script(const struct tongue *a, const struct tongue *b)
{
	double x[SCRIPT_COUNT], y[SCRIPT_COUNT], shift = 0;

	if (!has_enough_letters(a) || !has_enough_letters(b))
		return false;
	shares_of(a, x);
	shares_of(b, y);
	for (unsigned i = 0; i < SCRIPT_COUNT; i++)
		shift += fabs(x[i] - y[i]) / 2;
	return shift >= SCRIPT_SHIFT;
}

/* --- languages --------------------------------------------------------- */

enum language
language_best(const struct tongue *t)
{
	unsigned best = LANGUAGE_NONE;
	double second = 0;

	for (unsigned i = 1; i < LANGUAGE_COUNT; i++)
		if (t->common[i] > t->common[best])
			best = i;
	for (unsigned i = 1; i < LANGUAGE_COUNT; i++)
		if (i != best && t->common[i] > second)
			second = t->common[i];
	if (t->common[best] < COMMON_MIN ||
	    t->common[best] < second * COMMON_LEAD ||
	    t->common[best] < t->words * COMMON_SHARE)
		return LANGUAGE_NONE;
	return (enum language)best;
}

/* Texts in two languages, in different parts: so much of the commonest words
 * would have to be another language's. */
static bool
is_other_mixture(const struct tongue *a, const struct tongue *b)
{
	double whole_a = 0, whole_b = 0, shift = 0;

	for (unsigned i = 1; i < LANGUAGE_COUNT; i++) {
		whole_a += a->common[i];
		whole_b += b->common[i];
	}
	if (whole_a < MIXTURE_MIN || whole_b < MIXTURE_MIN)
		return false;
	for (unsigned i = 1; i < LANGUAGE_COUNT; i++)
		shift += fabs(a->common[i] / whole_a - b->common[i] / whole_b) / 2;
	return shift >= MIXTURE_SHIFT;
}

bool
language_differs(const struct tongue *a, const struct tongue *b)
{
	enum language x = language_best(a), y = language_best(b);

	return is_other_script(a, b) || is_other_mixture(a, b) ||
	    (x != LANGUAGE_NONE && y != LANGUAGE_NONE && x != y);
}

const char *
language_of(const struct tongue *t)
{
	unsigned best = SCRIPT_NONE;
	enum language l = language_best(t);

	for (unsigned i = 1; i < SCRIPT_COUNT; i++)
		if (t->scripts[i] > t->scripts[best])
			best = i;
	if ((best == SCRIPT_LATIN || best == SCRIPT_CYRILLIC) &&
	    l != LANGUAGE_NONE)
		return language_name(l);
	return best == SCRIPT_NONE ? "?" : script_name((enum script)best);
}
