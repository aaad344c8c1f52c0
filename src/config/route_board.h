/* route_board -- what was counted of each route, by worker and version.
 * SPDX-License-Identifier: MIT
 *
 * Beside the counters of all requests (observe/stats.h).  A board belongs to
 * one set of rules and is in the snapshot, as the board of signals is.  The
 * counters of one route are an object of their own, shared by count: a route
 * that stays in other rules keeps its counters, and what an exchange from
 * before a reload counts is not lost.
 *
 * 15 KiB a worker and route, of at most ROUTES_COUNTED_MAX routes: 0.9 MiB a
 * worker.  Of routes that conditions name, the signals and distributions of
 * the rules are counted as well.
 *
 * As of all counters: a slot has one writing thread and is a relaxed atomic.
 */
#ifndef CONFIG_ROUTE_BOARD_H
#define CONFIG_ROUTE_BOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hist.h"
#include "config/excess.h"
#include "config/route_rules.h"
#include "config/signal_board.h"
#include "config/version.h"

/* Room for enum outcome (observe/routes.c asserts it). */
#define ROUTE_OUTCOMES 64

/* One worker's, of one version: its legs but those of control. */
struct route_slots {
	_Atomic uint64_t outcomes[ROUTE_OUTCOMES];
	_Atomic uint64_t primary;         /* of those that count: users' */
	struct excess excess;
	_Atomic uint64_t fallbacks;       /* enhanced failed, legacy answered */
	_Atomic uint64_t latency_us_sum;
	_Atomic uint32_t latency[HIST_SLOTS];
};

/* One compare thread's. */
struct route_verdicts {
	_Atomic uint64_t compared, different;
};

/* Of one path. */
struct route_counts {
	_Atomic unsigned refs;
	char *path;                       /* owns */
	size_t worker_count, compare_count;
	struct route_slots *slots;        /* owns; by worker, then version */
	struct route_verdicts *verdicts;  /* owns; by compare thread */
};

struct route_board {
	_Atomic unsigned refs;
	uint64_t mark;                    /* of the rules' counting */
	size_t count, watched;
	struct route_counts *routes[ROUTES_COUNTED_MAX];   /* shared */
	/* Of the watched ones; NULL: the rules ask for nothing.  Shared. */
	struct signal_board *signals[ROUTES_WATCHED_MAX];
};

/* Zeroes, but for routes that are in before (may be NULL).  NULL: there is no
 * route. */
struct route_board *route_board_new(const struct route_counting *counting,
    const struct signal_rules *signals, size_t workers, size_t compares,
    const struct route_board *before) MUST_CHECK;
struct route_board *route_board_ref(struct route_board *b);
void route_board_unref(struct route_board **b);

struct route_counts *route_counts_ref(struct route_counts *c);
void route_counts_unref(struct route_counts **c);

/* NULL: of that route nothing is counted. */
static inline struct route_counts *
route_board_counts(const struct route_board *b, const struct route *route)
{
	return b == NULL || route == NULL || route->counted >= b->count ? NULL :
	    b->routes[route->counted];
}

static inline struct route_slots *
route_counts_slots(const struct route_counts *c, size_t worker, enum version v)
{
	return &c->slots[worker * VERSION_COUNT + v];
}

/* Where signals are counted; NULL: nowhere. */
static inline struct signal_board *
route_board_signals(const struct route_board *b, const struct route *route)
{
	return b == NULL || route == NULL || route->counted >= b->watched ? NULL :
	    b->signals[route->counted];
}

#endif
