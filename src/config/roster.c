/* roster -- see roster.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* --- replicas ------------------------------------------------------------- */

static struct replica *
replica_new(enum backend_id backend, const char *url,
    const struct location *location, size_t workers)
{
	size_t size = sizeof(struct replica) +
	    workers * sizeof(struct replica_slot);
	struct replica *m = mem_aligned_zalloc(alignof(struct replica), size);

	atomic_init(&m->refs, 1);
	m->backend = backend;
	m->url = mem_strdup(url);
	m->location = *location;
	location_format(location, m->address);
	m->shown = -1;
	m->slot_count = workers;
	return m;
}

struct replica *
replica_ref(struct replica *m)
{
	atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void
replica_unref(struct replica **m)
{
	struct replica *gone = *m;

	*m = NULL;
	if (gone == NULL ||
	    atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	free(gone->url);
	free(gone);
}

#define SUM_OVER_WORKERS(field) \
	uint64_t sum = 0; \
	for (size_t i = 0; i < m->slot_count; i++) \
		sum += atomic_load_explicit(&m->slots[i].field, \
		    memory_order_relaxed); \
	return sum

uint64_t
replica_outstanding(const struct replica *m)
{
	SUM_OVER_WORKERS(outstanding);
}

uint64_t
replica_connections(const struct replica *m)
{
	SUM_OVER_WORKERS(connections);
}

uint64_t
replica_exchanges(const struct replica *m)
{
	SUM_OVER_WORKERS(exchanges);
}

uint64_t
replica_failures(const struct replica *m)
{
	SUM_OVER_WORKERS(failures);
}

uint64_t
replica_holds(const struct replica *m)
{
	SUM_OVER_WORKERS(holds);
}

/* --- rosters ------------------------------------------------------------- */

static struct replica *
find_replica(const struct roster *r, enum backend_id id, const char *url,
    const struct location *location)
{
	if (r == NULL)
		return NULL;
	for (size_t i = 0; i < r->backends[id].count; i++) {
		struct replica *m = r->backends[id].rows[i].replica;

		if (location_is_same(&m->location, location) &&
		    strcmp(m->url, url) == 0)
			return m;
	}
	return NULL;
}

static void
add_row(struct roster *r, enum backend_id id, const struct endpoint *e,
    const struct location *location, size_t workers,
    const struct roster *before)
{
	struct replica *m = find_replica(r, id, e->url, location);

	if (r->backends[id].count == ROSTER_MAX) {
		r->backends[id].left_out++;
		return;
	}
	/* A URL that is listed twice gets twice its share, and is one place. */
	if (m == NULL)
		m = find_replica(before, id, e->url, location);
	r->backends[id].rows[r->backends[id].count++] = (struct roster_row){
		.endpoint = e,
		.replica = m != NULL && m->slot_count == workers ? replica_ref(m) :
		    replica_new(id, e->url, location, workers),
	};
}

static size_t
locate(const struct endpoint *e, enum dns_family family,
    roster_lookup *lookup, void *arg, struct location out[LOCATIONS_MAX])
{
	size_t count = 0;

	if (e->name == NULL || lookup == NULL ||
	    !lookup(arg, e->name, out, &count) || count == 0) {
		count = e->location_count;
		memcpy(out, e->locations, count * sizeof out[0]);
	}
	count = location_prefer(out, count, family);
	for (size_t i = 0; i < count; i++)
		location_set_port(&out[i], e->port);
	return count;
}

static void
enlist(struct roster *r, enum backend_id id, const struct config *config,
    roster_lookup *lookup, void *arg, const struct roster *before)
{
	const struct settings *s = &config->settings;
	const struct backend *b = &s->backends[id];
	struct location found[LOCATIONS_MAX];

	if (b->endpoint_count == 0)
		return;
	r->backends[id].rows = mem_zalloc(ROSTER_MAX *
	    sizeof r->backends[id].rows[0]);
	for (size_t i = 0; i < b->endpoint_count; i++) {
		size_t count = locate(&b->endpoints[i], s->dns_family, lookup,
		    arg, found);

		for (size_t k = 0; k < count; k++)
			add_row(r, id, &b->endpoints[i], &found[k], s->workers,
			    before);
	}
	assert(r->backends[id].count > 0);
}

struct roster *
roster_new(const struct config *config, roster_lookup *lookup, void *arg,
    const struct roster *before)
{
	struct roster *r = mem_zalloc(sizeof *r);

	atomic_init(&r->refs, 1);
	for (enum backend_id id = 0; id < BACKEND_COUNT; id++)
		enlist(r, id, config, lookup, arg, before);
	assert(r->backends[BACKEND_LEGACY].count > 0);
	assert(r->backends[BACKEND_ENHANCED].count > 0);
	return r;
}

struct roster *
roster_ref(struct roster *r)
{
	if (r != NULL)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void
roster_unref(struct roster **r)
{
	struct roster *gone = *r;

	*r = NULL;
	if (gone == NULL ||
	    atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	for (enum backend_id id = 0; id < BACKEND_COUNT; id++) {
		for (size_t i = 0; i < gone->backends[id].count; i++)
			replica_unref(&gone->backends[id].rows[i].replica);
		free(gone->backends[id].rows);
	}
	free(gone);
}

bool
roster_is_same(const struct roster *a, const struct roster *b)
{
	for (enum backend_id id = 0; id < BACKEND_COUNT; id++) {
		if (a->backends[id].count != b->backends[id].count)
			return false;
		for (size_t i = 0; i < a->backends[id].count; i++)
			if (a->backends[id].rows[i].replica !=
			    b->backends[id].rows[i].replica)
				return false;
	}
	return true;
}
