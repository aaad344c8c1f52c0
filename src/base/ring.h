/* ring -- a bounded queue between threads that never blocks a producer.
 * SPDX-License-Identifier: MIT
 *
 * Many producers, many consumers; fixed-size elements copied in and out
 * (Vyukov's bounded MPMC queue: a sequence number per cell).  Full means
 * false: the producer drops and counts.  A consumer that finds nothing may
 * sleep in ring_wait(); a producer wakes it only when somebody sleeps, so a
 * busy ring costs no system call.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct ring;

/* capacity is rounded up to a power of two, at least 2.  Our-sized. */
struct ring *ring_new(size_t capacity, size_t element_bytes) MUST_CHECK;
void ring_free(struct ring **r);
/* Any thread; false = full, nothing taken. */
bool ring_put(struct ring *r, const void *element) MUST_CHECK;
/* Any thread; false = empty. */
bool ring_take(struct ring *r, void *element_out) MUST_CHECK;
/* Sleep until something was put, ring_wake() or the time is over; may
 * return early, and another consumer may have been faster.  Returns at once
 * when something is inside. */
void ring_wait(struct ring *r, unsigned timeout_ms);
/* Wake every sleeper (to stop a thread).  One that only enters ring_wait()
 * after this sleeps its time: keep the time short where a stop flag counts. */
void ring_wake(struct ring *r);
/* About how many elements are inside.  Who sees that one was taken sees what
 * its taker stored before. */
size_t ring_count(struct ring *r);

#endif
