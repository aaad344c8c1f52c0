/* noise -- see noise.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/noise.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define LIKENESS_FADE (2 * NOISE_FADE)

struct noise_route {
	char name[64];
	uint64_t pairs;           /* with a control leg, whatever they showed */
};

struct kept {
	struct noise_row row;     /* its `pairs` is found when it is copied */
	struct noise_route *route; /* borrows: one of the board's; NULL of "other" */
	int64_t pairs_base;       /* pairs of the route that it does not know of */
	bool changed;             /* since it was last taken */
};

struct noise_board {
	pthread_mutex_t lock;     /* guards everything below */
	struct map *route_index;  /* owns; name -> of routes */
	struct noise_route *routes; /* owns; NOISE_ROUTES_MAX */
	size_t route_count;
	struct map *index;        /* owns; place_key -> of rows */
	struct kept **rows;       /* owns, each by itself; without "other" */
	size_t count;
	struct kept other;
	uint64_t pairs;
};

/* What makes two places the same row; zeroed before it is filled, since it is
 * hashed as bytes. */
struct place_key {
	char route[64];
	char path[sizeof ((struct noise_place *)0)->path];
	uint8_t kind, is_text;
};

struct noise_board *
noise_board_new(void)
{
	struct noise_board *b = mem_zalloc(sizeof *b);

	pthread_mutex_init(&b->lock, NULL);
	b->route_index = map_new();
	b->index = map_new();
	b->routes = mem_zalloc(NOISE_ROUTES_MAX * sizeof b->routes[0]);
	b->rows = mem_zalloc(NOISE_ROWS_MAX * sizeof b->rows[0]);
	memcpy(b->other.row.place.path, "other", sizeof "other");
	b->other.row.place.kind = DIFF_VALUE;
	return b;
}

void
noise_board_free(struct noise_board **slot)
{
	struct noise_board *b = *slot;

	*slot = NULL;
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++)
		free(b->rows[i]);
	map_free(&b->route_index, NULL);
	map_free(&b->index, NULL);
	pthread_mutex_destroy(&b->lock);
	free(b->routes);
	free(b->rows);
	free(b);
}

/* --- finding rows ------------------------------------------------------------ */

static void
make_key(struct place_key *key, const char *route,
    const struct noise_place *place)
{
	memset(key, 0, sizeof *key);
	memcpy(key->route, route, strnlen(route, sizeof key->route - 1));
	memcpy(key->path, place->path,
	    strnlen(place->path, sizeof key->path - 1));
	key->kind = place->kind;
	key->is_text = place->is_text;
}

static struct kept *
find(const struct noise_board *b, const char *route,
    const struct noise_place *place)
{
	struct place_key key;

	make_key(&key, route, place);
	return map_get(b->index, &key, sizeof key);
}

static struct noise_route *
route_for(struct noise_board *b, const char *name)
{
	size_t len = strnlen(name, sizeof b->routes[0].name - 1);
	struct noise_route *r = map_get(b->route_index, name, len);

	if (r != NULL || b->route_count == NOISE_ROUTES_MAX)
		return r;
	r = &b->routes[b->route_count++];
	memcpy(r->name, name, len);
	(void)map_put(b->route_index, name, len, r);
	return r;
}

/* Never NULL: "other" when the board is full.  What was never seen before did
 * not differ in any pair of the route so far. */
static struct kept *
row_for(struct noise_board *b, struct noise_route *route,
    const struct noise_place *place)
{
	struct kept *k = route == NULL ? &b->other :
	    find(b, route->name, place);
	struct place_key key;

	if (k != NULL)
		return k;
	if (b->count == NOISE_ROWS_MAX)
		return &b->other;
	k = b->rows[b->count++] = mem_zalloc(sizeof *k);
	k->route = route;
	make_key(&key, route->name, place);
	memcpy(k->row.route, key.route, sizeof k->row.route);
	memcpy(k->row.place.path, key.path, sizeof key.path);
	k->row.place.kind = key.kind;
	k->row.place.is_text = key.is_text;
	(void)map_put(b->index, &key, sizeof key, k);
	return k;
}

/* --- learning ----------------------------------------------------------------- */

static uint64_t
pairs_of(const struct kept *k)
{
	return k->route == NULL ? k->row.pairs :
	    (uint64_t)((int64_t)k->route->pairs - k->pairs_base);
}

static void
fade(struct kept *k)
{
	struct paired *seen = &k->row.seen;

	if (seen->first_only + seen->second_only + seen->both >= NOISE_FADE) {
		seen->first_only /= 2;
		seen->second_only /= 2;
		seen->both /= 2;
		k->pairs_base += (int64_t)(pairs_of(k) / 2);
	}
	if (k->row.likeness.total >= LIKENESS_FADE)
		likeness_fade(&k->row.likeness);
}

static void
settle(struct kept *k)
{
	k->row.state = noise_judge(k->row.seen);
	if (k->row.place.is_text)
		k->row.floor = likeness_floor(&k->row.likeness);
}

static void
count(struct paired *seen, bool enhanced, bool control)
{
	seen->first_only += enhanced && !control;
	seen->second_only += control && !enhanced;
	seen->both += enhanced && control;
}

/* Judged by the floor as it was before this pair: what a bound says may not
 * depend on what it is said of. */
static void
count_text(struct noise_row *r, const struct sighting *s)
{
	if (r->floor.known)
		count(&r->seen, s->enhanced_likeness < r->floor.floor,
		    s->control_likeness < r->floor.floor);
	likeness_add(&r->likeness, s->control_likeness);
}

static void
learn_one(struct kept *k, const struct sighting *s, int64_t ts_us)
{
	if (k->row.place.is_text)
		count_text(&k->row, s);
	else if (s->place.is_text)
		count(&k->row.seen, true, true); /* in "other" */
	else
		count(&k->row.seen, s->enhanced, s->control);
	if (k->row.first_us == 0)
		k->row.first_us = ts_us;
	k->row.last_us = ts_us;
	k->changed = true;
	if (k->route == NULL)
		return;
	fade(k);
	settle(k);
}

void
noise_learn(struct noise_board *b, const char *route,
    const struct sighting *sightings, size_t sighting_count, int64_t ts_us)
{
	struct noise_route *r;

	pthread_mutex_lock(&b->lock);
	r = route_for(b, route);
	b->pairs++;
	if (r != NULL)
		r->pairs++;
	for (size_t i = 0; i < sighting_count; i++)
		learn_one(row_for(b, r, &sightings[i].place), &sightings[i],
		    ts_us);
	pthread_mutex_unlock(&b->lock);
}

/* --- asking ------------------------------------------------------------------- */

static enum noise_state
ask(const struct kept *k, double likeness)
{
	const struct noise_row *r = &k->row;

	if (!r->place.is_text)
		return r->state;
	if (!r->floor.known)
		return NOISE_UNKNOWN;
	if (likeness >= r->floor.floor)
		return NOISE_YES;
	return likeness < r->floor.bottom ? NOISE_REAL : r->state;
}

enum noise_state
noise_ask(struct noise_board *b, const char *route,
    const struct noise_place *place, double likeness)
{
	enum noise_state state = NOISE_UNKNOWN;
	const struct kept *k;

	pthread_mutex_lock(&b->lock);
	k = find(b, route, place);
	if (k != NULL)
		state = ask(k, likeness);
	pthread_mutex_unlock(&b->lock);
	return state;
}

uint64_t
noise_pairs(struct noise_board *b)
{
	uint64_t pairs;

	pthread_mutex_lock(&b->lock);
	pairs = b->pairs;
	pthread_mutex_unlock(&b->lock);
	return pairs;
}

void
noise_count(struct noise_board *b, uint64_t counts[NOISE_STATE_COUNT])
{
	memset(counts, 0, NOISE_STATE_COUNT * sizeof counts[0]);
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < b->count; i++)
		counts[b->rows[i]->row.state]++;
	pthread_mutex_unlock(&b->lock);
}

static void
copy(const struct kept *k, struct noise_row *out)
{
	*out = k->row;
	out->pairs = pairs_of(k);
}

bool
noise_find(struct noise_board *b, const char *route,
    const struct noise_place *place, struct noise_row *out)
{
	const struct kept *k;

	pthread_mutex_lock(&b->lock);
	k = find(b, route, place);
	if (k != NULL)
		copy(k, out);
	pthread_mutex_unlock(&b->lock);
	return k != NULL;
}

static uint64_t
differing(const struct noise_row *r)
{
	return r->seen.first_only + r->seen.second_only + r->seen.both;
}

/* Then by name, so that equal ones keep their places between two looks. */
static int
by_weight(const void *left, const void *right)
{
	const struct noise_row *a = &(*(struct kept *const *)left)->row;
	const struct noise_row *b = &(*(struct kept *const *)right)->row;
	int order;

	if (differing(a) != differing(b))
		return differing(a) > differing(b) ? -1 : 1;
	order = strcmp(a->route, b->route);
	if (order == 0)
		order = strcmp(a->place.path, b->place.path);
	if (order == 0)
		order = (int)a->place.kind - (int)b->place.kind;
	return order != 0 ? order : (int)a->place.is_text - (int)b->place.is_text;
}

size_t
noise_top(struct noise_board *b, struct noise_row *rows, size_t max)
{
	struct kept *order[NOISE_ROWS_MAX + 1];
	size_t n = 0;

	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < b->count; i++)
		order[n++] = b->rows[i];
	if (differing(&b->other.row) > 0)
		order[n++] = &b->other;
	qsort(order, n, sizeof order[0], by_weight);
	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++)
		copy(order[i], &rows[i]);
	pthread_mutex_unlock(&b->lock);
	return n;
}

/* --- keeping ------------------------------------------------------------------- */

size_t
noise_take_changed(struct noise_board *b, struct noise_row *rows, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < b->count && n < max; i++) {
		if (!b->rows[i]->changed)
			continue;
		b->rows[i]->changed = false;
		copy(b->rows[i], &rows[n++]);
	}
	pthread_mutex_unlock(&b->lock);
	return n;
}

void
noise_keep_again(struct noise_board *b)
{
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < b->count; i++)
		b->rows[i]->changed = true;
	pthread_mutex_unlock(&b->lock);
}

void
noise_restore(struct noise_board *b, const struct noise_row *row)
{
	struct noise_route *route;
	struct kept *k;

	pthread_mutex_lock(&b->lock);
	route = route_for(b, row->route);
	k = row_for(b, route, &row->place);
	if (k->route != NULL) {
		k->row.seen = row->seen;
		k->row.likeness = row->likeness;
		k->row.first_us = row->first_us;
		k->row.last_us = row->last_us;
		k->changed = false;
		if (route->pairs < row->pairs)
			route->pairs = row->pairs;
		k->pairs_base = (int64_t)route->pairs - (int64_t)row->pairs;
		settle(k);
	}
	pthread_mutex_unlock(&b->lock);
}
