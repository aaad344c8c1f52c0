/* clock -- the two clocks, by name.
 * SPDX-License-Identifier: MIT
 *
 * clock_ns() is monotonic and only for differences; clock_wall_us() is what
 * the records show.  Never subtract one from the other.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

uint64_t clock_ns(void);
/* Microseconds since 1970, UTC. */
int64_t clock_wall_us(void);
/* Sleep that long; for a thread that has nothing else to do, never a worker. */
void clock_nap(uint64_t ns);
/* "2026-01-31T12:34:56.123456Z" */
#define CLOCK_TEXT_MAX 32
void clock_format(int64_t wall_us, char out[CLOCK_TEXT_MAX]);

#endif
