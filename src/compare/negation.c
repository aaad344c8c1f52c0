/* negation -- does one text deny what the other says in the same words?
 * SPDX-License-Identifier: MIT
 */
#include "compare/negation.h"

#include <stdint.h>
#include <string.h>

/* So many words must be left for two sentences to be about the same. */
#define WORDS_MIN 2
#define SIGNS_MIN 4

/* Of a sentence; more are taken for so many. */
#define NEGATIONS_MAX 7

/* A sentence by its words, and how each text has it. */
struct claim {
	uint64_t key;       /* 0 = free */
	uint8_t in_a, in_b; /* bits 1 << its negations */
	struct sentence a, b;
};

/* Open addressing, never more than half full. */
struct claims {
	struct claim *slots;
	size_t mask;
};

/* The one of Chinese and Japanese. */
static bool
is_full_stop(const struct words *w, size_t at)
{
	return w->len - at >= 3 &&
	    memcmp(w->text + at, "\xe3\x80\x82", 3) == 0;
}

static size_t
sentence_end(const struct words *w, size_t i)
{
	for (; i + 1 < w->count; i++) {
		size_t at = w->items[i].at + w->items[i].len;

		for (; at < w->items[i + 1].at; at++)
			if (memchr(".!?;:\n", w->text[at], 6) != NULL ||
			    is_full_stop(w, at))
				return i + 1;
	}
	return w->count;
}

/* What a sentence says, and with how many negations; 0: too little. */
static uint64_t
claim_of(const struct words *w, const struct sentence *s, unsigned *negations)
{
	uint64_t key = 0;
	size_t words = 0, signs = 0;

	*negations = 0;
	for (size_t i = s->first; i < s->last; i++) {
		const struct word *word = &w->items[i];

		if (word_means(word, MEANS_NOT, NULL)) {
			*negations += *negations < NEGATIONS_MAX;
		} else if (!word_means(word, MEANS_CARRIER, NULL)) {
			key += words_mix(word->stem);
			words++;
			signs += (word->flags & WORD_SIGN) != 0;
		}
	}
	return words >= WORDS_MIN && (signs == 0 || signs >= SIGNS_MIN) ?
	    key | 1 : 0;
}

static size_t
count_sentences(const struct words *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->count; i = sentence_end(w, i))
		n++;
	return n;
}

static bool
claims_init(struct claims *c, size_t entries, struct arena *a)
{
	size_t space = 8;

	while (space < entries * 2)
		space *= 2;
	c->slots = arena_zalloc(a, space * sizeof *c->slots);
	c->mask = space - 1;
	return c->slots != NULL;
}

static struct claim *
claim_at(struct claims *c, uint64_t key)
{
	size_t i = key & c->mask;

	while (c->slots[i].key != key && c->slots[i].key != 0)
		i = (i + 1) & c->mask;
	c->slots[i].key = key;
	return &c->slots[i];
}

static void
read_claims(struct claims *c, const struct words *w, bool is_a)
{
	struct sentence s;

	for (s.first = 0; s.first < w->count; s.first = s.last) {
		struct claim *claim;
		unsigned negations;
		uint64_t key;

		s.last = sentence_end(w, s.first);
		key = claim_of(w, &s, &negations);
		if (key == 0)
			continue;
		claim = claim_at(c, key);
		*(is_a ? &claim->in_a : &claim->in_b) |=
		    (uint8_t)(1u << negations);
		*(is_a ? &claim->a : &claim->b) = s;
	}
}

bool
negation_find(const struct words *a, const struct words *b,
    struct arena *scratch, struct sentence *a_out, struct sentence *b_out)
{
	size_t entries = count_sentences(a) + count_sentences(b);
	struct claims c;

	*a_out = *b_out = (struct sentence){ 0, 0 };
	if (!claims_init(&c, entries, scratch))
		return false;
	read_claims(&c, a, true);
	read_claims(&c, b, false);
	for (size_t i = 0; i <= c.mask && a_out->last == 0; i++) {
		const struct claim *claim = &c.slots[i];

		if (claim->in_a != 0 && claim->in_b != 0 &&
		    (claim->in_a & claim->in_b) == 0) {
			*a_out = claim->a;
			*b_out = claim->b;
		}
	}
	return true;
}
