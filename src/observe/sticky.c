/* sticky -- see sticky.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/sticky.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/fingerprint.h"
#include "base/mem.h"

#define SET 16
#define PLACES_EACH 4
#define PLACES_MIN 8192

/* A word: hash (39), version (1), time (24); 0 = free. */
#define TIME_BITS 24
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)
#define IS_ENHANCED (UINT64_C(1) << TIME_BITS)
#define HASH_BITS 39
#define HASH_SHIFT (64 - HASH_BITS)
/* 34 years of steps, from 2020 on. */
#define TIME_FIRST_S INT64_C(1577836800)
#define TIME_STEP_S 64

struct sticky {
	_Atomic uint64_t *words; /* owns; mask + 1 of them; NULL until there is room */
	uint64_t mask;
	uint64_t seed;
	_Atomic unsigned forgotten;
};

/* What a call asks about. */
struct asked {
	_Atomic uint64_t *set;   /* the SET words it may be in */
	uint64_t hash;           /* in its place in a word */
	uint32_t now;            /* in steps */
	uint32_t keeps;          /* steps since it was last seen, at most */
};

struct sticky *
sticky_new(void)
{
	return mem_zalloc(sizeof(struct sticky));
}

void
sticky_free(struct sticky **s)
{
	if (*s == NULL)
		return;
	free((*s)->words);
	free(*s);
	*s = NULL;
}

void
sticky_make_room(struct sticky *s, uint32_t sessions, uint64_t seed)
{
	uint64_t places = PLACES_MIN;

	if (s->words != NULL)
		return;
	while (places < (uint64_t)sessions * PLACES_EACH)
		places *= 2;
	s->mask = places - 1;
	s->seed = seed;
	s->words = mem_zalloc(places * sizeof s->words[0]);
}

static uint64_t
get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static bool
swap(_Atomic uint64_t *word, uint64_t was, uint64_t is)
{
	return atomic_compare_exchange_strong_explicit(word, &was, is,
	    memory_order_relaxed, memory_order_relaxed);
}

/* --- a session ------------------------------------------------------------- */

static uint32_t
steps_of(int64_t now_us)
{
	int64_t s = now_us / 1000000 - TIME_FIRST_S;

	return s < 0 ? 1 : (uint32_t)(s / TIME_STEP_S + 1) & TIME_MASK;
}

/* A session that comes all the time is written anew only after an eighth of
 * its time, so it must outlast that as well. */
static uint32_t
steps_kept(uint64_t for_ms)
{
	return (uint32_t)(for_ms / 8 * 9 / (TIME_STEP_S * 1000) + 1);
}

static struct asked
ask(const struct sticky *s, const char *session, size_t len, uint64_t for_ms,
    int64_t now_us)
{
	uint64_t hash = fingerprint(s->seed, session, len);

	return (struct asked){
		/* The bits that the word does not hold choose the set first. */
		.set = &s->words[hash & s->mask & ~(uint64_t)(SET - 1)],
		.hash = hash >> HASH_SHIFT << HASH_SHIFT,
		.now = steps_of(now_us), .keeps = steps_kept(for_ms),
	};
}

static uint32_t
age_of(const struct asked *a, uint64_t word)
{
	uint32_t seen = (uint32_t)(word & TIME_MASK);

	return a->now > seen ? a->now - seen : 0;
}

static bool
is_live(const struct asked *a, uint64_t word)
{
	return word != 0 && age_of(a, word) <= a->keeps;
}

static _Atomic uint64_t *
find(const struct asked *a, uint64_t *word_out)
{
	for (unsigned i = 0; i < SET; i++) {
		uint64_t word = get(&a->set[i]);

		if (word >> HASH_SHIFT == a->hash >> HASH_SHIFT &&
		    is_live(a, word)) {
			*word_out = word;
			return &a->set[i];
		}
	}
	return NULL;
}

static enum version
version_of(uint64_t word)
{
	return (word & IS_ENHANCED) != 0 ? VERSION_ENHANCED : VERSION_LEGACY;
}

bool
sticky_find(const struct sticky *s, const char *session, size_t len,
    uint64_t for_ms, int64_t now_us, enum version *out)
{
	struct asked a = ask(s, session, len, for_ms, now_us);
	uint64_t word;

	if (find(&a, &word) == NULL)
		return false;
	*out = version_of(word);
	return true;
}

/* Free or outlived, else of who has been quiet the longest. */
static unsigned
choose(const struct asked *a, uint64_t *word_out)
{
	unsigned chosen = 0;
	uint32_t oldest = 0;

	for (unsigned i = 0; i < SET; i++) {
		uint64_t word = get(&a->set[i]);
		uint32_t age = word == 0 ? UINT32_MAX : age_of(a, word);

		if (i > 0 && age <= oldest)
			continue;
		chosen = i;
		oldest = age;
		*word_out = word;
	}
	return chosen;
}

void
sticky_keep(struct sticky *s, const char *session, size_t len,
    uint64_t for_ms, int64_t now_us, enum version v)
{
	struct asked a = ask(s, session, len, for_ms, now_us);
	uint64_t was, is = a.hash | a.now;
	_Atomic uint64_t *place = find(&a, &was);

	if (place != NULL && age_of(&a, was) <= a.keeps / 9)
		return;
	if (place != NULL) {
		/* Lost to somebody who has seen it as well: as good. */
		(void)swap(place, was, is | (was & IS_ENHANCED));
		return;
	}
	if (v == VERSION_ENHANCED)
		is |= IS_ENHANCED;
	for (unsigned tries = 0; tries < SET; tries++) {
		place = &a.set[choose(&a, &was)];
		if (swap(place, was, is))
			return;
	}
}

/* --- all of them ----------------------------------------------------------- */

size_t
sticky_pages(const struct sticky *s)
{
	return s->words == NULL ? 0 : (size_t)((s->mask + 1) / STICKY_PAGE);
}

void
sticky_read_page(const struct sticky *s, size_t page,
    uint64_t words[STICKY_PAGE])
{
	for (unsigned i = 0; i < STICKY_PAGE; i++)
		words[i] = get(&s->words[page * STICKY_PAGE + i]);
}

void
sticky_write_page(struct sticky *s, size_t page,
    const uint64_t words[STICKY_PAGE])
{
	for (unsigned i = 0; i < STICKY_PAGE; i++)
		if (words[i] != 0)
			(void)swap(&s->words[page * STICKY_PAGE + i], 0, words[i]);
}

void
sticky_forget(struct sticky *s)
{
	for (uint64_t i = 0; s->words != NULL && i <= s->mask; i++)
		if (get(&s->words[i]) != 0)
			atomic_store_explicit(&s->words[i], 0,
			    memory_order_relaxed);
	atomic_fetch_add_explicit(&s->forgotten, 1, memory_order_relaxed);
}

unsigned
sticky_forgotten(const struct sticky *s)
{
	return atomic_load_explicit(&s->forgotten, memory_order_relaxed);
}

uint64_t
sticky_count(const struct sticky *s, uint64_t for_ms, int64_t now_us)
{
	const struct asked a = { .now = steps_of(now_us),
		.keeps = steps_kept(for_ms) };
	uint64_t count = 0;

	for (uint64_t i = 0; s->words != NULL && i <= s->mask; i++)
		count += is_live(&a, get(&s->words[i]));
	return count;
}
