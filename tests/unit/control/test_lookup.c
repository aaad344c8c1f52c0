/* Names of a new configuration: answered in time, late, or never.
 * SPDX-License-Identifier: MIT
 */
#include "control/lookup.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* A name server of the test's own: "silent..." waits until it may speak,
 * "bad..." is not known, the rest is 127.0.0.2. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool may_speak;
	unsigned asked, answered;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER };

static bool
ask(void *arg, const char *host, struct location *out, size_t *count_out,
    struct err *err)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->addr;

	cr_expect_eq(arg, &server);
	pthread_mutex_lock(&server.lock);
	server.asked++;
	pthread_cond_broadcast(&server.changed);
	while (strncmp(host, "silent", 6) == 0 && !server.may_speak)
		pthread_cond_wait(&server.changed, &server.lock);
	server.answered++;
	pthread_cond_broadcast(&server.changed);
	pthread_mutex_unlock(&server.lock);
	if (strncmp(host, "bad", 3) == 0)
		return err_set(err, "no such name");
	memset(out, 0, sizeof *out);
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(0x7f000002);
	out->addr_len = sizeof *v4;
	*count_out = 1;
	return true;
}

static struct lookup *l;
static struct location found[LOCATIONS_MAX];
static size_t count;
static struct err why;

static void
open_lookup(void)
{
	server.may_speak = false;
	server.asked = server.answered = 0;
	l = lookup_new(ask, &server);
}

static void
close_lookup(void)
{
	lookup_stop(&l);
	cr_expect_null(l);
}

TestSuite(lookup, .init = open_lookup, .fini = close_lookup);

static bool
ask_until(const char *host, uint64_t until_ns)
{
	return lookup_ask(l, host, until_ns, found, &count, &why);
}

static uint64_t
in_ms(unsigned ms)
{
	return clock_ns() + ms * NS_PER_MS;
}

static void
speak(unsigned answers)
{
	pthread_mutex_lock(&server.lock);
	server.may_speak = true;
	pthread_cond_broadcast(&server.changed);
	while (server.answered < answers)
		pthread_cond_wait(&server.changed, &server.lock);
	pthread_mutex_unlock(&server.lock);
}

Test(lookup, an_answer_in_time_is_given)
{
	const struct sockaddr_in *v4 = (struct sockaddr_in *)&found[0].addr;

	cr_assert(ask_until("chat.test", in_ms(10000)), "%s", why.text);
	cr_expect_eq(count, 1);
	cr_expect_eq(ntohl(v4->sin_addr.s_addr), 0x7f000002);
	cr_expect(!ask_until("bad.test", in_ms(10000)));
	cr_expect_str_eq(why.text, "no such name");
	cr_expect_eq(count, 0);
}

Test(lookup, a_silent_server_is_not_waited_for)
{
	cr_expect(!ask_until("silent.test", in_ms(20)));
	cr_expect(!ask_until("silent.test", clock_ns()));
	cr_expect_not_null(strstr(why.text, "no answer yet"));
	/* and others are answered meanwhile */
	cr_expect(ask_until("chat.test", in_ms(10000)));
	cr_expect_eq(server.asked, 2, "one question for each name");
	speak(2);
}

Test(lookup, a_late_answer_is_kept_for_who_asks_again)
{
	cr_expect(!ask_until("silent.test", in_ms(1)));
	speak(1);
	cr_expect(ask_until("silent.test", in_ms(10000)), "%s", why.text);
	cr_expect_eq(server.asked, 1);
}

Test(lookup, one_reload_sees_one_answer_and_the_next_one_asks)
{
	uint64_t until_ns = in_ms(10000);

	cr_expect(ask_until("chat.test", until_ns));
	cr_expect(ask_until("CHAT.test", until_ns));
	cr_expect_eq(server.asked, 1);
	cr_expect(!ask_until("bad.test", until_ns));
	cr_expect(!ask_until("bad.test", until_ns));
	cr_expect_eq(server.asked, 2);
	cr_expect(ask_until("chat.test", until_ns + 1));
	cr_expect_eq(server.asked, 3);
}

Test(lookup, there_is_a_limit_to_its_threads)
{
	char host[32];

	for (int i = 0; i < 16; i++) {
		snprintf(host, sizeof host, "silent%d.test", i);
		cr_expect(!ask_until(host, clock_ns()));
	}
	cr_expect(!ask_until("chat.test", in_ms(10000)));
	cr_expect_not_null(strstr(why.text, "16 other names"), "%s", why.text);
	speak(16);
	/* one that is answered makes room, taken or not */
	cr_expect(ask_until("silent0.test", in_ms(10000)), "%s", why.text);
	cr_expect(ask_until("chat.test", in_ms(10000)), "%s", why.text);
}

Test(lookup, it_ends_while_a_question_is_open)
{
	cr_expect(!ask_until("silent.test", clock_ns()));
	lookup_stop(&l);
	speak(1);
}
