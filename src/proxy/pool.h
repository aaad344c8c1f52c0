/* pool -- a worker's connections to the endpoints of one backend.
 * SPDX-License-Identifier: MIT
 *
 * An upstream is one connection.  It serves one exchange at a time and
 * waits in the pool between two.  While it waits it keeps listening: a
 * backend that closes it, or says something unasked, loses it.
 *
 * A lane holds what waits for one endpoint; lanes follow the roster in force,
 * row by row.  Which endpoint it is to be, endpoint.h says.
 */
#ifndef PROXY_POOL_H
#define PROXY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/roster.h"
#include "net/stream.h"
#include "proxy/intake.h"

struct worker;
struct exchange;

struct upstream {
	struct stream stream;
	struct worker *worker;         /* borrows */
	struct pool *pool;             /* borrows: one of the worker's */
	struct exchange *exchange;     /* borrows; NULL = idle */
	struct replica *replica;         /* owns a reference; NULL = no endpoint was
	                                  up, so this never connects */
	const struct endpoint *endpoint; /* borrows from the config of its exchange;
	                                  only valid while one is attached */
	TAILQ_ENTRY(upstream) link;    /* in lane->idle */
	struct intake intake;          /* part of an answer's head */
	struct wheel_entry idle_end;
	struct deferred burial;        /* frees it between turns */
	uint64_t idle_since_ns;
	uint32_t generation;           /* worker->pool_generation when made */
	bool connected;                /* the connection was made */
	bool reused;                   /* has served an exchange before */
};

struct lane {
	struct replica *replica;         /* owns a reference */
	TAILQ_HEAD(, upstream) idle;   /* newest first */
};

struct pool {
	struct lane *lanes;            /* owns */
	size_t lane_count;
	uint32_t idle_count;           /* in all lanes */
	uint32_t turn, lot;            /* for balance_choose() */
};

void pool_init(struct pool *p, unsigned seed);
/* Follow the worker's snapshot: lanes of endpoints that stay keep their idle
 * connections, the others' are closed.  Control's pool holds connections to
 * legacy if there is no such backend: users' legs never wait for one that a
 * control leg has taken. */
void pool_enlist(struct worker *w, enum backend_id b);
void pool_fini(struct pool *p);
/* Where connections for x wait. */
struct pool *pool_of(const struct exchange *x);
/* A connection for x to an endpoint of its backend: an idle one or a new one
 * being made.  fresh_only: one has just failed, so take none that may be as
 * old.  x is attached; events come to it from now on, none before this
 * returns.  Never NULL: if no endpoint is up, one that fails. */
struct upstream *pool_acquire(struct exchange *x, bool fresh_only)
    MUST_CHECK;
/* The exchange is done with it; reusable says that the connection stands
 * exactly between two messages. */
void pool_return(struct upstream **u, const struct backend *backend,
    bool reusable);
/* Close what is idle: the backends may have changed, or we stop. */
void pool_flush(struct pool *p);

#endif
