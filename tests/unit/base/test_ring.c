/* The ring: order, fullness, and several threads at once.
 * SPDX-License-Identifier: MIT
 *
 * Built with -fsanitize=thread these tests are also the proof that its
 * atomics are enough.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/ring.h"

Test(ring, gives_back_in_order_over_many_laps)
{
	struct ring *r = ring_new(4, sizeof(int));
	int in = 0, out = 0, got;

	for (int lap = 0; lap < 1000; lap++) {
		for (int i = 0; i <= lap % 4; i++, in++)
			cr_assert(ring_put(r, &in));
		while (ring_take(r, &got))
			cr_assert_eq(got, out++);
		cr_assert_eq(in, out);
	}
	ring_free(&r);
	cr_expect_null(r);
	ring_free(&r);
}

Test(ring, refuses_when_full)
{
	struct ring *r = ring_new(4, sizeof(int));
	int got, value = 0;

	cr_expect_eq(ring_count(r), 0);
	cr_expect_not(ring_take(r, &got));
	for (; value < 4; value++)
		cr_expect(ring_put(r, &value));
	cr_expect_not(ring_put(r, &value));
	cr_expect_eq(ring_count(r), 4);
	cr_expect(ring_take(r, &got));
	cr_expect_eq(got, 0);
	cr_expect(ring_put(r, &value));
	cr_expect_not(ring_put(r, &value));
	ring_free(&r);
}

Test(ring, rounds_its_capacity_up)
{
	static const struct {
		size_t capacity, want;
	} rows[] = { { 0, 2 }, { 1, 2 }, { 2, 2 }, { 3, 4 }, { 1000, 1024 } };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ring *r = ring_new(rows[i].capacity, 1);
		size_t fits = 0;

		while (ring_put(r, "x"))
			fits++;
		cr_expect_eq(fits, rows[i].want, "%zu: %zu", rows[i].capacity,
		    fits);
		ring_free(&r);
	}
}

Test(ring, copies_elements_of_odd_sizes)
{
	for (size_t size = 1; size < 100; size += 7) {
		struct ring *r = ring_new(8, size);
		char in[100], out[100] = { 0 };

		for (int i = 0; i < 8; i++) {
			memset(in, 'a' + i, sizeof in);
			cr_assert(ring_put(r, in));
		}
		for (int i = 0; i < 8; i++) {
			memset(in, 'a' + i, sizeof in);
			cr_assert(ring_take(r, out));
			cr_assert_eq(memcmp(in, out, size), 0);
			cr_assert(size == sizeof out || out[size] == 0);
		}
		ring_free(&r);
	}
}

/* --- several threads ---------------------------------------------------------- */

#define PRODUCERS 3
#define CONSUMERS 3
#define EACH 20000

struct element {
	unsigned producer;
	unsigned number;
	unsigned long check; /* of both: a torn copy would not fit */
};

struct traffic {
	struct ring *ring;
	size_t capacity;
	_Atomic unsigned taken;
	_Atomic bool wrong;
	_Atomic unsigned char seen[PRODUCERS][EACH];
	bool wait; /* sleep when empty, else spin */
};

struct producer {
	struct traffic *traffic;
	unsigned number;
};

static unsigned long
check_of(unsigned producer, unsigned number)
{
	return (producer + 1) * 1000003ul ^ number * 7919ul;
}

static void *
produce(void *arg)
{
	struct producer *p = arg;

	for (unsigned i = 0; i < EACH; i++) {
		struct element e = { p->number, i, check_of(p->number, i) };

		while (!ring_put(p->traffic->ring, &e))
			sched_yield();
	}
	return NULL;
}

/* What one consumer sees of one producer must be in order. */
static void *
consume(void *arg)
{
	struct traffic *t = arg;
	unsigned next[PRODUCERS] = { 0 };
	struct element e;

	while (atomic_load(&t->taken) < PRODUCERS * EACH) {
		if (!ring_take(t->ring, &e)) {
			if (t->wait)
				ring_wait(t->ring, 50);
			else
				sched_yield();
			continue;
		}
		if (e.producer >= PRODUCERS || e.number < next[e.producer] ||
		    e.check != check_of(e.producer, e.number))
			atomic_store(&t->wrong, true);
		else
			next[e.producer] = e.number + 1;
		if (e.producer < PRODUCERS && e.number < EACH)
			atomic_fetch_add(&t->seen[e.producer][e.number], 1);
		if (ring_count(t->ring) > t->capacity)
			atomic_store(&t->wrong, true);
		atomic_fetch_add(&t->taken, 1);
	}
	return NULL;
}

static void
run_traffic(size_t capacity, bool wait)
{
	struct traffic t = { .ring = ring_new(capacity, sizeof(struct element)),
		.capacity = capacity, .wait = wait };
	pthread_t producers[PRODUCERS], consumers[CONSUMERS];
	struct producer args[PRODUCERS];

	for (unsigned i = 0; i < CONSUMERS; i++)
		cr_assert_eq(pthread_create(&consumers[i], NULL, consume, &t), 0);
	for (unsigned i = 0; i < PRODUCERS; i++) {
		args[i] = (struct producer){ &t, i };
		cr_assert_eq(pthread_create(&producers[i], NULL, produce,
		    &args[i]), 0);
	}
	for (unsigned i = 0; i < PRODUCERS; i++)
		pthread_join(producers[i], NULL);
	for (unsigned i = 0; i < CONSUMERS; i++)
		pthread_join(consumers[i], NULL);
	cr_expect_not(atomic_load(&t.wrong));
	cr_expect_eq(atomic_load(&t.taken), PRODUCERS * EACH);
	cr_expect_eq(ring_count(t.ring), 0);
	for (unsigned p = 0; p < PRODUCERS; p++)
		for (unsigned i = 0; i < EACH; i++)
			cr_assert_eq(t.seen[p][i], 1, "%u of %u", i, p);
	ring_free(&t.ring);
}

Test(ring, loses_and_doubles_nothing_among_threads, .timeout = 120)
{
	run_traffic(2, false);
	run_traffic(64, false);
}

Test(ring, loses_nothing_among_threads_that_sleep, .timeout = 120)
{
	run_traffic(2, true);
	run_traffic(1024, true);
}

/* --- sleeping and waking ------------------------------------------------------ */

#define ROUNDS 2000
#define FOREVER_MS 30000

struct table_tennis {
	struct ring *there, *back;
};

static void *
hit_back(void *arg)
{
	struct table_tennis *game = arg;

	for (int got = 0; got < ROUNDS - 1; ) {
		if (ring_take(game->there, &got))
			(void)!ring_put(game->back, &got);
		else
			ring_wait(game->there, FOREVER_MS);
	}
	return NULL;
}

/* Each side sleeps until the other has put something: one wake lost would
 * take FOREVER_MS. */
Test(ring, wakes_a_sleeper_every_time, .timeout = 120)
{
	struct table_tennis game = { ring_new(2, sizeof(int)),
		ring_new(2, sizeof(int)) };
	uint64_t start = clock_ns();
	pthread_t other;

	cr_assert_eq(pthread_create(&other, NULL, hit_back, &game), 0);
	for (int i = 0; i < ROUNDS; i++) {
		int got;

		cr_assert(ring_put(game.there, &i));
		while (!ring_take(game.back, &got))
			ring_wait(game.back, FOREVER_MS);
		cr_assert_eq(got, i);
	}
	pthread_join(other, NULL);
	cr_expect_lt(clock_ns() - start, FOREVER_MS * NS_PER_MS);
	ring_free(&game.there);
	ring_free(&game.back);
}

struct sleeper {
	struct ring *ring;
	_Atomic bool stop;
	_Atomic unsigned ended;
};

static void *
sleep_until_stopped(void *arg)
{
	struct sleeper *s = arg;

	while (!atomic_load(&s->stop))
		ring_wait(s->ring, FOREVER_MS);
	atomic_fetch_add(&s->ended, 1);
	return NULL;
}

Test(ring, wake_reaches_every_sleeper, .timeout = 120)
{
	struct sleeper s = { .ring = ring_new(2, 1) };
	uint64_t start = clock_ns();
	pthread_t threads[4];

	for (size_t i = 0; i < COUNT_OF(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL,
		    sleep_until_stopped, &s), 0);
	atomic_store(&s.stop, true);
	/* Again and again, because a thread may only now fall asleep. */
	while (atomic_load(&s.ended) < COUNT_OF(threads)) {
		ring_wake(s.ring);
		sched_yield();
	}
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	cr_expect_lt(clock_ns() - start, FOREVER_MS * NS_PER_MS);
	ring_free(&s.ring);
}

Test(ring, does_not_sleep_when_something_is_inside, .timeout = 60)
{
	struct ring *r = ring_new(2, 1);
	uint64_t start = clock_ns();

	cr_assert(ring_put(r, "x"));
	ring_wait(r, FOREVER_MS);
	cr_expect_lt(clock_ns() - start, FOREVER_MS * NS_PER_MS);
	ring_free(&r);
}

Test(ring, wait_ends_with_its_time)
{
	struct ring *r = ring_new(2, 1);
	uint64_t start = clock_ns();

	ring_wait(r, 20);
	cr_expect_geq(clock_ns() - start, 19 * NS_PER_MS);
	ring_free(&r);
}
