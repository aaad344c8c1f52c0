/* thread -- see thread.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/thread.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

void
thread_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(c, &monotonic);
	pthread_condattr_destroy(&monotonic);
}
