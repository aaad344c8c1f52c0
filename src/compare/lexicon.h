/* lexicon -- the few words that have to be known to compare texts.
 * SPDX-License-Identifier: MIT
 *
 * The commonest words of some languages (they tell a language, and weigh less
 * than others), and the words of numbers, dates, units and money.  Asked by a
 * word's hash; one word may mean several things in several languages.  Built
 * once, and immutable from then on; any thread.
 */
#ifndef COMPARE_LEXICON_H
#define COMPARE_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum language {
	LANGUAGE_NONE = 0,
	LANGUAGE_EN,
	LANGUAGE_DE,
	LANGUAGE_FR,
	LANGUAGE_ES,
	LANGUAGE_IT,
	LANGUAGE_PT,
	LANGUAGE_NL,
	LANGUAGE_SV,
	LANGUAGE_PL,
	LANGUAGE_TR,
	LANGUAGE_RU,
	LANGUAGE_UK,
	LANGUAGE_COUNT
};

/* "en" */
const char *language_name(enum language l);

enum meaning {
	MEANS_COMMON = 0, /* one of a language's commonest words */
	MEANS_VERB,       /* is, was, has: before it stands a subject */
	MEANS_OPENER,     /* however, sure, hello: may begin a sentence */
	MEANS_NUMBER,     /* value: the number */
	MEANS_SCALE,      /* thousand: value is its power of ten */
	MEANS_MONTH,      /* 1..12 */
	MEANS_WEEKDAY,    /* 1..7, Monday is 1 */
	MEANS_UNIT,       /* value: enum unit */
	MEANS_MONEY,      /* value: enum currency */
	MEANS_STEP,       /* step, part: the number behind it counts */
	MEANS_HALF_DAY,   /* am 0, pm 12 */
	MEANS_NOT,        /* a negation */
	MEANS_CARRIER,    /* do, can, a: comes and goes with a negation */
	MEANS_COUNT
};

/* Numbers of words of a meaning begin where others end; 0 = none known. */
enum unit { UNIT_NONE = 0, UNIT_PERCENT, UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR,
    UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR, UNIT_MM, UNIT_CM, UNIT_METRE,
    UNIT_KM, UNIT_INCH, UNIT_FOOT, UNIT_MILE, UNIT_MG, UNIT_GRAM, UNIT_KG,
    UNIT_POUND, UNIT_ML, UNIT_LITRE, UNIT_CELSIUS, UNIT_FAHRENHEIT, UNIT_KB,
    UNIT_MB, UNIT_GB, UNIT_TB, UNIT_MS, UNIT_KMH, UNIT_MPH, UNIT_COUNT };
enum currency { CURRENCY_NONE = 0, CURRENCY_USD, CURRENCY_EUR, CURRENCY_GBP,
    CURRENCY_JPY, CURRENCY_CNY, CURRENCY_INR, CURRENCY_CHF, CURRENCY_CAD,
    CURRENCY_AUD, CURRENCY_SEK, CURRENCY_PLN, CURRENCY_BRL, CURRENCY_MXN,
    CURRENCY_RUB, CURRENCY_UAH, CURRENCY_TRY, CURRENCY_KRW, CURRENCY_CENT,
    CURRENCY_COUNT };

/* One thing that a word means. */
struct lexeme {
	uint64_t hash;
	uint8_t meaning;  /* enum meaning */
	uint8_t language; /* enum language; LANGUAGE_NONE = of all */
	uint16_t value;
};

/* Build it, unless it is; before anything below is called. */
void lexicon_make(void);
/* The first thing that a word of this hash means, NULL if it is not known;
 * and the next. */
const struct lexeme *lexicon_find(uint64_t hash);
const struct lexeme *lexicon_next(const struct lexeme *l);
/* Does it mean that in any language?  value_out may be NULL. */
bool lexicon_means(const struct lexeme *l, enum meaning m,
    unsigned *value_out);
/* Does it in that one (or in all)?  LANGUAGE_NONE = English. */
bool lexicon_means_in(const struct lexeme *l, enum meaning m,
    enum language language, unsigned *value_out);

#endif
