/* similarity -- how alike two texts are, from 0 to 1.
 * SPDX-License-Identifier: MIT
 */
#include "compare/similarity.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIGHT_COMMON 1
#define WEIGHT_OTHER 3

/* A key has the high half of its hash here, and the low half says where: two
 * of a text's words are taken for one once in four thousand million pairs. */
struct bag_slot {
	uint32_t key; /* 0 = free */
	uint32_t weight;
};

/* What the one text has.  Open addressing, never more than half full. */
struct bag {
	struct bag_slot *slots;
	size_t mask;
};

static bool
bag_init(struct bag *b, size_t entries, struct arena *a)
{
	size_t space = 16;

	while (space < entries * 2)
		space *= 2;
	b->slots = arena_zalloc(a, space * sizeof *b->slots);
	b->mask = space - 1;
	return b->slots != NULL;
}

/* Its slot, or the free one where it would be. */
static struct bag_slot *
bag_find(struct bag *b, uint64_t hash)
{
	uint32_t key = (uint32_t)(hash >> 32) | 1;
	size_t i = hash & b->mask;

	while (b->slots[i].key != key && b->slots[i].key != 0)
		i = (i + 1) & b->mask;
	return &b->slots[i];
}

static void
bag_put(struct bag *b, uint64_t hash, uint32_t weight)
{
	struct bag_slot *s = bag_find(b, hash);

	s->key = (uint32_t)(hash >> 32) | 1;
	s->weight += weight;
}

/* Take at most that much out; returns how much there was. */
static uint32_t
bag_take(struct bag *b, uint64_t hash, uint32_t weight)
{
	struct bag_slot *s = bag_find(b, hash);

	if (weight > s->weight)
		weight = s->weight;
	s->weight -= weight;
	return weight;
}

static uint32_t
weight_of(const struct word *w)
{
	return word_means(w, MEANS_COMMON, NULL) ? WEIGHT_COMMON : WEIGHT_OTHER;
}

/* Of a pair of neighbours, the first i words being read. */
static uint64_t
pair_at(const struct words *w, size_t i)
{
	uint64_t before = i > 0 ? w->items[i - 1].hash : 0;
	uint64_t word = i < w->count ? w->items[i].hash : 0;

	return words_mix(before * UINT64_C(0x9e3779b97f4a7c15) + word);
}

/* Dice: what both have, of what both have in the mean. */
static double
share_of_stems(const struct words *a, const struct words *b, struct bag *bag)
{
	uint64_t whole = 0, common = 0;

	for (size_t i = 0; i < a->count; i++) {
		uint32_t weight = weight_of(&a->items[i]);

		bag_put(bag, a->items[i].stem, weight);
		whole += weight;
	}
	for (size_t i = 0; i < b->count; i++) {
		uint32_t weight = weight_of(&b->items[i]);

		common += bag_take(bag, b->items[i].stem, weight);
		whole += weight;
	}
	return 2.0 * (double)common / (double)whole;
}

static double
share_of_pairs(const struct words *a, const struct words *b, struct bag *bag)
{
	uint64_t common = 0;

	for (size_t i = 0; i <= a->count; i++)
		bag_put(bag, pair_at(a, i), 1);
	for (size_t i = 0; i <= b->count; i++)
		common += bag_take(bag, pair_at(b, i), 1);
	return 2.0 * (double)common / (double)(a->count + b->count + 2);
}

double
similarity_of(const struct words *a, const struct words *b,
    struct arena *scratch)
{
	const struct words *few = a->count < b->count ? a : b;
	const struct words *many = few == a ? b : a;
	struct bag stems, pairs;

	if (few->count == 0)
		return 0;
	if (!bag_init(&stems, few->count, scratch) ||
	    !bag_init(&pairs, few->count + 1, scratch))
		return -1;
	return (share_of_stems(few, many, &stems) * 3 +
	    share_of_pairs(few, many, &pairs)) / 4;
}
