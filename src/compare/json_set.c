/* json_set -- the items of arrays matched whatever their order.
 * SPDX-License-Identifier: MIT
 *
 * Items that are the same mostly hash alike: they are found by sorting, and
 * then looked at, so that nobody can make two items the same by their hash.
 * Where rules let items be the same that do not hash alike (tolerances, times,
 * texts), all pairs of at most SMALL items are tried, and as many matched as
 * can be.  Of what is left over, items that have more in common than not are
 * one changed item.  Contract in json_items.h.
 */
#include <stdlib.h>
#include <string.h>

#include "compare/json_items.h"

#define SMALL 64
/* Of lists, which mostly have their order. */
#define SMALL_LIST 16
#define NOBODY SIZE_MAX

struct hashed {
	uint64_t hash;
	size_t index;
};

static int
by_hash(const void *left, const void *right)
{
	const struct hashed *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void *
room_for(struct walk *w, size_t count, size_t size)
{
	void *memory = arena_alloc(w->arena, (count + 1) * size);

	if (memory == NULL)
		w->arena_full = true;
	return memory;
}

static struct hashed *
hash_items(struct walk *w, const struct json_items *items)
{
	struct hashed *hashed = room_for(w, items->count, sizeof *hashed);

	for (size_t i = 0; hashed != NULL && i < items->count; i++) {
		walk_enter_item(w, WALK_ANY_ITEM);
		hashed[i] = (struct hashed){ walk_hash(w, items->at[i]), i };
		walk_leave(w);
	}
	if (hashed != NULL)
		qsort(hashed, items->count, sizeof *hashed, by_hash);
	return hashed;
}

/* --- a matching --------------------------------------------------------------- */

/* One side is called rows and the other columns, by what is in them and not
 * by whose they are, so that ties fall the same way whichever is legacy. */
struct side {
	struct json_items items;
	size_t *partners; /* of each item, or NOBODY */
};

/* What has no partner yet, by index. */
struct unmatched {
	size_t *rows, *columns; /* in the arena */
	size_t row_count, column_count;
};

struct matching {
	struct walk *walk; /* borrows */
	struct side rows, columns;
	bool *settled;     /* of rows: there is nothing more to say of the pair */
	bool swapped;      /* rows are enhanced's */
};

static uint64_t
try_pair(const struct matching *m, size_t row, size_t column,
    uint64_t enough)
{
	const struct json *r = m->rows.items.at[row];
	const struct json *c = m->columns.items.at[column];

	return m->swapped ? walk_try(m->walk, c, r, enough) :
	    walk_try(m->walk, r, c, enough);
}

static void
diff_pair(const struct matching *m, size_t row, size_t column)
{
	const struct json *r = row == NOBODY ? NULL : m->rows.items.at[row];
	const struct json *c = column == NOBODY ? NULL :
	    m->columns.items.at[column];

	walk_items(m->walk, WALK_ANY_ITEM, m->swapped ? c : r,
	    m->swapped ? r : c);
}

static void
match(struct matching *m, size_t row, size_t column)
{
	m->rows.partners[row] = column;
	m->columns.partners[column] = row;
}

static size_t *
list_alone(const struct matching *m, const struct side *s, size_t *count_out)
{
	size_t count = 0, *list;

	for (size_t i = 0; i < s->items.count; i++)
		count += s->partners[i] == NOBODY;
	list = count > SMALL ? NULL : room_for(m->walk, count, sizeof *list);
	*count_out = list == NULL ? 0 : count;
	for (size_t i = 0, n = 0; list != NULL && i < s->items.count; i++)
		if (s->partners[i] == NOBODY)
			list[n++] = i;
	return list;
}

/* false: there is nothing to match, or more than can be tried. */
static bool
list_unmatched(const struct matching *m, struct unmatched *out)
{
	out->rows = list_alone(m, &m->rows, &out->row_count);
	out->columns = list_alone(m, &m->columns, &out->column_count);
	return out->row_count > 0 && out->column_count > 0;
}

/* --- the same by hash ------------------------------------------------------------ */

static void
match_by_hash(struct matching *m)
{
	const struct hashed *r = hash_items(m->walk, &m->rows.items);
	const struct hashed *c = hash_items(m->walk, &m->columns.items);
	size_t i = 0, j = 0;

	if (r == NULL || c == NULL)
		return;
	while (i < m->rows.items.count && j < m->columns.items.count) {
		if (r[i].hash == c[j].hash &&
		    try_pair(m, r[i].index, c[j].index, 1) == 0) {
			match(m, r[i].index, c[j].index);
			m->settled[r[i].index] = !m->walk->met_texts;
		}
		if (r[i].hash <= c[j].hash) {
			j += r[i].hash == c[j].hash;
			i++;
		} else {
			j++;
		}
	}
}

/* --- the same, hashed alike or not ------------------------------------------------ */

enum known { KNOWN_NOT = 0, KNOWN_SAME, KNOWN_DIFFERENT };

struct trials {
	struct matching *m; /* borrows */
	struct unmatched u;
	uint8_t *known;     /* enum known of each pair, by rows */
	size_t *partners;   /* of columns: an index of u.rows, or NOBODY */
	bool *seen;         /* of columns */
};

static bool
is_same(struct trials *t, size_t row, size_t column)
{
	uint8_t *known = &t->known[row * t->u.column_count + column];

	if (*known == KNOWN_NOT)
		*known = try_pair(t->m, t->u.rows[row], t->u.columns[column],
		    1) == 0 ? KNOWN_SAME : KNOWN_DIFFERENT;
	return *known == KNOWN_SAME;
}

/* Find the row a column, moving other rows to other columns if need be (Kuhn's
 * algorithm); depth is bounded by SMALL. */
static bool
find_column(struct trials *t, size_t row)
{
	for (size_t j = 0; j < t->u.column_count; j++) {
		if (t->seen[j] || !is_same(t, row, j))
			continue;
		t->seen[j] = true;
		if (t->partners[j] == NOBODY || find_column(t, t->partners[j])) {
			t->partners[j] = row;
			return true;
		}
	}
	return false;
}

static void
match_most(struct trials *t)
{
	for (size_t j = 0; j < t->u.column_count; j++)
		t->partners[j] = NOBODY;
	for (size_t i = 0; i < t->u.row_count; i++) {
		memset(t->seen, 0, t->u.column_count * sizeof *t->seen);
		(void)find_column(t, i);
	}
	for (size_t j = 0; j < t->u.column_count; j++)
		if (t->partners[j] != NOBODY)
			match(t->m, t->u.rows[t->partners[j]], t->u.columns[j]);
}

static void
forget(struct side *s)
{
	for (size_t i = 0; i < s->items.count; i++)
		s->partners[i] = NOBODY;
}

/* A pair that hashes alike may stand in the way of two that do not: small
 * sets are matched anew. */
static void
match_by_trial(struct matching *m)
{
	struct trials t = { .m = m };

	if (!list_unmatched(m, &t.u))
		return;
	if (m->rows.items.count <= SMALL && m->columns.items.count <= SMALL) {
		forget(&m->rows);
		forget(&m->columns);
		memset(m->settled, 0, m->rows.items.count * sizeof *m->settled);
		if (!list_unmatched(m, &t.u))
			return;
	}
	t.known = room_for(m->walk, t.u.row_count * t.u.column_count,
	    sizeof *t.known);
	t.partners = room_for(m->walk, t.u.column_count, sizeof *t.partners);
	t.seen = room_for(m->walk, t.u.column_count, sizeof *t.seen);
	if (m->walk->arena_full)
		return;
	memset(t.known, 0, t.u.row_count * t.u.column_count);
	match_most(&t);
}

/* --- changed ones ------------------------------------------------------------------ */

static uint64_t
weigh(struct walk *w, const struct json *item)
{
	uint64_t weight;

	walk_enter_item(w, WALK_ANY_ITEM);
	weight = walk_weigh(w, item);
	walk_leave(w);
	return weight;
}

/* What differs in a pair that has more in common than not; else UINT64_MAX. */
static uint64_t
closeness(const struct matching *m, size_t row, size_t column)
{
	uint64_t r = weigh(m->walk, m->rows.items.at[row]);
	uint64_t c = weigh(m->walk, m->columns.items.at[column]);
	uint64_t least = r < c ? r : c;
	uint64_t cost = try_pair(m, row, column, least / 2 + 1);

	return 2 * cost <= least ? cost : UINT64_MAX;
}

/* The closest pair of the costs, which is no pair for the next time. */
static bool
match_closest(struct matching *m, const struct unmatched *u, uint64_t *costs)
{
	size_t pairs = u->row_count * u->column_count, least = 0;
	size_t row, column;

	for (size_t i = 1; i < pairs; i++)
		if (costs[i] < costs[least])
			least = i;
	if (costs[least] == UINT64_MAX)
		return false;
	row = least / u->column_count;
	column = least % u->column_count;
	match(m, u->rows[row], u->columns[column]);
	for (size_t i = 0; i < u->row_count; i++)
		costs[i * u->column_count + column] = UINT64_MAX;
	for (size_t j = 0; j < u->column_count; j++)
		costs[row * u->column_count + j] = UINT64_MAX;
	return true;
}

static void
match_changed(struct matching *m)
{
	struct unmatched u;
	uint64_t *costs;

	if (!list_unmatched(m, &u))
		return;
	costs = room_for(m->walk, u.row_count * u.column_count, sizeof *costs);
	if (costs == NULL)
		return;
	for (size_t i = 0; i < u.row_count; i++)
		for (size_t j = 0; j < u.column_count; j++)
			costs[i * u.column_count + j] = closeness(m, u.rows[i],
			    u.columns[j]);
	while (match_closest(m, &u, costs))
		continue;
}

/* --- all of it ---------------------------------------------------------------------- */

/* Matched pairs too: those that are only alike say how much. */
static void
follow(const struct matching *m)
{
	for (size_t i = 0; i < m->rows.items.count && !walk_is_over(m->walk); i++)
		if (!m->settled[i])
			diff_pair(m, i, m->rows.partners[i]);
	for (size_t j = 0; j < m->columns.items.count &&
	    !walk_is_over(m->walk); j++)
		if (m->columns.partners[j] == NOBODY)
			diff_pair(m, NOBODY, j);
}

/* Which side are the rows?  Whichever has the lesser item first. */
static bool
is_swapped(const struct json_arrays *p)
{
	size_t both = p->legacy.count < p->enhanced.count ? p->legacy.count :
	    p->enhanced.count;

	for (size_t i = 0; i < both; i++) {
		int order = json_order(p->legacy.at[i], p->enhanced.at[i]);

		if (order != 0)
			return order > 0;
	}
	return p->legacy.count > p->enhanced.count;
}

static bool
begin(struct matching *m, struct walk *w, const struct json_arrays *p)
{
	*m = (struct matching){ .walk = w, .swapped = is_swapped(p) };
	m->rows.items = m->swapped ? p->enhanced : p->legacy;
	m->columns.items = m->swapped ? p->legacy : p->enhanced;
	m->rows.partners = room_for(w, m->rows.items.count, sizeof(size_t));
	m->columns.partners = room_for(w, m->columns.items.count,
	    sizeof(size_t));
	m->settled = room_for(w, m->rows.items.count, sizeof *m->settled);
	if (w->arena_full)
		return false;
	forget(&m->rows);
	forget(&m->columns);
	memset(m->settled, 0, m->rows.items.count * sizeof *m->settled);
	walk_allow_trials(w);
	return true;
}

void
walk_set(struct walk *w, const struct json_arrays *p)
{
	struct matching m;

	if (!begin(&m, w, p))
		return;
	match_by_hash(&m);
	match_by_trial(&m);
	match_changed(&m);
	if (!w->arena_full)
		follow(&m);
}

static bool
is_whole(const struct matching *m)
{
	for (size_t i = 0; i < m->rows.items.count; i++)
		if (m->rows.partners[i] == NOBODY)
			return false;
	return true;
}

bool
walk_is_reordered(struct walk *w, const struct json_arrays *p)
{
	struct matching m;

	if (!begin(&m, w, p))
		return false;
	match_by_hash(&m);
	if (!is_whole(&m) && p->legacy.count <= SMALL_LIST)
		match_by_trial(&m);
	if (!is_whole(&m))
		return false;
	follow(&m);
	return true;
}
