/* Names resolved again: on a thread that may wait for ever.
 * SPDX-License-Identifier: MIT
 */
#include "control/resolver.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "config/load.h"
#include "config/location.h"

/* A name server of the test's own. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint32_t ip;        /* host order; 0 = "no such name" */
	bool is_silent;     /* answers nothing until this is off */
	unsigned questions; /* begun */
} server = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER };

static bool
ask(void *arg, const char *host, struct location *out, size_t *count_out,
    struct err *err)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->addr;
	uint32_t ip;

	(void)arg;
	cr_expect_str_eq(host, "chat.test");
	pthread_mutex_lock(&server.lock);
	server.questions++;
	pthread_cond_broadcast(&server.changed);
	while (server.is_silent)
		pthread_cond_wait(&server.changed, &server.lock);
	ip = server.ip;
	pthread_mutex_unlock(&server.lock);
	if (ip == 0)
		return err_set(err, "no such name");
	memset(out, 0, sizeof *out);
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(ip);
	out->addr_len = sizeof *v4;
	*count_out = 1;
	return true;
}

static void
serve(uint32_t ip, bool is_silent)
{
	pthread_mutex_lock(&server.lock);
	server.ip = ip;
	server.is_silent = is_silent;
	pthread_cond_broadcast(&server.changed);
	pthread_mutex_unlock(&server.lock);
}

/* Until so many more questions have begun. */
static void
wait_questions(unsigned more)
{
	unsigned until;

	pthread_mutex_lock(&server.lock);
	until = server.questions + more;
	while (server.questions < until)
		pthread_cond_wait(&server.changed, &server.lock);
	pthread_mutex_unlock(&server.lock);
}

static bool
resolve(void *arg, const char *host, struct location *out, size_t *count_out,
    struct err *err)
{
	(void)host, (void)err;
	serve(0x7f000002, false);
	return ask(arg, "chat.test", out, count_out, err);
}

static bool
read_config(void *arg, const char *path, struct buf *out, struct err *err)
{
	(void)path, (void)err;
	buf_puts(out, arg);
	return true;
}

static struct config *
load(const char *interval)
{
	char text[600];
	struct config_ports ports = { .read_file = read_config,
		.resolve = resolve, .arg = text, .processors = 1 };
	struct buf faults = { 0 };
	struct config *c;

	snprintf(text, sizeof text, "{\"listen\":[{\"address\":\"127.0.0.1:1\"}],"
	    "\"dns\":{\"interval\":\"%s\"},\"backends\":{"
	    "\"legacy\":{\"urls\":[\"http://chat.test:81\"]},"
	    "\"enhanced\":{\"urls\":[\"http://127.0.0.1:9\"]}}}", interval);
	c = config_load_from(&ports, "u.json", &faults);
	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

static const char *
address(struct resolver *r)
{
	static char text[LOCATION_TEXT_MAX];
	struct location found[LOCATIONS_MAX];
	size_t count;

	if (!resolver_lookup(r, "chat.test", found, &count))
		return "not watched";
	cr_assert_eq(count, 1);
	location_format(&found[0], text);
	return text;
}

/* As the control thread does: look at each tick, never wait. */
static void
wait_change(struct resolver *r)
{
	for (int i = 0; i < 30000 && !resolver_has_changed(r); i++)
		clock_nap(NS_PER_MS);
}

Test(resolver, tells_of_a_change_and_keeps_the_old_on_failure)
{
	struct config *c = load("10ms");
	struct resolver *r = resolver_new(ask, NULL);
	struct resolver_totals totals;

	resolver_watch(r, c);
	cr_expect_str_eq(address(r), "127.0.0.2:0", "what the loader found");
	wait_questions(2);
	cr_expect(!resolver_has_changed(r), "the same answer is no news");
	serve(0x7f000003, false);
	wait_change(r);
	cr_expect_str_eq(address(r), "127.0.0.3:0");
	serve(0, false);
	wait_questions(3);
	resolver_totals(r, &totals);
	cr_expect_geq(totals.failures, 1);
	cr_expect_eq(totals.failing, 1);
	cr_expect_str_eq(address(r), "127.0.0.3:0", "it holds");
	cr_expect(!resolver_has_changed(r));
	resolver_stop(&r);
	cr_expect_null(r);
	config_unref(&c);
}

Test(resolver, a_silent_server_holds_nobody_up)
{
	struct config *c = load("10ms");
	struct resolver *r = resolver_new(ask, NULL);

	serve(0x7f000002, true);
	resolver_watch(r, c);
	wait_questions(1);
	cr_expect_str_eq(address(r), "127.0.0.2:0");
	cr_expect(!resolver_has_changed(r));
	resolver_watch(r, c);
	cr_expect_str_eq(address(r), "127.0.0.2:0", "known by now");
	resolver_stop(&r);
	/* The thread wakes up to find that it is the last. */
	serve(0x7f000009, false);
	config_unref(&c);
}

Test(resolver, zero_means_never)
{
	struct config *c = load("0s");
	struct resolver *r = resolver_new(ask, NULL);

	resolver_watch(r, c);
	cr_expect_str_eq(address(r), "not watched");
	resolver_stop(&r);
	config_unref(&c);
}
