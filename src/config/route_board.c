/* route_board -- see route_board.h and route_rules.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/route_board.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/buf.h"
#include "base/mem.h"

/* --- which routes ------------------------------------------------------------- */

static size_t
find_path(const struct route_counting *c, const char *path)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->paths[i], path) == 0)
			return i;
	return SIZE_MAX;
}

size_t
route_counting_watch(struct route_counting *c, const char *path)
{
	size_t i = find_path(c, path);

	if (i != SIZE_MAX || c->watched == ROUTES_WATCHED_MAX)
		return i;
	c->paths[c->count++] = path;
	return c->watched++;
}

uint64_t
route_path_mark(const char *path)
{
	return XXH3_64bits(path, strlen(path));
}

/* Is it the first route of its path? */
static bool
is_first(const struct route *routes, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(routes[i].path, routes[index].path) == 0)
			return false;
	return true;
}

static void
set_mark(struct route_counting *c, uint64_t signals_mark)
{
	struct buf b = { 0 };

	if (c->count == 0)
		return;
	for (size_t i = 0; i < c->count; i++)
		buf_printf(&b, "%s\n", c->paths[i]);
	buf_printf(&b, "%zu %zu %llu", c->watched, c->left_out,
	    (unsigned long long)signals_mark);
	c->mark = XXH3_64bits(b.bytes, b.len) | 1;
	buf_fini(&b);
}

void
route_counting_end(struct route_counting *c, struct route *routes,
    size_t count, uint64_t signals_mark)
{
	for (size_t i = 0; i < count; i++) {
		size_t place;

		routes[i].counted = ROUTES_COUNTED_MAX;
		if (routes[i].path == NULL)
			continue; /* it is at fault */
		place = find_path(c, routes[i].path);
		if (place == SIZE_MAX && c->count < ROUTES_COUNTED_MAX) {
			place = c->count++;
			c->paths[place] = routes[i].path;
		}
		if (place != SIZE_MAX)
			routes[i].counted = (unsigned)place;
		else
			c->left_out += is_first(routes, i);
	}
	set_mark(c, signals_mark);
}

/* --- the counters of one ------------------------------------------------------- */

static struct route_counts *
route_counts_new(const char *path, size_t workers, size_t compares)
{
	struct route_counts *c = mem_zalloc(sizeof *c);

	atomic_init(&c->refs, 1);
	c->path = mem_strdup(path);
	c->worker_count = workers;
	c->compare_count = compares;
	c->slots = mem_zalloc((workers * VERSION_COUNT + 1) * sizeof c->slots[0]);
	c->verdicts = mem_zalloc((compares + 1) * sizeof c->verdicts[0]);
	return c;
}

struct route_counts *
route_counts_ref(struct route_counts *c)
{
	if (c != NULL)
		atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
route_counts_unref(struct route_counts **c)
{
	struct route_counts *gone = *c;

	*c = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	free(gone->path);
	free(gone->slots);
	free(gone->verdicts);
	free(gone);
}

/* --- the board ----------------------------------------------------------------- */

/* NULL: there was none of the path. */
static struct route_counts *
counts_of(const struct route_board *b, const char *path)
{
	for (size_t i = 0; b != NULL && i < b->count; i++)
		if (strcmp(b->routes[i]->path, path) == 0)
			return b->routes[i];
	return NULL;
}

/* NULL: there is none that counts the same of that path. */
static struct signal_board *
signals_of(const struct route_board *b, const char *path, uint64_t mark)
{
	for (size_t i = 0; b != NULL && i < b->watched; i++)
		if (b->signals[i] != NULL && b->signals[i]->mark == mark &&
		    strcmp(b->routes[i]->path, path) == 0)
			return b->signals[i];
	return NULL;
}

struct route_board *
route_board_new(const struct route_counting *counting,
    const struct signal_rules *signals, size_t workers, size_t compares,
    const struct route_board *before)
{
	struct route_board *b;

	if (counting->mark == 0)
		return NULL;
	b = mem_zalloc(sizeof *b);
	atomic_init(&b->refs, 1);
	b->mark = counting->mark;
	b->count = counting->count;
	b->watched = counting->watched;
	for (size_t i = 0; i < b->count; i++) {
		const char *path = counting->paths[i];

		b->routes[i] = route_counts_ref(counts_of(before, path));
		if (b->routes[i] == NULL)
			b->routes[i] = route_counts_new(path, workers, compares);
		if (i >= b->watched)
			continue;
		b->signals[i] = signal_board_ref(signals_of(before, path,
		    signals->mark));
		if (b->signals[i] == NULL)
			b->signals[i] = signal_board_new(signals, workers);
	}
	return b;
}

struct route_board *
route_board_ref(struct route_board *b)
{
	if (b != NULL)
		atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
route_board_unref(struct route_board **b)
{
	struct route_board *gone = *b;

	*b = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < gone->count; i++)
		route_counts_unref(&gone->routes[i]);
	for (size_t i = 0; i < gone->watched; i++)
		signal_board_unref(&gone->signals[i]);
	free(gone);
}
