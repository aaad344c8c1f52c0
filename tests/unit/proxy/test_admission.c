/* Caps that threads share: exact where they say so, and never lost.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/compiler.h"
#include "base/ip.h"
#include "proxy/peer_counts.h"
#include "proxy/quota.h"

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	cr_assert(ip_parse(text, strlen(text), &ip), "%s", text);
	return ip;
}

Test(peer_counts, tells_addresses_apart)
{
	static const struct {
		const char *why, *one, *other;
		bool same;
	} rows[] = {
		{ "itself", "192.0.2.1", "192.0.2.1", true },
		{ "a neighbour", "192.0.2.1", "192.0.2.2", false },
		{ "the same /64", "2001:db8::1", "2001:db8::ffff:2", true },
		{ "another /64", "2001:db8::1", "2001:db8:0:1::1", false },
		{ "IPv4 in IPv6", "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "two IPv4 in IPv6", "::ffff:192.0.2.1", "::ffff:192.0.2.2",
		    false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct peer_counts *c = peer_counts_new(100);
		struct ip one = ip_of(rows[i].one);
		struct ip other = ip_of(rows[i].other);
		bool counted;

		cr_expect(peer_counts_enter(c, &one, 1, &counted) && counted);
		cr_expect_eq(peer_counts_enter(c, &other, 1, &counted),
		    !rows[i].same, "%s", rows[i].why);
		cr_expect_eq(counted, !rows[i].same, "%s", rows[i].why);
		peer_counts_leave(c, &one);
		cr_expect(peer_counts_enter(c, &one, 1, &counted), "%s",
		    rows[i].why);
		peer_counts_free(&c);
	}
}

/* More addresses than words: whoever finds none is let in uncounted. */
Test(peer_counts, never_harms_an_innocent)
{
	struct peer_counts *c = peer_counts_new(8);
	size_t counted = 0;
	struct ip p = ip_of("10.0.0.0");
	bool is_counted;

	for (int i = 0; i < 1000; i++) {
		p.bytes[14] = (uint8_t)(i / 256);
		p.bytes[15] = (uint8_t)i;
		cr_assert(peer_counts_enter(c, &p, 1, &is_counted), "%d", i);
		counted += is_counted;
	}
	cr_expect_eq(counted, 32, "four words for each connection");
	peer_counts_free(&c);
}

/* --- many threads ------------------------------------------------------- */

#define THREADS 4
#define ROUNDS 20000

static struct crowd {
	struct peer_counts *counts;
	struct shared_quota quota;
	_Atomic unsigned inside, most;
} crowd;

static void *
come_and_go(void *arg)
{
	unsigned worker = *(const unsigned *)arg;
	struct ip p = ip_of("192.0.2.1");
	bool counted;

	for (int i = 0; i < ROUNDS; i++) {
		unsigned inside;

		if (peer_counts_enter(crowd.counts, &p, 2, &counted))
			peer_counts_leave(crowd.counts, &p);
		if (!shared_quota_take(&crowd.quota, worker, 1000))
			continue;
		inside = atomic_fetch_add(&crowd.inside, 1) + 1;
		if (inside > atomic_load(&crowd.most))
			atomic_store(&crowd.most, inside);
		if (i % 3 != 0) {
			atomic_fetch_sub(&crowd.inside, 1);
			shared_quota_give(&crowd.quota, worker, 1000);
		}
	}
	return NULL;
}

Test(quota, holds_under_threads)
{
	static const unsigned workers[THREADS] = { 0, 1, 2, 3 };
	pthread_t threads[THREADS];
	struct ip p = ip_of("192.0.2.1");
	bool counted;

	crowd.counts = peer_counts_new(100);
	shared_quota_init(&crowd.quota, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, come_and_go,
		    (void *)(uintptr_t)&workers[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_leq(crowd.most, 1000);
	cr_expect_eq(crowd.inside, 1000, "all of it is used: %u", crowd.inside);
	cr_expect(peer_counts_enter(crowd.counts, &p, 1, &counted),
	    "all have left");
	for (unsigned i = 0; i < 1000; i++)
		shared_quota_give(&crowd.quota, i % THREADS, 1000);
	for (unsigned i = 0; i < THREADS; i++)
		shared_quota_settle(&crowd.quota, i);
	cr_expect_eq(crowd.quota.quota.used, 0, "and all is given back");
	shared_quota_fini(&crowd.quota);
	peer_counts_free(&crowd.counts);
}

Test(quota, a_small_one_is_exact)
{
	struct shared_quota q;

	shared_quota_init(&q, 2);
	for (unsigned i = 0; i < 5; i++)
		cr_expect(shared_quota_take(&q, i % 2, 5), "%u", i);
	cr_expect_not(shared_quota_take(&q, 0, 5));
	shared_quota_give(&q, 1, 5);
	cr_expect(shared_quota_take(&q, 0, 5), "what one gave the other has");
	for (int i = 0; i < 5; i++)
		shared_quota_give(&q, 0, 5);
	cr_expect_eq(q.quota.used, 0);
	shared_quota_fini(&q);
}

/* Whatever lies with another worker that has nothing to do. */
Test(quota, a_large_one_is_exact)
{
	struct shared_quota q;
	unsigned taken = 0;

	shared_quota_init(&q, 3);
	cr_expect(shared_quota_take(&q, 1, 10000));
	cr_expect(shared_quota_take(&q, 2, 10000));
	cr_expect_gt(q.quota.used, 2, "they have some in advance");
	while (shared_quota_take(&q, 0, 10000))
		taken++;
	cr_expect_eq(taken, 9998u, "%u", taken);
	shared_quota_fini(&q);
}

Test(quota, a_lowered_one_is_whole_at_once)
{
	struct shared_quota q;

	shared_quota_init(&q, 2);
	cr_expect(shared_quota_take(&q, 0, 10000));
	cr_expect(shared_quota_take(&q, 1, 2), "the other has heard of it first");
	cr_expect_not(shared_quota_take(&q, 1, 2));
	shared_quota_fini(&q);
}

/* Its own advance is of the larger one, too. */
Test(quota, a_lowered_one_holds)
{
	struct shared_quota q;

	shared_quota_init(&q, 2);
	cr_expect(shared_quota_take(&q, 0, 10000));
	shared_quota_settle(&q, 0);
	cr_expect(shared_quota_take(&q, 0, 2));
	cr_expect_not(shared_quota_take(&q, 0, 2));
	shared_quota_fini(&q);
}
