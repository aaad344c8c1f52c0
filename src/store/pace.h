/* pace -- lets a thread work in short bursts, so that it delays nobody.
 * SPDX-License-Identifier: MIT
 *
 * On a machine with a core for each thread this costs nothing.  Where the
 * recorder shares a core with a worker, the kernel would let it write a
 * whole batch (milliseconds) while clients wait.  So it stops after every
 * PACE_BURST_NS of work for three times as long, as long as the queue in
 * front of it is far from full.  A lower priority would not do: under load
 * it would not get to run at all, and records would be lost.
 *
 * One thread.
 */
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_BURST_NS (100 * UINT64_C(1000))
/* Looking at the clock costs as much as some rows' formatting: look after so
 * many. */
#define PACE_ROWS 16

struct pace {
	/* No time for breaks? */
	bool (*is_urgent)(void *arg);
	void *arg;
	uint64_t burst_ns; /* clock_ns() when this burst began; 0 = none has */
};

/* Work begins, after a sleep of its own. */
void pace_begin(struct pace *p);
/* Some work was done, less than a burst: sleep, if it is time to.  p may be
 * NULL: never. */
void pace_keep(struct pace *p);

#endif
