/* hist -- see hist.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/hist.h"

#include <string.h>

#define SUB (1u << HIST_SUB_BITS)

unsigned
hist_slot(uint64_t us)
{
	unsigned octave;

	if (us < SUB)
		return (unsigned)us;
	if (us > UINT32_MAX)
		us = UINT32_MAX;
	/* The highest bit says which doubling, the next six which part. */
	octave = 31 - (unsigned)__builtin_clz((unsigned)us) - HIST_SUB_BITS;
	return ((octave + 1) << HIST_SUB_BITS) +
	    ((unsigned)(us >> octave) - SUB);
}

uint64_t
hist_value_us(unsigned slot)
{
	unsigned octave = slot >> HIST_SUB_BITS;
	uint64_t low;

	if (octave == 0)
		return slot;
	octave--;
	low = (uint64_t)(SUB + (slot & (SUB - 1))) << octave;
	return low + ((UINT64_C(1) << octave) >> 1);
}

void
hist_add(struct hist *h, uint64_t us)
{
	h->slots[hist_slot(us)]++;
}

uint64_t
hist_total(const struct hist *h)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < HIST_SLOTS; i++)
		total += h->slots[i];
	return total;
}

/* ceil(q * total), 1..total; the slack is for products like 0.07 * 100,
 * which is 7.000000000000001 and must not become 8. */
static uint64_t
nearest_rank(double q, uint64_t total)
{
	double exact;
	uint64_t rank;

	if (!(q > 0))
		return 1;
	if (q >= 1)
		return total;
	exact = q * (double)total;
	rank = (uint64_t)exact;
	if (exact - (double)rank > exact * 1e-12)
		rank++;
	return rank == 0 ? 1 : rank;
}

uint64_t
hist_ranked_us(const struct hist *h, uint64_t rank)
{
	uint64_t seen = 0;

	if (rank == 0)
		return 0;
	for (unsigned i = 0; i < HIST_SLOTS; i++) {
		seen += h->slots[i];
		if (seen >= rank)
			return hist_value_us(i);
	}
	return 0;
}

uint64_t
hist_quantile_us(const struct hist *h, double q)
{
	uint64_t total = hist_total(h);

	return total == 0 ? 0 : hist_ranked_us(h, nearest_rank(q, total));
}

uint64_t
hist_above(const struct hist *h, uint64_t us)
{
	uint64_t count = 0;

	for (unsigned i = HIST_SLOTS; i-- > 0 && hist_value_us(i) > us;)
		count += h->slots[i];
	return count;
}

/* Windows are this loop: four slots at a time, which the compiler does not find
 * by itself at -O2 as out may be one of the others. */
typedef uint32_t four_slots __attribute__((vector_size(16)));
_Static_assert(HIST_SLOTS % 4 == 0, "none is left over");

void
hist_subtract(const struct hist *a, const struct hist *b, struct hist *out)
{
	four_slots left, right;

	for (unsigned i = 0; i < HIST_SLOTS; i += 4) {
		memcpy(&left, a->slots + i, sizeof left);
		memcpy(&right, b->slots + i, sizeof right);
		left -= right;
		memcpy(out->slots + i, &left, sizeof left);
	}
}
