/* peer_counts -- see peer_counts.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/peer_counts.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/mem.h"

#define GROUP 8           /* words of a cache line */
#define COUNT_BITS 20
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)
#define GROUPS_MAX (UINT64_C(1) << COUNT_BITS) /* the bits that are not stored */

struct peer_counts {
	_Atomic uint64_t *words; /* owns; 0 = free */
	uint64_t groups;         /* a power of two, at least 2 */
	uint64_t seed;           /* secret, so that nobody can aim at a word */
};

struct peer_counts *
peer_counts_new(size_t connections)
{
	struct peer_counts *c = mem_zalloc(sizeof *c);

	/* A quarter full at most: two neighbouring groups overflow for one
	 * address in a million. */
	c->groups = 2;
	while (c->groups * GROUP < (uint64_t)connections * 4 &&
	    c->groups < GROUPS_MAX)
		c->groups *= 2;
	c->words = mem_zalloc((size_t)c->groups * GROUP * sizeof c->words[0]);
	if (getrandom(&c->seed, sizeof c->seed, GRND_NONBLOCK) !=
	    (ssize_t)sizeof c->seed)
		c->seed = clock_ns();
	return c;
}

void
peer_counts_free(struct peer_counts **c)
{
	if (*c == NULL)
		return;
	free((*c)->words);
	free(*c);
	*c = NULL;
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* IPv4 by its address, IPv6 by its /64. */
static uint64_t
hash_of(const struct peer_counts *c, const struct ip *ip)
{
	if (memcmp(ip->bytes, mapped, sizeof mapped) == 0)
		return XXH3_64bits_withSeed(ip->bytes + 12, 4, c->seed);
	return XXH3_64bits_withSeed(ip->bytes, 8, c->seed);
}

/* The word of this address, or a free one, or NULL. */
static _Atomic uint64_t *
find(struct peer_counts *c, uint64_t hash, uint64_t *value_out)
{
	uint64_t tag = hash & ~COUNT_MASK;
	_Atomic uint64_t *free_word = NULL;

	for (uint64_t g = 0; g < 2; g++) {
		uint64_t group = (hash & (c->groups - 1)) ^ g;

		for (uint64_t i = 0; i < GROUP; i++) {
			_Atomic uint64_t *w = &c->words[group * GROUP + i];
			uint64_t v = atomic_load_explicit(w,
			    memory_order_relaxed);

			if (v != 0 && (v & ~COUNT_MASK) == tag) {
				*value_out = v;
				return w;
			}
			if (v == 0 && free_word == NULL)
				free_word = w;
		}
	}
	*value_out = 0;
	return free_word;
}

bool
peer_counts_enter(struct peer_counts *c, const struct ip *ip,
    uint32_t limit, bool *counted_out)
{
	uint64_t hash = hash_of(c, ip), value;
	_Atomic uint64_t *w;

	*counted_out = false;
	do {
		w = find(c, hash, &value);
		if (w == NULL)
			return true;
		if ((value & COUNT_MASK) >= limit)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(w, &value,
	    value == 0 ? (hash & ~COUNT_MASK) | 1 : value + 1,
	    memory_order_relaxed, memory_order_relaxed));
	*counted_out = true;
	return true;
}

void
peer_counts_leave(struct peer_counts *c, const struct ip *ip)
{
	uint64_t hash = hash_of(c, ip), value;
	_Atomic uint64_t *w;

	do {
		w = find(c, hash, &value);
		if (w == NULL || value == 0)
			return;
	} while (!atomic_compare_exchange_weak_explicit(w, &value,
	    (value & COUNT_MASK) == 1 ? 0 : value - 1,
	    memory_order_relaxed, memory_order_relaxed));
}
