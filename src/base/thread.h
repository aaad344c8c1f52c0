/* thread -- starts a thread the way all of ours are started.
 * SPDX-License-Identifier: MIT
 *
 * Signals are blocked in it (main takes them all), and it has a name for
 * top -H, gdb and who measures by /proc/PID/task/TID: "worker 0", "judge 0",
 * "recorder", "carrier".
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"

/* What the kernel keeps of a name. */
#define THREAD_NAME_MAX 15

/* A longer name is cut. */
bool thread_start(pthread_t *out, const char *name, void *(*run)(void *arg),
    void *arg, struct err *err) MUST_CHECK;

/* The calling thread has little to do at a time, and is waited for: once it
 * wakes up it takes the core from a thread that may compute for longer (a
 * slice of 0.1 ms, sched_setattr(2), Linux 6.12).  Its share of a core that
 * is busy stays what it was.  Where the kernel does not know that, or forbids
 * it, all goes on as before. */
void thread_hurry(void);

/* A condition whose pthread_cond_timedwait() goes by clock_ns(). */
void thread_cond_init(pthread_cond_t *c);

#endif
