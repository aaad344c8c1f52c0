/* Threads: their names, and the signals they leave to main.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Words of the kernel's struct sched_attr: size and policy, flags, nice and
 * priority, the slice in ns. */
static void *
hurry(void *arg)
{
	uint64_t (*words)[6] = arg;

	(void)syscall(SYS_sched_getattr, 0, words[0], sizeof words[0], 0);
	thread_hurry();
	(void)syscall(SYS_sched_getattr, 0, words[1], sizeof words[1], 0);
	return NULL;
}

Test(thread, that_hurries_has_a_short_slice_and_is_else_what_it_was)
{
	uint64_t words[2][6] = { 0 };
	struct err err;
	pthread_t t;

	cr_assert(thread_start(&t, "test", hurry, words, &err));
	pthread_join(t, NULL);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(words[1][i], words[0][i]);
	/* Linux before 6.12 has no slices: it says 0. */
	cr_expect_eq(words[1][3], words[0][3] == 0 ? 0u : 100000u);
}
