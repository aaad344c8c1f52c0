/* facts_scan -- a text being looked through for facts.
 * SPDX-License-Identifier: MIT
 *
 * What facts.c and the readers of each kind share; private to them.  A reader
 * is asked at a word, and says how many words it has used: 0 = nothing for it.
 */
#ifndef COMPARE_FACTS_SCAN_H
#define COMPARE_FACTS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/facts.h"

struct fact_scan {
	const struct words *w; /* borrows */
	struct arena *arena;   /* borrows */
	struct facts *out;     /* borrows */
	size_t room;           /* of out->items */
	enum language language;
	bool full;             /* the arena is */
	bool in_code;          /* between fences */
	bool in_heading;       /* a line of title words */
	size_t quote_end;      /* offset up to which words are quoted */
	size_t quote_over;     /* and behind the mark that closes it */
	unsigned items;        /* of lists, so far */
	unsigned last_number;  /* of an enumeration */
};

/* What keys are made of, so that a price is no date. */
enum fact_space { SPACE_NUMBER = 1, SPACE_UNIT, SPACE_PRICE, SPACE_DATE,
    SPACE_TIME, SPACE_WEEKDAY, SPACE_NAME };

static inline uint64_t
fact_key(enum fact_space space, uint64_t a, uint64_t b)
{
	return words_mix(a * 31 + words_mix(b * 8 + space)) | 1;
}

/* facts.c: a new fact over these words and bytes, NULL when full. */
struct fact *fact_add(struct fact_scan *s, enum diff_kind kind, size_t first,
    size_t last, size_t at, size_t end);
/* The byte there, 0 outside of the text. */
static inline unsigned char
byte_at(const struct fact_scan *s, size_t at)
{
	return at < s->w->len ? (unsigned char)s->w->text[at] : 0;
}

static inline size_t
word_end(const struct fact_scan *s, size_t i)
{
	return s->w->items[i].at + s->w->items[i].len;
}

/* Is the text there that one? */
bool fact_text_is(const struct fact_scan *s, size_t at, const char *text);
/* Do only spaces (and one of extra, if not 0) lie before word i, on its line? */
bool fact_is_beside(const struct fact_scan *s, size_t i, char extra);
/* The first word that begins at or behind that byte. */
size_t fact_word_at(const struct fact_scan *s, size_t from, size_t at);

/* facts_digits.c */
#define NUMBER_DIGITS_MAX 40

/* digits * 10 ^ exponent, without zeros at either end; no digits = zero. */
struct number {
	char digits[NUMBER_DIGITS_MAX];
	unsigned count;
	int exponent;
	bool is_two;         /* may also mean digits * 10 ^ other */
	int other;
	bool negative;
	bool dotted;         /* 3.11.4: no number, but digits with dots */
	unsigned written;    /* digits as they are written, in the first group */
	size_t end;          /* byte behind it */
};

bool number_read(const struct fact_scan *s, size_t at, struct number *out);
/* Take the zeros off both ends. */
void number_trim(struct number *n);

/* facts_number.c */
/* A number with what stands beside it: unit, scale, currency. */
size_t fact_read_number(struct fact_scan *s, size_t i);
/* The same of a number in words. */
size_t fact_read_number_word(struct fact_scan *s, size_t i);
/* The value as a key without unit. */
uint64_t number_key_of(unsigned value);

/* facts_date.c */
size_t fact_read_date(struct fact_scan *s, size_t i);

/* facts_name.c */
size_t fact_read_address(struct fact_scan *s, size_t i);    /* URL, e-mail */
size_t fact_read_identifier(struct fact_scan *s, size_t i);
size_t fact_read_name(struct fact_scan *s, size_t i);
/* Does a sentence begin at the word? */
bool fact_is_start(const struct fact_scan *s, size_t i);

#endif
