/* course -- what a worker has of one rollout.
 * SPDX-License-Identifier: MIT
 *
 * Several rollouts run side by side over different routes.  Each has its own
 * rules and state (a snapshot), latch, counters and breaker; clients, backends
 * and the caps on them are the worker's, whichever rollout a request belongs
 * to.  A request takes its course once, by method and path, and keeps it.
 */
#ifndef PROXY_COURSE_H
#define PROXY_COURSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/snapshot.h"
#include "http/head.h"
#include "http/target.h"
#include "observe/budget.h"
#include "observe/stats.h"
#include "policy/latch.h"
#include "policy/streak.h"

struct worker;

/* What the rollout gives to it; all borrowed. */
struct course_ports {
	struct snapshot *snapshot;      /* the first; the course takes a reference */
	struct worker_stats *stats;     /* this worker's place on the board */
	struct stats_board *board;      /* what all workers write */
	struct latch *latch;
	struct mirror_budget *mirror_budget;
};

struct course {
	struct snapshot *snapshot;      /* owns a reference: in force */
	_Atomic(struct snapshot *) next; /* owns a reference: put by control */
	struct worker_stats *stats;
	struct stats_board *board;
	struct latch *latch;
	struct mirror_budget *mirror_budget;
	struct streak streak;           /* of enhanced's failures */
	struct repeats repeats;
};

void course_init(struct course *c, const struct course_ports *ports);
void course_fini(struct course *c);

/* The one of a request; the target is of the head. */
struct course *course_choose(const struct worker *w, const struct head *head,
    const struct target *target);

/* Control thread: put the next snapshot (a reference is taken); the worker is
 * to be rung. */
void course_put(struct course *c, struct snapshot *s);
/* Let what was put be in force; false: nothing was.  *before_out: what has been,
 * with its reference. */
bool course_follow(struct course *c, struct snapshot **before_out);

/* Count an ended leg of enhanced towards the breaker, with its user's bucket.
 * true = it has closed the latch. */
bool course_feed_breaker(struct course *c, const struct snapshot *s,
    uint32_t bucket, bool failed);

#endif
