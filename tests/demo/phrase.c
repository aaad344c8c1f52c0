/* phrase -- see phrase.h.
 * SPDX-License-Identifier: MIT
 */
#include "phrase.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/compiler.h"

#define EXCERPT_MAX 72

static const char *const flavours[FLAVOUR_COUNT] = { "legacy", "enhanced" };

static const char *const openings[] = {
	"Thanks for asking about \"%s\".",
	"Good question: \"%s\".",
	"You asked: \"%s\".",
	"Happy to help with \"%s\".",
	"Here is what I know about \"%s\".",
};

static const char *const middles[] = {
	"The short answer is that it depends on how the two parts are put together, "
	"and that the simple way is nearly always good enough.",
	"I would start with the smallest step that can be undone, look at the numbers "
	"for a day, and only then go on.",
	"Most people solve this in three steps: write down what they have, change one "
	"thing at a time, and keep the old way until the new one has proved itself.",
	"There are two common answers, and which one fits depends on whether you care "
	"more about speed or about being able to go back.",
	"In practice the settings matter less than people expect, while the order in "
	"which they are changed matters a great deal.",
	"It works best when everybody involved knows who decides, and what is done when "
	"the answer turns out to be wrong.",
	"The usual mistake is to do everything at once; a small group first shows nearly "
	"all of the problems at a tenth of the price.",
};

static const char *const endings[] = {
	"Shall I go through it with an example?",
	"Tell me more about your case and I can be more exact.",
	"Would you like a short list of the steps?",
	"If that does not help, I can look it up in the handbook.",
};

/* What enhanced says instead when the wording is its quirk. */
static const char *const other_words[] = {
	"Let us take it from the other end: what should be true when you are done, and "
	"who would notice first if it were not?",
	"My advice would be to leave it alone for now, because nothing you describe is "
	"broken yet.",
	"This has changed recently; what the older guides recommend no longer applies.",
};

static const char *const moods[] = { "neutral", "curious", "content", "hurried" };

static const char *const suggestions[] = {
	"Show me an example", "What does it cost?", "How long does it take?",
	"Can I undo it?", "Who else does this?", "What should I read first?",
};

const char *
flavour_name(enum flavour f)
{
	return flavours[f];
}

bool
flavour_parse(const char *name, enum flavour *out)
{
	for (unsigned i = 0; i < FLAVOUR_COUNT; i++) {
		if (strcmp(name, flavours[i]) == 0) {
			*out = (enum flavour)i;
			return true;
		}
	}
	return false;
}

/* A number below limit; each (hash, turn) gives another one. */
static unsigned
pick(uint64_t hash, unsigned turn, size_t limit)
{
	uint64_t mixed = XXH3_64bits_withSeed(&hash, sizeof hash, turn);

	return (unsigned)(mixed % limit);
}

static enum quirk
pick_quirk(enum flavour f, uint64_t hash, uint32_t differing_bp)
{
	if (f != FLAVOUR_ENHANCED || pick(hash, 1, 10000) >= differing_bp)
		return QUIRK_NONE;
	return (enum quirk)(QUIRK_NONE + 1 + pick(hash, 2, QUIRK_COUNT - 1));
}

/* The start of the message, on one line, cut between two characters. */
static void
excerpt(const char *message, char out[EXCERPT_MAX])
{
	size_t len = strlen(message);

	if (len >= EXCERPT_MAX) {
		len = EXCERPT_MAX - 1;
		while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80)
			len--;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = (unsigned char)message[i] < ' ' ? ' ' : message[i];
	out[len] = '\0';
}

static void
write_text(uint64_t hash, const char *message, struct phrase *out)
{
	char subject[EXCERPT_MAX];
	char opening[160];
	const char *middle = middles[pick(hash, 4, COUNT_OF(middles))];

	excerpt(message, subject);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	/* The formats are the table above, each with one %s. */
	snprintf(opening, sizeof opening,
	    openings[pick(hash, 3, COUNT_OF(openings))], subject);
#pragma GCC diagnostic pop
	if (out->quirk == QUIRK_WORDING)
		middle = other_words[pick(hash, 5, COUNT_OF(other_words))];
	snprintf(out->text, sizeof out->text, "%s %s %s", opening, middle,
	    endings[pick(hash, 6, COUNT_OF(endings))]);
}

size_t
phrase_piece(const char *text, unsigned words)
{
	size_t len = 0;

	for (unsigned i = 0; i < words && text[len] != '\0'; i++) {
		len += strcspn(text + len, " ");
		len += strspn(text + len, " ");
	}
	return len;
}

static unsigned
count_words(const char *text)
{
	unsigned count = 0;

	for (size_t len; (len = phrase_piece(text, 1)) != 0; text += len)
		count++;
	return count;
}

static void
cut_text(struct phrase *p, unsigned words)
{
	size_t len = phrase_piece(p->text, words);

	while (len > 0 && p->text[len - 1] == ' ')
		len--;
	p->text[len] = '\0';
	p->word_count = words;
	p->finish_reason = "length";
}

void
phrase_make(enum flavour f, const char *message, uint32_t differing_bp,
    unsigned word_limit, struct phrase *out)
{
	uint64_t hash = XXH3_64bits(message, strlen(message));
	unsigned first = pick(hash, 8, COUNT_OF(suggestions));

	*out = (struct phrase){ .finish_reason = "stop" };
	out->quirk = pick_quirk(f, hash, differing_bp);
	out->mood = moods[pick(hash, 7, COUNT_OF(moods))];
	out->suggestion_count = PHRASE_SUGGESTIONS;
	for (unsigned i = 0; i < PHRASE_SUGGESTIONS; i++)
		out->suggestions[i] = suggestions[(first + i) % COUNT_OF(suggestions)];
	if (out->quirk == QUIRK_FIELD)
		out->suggestion_count--;
	write_text(hash, message, out);
	out->word_count = count_words(out->text);
	if (out->quirk == QUIRK_CUT)
		cut_text(out, out->word_count / 2);
	if (word_limit != 0 && word_limit < out->word_count)
		cut_text(out, word_limit);
}
