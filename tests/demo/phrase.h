/* phrase -- what the demo backend says; pure.
 * SPDX-License-Identifier: MIT
 *
 * The words are a function of the user's message and of nothing else, so
 * that legacy and enhanced agree wherever they should and a run can be
 * repeated.  For a small share of messages, picked by the message itself,
 * enhanced says something that really is different: that is what a
 * comparison has to find.
 */
#ifndef DEMO_PHRASE_H
#define DEMO_PHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHRASE_TEXT_MAX 1024
#define PHRASE_SUGGESTIONS 3

enum flavour { FLAVOUR_LEGACY = 0, FLAVOUR_ENHANCED, FLAVOUR_COUNT };

const char *flavour_name(enum flavour f);
/* false: no flavour has that name. */
bool flavour_parse(const char *name, enum flavour *out);

/* In what an answer of enhanced differs from legacy's. */
enum quirk {
	QUIRK_NONE = 0,
	QUIRK_WORDING,    /* other sentences */
	QUIRK_CUT,        /* stops half-way: finish_reason "length" */
	QUIRK_FIELD,      /* a member more, and a suggestion fewer */
	QUIRK_TYPE,       /* a member of another type */
	QUIRK_COUNT
};

struct phrase {
	char text[PHRASE_TEXT_MAX];
	const char *finish_reason;                    /* static: "stop", "length" */
	const char *mood;                             /* static */
	const char *suggestions[PHRASE_SUGGESTIONS];  /* static */
	unsigned suggestion_count;
	unsigned word_count;
	enum quirk quirk;
};

/* differing_bp: of 10000 messages, how many get a quirk if f is enhanced.
 * word_limit: cut the text there (OpenAI's max_tokens); 0 = no limit.
 * message is well-formed UTF-8. */
void phrase_make(enum flavour f, const char *message, uint32_t differing_bp,
    unsigned word_limit, struct phrase *out);

/* The length of the first part of text, up to words words and the space
 * behind them; 0 at the end.  For streaming a text piece by piece. */
size_t phrase_piece(const char *text, unsigned words);

#endif
