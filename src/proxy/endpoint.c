/* endpoint -- see endpoint.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "policy/balance.h"
#include "proxy/exchange.h"
#include "proxy/pool.h"
#include "proxy/request.h"
#include "proxy/worker.h"

static uint64_t
now_ms(const struct exchange *x)
{
	return x->worker->loop.now_ns / NS_PER_MS;
}

static const struct backend *
backend_of(const struct exchange *x)
{
	return &x->request->snapshot->config->settings.backends[x->backend];
}

static struct replica_slot *
slot_of(const struct exchange *x, struct replica *m)
{
	return &m->slots[x->worker->index];
}

/* A worker's own slot: one writer, so no locked instruction. */
static void
slot_add(_Atomic uint64_t *slot, uint64_t n)
{
	atomic_store_explicit(slot,
	    atomic_load_explicit(slot, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static void
add_outstanding(const struct exchange *x, struct replica *m, uint32_t n)
{
	_Atomic uint32_t *slot = &slot_of(x, m)->outstanding;

	atomic_store_explicit(slot,
	    atomic_load_explicit(slot, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

/* Legacy itself is asked once more, for the comparison alone: what comes of it
 * must not take an endpoint from users, nor give it back to them. */
static bool
is_guest(const struct exchange *x)
{
	return x->leg == LEG_CONTROL && x->backend == BACKEND_LEGACY;
}

/* --- choosing ------------------------------------------------------------ */

const struct roster *
endpoint_roster(const struct exchange *x)
{
	const struct snapshot *pinned = x->request->snapshot;
	const struct snapshot *newest = x->worker->snapshot;

	return config_whole(newest->config) == config_whole(pinned->config) ?
	    newest->roster : pinned->roster;
}

static bool
was_tried(const struct exchange *x, const struct replica *m)
{
	for (unsigned i = 0; i < x->tried_count; i++)
		if (x->tried[i] == m)
			return true;
	return false;
}

static enum standing
standing_of(const struct exchange *x, const struct replica *m)
{
	uint64_t hold = atomic_load_explicit(&m->hold, memory_order_relaxed);

	if (was_tried(x, m))
		return STANDING_TRIED;
	if (atomic_load_explicit(&m->aside, memory_order_relaxed))
		return STANDING_ASIDE;
	if (atomic_load_explicit(&m->checked, memory_order_relaxed) ==
	    CHECK_DOWN)
		return STANDING_DOWN;
	if (hold == 0)
		return STANDING_UP;
	switch (hold_state(hold_unpack(hold), now_ms(x))) {
	case HOLD_FREE:
		return STANDING_UP;
	case HOLD_DUE:
		return is_guest(x) ? STANDING_HELD : STANDING_DUE;
	case HOLD_SHUT:
	case HOLD_PROBED:
		break;
	}
	return STANDING_HELD;
}

static size_t
gather(const struct exchange *x, const struct roster *roster,
    struct candidate out[ROSTER_MAX])
{
	size_t count = roster->backends[x->backend].count;

	for (size_t i = 0; i < count; i++) {
		struct replica *m = roster->backends[x->backend].rows[i].replica;

		out[i].standing = standing_of(x, m);
		out[i].outstanding = atomic_load_explicit(
		    &slot_of(x, m)->outstanding, memory_order_relaxed);
	}
	return count;
}

/* xorshift: draws lots, keeps no secrets. */
static uint32_t
draw(struct pool *p)
{
	p->lot ^= p->lot << 13;
	p->lot ^= p->lot >> 17;
	p->lot ^= p->lot << 5;
	return p->lot;
}

static bool
choose_among(struct exchange *x, const struct roster *roster,
    size_t *index_out)
{
	struct pool *p = pool_of(x);
	struct candidate candidates[ROSTER_MAX];
	size_t count = gather(x, roster, candidates);
	bool panic;

	while (balance_choose(backend_of(x)->balance, candidates, count,
	    draw(p), p->turn++, exchange_may_panic(x), index_out, &panic)) {
		struct replica *m =
		    roster->backends[x->backend].rows[*index_out].replica;

		x->trial = panic ? TRIAL_PANIC : TRIAL_NONE;
		if (candidates[*index_out].standing != STANDING_DUE)
			return true;
		x->trial = TRIAL_PROBE;
		if (hold_take_probe(&m->hold, now_ms(x)))
			return true;
		candidates[*index_out].standing = STANDING_HELD;
	}
	return false;
}

static bool
is_only_one_and_up(const struct exchange *x, const struct roster *roster)
{
	return roster->backends[x->backend].count == 1 &&
	    standing_of(x, roster->backends[x->backend].rows[0].replica) ==
	    STANDING_UP;
}

bool
endpoint_choose(struct exchange *x, size_t *index_out)
{
	const struct roster *roster = endpoint_roster(x);
	struct replica *m;

	x->trial = TRIAL_NONE;
	*index_out = 0;
	if (!is_only_one_and_up(x, roster) &&
	    !choose_among(x, roster, index_out))
		return false;
	if (x->trial == TRIAL_PANIC)
		metric_add(x->worker->stats, METRIC_ENDPOINT_PANICS, 1);
	m = roster->backends[x->backend].rows[*index_out].replica;
	slot_add(&slot_of(x, m)->exchanges, 1);
	add_outstanding(x, m, 1);
	return true;
}

/* --- what came of it ------------------------------------------------------- */

static bool
other_is_up(const struct exchange *x, const struct replica *than)
{
	const struct roster *r = endpoint_roster(x);

	for (size_t i = 0; i < r->backends[x->backend].count; i++) {
		const struct replica *m = r->backends[x->backend].rows[i].replica;

		if (m != than && standing_of(x, m) <= STANDING_DUE)
			return true;
	}
	return false;
}

static void
note_failure(struct exchange *x, enum outcome why)
{
	struct upstream *u = x->upstream;
	struct replica *m = u->replica;
	unsigned error = (unsigned)u->stream.error;

	slot_add(&slot_of(x, m)->failures, 1);
	atomic_store_explicit(&m->failure, (uint64_t)why << 32 | error,
	    memory_order_relaxed);
	atomic_store_explicit(&m->failure_us, clock_wall_us(),
	    memory_order_relaxed);
	if (hold_failed(&m->hold, &backend_of(x)->hold, x->trial,
	    other_is_up(x, m), now_ms(x)))
		slot_add(&slot_of(x, m)->holds, 1);
}

static bool
counts(const struct exchange *x, enum outcome why)
{
	const struct outcome_row *row = outcome_info(why);

	return row->blame == BLAME_UPSTREAM &&
	    (row->fallback & backend_of(x)->hold.on) != 0;
}

void
endpoint_answered(struct exchange *x)
{
	if (is_guest(x))
		return;
	if (x->status >= 500 && counts(x, OUTCOME_UPSTREAM_5XX))
		note_failure(x, OUTCOME_UPSTREAM_5XX);
	else
		hold_answered(&x->upstream->replica->hold, x->trial);
}

/* Closed while it waited in the pool: a backend may do that, see pool.c. */
static bool
was_stale(const struct exchange *x, enum outcome why)
{
	return why == OUTCOME_UPSTREAM_RESET && x->upstream->reused &&
	    !x->heard;
}

void
endpoint_ended(struct exchange *x, enum outcome why)
{
	struct replica *m = x->upstream->replica;
	bool was_told = x->res > HALF_HEAD;

	if (m == NULL)
		return;
	add_outstanding(x, m, (uint32_t)-1);
	if (!x->upstream->connected && x->tried_count < EXCHANGE_TRIES)
		x->tried[x->tried_count++] = m;
	if (is_guest(x) ||
	    (was_told && (why == OUTCOME_DONE || why == OUTCOME_UPSTREAM_5XX)))
		return;
	if (counts(x, why) && !was_stale(x, why))
		note_failure(x, why);
	else if (why == OUTCOME_UPSTREAM_5XX)
		hold_answered(&m->hold, x->trial);
	else if (!was_told && x->trial == TRIAL_PROBE)
		hold_leave_probe(&m->hold);
}

/* --- connecting failed ------------------------------------------------------- */

bool
endpoint_may_try_other(const struct exchange *x, enum outcome why)
{
	const struct upstream *u = x->upstream;
	size_t kept;

	if ((why != OUTCOME_CONNECT_FAILED && why != OUTCOME_CONNECT_TIMEOUT) ||
	    u->connected || x->tried_count >= EXCHANGE_TRIES ||
	    !other_is_up(x, u->replica))
		return false;
	/* All that was written must still be there. */
	stream_flush_gathered(&x->worker->loop);
	(void)stream_kept(&u->stream, &kept);
	return kept >= x->head_bytes;
}

enum outcome
endpoint_why_unconnected(const struct upstream *u, char *detail,
    size_t space)
{
	int error = u->stream.error;

	if (u->replica == NULL) {
		snprintf(detail, space, "every endpoint is down or held");
		return OUTCOME_NO_ENDPOINT;
	}
	snprintf(detail, space, "%s (%s): %s", u->endpoint->url,
	    u->replica->address, stream_why(&u->stream));
	return errno_is_exhaustion(error) ? OUTCOME_NO_SOCKET : OUTCOME_CONNECT_FAILED;
}
