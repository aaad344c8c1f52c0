/* Threads: their names, and the signals they leave to main.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/thread.h"

static void *
blocked_signals(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return NULL;
}

Test(thread, blocks_signals_but_not_faults)
{
	sigset_t mine, before, after;
	struct err err;
	pthread_t t;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	cr_assert(thread_start(&t, "test", blocked_signals, &mine, &err));
	pthread_join(t, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	cr_expect(sigismember(&mine, SIGTERM) && sigismember(&mine, SIGHUP));
	cr_expect(!sigismember(&mine, SIGSEGV) && !sigismember(&mine, SIGABRT));
	cr_expect_eq(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM),
	    "the starter's own mask is as it was");
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_at_gate(void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

Test(thread, has_a_name_at_once)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "worker 0", "worker 0" },
		{ "a name of more than 15 bytes", "a name of more " },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char name[THREAD_NAME_MAX + 1];
		struct err err;
		pthread_t t;

		pthread_mutex_lock(&gate);
		cr_assert(thread_start(&t, cases[i].name, wait_at_gate, NULL, &err));
		cr_assert_eq(pthread_getname_np(t, name, sizeof name), 0);
		cr_expect_str_eq(name, cases[i].want);
		pthread_mutex_unlock(&gate);
		pthread_join(t, NULL);
	}
}
