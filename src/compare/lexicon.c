/* lexicon -- the few words that have to be known to compare texts.
 * SPDX-License-Identifier: MIT
 */
#include "compare/lexicon.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "compare/lexicon_words.h"
#include "compare/words.h"

#define ENTRIES_MAX 2400
#define SLOTS 8192 /* a power of two; at most a third is in use */

/* exception: mutable statics, because they are written once, under the once
 * below, before anybody reads them. */
static struct {
	pthread_once_t once;
	struct lexeme entries[ENTRIES_MAX]; /* by hash */
	size_t count;
	uint16_t slots[SLOTS]; /* 1 + the first entry of a hash; 0 = free */
} lexicon = { .once = PTHREAD_ONCE_INIT };

const char *
language_name(enum language l)
{
	static const char *const names[] = {
		[LANGUAGE_NONE] = "none", [LANGUAGE_EN] = "en",
		[LANGUAGE_DE] = "de", [LANGUAGE_FR] = "fr",
		[LANGUAGE_ES] = "es", [LANGUAGE_IT] = "it",
		[LANGUAGE_PT] = "pt", [LANGUAGE_NL] = "nl",
		[LANGUAGE_SV] = "sv", [LANGUAGE_PL] = "pl",
		[LANGUAGE_TR] = "tr", [LANGUAGE_RU] = "ru",
		[LANGUAGE_UK] = "uk",
	};

	assert((unsigned)l < COUNT_OF(names));
	return names[l];
}

static void
add_line(const struct lexicon_line *line)
{
	unsigned value = line->first;

	for (const char *p = line->words; *p != '\0';) {
		size_t len = strcspn(p, "= ");

		assert(lexicon.count < ENTRIES_MAX && len > 0);
		lexicon.entries[lexicon.count++] = (struct lexeme){
			.hash = words_hash(p, len),
			.meaning = (uint8_t)line->meaning,
			.language = (uint8_t)line->language,
			.value = (uint16_t)value,
		};
		value += p[len] == ' ';
		p += len + (p[len] != '\0');
	}
}

static int
by_hash(const void *left, const void *right)
{
	const struct lexeme *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->meaning != b->meaning)
		return a->meaning < b->meaning ? -1 : 1;
	return (int)a->language - (int)b->language;
}

static void
build(void)
{
	for (size_t i = 0; i < lexicon_line_count; i++)
		add_line(&lexicon_lines[i]);
	qsort(lexicon.entries, lexicon.count, sizeof lexicon.entries[0],
	    by_hash);
	for (size_t i = 0; i < lexicon.count; i++) {
		uint64_t hash = lexicon.entries[i].hash;
		size_t slot = hash & (SLOTS - 1);

		if (i > 0 && lexicon.entries[i - 1].hash == hash)
			continue;
		while (lexicon.slots[slot] != 0)
			slot = (slot + 1) & (SLOTS - 1);
		lexicon.slots[slot] = (uint16_t)(i + 1);
	}
}

void
lexicon_make(void)
{
	pthread_once(&lexicon.once, build);
}

const struct lexeme *
lexicon_find(uint64_t hash)
{
	size_t slot = hash & (SLOTS - 1);

	for (; lexicon.slots[slot] != 0; slot = (slot + 1) & (SLOTS - 1)) {
		const struct lexeme *l = &lexicon.entries[lexicon.slots[slot] - 1];

		if (l->hash == hash)
			return l;
	}
	return NULL;
}

const struct lexeme *
lexicon_next(const struct lexeme *l)
{
	const struct lexeme *end = lexicon.entries + lexicon.count;

	return l + 1 < end && l[1].hash == l->hash ? l + 1 : NULL;
}

bool
lexicon_means_in(const struct lexeme *l, enum meaning m,
    enum language language, unsigned *value_out)
{
	if (language == LANGUAGE_NONE)
		language = LANGUAGE_EN;
	for (; l != NULL; l = lexicon_next(l)) {
		if (l->meaning == m && (l->language == language ||
		    l->language == LANGUAGE_NONE)) {
			if (value_out != NULL)
				*value_out = l->value;
			return true;
		}
	}
	return false;
}

bool
lexicon_means(const struct lexeme *l, enum meaning m, unsigned *value_out)
{
	for (; l != NULL; l = lexicon_next(l)) {
		if (l->meaning == m) {
			if (value_out != NULL)
				*value_out = l->value;
			return true;
		}
	}
	return false;
}
