/* hist -- see hist.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/hist.h"

#include <stdatomic.h>
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

/* What is there before its first entry is no number. */
static void
octave_add(struct hist *h, unsigned octave, uint64_t count)
{
	if (h->octaves[octave] == 0)
		memset(h->slots + octave * SUB, 0, SUB * sizeof *h->slots);
	h->octaves[octave] += count;
}

void
hist_add(struct hist *h, uint64_t us)
{
	unsigned slot = hist_slot(us);

	octave_add(h, slot / SUB, 1);
	h->slots[slot]++;
}

void
hist_add_slots(struct hist *h, const _Atomic uint32_t slots[HIST_SLOTS])
{
	for (unsigned octave = 0; octave < HIST_OCTAVES; octave++) {
		uint32_t counts[SUB];
		uint64_t total = 0;

		for (unsigned i = 0; i < SUB; i++) {
			counts[i] = atomic_load_explicit(&slots[octave * SUB + i],
			    memory_order_relaxed);
			total += counts[i];
		}
		if (total == 0)
			continue;
		octave_add(h, octave, total);
		for (unsigned i = 0; i < SUB; i++)
			h->slots[octave * SUB + i] += counts[i];
	}
}

void
hist_copy(const struct hist *from, struct hist *to)
{
	memcpy(to->octaves, from->octaves, sizeof to->octaves);
	for (unsigned octave = 0; octave < HIST_OCTAVES; octave++)
		if (from->octaves[octave] > 0)
			memcpy(to->slots + octave * SUB, from->slots +
			    octave * SUB, SUB * sizeof *to->slots);
}

uint64_t
hist_total(const struct hist *h)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < HIST_OCTAVES; i++)
		total += h->octaves[i];
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
	unsigned octave = 0;

	if (rank == 0)
		return 0;
	while (octave < HIST_OCTAVES && seen + h->octaves[octave] < rank)
		seen += h->octaves[octave++];
	if (octave == HIST_OCTAVES)
		return 0;
	for (unsigned i = octave * SUB; i < (octave + 1) * SUB; i++) {
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
	unsigned slot = hist_slot(us), octave = slot / SUB;
	uint64_t count = 0;

	for (unsigned i = octave + 1; i < HIST_OCTAVES; i++)
		count += h->octaves[i];
	if (h->octaves[octave] == 0)
		return count;
	/* Values over us may share its slot, whose middle is then over it. */
	if (hist_value_us(slot) <= us)
		slot++;
	for (; slot < (octave + 1) * SUB; slot++)
		count += h->slots[slot];
	return count;
}

/* Windows are this loop: four slots at a time, which the compiler does not find
 * by itself at -O2 as out may be one of the others. */
typedef uint32_t four_slots __attribute__((vector_size(16)));

static void
subtract_slots(const uint32_t *a, const uint32_t *b, uint32_t *out)
{
	four_slots left, right;

	for (unsigned i = 0; i < SUB; i += 4) {
		memcpy(&left, a + i, sizeof left);
		memcpy(&right, b + i, sizeof right);
		left -= right;
		memcpy(out + i, &left, sizeof left);
	}
}

static uint64_t
slots_total(const uint32_t *slots)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < SUB; i++)
		total += slots[i];
	return total;
}

/* b is an earlier one: what was empty there has nothing to subtract. */
void
hist_subtract(const struct hist *a, const struct hist *b, struct hist *out)
{
	for (unsigned i = 0; i < HIST_OCTAVES; i++) {
		uint64_t now = a->octaves[i], before = b->octaves[i];
		uint32_t *slots = out->slots + i * SUB;

		out->octaves[i] = now - before;
		if (now == before)
			continue;
		if (before > 0)
			subtract_slots(a->slots + i * SUB, b->slots + i * SUB,
			    slots);
		else
			memmove(slots, a->slots + i * SUB, SUB * sizeof *slots);
		/* Someone's slot ran over: their differences are right still. */
		if (now < before)
			out->octaves[i] = slots_total(slots);
	}
}
