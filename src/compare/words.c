/* words -- a text as the words that it is made of.
 * SPDX-License-Identifier: MIT
 */
#include "compare/words.h"

#include <string.h>

#include "compare/letters.h"

#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

/* Words that there is room for at first: text of Latin letters has about one
 * in six bytes. */
#define FIRST_ROOM(len) ((len) / 5 + 16)

/* murmur3's finalizer. */
uint64_t
words_mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

struct scan {
	struct words *w;     /* borrows */
	struct arena *arena; /* borrows */
	size_t room;         /* of w->items */
	struct word word;    /* the one that is being read; hash mixed later */
	bool open;           /* there is one */
};

static void
add_code(struct word *w, uint32_t code)
{
	w->hash = (w->hash ^ code) * HASH_PRIME;
	if (w->letters < UINT8_MAX)
		w->letters++;
	if (w->letters <= WORDS_STEM)
		w->stem = w->hash;
}

static void
add_letter(struct word *w, const struct letter *l)
{
	if (l->glyph == GLYPH_DIGIT)
		w->flags |= WORD_DIGIT;
	else if (l->glyph != GLYPH_MARK)
		w->flags |= WORD_LETTER | (!l->capital ? WORD_SMALL :
		    w->letters == 0 ? WORD_CAPITAL : WORD_INNER);
	if (w->script == SCRIPT_NONE)
		w->script = l->script;
	if (l->code > 0xffff)
		add_code(w, l->code);
	else
		for (unsigned i = 0; i < l->folds; i++)
			add_code(w, l->fold[i]);
}

static bool
make_room(struct scan *s)
{
	struct word *items;

	if (s->w->count < s->room)
		return true;
	items = arena_alloc(s->arena, 2 * s->room * sizeof *items);
	if (items == NULL)
		return false;
	memcpy(items, s->w->items, s->w->count * sizeof *items);
	s->w->items = items;
	s->room *= 2;
	return true;
}

/* The word ends before at; false: no room for it. */
static bool
end_word(struct scan *s, size_t at)
{
	struct word *w = &s->word;

	if (!s->open)
		return true;
	if (!make_room(s))
		return false;
	s->open = false;
	w->len = (uint32_t)(at - w->at);
	w->hash = words_mix(w->hash);
	w->stem = w->letters <= WORDS_STEM ? w->hash : words_mix(w->stem);
	w->lexeme = lexicon_find(w->hash);
	s->w->items[s->w->count++] = *w;
	return true;
}

static void
begin_word(struct scan *s, size_t at, unsigned flags)
{
	s->open = true;
	s->word = (struct word){ .hash = HASH_START, .stem = HASH_START,
		.at = (uint32_t)at, .flags = (uint8_t)flags };
}

/* What stands at offset i belongs to the word, ends it, or begins one. */
static bool
take(struct scan *s, const struct letter *l, size_t i)
{
	switch ((enum glyph)l->glyph) {
	case GLYPH_BETWEEN:
		return end_word(s, i);
	case GLYPH_NOTHING:
		return true;
	case GLYPH_LETTER:
	case GLYPH_DIGIT:
		if (s->open && (s->word.flags & WORD_SIGN) != 0 &&
		    !end_word(s, i))
			return false;
		break;
	case GLYPH_WORD:
		if (!end_word(s, i))
			return false;
		begin_word(s, i, WORD_SIGN);
		break;
	case GLYPH_MARK:
		break;
	}
	if (!s->open)
		begin_word(s, i, 0);
	add_letter(&s->word, l);
	return true;
}

/* Most text is small ASCII letters: a run of them without looking at each in
 * turn what it might be. */
static size_t
take_small_letters(struct word *w, const char *text, size_t i, size_t len)
{
	uint64_t h = w->hash;
	size_t n = w->letters, start = i;

	for (; i < len && (unsigned char)text[i] - (unsigned)'a' < 26; i++) {
		h = (h ^ (unsigned char)text[i]) * HASH_PRIME;
		if (++n == WORDS_STEM)
			w->stem = h;
	}
	if (i == start)
		return i;
	w->hash = h;
	w->letters = n < UINT8_MAX ? (uint8_t)n : UINT8_MAX;
	if (n < WORDS_STEM)
		w->stem = h;
	w->flags |= WORD_SMALL | WORD_LETTER;
	if (w->script == SCRIPT_NONE)
		w->script = SCRIPT_LATIN;
	return i;
}

static bool
is_ascii_letter(char c)
{
	return ((unsigned char)c | 0x20u) - (unsigned)'a' < 26;
}

static bool
is_ascii_between(char c)
{
	return (unsigned char)c < 0x80 && !is_ascii_letter(c) &&
	    (unsigned char)c - (unsigned)'0' >= 10;
}

static bool
scan_all(struct scan *s, const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		struct letter l;

		if (is_ascii_between(text[i])) {
			if (s->open && !end_word(s, i))
				return false;
			i++;
			continue;
		}
		letter_read(text + i, len - i, &l);
		if (!take(s, &l, i))
			return false;
		i += l.len;
		if (l.code < 0x80)
			i = take_small_letters(&s->word, text, i, len);
	}
	return end_word(s, len);
}

bool
words_read(struct words *w, const char *text, size_t len, struct arena *a)
{
	struct scan s = { .w = w, .arena = a };

	memset(w, 0, sizeof *w);
	w->text = text;
	w->cut = len > WORDS_READ_MAX;
	w->len = w->cut ? WORDS_READ_MAX : len;
	lexicon_make();
	s.room = FIRST_ROOM(w->len);
	w->items = arena_alloc(a, s.room * sizeof *w->items);
	return w->items != NULL && scan_all(&s, text, w->len);
}

uint64_t
words_hash(const char *text, size_t len)
{
	struct word w = { .hash = HASH_START };
	size_t i = 0;

	while (i < len) {
		struct letter l;

		letter_read(text + i, len - i, &l);
		if (l.glyph != GLYPH_NOTHING)
			add_letter(&w, &l);
		i += l.len;
	}
	return words_mix(w.hash);
}
