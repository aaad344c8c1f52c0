/* ring -- see ring.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/ring.h"

#include <assert.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define CACHE_LINE 64

/* A cell's sequence tells whose turn it is: index = free for the producer of
 * that lap, index + 1 = filled, index + capacity = free for the next lap. */
struct cell {
	_Atomic size_t sequence;
	char element[];
};

struct ring {
	size_t mask, cell_bytes, element_bytes;
	char *cells; /* owns */
	_Alignas(CACHE_LINE) _Atomic size_t head; /* next to put */
	_Alignas(CACHE_LINE) _Atomic size_t tail; /* next to take */
	_Alignas(CACHE_LINE) _Atomic uint32_t sleepers;
	_Atomic uint32_t bell; /* futex word: changes at every wake */
};

static struct cell *
cell_at(const struct ring *r, size_t at)
{
	return (struct cell *)(void *)(r->cells + (at & r->mask) *
	    r->cell_bytes);
}

struct ring *
ring_new(size_t capacity, size_t element_bytes)
{
	struct ring *r = aligned_alloc(CACHE_LINE, sizeof *r);
	size_t space = 2;

	if (r == NULL)
		abort();
	assert(capacity <= SIZE_MAX / 2 / (element_bytes + 64));
	memset(r, 0, sizeof *r);
	while (space < capacity)
		space *= 2;
	r->mask = space - 1;
	r->element_bytes = element_bytes;
	r->cell_bytes = (sizeof(struct cell) + element_bytes + 15) &
	    ~(size_t)15;
	r->cells = mem_zalloc(space * r->cell_bytes);
	for (size_t i = 0; i < space; i++)
		atomic_init(&cell_at(r, i)->sequence, i);
	return r;
}

void
ring_free(struct ring **slot)
{
	struct ring *r = *slot;

	if (r == NULL)
		return;
	*slot = NULL;
	free(r->cells);
	free(r);
}

static void
ring_bell(struct ring *r, int sleepers)
{
	atomic_fetch_add(&r->bell, 1);
	syscall(SYS_futex, &r->bell, FUTEX_WAKE_PRIVATE, sleepers, NULL,
	    NULL, 0);
}

bool
ring_put(struct ring *r, const void *element)
{
	size_t at = atomic_load_explicit(&r->head, memory_order_relaxed);
	struct cell *c;

	for (;;) {
		size_t sequence;

		c = cell_at(r, at);
		sequence = atomic_load_explicit(&c->sequence,
		    memory_order_acquire);
		if (sequence == at) {
			if (atomic_compare_exchange_weak_explicit(&r->head,
			    &at, at + 1, memory_order_relaxed,
			    memory_order_relaxed))
				break;
		} else if ((ptrdiff_t)(sequence - at) < 0) {
			return false;
		} else {
			at = atomic_load_explicit(&r->head,
			    memory_order_relaxed);
		}
	}
	memcpy(c->element, element, r->element_bytes);
	/* A sleeper counts itself before it looks again, we fill before we
	 * look for sleepers: in the one order of these (sequentially
	 * consistent) operations one of us sees the other. */
	atomic_store(&c->sequence, at + 1);
	if (atomic_load(&r->sleepers) > 0)
		ring_bell(r, 1);
	return true;
}

bool
ring_take(struct ring *r, void *element_out)
{
	size_t at = atomic_load_explicit(&r->tail, memory_order_relaxed);
	struct cell *c;

	for (;;) {
		size_t sequence;

		c = cell_at(r, at);
		sequence = atomic_load_explicit(&c->sequence,
		    memory_order_acquire);
		if (sequence == at + 1) {
			if (atomic_compare_exchange_weak_explicit(&r->tail,
			    &at, at + 1, memory_order_release,
			    memory_order_relaxed))
				break;
		} else if ((ptrdiff_t)(sequence - (at + 1)) < 0) {
			return false;
		} else {
			at = atomic_load_explicit(&r->tail,
			    memory_order_relaxed);
		}
	}
	memcpy(element_out, c->element, r->element_bytes);
	atomic_store_explicit(&c->sequence, at + r->mask + 1,
	    memory_order_release);
	return true;
}

/* Looks at the cell, not at the counters: what is promised to be seen here
 * (see ring_put) is the store that fills a cell. */
static bool
is_empty(struct ring *r)
{
	for (;;) {
		size_t at = atomic_load(&r->tail);
		size_t sequence = atomic_load(&cell_at(r, at)->sequence);

		if (sequence == at + 1)
			return false;
		/* Beyond: another consumer took it meanwhile, look again. */
		if ((ptrdiff_t)(sequence - (at + 1)) < 0)
			return true;
	}
}

void
ring_wait(struct ring *r, unsigned timeout_ms)
{
	const struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = (long)(timeout_ms % 1000) * 1000000 };
	uint32_t bell = atomic_load(&r->bell);

	atomic_fetch_add(&r->sleepers, 1);
	if (is_empty(r))
		syscall(SYS_futex, &r->bell, FUTEX_WAIT_PRIVATE, bell,
		    &timeout, NULL, 0);
	atomic_fetch_sub(&r->sleepers, 1);
}

void
ring_wake(struct ring *r)
{
	ring_bell(r, INT32_MAX);
}

size_t
ring_count(struct ring *r)
{
	size_t tail = atomic_load(&r->tail);
	size_t inside = atomic_load(&r->head) - tail;

	/* Both move on between the two loads: a full ring may look fuller than
	 * it is, and must not look empty. */
	if ((ptrdiff_t)inside < 0)
		return 0;
	return inside > r->mask + 1 ? r->mask + 1 : inside;
}
