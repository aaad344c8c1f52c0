/* burst -- see burst.h.
 * SPDX-License-Identifier: MIT
 *
 * By the bare system calls: of what liburing does, little is needed.
 */
#include "net/burst.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/socket_io.h"

#if SOCKET_IO_DIRECT && defined(SYS_io_uring_setup) && \
    __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#endif

/* Linux 6.1, which runs nothing behind our back: no signal-like interrupts
 * for what has completed, and one thread that submits. */
#ifdef IORING_SETUP_DEFER_TASKRUN

struct burst {
	int fd;                   /* owns */
	void *queues;             /* owns, both rings */
	size_t queues_bytes;
	struct io_uring_sqe *asked; /* owns */
	unsigned *asked_tail, *told_head, *told_tail;
	unsigned asked_mask, told_mask;
	const struct io_uring_cqe *told;
	bool is_broken;           /* what it tells may be of an earlier burst */
};

/* Where the kernel put something. */
static void *
within(const struct burst *r, uint32_t offset)
{
	return (char *)r->queues + offset;
}

static void *
map(const struct burst *r, size_t len, off_t what)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_POPULATE, r->fd, what);

	return at == MAP_FAILED ? NULL : at;
}

static bool
map_queues(struct burst *r, const struct io_uring_params *p)
{
	size_t asked = p->sq_off.array + p->sq_entries * sizeof(unsigned);
	size_t told = p->cq_off.cqes + p->cq_entries * sizeof r->told[0];
	unsigned *order;

	r->queues_bytes = asked > told ? asked : told;
	r->queues = map(r, r->queues_bytes, IORING_OFF_SQ_RING);
	r->asked = map(r, BURST_SENDS * sizeof r->asked[0], IORING_OFF_SQES);
	if (r->queues == NULL || r->asked == NULL)
		return false;
	r->asked_tail = within(r, p->sq_off.tail);
	r->asked_mask = *(unsigned *)within(r, p->sq_off.ring_mask);
	r->told_head = within(r, p->cq_off.head);
	r->told_tail = within(r, p->cq_off.tail);
	r->told_mask = *(unsigned *)within(r, p->cq_off.ring_mask);
	r->told = within(r, p->cq_off.cqes);
	order = within(r, p->sq_off.array);
	for (unsigned i = 0; i < p->sq_entries; i++)
		order[i] = i;
	return true;
}

struct burst *
burst_new(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SINGLE_ISSUER |
		IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL };
	struct burst *r = mem_zalloc(sizeof *r);

	r->fd = (int)syscall(SYS_io_uring_setup, BURST_SENDS, &p);
	if (r->fd == -1 || (p.features & IORING_FEAT_SINGLE_MMAP) == 0 ||
	    p.sq_entries != BURST_SENDS || !map_queues(r, &p))
		burst_free(&r);
	return r;
}

void
burst_free(struct burst **slot)
{
	struct burst *r = *slot;

	*slot = NULL;
	if (r == NULL)
		return;
	if (r->queues != NULL)
		munmap(r->queues, r->queues_bytes);
	if (r->asked != NULL)
		munmap(r->asked, BURST_SENDS * sizeof r->asked[0]);
	if (r->fd != -1)
		close(r->fd);
	free(r);
}

static void
ask(struct burst *r, const struct burst_send *send, int number)
{
	unsigned tail = *r->asked_tail;

	r->asked[tail & r->asked_mask] = (struct io_uring_sqe){
		.opcode = IORING_OP_SEND, .fd = send->fd,
		.addr = (uintptr_t)send->bytes, .len = (uint32_t)send->len,
		.msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT,
		.user_data = (uint64_t)number };
	__atomic_store_n(r->asked_tail, tail + 1, __ATOMIC_RELEASE);
}

/* Take what is told; returns how many. */
static int
take_told(struct burst *r, struct burst_send *sends)
{
	unsigned at = *r->told_head;
	unsigned end = __atomic_load_n(r->told_tail, __ATOMIC_ACQUIRE);
	int count = (int)(end - at);

	for (; at != end; at++) {
		const struct io_uring_cqe *c = &r->told[at & r->told_mask];

		sends[c->user_data].sent = c->res;
	}
	__atomic_store_n(r->told_head, end, __ATOMIC_RELEASE);
	return count;
}

static int
enter(const struct burst *r, int fresh, int least)
{
	return (int)syscall(SYS_io_uring_enter, r->fd, fresh, least,
	    least > 0 ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
}

int
burst_send(struct burst *r, struct burst_send *sends, int count)
{
	int taken, told;

	if (r->is_broken)
		return 0;
	for (int i = 0; i < count; i++) {
		sends[i].sent = -EIO;
		ask(r, &sends[i], i);
	}
	taken = enter(r, count, 0);
	if (taken < 0)
		return 0;
	told = take_told(r, sends);
	/* Not seen with sockets that do not block; but what was taken must not
	 * be sent again: if it cannot be waited for, it has failed. */
	while (told < taken) {
		r->is_broken = enter(r, 0, 1) == -1 && errno != EINTR;
		if (r->is_broken)
			break;
		told += take_told(r, sends);
	}
	return taken;
}

#else

struct burst {
	int none;
};

struct burst *
burst_new(void)
{
	return NULL;
}

void
burst_free(struct burst **slot)
{
	*slot = NULL;
}

int
burst_send(struct burst *r UNUSED, struct burst_send *sends UNUSED,
    int count UNUSED)
{
	return 0;
}

#endif
