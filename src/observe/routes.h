/* routes -- what legs and pairs count of their route, and how it is summed.
 * SPDX-License-Identifier: MIT
 *
 * The slots are config/route_board.h's.  A tally of a route has no isolation:
 * that is of sessions.
 */
#ifndef OBSERVE_ROUTES_H
#define OBSERVE_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/route_board.h"
#include "observe/outcome.h"
#include "observe/record.h"
#include "observe/tally.h"

/* Count an ended leg that is none of control, as leg_stats_count() does.
 * On the thread of that worker. */
void routes_count(struct route_slots *s, enum leg leg, enum outcome outcome,
    uint16_t status, uint64_t latency_us);
/* A pair of that route got a verdict.  On that compare thread. */
void routes_verdict(struct route_counts *c, size_t thread, enum verdict verdict);

/* The sums of all threads.  Signals and distributions are left as they are. */
void routes_tally(const struct route_counts *c, enum version v,
    struct tally *out);

#endif
