/* weights -- see weights.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/weights.h"

#include <stdatomic.h>

#define OF_STAGE 0x0fu
#define ONE_OF_SPELL 0x10u

unsigned
weights_take(struct weights *w, enum version v, uint32_t bucket, bool failure)
{
	_Atomic uint8_t *place;
	unsigned before, counts = 0;

	if (bucket >= WEIGHT_BUCKETS)
		return WEIGHT_OF_STAGE | WEIGHT_OF_SPELL;
	place = &w->failures[v][bucket];
	before = atomic_load_explicit(place, memory_order_relaxed);
	if ((before & OF_STAGE) < WEIGHT_MAX)
		counts |= WEIGHT_OF_STAGE;
	if (before < WEIGHT_MAX * ONE_OF_SPELL)
		counts |= WEIGHT_OF_SPELL;
	/* Two workers at once may count one more than allowed, and who fails as a
	 * spell begins may keep what he had in the one before. */
	if (failure && counts != 0)
		atomic_store_explicit(place, (uint8_t)(before +
		    ((counts & WEIGHT_OF_STAGE) != 0 ? 1 : 0) +
		    ((counts & WEIGHT_OF_SPELL) != 0 ? ONE_OF_SPELL : 0)),
		    memory_order_relaxed);
	return counts;
}

void
weights_renew(struct weights *w)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++)
		for (unsigned i = 0; i < WEIGHT_BUCKETS; i++)
			if (atomic_load_explicit(&w->failures[v][i],
			    memory_order_relaxed) >= ONE_OF_SPELL)
				atomic_fetch_and_explicit(&w->failures[v][i],
				    OF_STAGE, memory_order_relaxed);
}

void
weights_clear(struct weights *w)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++)
		for (unsigned i = 0; i < WEIGHT_BUCKETS; i++)
			atomic_store_explicit(&w->failures[v][i], 0,
			    memory_order_relaxed);
}

void
repeats_clear(struct repeats *r)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++)
		r->buckets[v] = UINT32_MAX;
}

unsigned
repeats_take(struct repeats *r, enum version v, uint32_t bucket, bool failure)
{
	bool again = failure && bucket < WEIGHT_BUCKETS &&
	    r->buckets[v] == bucket;

	if (failure)
		r->buckets[v] = bucket;
	return again ? 0 : WEIGHT_OF_RATE;
}

void
seen_add(struct seen_buckets *s, enum version v, uint32_t bucket)
{
	_Atomic uint64_t *word;
	uint64_t bit = UINT64_C(1) << bucket % 64, now;

	if (bucket >= WEIGHT_BUCKETS)
		return;
	word = &s->words[v][bucket / 64];
	now = atomic_load_explicit(word, memory_order_relaxed);
	if ((now & bit) != 0)
		return;
	atomic_store_explicit(word, now | bit, memory_order_relaxed);
	atomic_store_explicit(&s->counts[v], atomic_load_explicit(&s->counts[v],
	    memory_order_relaxed) + 1, memory_order_relaxed);
}

void
seen_clear(struct seen_buckets *s)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		for (unsigned i = 0; i < WEIGHT_WORDS; i++)
			atomic_store_explicit(&s->words[v][i], 0,
			    memory_order_relaxed);
		atomic_store_explicit(&s->counts[v], 0, memory_order_relaxed);
	}
}

uint64_t
seen_count(const struct seen_buckets *const *all, unsigned count,
    enum version v)
{
	uint64_t sum = 0;

	if (count == 1)
		return atomic_load_explicit(&all[0]->counts[v],
		    memory_order_relaxed);
	for (unsigned i = 0; i < WEIGHT_WORDS; i++) {
		uint64_t word = 0;

		for (unsigned k = 0; k < count; k++)
			word |= atomic_load_explicit(&all[k]->words[v][i],
			    memory_order_relaxed);
		sum += (uint64_t)__builtin_popcountll(word);
	}
	return sum;
}
