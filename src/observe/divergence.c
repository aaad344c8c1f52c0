/* divergence -- a bounded table of (route, path, kind), most frequent first.
 * SPDX-License-Identifier: MIT
 */
#include "observe/divergence.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct divergence {
	pthread_mutex_t lock;        /* guards everything below */
	struct map *index;           /* owns; row_key -> row in rows */
	struct divergence_row *rows; /* owns; DIVERGENCE_MAX and the "other" one */
	size_t count;                /* rows in use, without "other" */
	struct map *route_index;     /* owns; route -> of compared */
	uint64_t *compared;          /* owns; by route, and one for the rest */
	size_t route_count;          /* in use, without the rest */
};

/* What makes two differences the same row; zeroed before it is filled, since
 * it is hashed as bytes. */
struct row_key {
	char route[sizeof ((struct divergence_row *)0)->route];
	char path[sizeof ((struct divergence_row *)0)->path];
	uint8_t kind, is_text;
};

struct divergence *
divergence_new(void)
{
	struct divergence *d = mem_zalloc(sizeof *d);
	struct divergence_row *other;

	pthread_mutex_init(&d->lock, NULL);
	d->index = map_new();
	d->rows = mem_zalloc((DIVERGENCE_MAX + 1) * sizeof *d->rows);
	d->route_index = map_new();
	d->compared = mem_zalloc((DIVERGENCE_ROUTES_MAX + 1) *
	    sizeof d->compared[0]);
	other = &d->rows[DIVERGENCE_MAX];
	memcpy(other->path, "other", sizeof "other");
	other->kind = DIFF_VALUE;
	return d;
}

void
divergence_free(struct divergence **d)
{
	if (*d == NULL)
		return;
	map_free(&(*d)->index, NULL);
	map_free(&(*d)->route_index, NULL);
	free((*d)->compared);
	pthread_mutex_destroy(&(*d)->lock);
	free((*d)->rows);
	free(*d);
	*d = NULL;
}

static void
make_key(struct row_key *key, const char *route, const struct difference *diff)
{
	memset(key, 0, sizeof *key);
	memcpy(key->route, route, strnlen(route, sizeof key->route));
	memcpy(key->path, diff->path, strnlen(diff->path, sizeof key->path));
	key->kind = diff->kind;
	key->is_text = diff->is_text;
}

static struct divergence_row *
row_for(struct divergence *d, const char *route, const struct difference *diff)
{
	struct divergence_row *row;
	struct row_key key;

	make_key(&key, route, diff);
	row = map_get(d->index, &key, sizeof key);
	if (row != NULL)
		return row;
	if (d->count == DIVERGENCE_MAX)
		return &d->rows[DIVERGENCE_MAX];
	row = &d->rows[d->count++];
	memcpy(row->route, key.route, sizeof row->route);
	memcpy(row->path, key.path, sizeof row->path);
	row->kind = key.kind;
	row->is_text = key.is_text;
	(void)map_put(d->index, &key, sizeof key, row);
	return row;
}

static void
row_count(struct divergence_row *row, const struct comparison_record *r,
    const struct difference *diff)
{
	if (row->count++ == 0)
		row->first_us = r->ts_us;
	row->last_us = r->ts_us;
	memcpy(row->pair, r->pair, sizeof row->pair);
	memcpy(row->legacy, diff->legacy, sizeof row->legacy);
	memcpy(row->enhanced, diff->enhanced, sizeof row->enhanced);
}

static uint64_t *
compared_on(struct divergence *d, const char *route)
{
	size_t len = strnlen(route, sizeof d->rows[0].route - 1);
	uint64_t *n = map_get(d->route_index, route, len);

	if (n != NULL)
		return n;
	if (d->route_count == DIVERGENCE_ROUTES_MAX)
		return &d->compared[DIVERGENCE_ROUTES_MAX];
	n = &d->compared[d->route_count++];
	(void)map_put(d->route_index, route, len, n);
	return n;
}

/* Rows count pairs: one that differs twice in a row counts once. */
static bool
has_named(struct divergence_row *const *rows, unsigned count,
    const struct divergence_row *row)
{
	for (unsigned i = 0; i < count; i++)
		if (rows[i] == row)
			return true;
	return false;
}

void
divergence_add(struct divergence *d, const struct comparison_record *r,
    const struct difference *found, unsigned count)
{
	struct divergence_row *rows[DIVERGENCE_PAIR_MAX];

	if (count > DIVERGENCE_PAIR_MAX)
		count = DIVERGENCE_PAIR_MAX;
	pthread_mutex_lock(&d->lock);
	if (r->verdict != VERDICT_INCOMPARABLE)
		++*compared_on(d, r->route);
	for (unsigned i = 0; i < count; i++) {
		rows[i] = row_for(d, r->route, &found[i]);
		if (!has_named(rows, i, rows[i]))
			row_count(rows[i], r, &found[i]);
	}
	pthread_mutex_unlock(&d->lock);
}

/* By count, then by name, so that equal counts keep their places between two
 * looks at the page. */
static int
by_count(const void *left, const void *right)
{
	const struct divergence_row *a = *(const struct divergence_row *const *)left;
	const struct divergence_row *b = *(const struct divergence_row *const *)right;
	int order;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	order = strcmp(a->route, b->route);
	if (order == 0)
		order = strcmp(a->path, b->path);
	if (order == 0)
		order = (int)a->kind - (int)b->kind;
	return order != 0 ? order : (int)a->is_text - (int)b->is_text;
}

/* "other" is of all routes. */
static uint64_t
compared_with(struct divergence *d, const struct divergence_row *row)
{
	uint64_t all = d->compared[DIVERGENCE_ROUTES_MAX];

	if (row != &d->rows[DIVERGENCE_MAX])
		return *compared_on(d, row->route);
	for (size_t i = 0; i < d->route_count; i++)
		all += d->compared[i];
	return all;
}

size_t
divergence_top(struct divergence *d, struct divergence_row *rows, size_t max)
{
	const struct divergence_row *order[DIVERGENCE_MAX + 1];
	size_t count = 0;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i <= DIVERGENCE_MAX; i++)
		if (d->rows[i].count > 0)
			order[count++] = &d->rows[i];
	qsort(order, count, sizeof order[0], by_count);
	if (count > max)
		count = max;
	for (size_t i = 0; i < count; i++) {
		rows[i] = *order[i];
		rows[i].compared = compared_with(d, order[i]);
	}
	pthread_mutex_unlock(&d->lock);
	return count;
}
