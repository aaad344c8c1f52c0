/* minutes -- what was counted in each of the last minutes, of every route.
 * SPDX-License-Identifier: MIT
 *
 * The guard's windows (observe/window.h) are fine, and kept of the routes that
 * conditions name; these are of all routes that are counted, whole minutes of
 * the wall clock long: for whoever looks on, and for the store.  Of each route
 * and version the tallies at the last MINUTES_KEPT turns of a minute, 8 KiB
 * each: 6 MiB with as many routes as there can be.
 *
 * Control thread.  Time is an argument.
 */
#ifndef CONTROL_MINUTES_H
#define CONTROL_MINUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/snapshot.h"
#include "observe/record.h"
#include "observe/stats.h"

#define MINUTES_KEPT 6

struct minutes;

/* Both borrowed.  At each turn the sink gets the minute of each route and
 * version that had any requests. */
struct minutes *minutes_new(const struct stats_board *board,
    const struct record_sink *records) MUST_CHECK;
/* The sink gets what the present minute had so far. */
void minutes_free(struct minutes **m);

/* Every tick.  Other routes in the snapshot: those that stay keep their past. */
void minutes_tick(struct minutes *m, const struct snapshot *s,
    int64_t now_us);

/* The whole is 0, then the routes that are counted. */
size_t minutes_count(const struct minutes *m);
/* Its path; NULL of the whole. */
const char *minutes_route(const struct minutes *m, size_t i);
/* What was counted in the last minutes: five and the present one, or since it
 * is counted.  Since when that is.  No signals, no distributions but that of
 * latency; of routes no isolation. */
int64_t minutes_recent(const struct minutes *m, size_t i, enum version v,
    struct tally *out);

#endif
