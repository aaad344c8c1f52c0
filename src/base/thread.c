/* thread -- see thread.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool
thread_start(pthread_t *out, const char *name, void *(*run)(void *arg),
    void *arg, struct err *err)
{
	char short_name[THREAD_NAME_MAX + 1];
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	/* Faults of our own must still end the process where they happen. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGFPE);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(out, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, "thread %s: %s", name, strerror(rc));
	/* Named from here: it has its name before anybody asks for it. */
	snprintf(short_name, sizeof short_name, "%s", name);
	pthread_setname_np(*out, short_name);
	return true;
}

/* glibc 2.36 has no sched_setattr(), and <linux/sched/types.h> does not go
 * with <pthread.h>: the first version of struct sched_attr. */
struct slice {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

#define HURRY_SLICE_NS 100000

void
thread_hurry(void)
{
	struct slice a = { .size = sizeof a };

	/* Its nice value stays: read, and set again with the slice. */
	if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == -1 ||
	    a.policy != SCHED_OTHER)
		return;
	a.runtime_ns = HURRY_SLICE_NS;
	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}

void
thread_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(c, &monotonic);
	pthread_condattr_destroy(&monotonic);
}
