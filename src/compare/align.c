/* align -- see align.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/align.h"

/* A part of both lists. */
struct part {
	size_t a_from, a_to, b_from, b_to;
};

/* --- by what is the same ------------------------------------------------- */

/* For each number of edits, and for each diagonal k = x - y that they reach,
 * how far along a one comes: furthest[d][d + k].  NOWHERE where none does. */
#define NOWHERE (-1)

struct greedy {
	const struct align *al;
	int32_t *furthest[ALIGN_EDITS_MAX + 1];
};

static int32_t
at_diagonal(const struct greedy *g, int d, int k)
{
	return k < -d || k > d ? NOWHERE : g->furthest[d][d + k];
}

/* The better of two ways onto diagonal k with d edits: down, which leaves an
 * item of b, or right, which leaves one of a. */
static int32_t
step_onto(const struct greedy *g, int d, int k)
{
	int32_t down = at_diagonal(g, d - 1, k + 1);
	int32_t right = at_diagonal(g, d - 1, k - 1);

	if (down != NOWHERE && down - k > (int32_t)g->al->b_count)
		down = NOWHERE;
	if (right != NOWHERE)
		right = right < (int32_t)g->al->a_count ? right + 1 : NOWHERE;
	return right > down ? right : down;
}

static int32_t
slide(const struct greedy *g, int k, int32_t x)
{
	const struct align *al = g->al;

	while (x < (int32_t)al->a_count && x - k < (int32_t)al->b_count &&
	    al->is_same(al->arg, (size_t)x, (size_t)(x - k)))
		x++;
	return x;
}

/* true: the ends of both are reached with d edits. */
static bool
spread(struct greedy *g, int d)
{
	const struct align *al = g->al;
	int end = (int)al->a_count - (int)al->b_count;

	for (int k = -d; k <= d; k += 2) {
		int32_t x = d == 0 ? 0 : step_onto(g, d, k);

		g->furthest[d][d + k] = x == NOWHERE ? NOWHERE : slide(g, k, x);
		if (k == end && g->furthest[d][d + k] == (int32_t)al->a_count)
			return true;
	}
	return false;
}

/* From the ends back to the beginnings, along the way that spread() took. */
static void
trace_back(const struct greedy *g, int d, size_t *partners)
{
	int32_t x = (int32_t)g->al->a_count;
	int k = x - (int32_t)g->al->b_count;

	for (;;) {
		int32_t from = d == 0 ? 0 : step_onto(g, d, k);

		while (x > from) {
			x--;
			partners[x] = (size_t)(x - k);
		}
		if (d == 0)
			return;
		if (at_diagonal(g, d - 1, k - 1) != NOWHERE &&
		    at_diagonal(g, d - 1, k - 1) + 1 == from) {
			k--;
			x--;
		} else {
			k++;
		}
		d--;
	}
}

static bool
match_same(const struct align *al, size_t *partners)
{
	struct greedy g = { .al = al };

	if (al->a_count > al->b_count + ALIGN_EDITS_MAX ||
	    al->b_count > al->a_count + ALIGN_EDITS_MAX)
		return false;
	for (int d = 0; d <= ALIGN_EDITS_MAX; d++) {
		g.furthest[d] = arena_alloc(al->arena,
		    (2 * (size_t)d + 1) * sizeof *g.furthest[d]);
		if (g.furthest[d] == NULL)
			return false;
		for (int i = 0; i <= 2 * d; i++)
			g.furthest[d][i] = NOWHERE;
		if (spread(&g, d)) {
			trace_back(&g, d, partners);
			return !al->is_over(al->arg);
		}
		if (al->is_over(al->arg))
			return false;
	}
	return false;
}

/* --- by cost ------------------------------------------------------------- */

struct table {
	uint64_t *pair;  /* what a pair costs; rows of items of a */
	uint64_t *rest;  /* the cheapest way from here to the ends */
	size_t width;    /* of rest: one more than the items of b */
};

static uint64_t
lesser(uint64_t x, uint64_t y)
{
	return x < y ? x : y;
}

static void
fill_pairs(const struct align *al, const struct part *p, struct table *t)
{
	size_t n = 0;

	for (size_t i = p->a_from; i < p->a_to; i++)
		for (size_t j = p->b_from; j < p->b_to; j++)
			t->pair[n++] = al->cost(al->arg, i, j,
			    al->a_weights[i] + al->b_weights[j]);
}

static void
fill_rest(const struct align *al, const struct part *p, struct table *t)
{
	size_t rows = p->a_to - p->a_from, columns = p->b_to - p->b_from;
	uint64_t *last = t->rest + rows * t->width;

	last[columns] = 0;
	for (size_t j = columns; j-- > 0;)
		last[j] = last[j + 1] + al->b_weights[p->b_from + j];
	for (size_t i = rows; i-- > 0;) {
		uint64_t *row = t->rest + i * t->width, *below = row + t->width;
		uint64_t alone = al->a_weights[p->a_from + i];

		row[columns] = below[columns] + alone;
		for (size_t j = columns; j-- > 0;)
			row[j] = lesser(below[j + 1] +
			    t->pair[i * columns + j], lesser(below[j] + alone,
			    row[j + 1] + al->b_weights[p->b_from + j]));
	}
}

/* A pair before two items alone, where it costs the same. */
static void
follow(const struct align *al, const struct part *p, const struct table *t,
    size_t *partners)
{
	size_t rows = p->a_to - p->a_from, columns = p->b_to - p->b_from;
	size_t i = 0, j = 0;

	while (i < rows && j < columns) {
		const uint64_t *row = t->rest + i * t->width;
		const uint64_t *below = row + t->width;

		if (row[j] == below[j + 1] + t->pair[i * columns + j])
			partners[p->a_from + i++] = p->b_from + j++;
		else if (row[j] == below[j] + al->a_weights[p->a_from + i])
			i++;
		else
			j++;
	}
}

static void
match_in_order(const struct part *p, size_t *partners)
{
	for (size_t i = p->a_from, j = p->b_from; i < p->a_to && j < p->b_to; i++)
		partners[i] = j++;
}

static bool
match_by_cost(const struct align *al, const struct part *p, size_t *partners)
{
	size_t rows = p->a_to - p->a_from, columns = p->b_to - p->b_from;
	struct table t = { .width = columns + 1 };

	if (rows == 0 || columns == 0)
		return true;
	if (rows > ALIGN_CELLS_MAX / columns || (rows == 1 && columns == 1)) {
		match_in_order(p, partners);
		return true;
	}
	t.pair = arena_alloc(al->arena, rows * columns * sizeof *t.pair);
	t.rest = arena_alloc(al->arena, (rows + 1) * t.width * sizeof *t.rest);
	if (t.pair == NULL || t.rest == NULL)
		return false;
	fill_pairs(al, p, &t);
	if (al->is_over(al->arg))
		return false;
	fill_rest(al, p, &t);
	follow(al, p, &t, partners);
	return true;
}

/* What lies between partners that are the same. */
static bool
match_between(const struct align *al, size_t *partners)
{
	struct part p = { 0 };

	for (size_t i = 0; i <= al->a_count; i++) {
		bool end = i == al->a_count;

		if (!end && partners[i] == ALIGN_NONE)
			continue;
		p.a_to = i;
		p.b_to = end ? al->b_count : partners[i];
		if (!match_by_cost(al, &p, partners))
			return false;
		p.a_from = p.a_to + 1;
		p.b_from = p.b_to + 1;
	}
	return true;
}

bool
align_items(const struct align *al, size_t *partners)
{
	struct part whole = { 0, al->a_count, 0, al->b_count };

	for (size_t i = 0; i < al->a_count; i++)
		partners[i] = ALIGN_NONE;
	if (al->a_count == 0 || al->b_count == 0)
		return true;
	if (al->a_count <= ALIGN_CELLS_MAX / al->b_count)
		return match_by_cost(al, &whole, partners);
	return match_same(al, partners) && match_between(al, partners);
}
