/* facts -- what a text says that no rephrasing may change.
 * SPDX-License-Identifier: MIT
 *
 * Numbers, prices, dates and times, names; each with its values in a form in
 * which different ways to write it are equal: "1,000" and "1.000" and "1000",
 * "$20" and "20 dollars", "5 March 2024" and "2024-03-05", "3 pm" and "15:00".
 *
 *   number  digits with separators of any country, scales ("1.5 million"),
 *           units of the same number compared where both have one; words of
 *           numbers ("three") stand for digits
 *   price   a number beside a currency's symbol, code or name
 *   date    dates in the usual written forms of some languages, months and
 *           weekdays, times of day
 *   name    e-mail addresses, URLs and identifiers; words with a capital that
 *           do not begin a sentence; what stands in quotes
 *
 * Enumerations ("1.", "step 2"), footnotes, and the number of a list's items
 * are no facts.  Not everything is seen, and a fact that is in both texts in
 * other roles is not missed: this is reading without understanding.  Pure.
 */
#ifndef COMPARE_FACTS_H
#define COMPARE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/lexicon.h"
#include "compare/words.h"
#include "observe/record.h"

enum fact_strength {
	FACT_SPARE = 0, /* only there for the other text's facts to be found */
	FACT_SOFT,      /* counts only against one that the other has left over */
	FACT_WEAK,      /* may be left out, must not be exchanged */
	FACT_HARD,      /* must be in both */
};

#define FACT_EXACT 2
#define FACT_LOOSE 3

struct fact {
	uint8_t kind;               /* DIFF_NUMBER, PRICE, DATE or NAME */
	uint8_t strength;           /* enum fact_strength */
	bool bare;                  /* says less than it could: no unit, no year */
	uint32_t at, len;           /* of the text */
	uint32_t first, last;       /* its words; last is behind them */
	uint64_t exact[FACT_EXACT]; /* what it may mean; 0 = none */
	uint64_t loose[FACT_LOOSE]; /* what it says in part; 0 = none */
	uint8_t given;              /* so many of these are for others only */
};

struct facts {
	struct fact *items; /* in the arena */
	size_t count;
};

/* language: what the text is in, LANGUAGE_NONE if that does not show.
 * false: the arena is full. */
bool facts_read(const struct words *w, enum language language,
    struct arena *a, struct facts *out) MUST_CHECK;

/* Where the facts of a kind do not agree: the first that is only in either,
 * NULL = there is none. */
struct facts_apart {
	const struct fact *legacy, *enhanced;
};

#define FACT_KINDS 4 /* from DIFF_NUMBER on */

/* Compare them; out has a place for each kind, both NULL where they agree.
 * false: the arena is full. */
bool facts_compare(const struct words *lw, const struct facts *lf,
    const struct words *ew, const struct facts *ef, struct arena *a,
    struct facts_apart out[FACT_KINDS]) MUST_CHECK;

#endif
