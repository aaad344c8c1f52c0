/* overload -- keeps the process below limits.memory.
 * SPDX-License-Identifier: MIT
 *
 * The control thread reads with every tick what the process really holds (not
 * an estimate: whatever grows, counts) and publishes how close that is to
 * the ceiling.  The workers act on it (proxy/admission.h): first nothing is
 * mirrored or captured any more, then no new request is let in.  Memory that
 * was freed is given back to the system while it is scarce, so that a peak
 * does not look like a lasting need.
 */
#ifndef APP_OVERLOAD_H
#define APP_OVERLOAD_H

#include <stdint.h>

#include "config/config.h"
#include "observe/sample.h"
#include "observe/stats.h"
#include "proxy/admission.h"

struct overload {
	int statm;          /* owns: /proc/self/statm, kept open; -1 = none */
	uint64_t trim_ns;   /* when memory may be given back again */
};

void overload_open(struct overload *o);
void overload_close(struct overload *o);
/* Look, publish, and write the gauges of the process; with every tick. */
void overload_tick(struct overload *o, const struct settings *s,
    struct admission *a, const struct sample_budget *captured,
    struct stats_board *board, uint64_t now_ns);

#endif
