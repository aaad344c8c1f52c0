/* pool -- see pool.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "proxy/endpoint.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/secure.h"
#include "proxy/worker.h"

/* A connection that has rested longer than this is looked at before it is
 * used: backends close idle ones, and the news may still be on its way to
 * the event loop.  A busy one is not worth the system call. */
#define PROBE_AFTER_NS (200 * NS_PER_MS)

static void
on_burial(void *arg)
{
	struct upstream *u = arg;

	intake_fini(&u->intake);
	replica_unref(&u->replica);
	free(u);
}

static void
count_connection(struct upstream *u, uint32_t n)
{
	_Atomic uint32_t *slot;

	if (u->replica == NULL)
		return;
	slot = &u->replica->slots[u->worker->index].connections;
	atomic_store_explicit(slot,
	    atomic_load_explicit(slot, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static void
upstream_close(struct upstream *u)
{
	struct worker *w = u->worker;

	if (!stream_is_open(&u->stream))
		return;
	stream_close(&u->stream);
	loop_disarm(&w->loop, &u->idle_end);
	metric_add(w->stats, METRIC_UPSTREAM_OPEN, -1);
	count_connection(u, (uint32_t)-1);
	u->exchange = NULL;
	loop_defer(&w->loop, &u->burial);
}

static struct lane *
find_lane(struct pool *p, const struct replica *m)
{
	for (size_t i = 0; i < p->lane_count; i++)
		if (p->lanes[i].replica == m)
			return &p->lanes[i];
	return NULL;
}

static void
leave_idle(struct upstream *u)
{
	struct pool *p = u->pool;
	struct lane *lane = find_lane(p, u->replica);

	assert(lane != NULL);
	TAILQ_REMOVE(&lane->idle, u, link);
	p->idle_count--;
	wheel_rest(&u->idle_end);
}

static void
on_idle_end(void *arg)
{
	struct upstream *u = arg;

	leave_idle(u);
	upstream_close(u);
}

static void
on_readable(void *arg)
{
	struct upstream *u = arg;

	if (u->exchange != NULL) {
		exchange_on_readable(u->exchange);
		return;
	}
	/* Tickets and the like of TLS. */
	if (stream_is_quiet(&u->stream))
		return;
	/* Closed by the backend, or bytes that nobody asked for: neither can
	 * be told from the start of an answer to somebody else. */
	leave_idle(u);
	upstream_close(u);
}

static void
on_drained(void *arg)
{
	struct upstream *u = arg;

	if (u->exchange != NULL)
		exchange_on_drained(u->exchange);
}

static void
on_connected(void *arg)
{
	struct upstream *u = arg;

	u->connected = true;
	secure_upstream_done(u->worker, &u->stream);
	if (u->exchange != NULL)
		exchange_on_connected(u->exchange);
}

static void
on_failed(void *arg)
{
	struct upstream *u = arg;

	if (u->exchange != NULL) {
		exchange_on_failed(u->exchange);
		return;
	}
	leave_idle(u);
	upstream_close(u);
}

static const struct stream_ops upstream_ops = {
	.readable = on_readable,
	.drained = on_drained,
	.connected = on_connected,
	.failed = on_failed,
};

void
pool_init(struct pool *p, unsigned seed)
{
	/* Workers must not draw the same lots; 0 would stay 0. */
	*p = (struct pool){ .lot = (seed + 1) * 2654435761u | 1 };
}

/* --- lanes ------------------------------------------------------------------ */

static void
drop_lanes(struct lane *lanes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		replica_unref(&lanes[i].replica);
	free(lanes);
}

void
pool_enlist(struct worker *w, enum backend_id b)
{
	const struct roster *r = w->snapshot->roster;
	struct pool *p = &w->pools[b], old = *p;
	struct upstream *u;

	if (r->backends[b].count == 0)
		b = BACKEND_LEGACY;
	p->lane_count = r->backends[b].count;
	p->lanes = mem_zalloc(p->lane_count * sizeof p->lanes[0]);
	for (size_t i = 0; i < p->lane_count; i++) {
		p->lanes[i].replica = replica_ref(r->backends[b].rows[i].replica);
		TAILQ_INIT(&p->lanes[i].idle);
	}
	for (size_t i = 0; i < old.lane_count; i++) {
		struct lane *to = find_lane(p, old.lanes[i].replica);

		if (to != NULL) {
			TAILQ_CONCAT(&to->idle, &old.lanes[i].idle, link);
			continue;
		}
		while ((u = TAILQ_FIRST(&old.lanes[i].idle)) != NULL) {
			TAILQ_REMOVE(&old.lanes[i].idle, u, link);
			p->idle_count--;
			upstream_close(u);
		}
	}
	drop_lanes(old.lanes, old.lane_count);
}

void
pool_fini(struct pool *p)
{
	pool_flush(p);
	drop_lanes(p->lanes, p->lane_count);
	p->lanes = NULL;
	p->lane_count = 0;
}

/* --- taking and giving back ---------------------------------------------------- */

static struct upstream *
take_idle(struct worker *w, struct lane *lane)
{
	struct upstream *u;

	while ((u = TAILQ_FIRST(&lane->idle)) != NULL) {
		leave_idle(u);
		if (u->generation == w->pool_generation &&
		    (w->loop.now_ns - u->idle_since_ns < PROBE_AFTER_NS ||
		    stream_is_quiet(&u->stream)))
			return u;
		upstream_close(u);
	}
	return NULL;
}

struct pool *
pool_of(const struct exchange *x)
{
	return &x->worker->pools[x->leg == LEG_CONTROL ? BACKEND_CONTROL :
	    x->backend];
}

static struct upstream *
upstream_new(struct exchange *x, const struct roster_row *row)
{
	struct upstream *u = mem_zalloc(sizeof *u);

	u->worker = x->worker;
	u->pool = pool_of(x);
	u->generation = x->worker->pool_generation;
	u->burial = (struct deferred){ .run = on_burial, .arg = u };
	u->idle_end = (struct wheel_entry){ .fire = on_idle_end, .arg = u };
	u->endpoint = row->endpoint;
	u->exchange = x;
	metric_add(u->worker->stats, METRIC_UPSTREAM_OPEN, 1);
	return u;
}

static struct upstream *
connect_new(struct exchange *x, const struct roster_row *row)
{
	struct upstream *u = upstream_new(x, row);

	u->replica = replica_ref(row->replica);
	count_connection(u, 1);
	stream_connect(&u->stream, &u->worker->loop,
	    (const struct sockaddr *)&u->replica->location.addr,
	    u->replica->location.addr_len, &upstream_ops, u);
	secure_upstream(u->worker, &u->stream,
	    &x->request->snapshot->config->settings.backends[x->backend],
	    u->endpoint, &u->replica->location);
	metric_add(u->worker->stats, METRIC_UPSTREAM_CONNECTS, 1);
	return u;
}

/* Nobody is up: told as a connection that fails, which is what it is to the
 * exchange. */
static struct upstream *
connect_nowhere(struct exchange *x, const struct roster_row *row)
{
	struct upstream *u = upstream_new(x, row);

	stream_refuse(&u->stream, &u->worker->loop, EHOSTDOWN, &upstream_ops,
	    u);
	return u;
}

struct upstream *
pool_acquire(struct exchange *x, bool fresh_only)
{
	struct worker *w = x->worker;
	const struct roster *roster = endpoint_roster(x);
	const struct roster_row *rows = roster->backends[x->backend].rows;
	/* An exchange that began before a reload goes by its own config: its
	 * connections are not mixed with those of the config in force. */
	bool current = roster == w->snapshot->roster;
	struct upstream *u = NULL;
	size_t i;

	if (!endpoint_choose(x, &i))
		return connect_nowhere(x, &rows[0]);
	/* A trial is to show that the endpoint can be reached. */
	if (current && !fresh_only && x->trial == TRIAL_NONE)
		u = take_idle(w, &pool_of(x)->lanes[i]);
	if (u == NULL) {
		u = connect_new(x, &rows[i]);
		if (!current)
			u->generation--;
		return u;
	}
	u->reused = true;
	u->endpoint = rows[i].endpoint;
	u->exchange = x;
	metric_add(w->stats, METRIC_UPSTREAM_REUSES, 1);
	return u;
}

void
pool_return(struct upstream **slot, const struct backend *backend,
    bool reusable)
{
	struct upstream *u = *slot;
	struct lane *lane = NULL;
	struct worker *w;
	struct pool *p;

	if (u == NULL)
		return;
	*slot = NULL;
	w = u->worker;
	p = u->pool;
	u->exchange = NULL;
	u->endpoint = NULL;
	if (reusable && !w->draining && u->generation == w->pool_generation &&
	    p->idle_count < backend->max_idle)
		lane = find_lane(p, u->replica);
	/* No lane: a name does not stand for this address any more. */
	if (lane == NULL) {
		upstream_close(u);
		return;
	}
	assert(u->intake.len == 0);
	stream_resume(&u->stream, PAUSE_PEER_FULL);
	u->idle_since_ns = w->loop.now_ns;
	TAILQ_INSERT_HEAD(&lane->idle, u, link);
	p->idle_count++;
	loop_arm(&w->loop, &u->idle_end, backend->keepalive_ms);
}

void
pool_flush(struct pool *p)
{
	struct upstream *u;

	for (size_t i = 0; i < p->lane_count; i++)
		while ((u = TAILQ_FIRST(&p->lanes[i].idle)) != NULL) {
			leave_idle(u);
			upstream_close(u);
		}
}
