/* test_outbox -- sends that leave together, by a ring and one by one.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/outbox.h"
#include "net/socket_io.h"

#define COUNT OUTBOX_ITEMS

/* --- what is asked of the kernel ---------------------------------------------- */

/* Of the calls that go by syscall(2): how many there were, and how the ring is
 * to fail. */
static struct {
	bool counts;
	unsigned enters, sends, setups;
	int takes;      /* at most so many of what the ring is given; -1 = all */
	int says;       /* it says so many; -1 = as it is */
	bool refuses_submit, refuses_wait;
} door = { .takes = -1, .says = -1 };

static long (*next_door)(long number, ...);

__attribute__((constructor)) static void
find_next_door(void)
{
	void *found = dlsym(RTLD_NEXT, "syscall");

	memcpy(&next_door, &found, sizeof next_door);
}

#ifdef SYS_io_uring_enter
static long
enter(const long a[6])
{
	bool waits = a[1] == 0;
	long most = a[1], done;

	door.enters++;
	if (waits ? door.refuses_wait : door.refuses_submit) {
		errno = EBADF;
		return -1;
	}
	if (!waits && door.takes >= 0 && most > door.takes)
		most = door.takes;
	done = next_door(SYS_io_uring_enter, a[0], most, a[2], a[3], a[4], a[5]);
	return !waits && door.says >= 0 ? door.says : done;
}
#endif

/* In place of the C library's. */
long
syscall(long number, ...)
{
	va_list ap;
	long a[6];

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
#ifdef SYS_io_uring_enter
	if (door.counts && number == SYS_io_uring_enter)
		return enter(a);
	door.setups += door.counts && number == SYS_io_uring_setup;
#endif
	door.sends += door.counts && number == SYS_sendto;
	return next_door(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- the sockets ---------------------------------------------------------------- */

static struct outbox *o;
static int fds[COUNT], peers[COUNT];

/* Nothing of them is looked into. */
static char owners[COUNT];

static struct stream *
owner(int i)
{
	return (struct stream *)(void *)&owners[i];
}

static void
begin(void)
{
	int pair[2];

	o = calloc(1, sizeof *o);
	for (int i = 0; i < COUNT; i++) {
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
		    pair), 0);
		fds[i] = pair[0];
		peers[i] = pair[1];
	}
	door.counts = true;
}

static void
end(void)
{
	door.counts = false;
	outbox_fini(o);
	free(o);
	for (int i = 0; i < COUNT; i++) {
		close(fds[i]);
		close(peers[i]);
	}
}

/* Sanitizers look into what the C library sends, so there the program has no
 * ring, nor has it tests here. */
#if SOCKET_IO_DIRECT
/* Where the kernel gives none they are skipped (tests/tally counts the line). */
static void
need_ring(void)
{
	struct burst *r;

	door.counts = false;
	r = burst_new();
	door.counts = true;
	if (r == NULL) {
		fprintf(stderr, "SKIP outbox: the kernel gives no io_uring\n");
		cr_skip_test("no io_uring");
	}
	burst_free(&r);
}
#endif

static void
put(int i, const char *text)
{
	const struct iovec v = { .iov_base = (void *)(uintptr_t)text,
		.iov_len = strlen(text) };

	cr_assert_eq(outbox_put(o, owner(i), fds[i], &v, 1, v.iov_len),
	    o->count - 1);
}

static void
put_all(int count)
{
	char text[16];

	for (int i = 0; i < count; i++) {
		snprintf(text, sizeof text, "piece %d", i);
		put(i, text);
	}
}

/* What has come, and a mark where nothing has. */
static const char *
come(int i)
{
	static char text[256];
	ssize_t got = read(peers[i], text, sizeof text - 1);

	text[got > 0 ? got : 0] = '\0';
	return got == -1 && errno == EAGAIN ? "(nothing)" : text;
}

static void
expect_all(int count)
{
	char text[16];

	for (int i = 0; i < count; i++) {
		snprintf(text, sizeof text, "piece %d", i);
		cr_expect_str_eq(come(i), text);
		cr_expect_str_eq(come(i), "(nothing)");
		cr_expect_eq(o->items[i].sent, (ssize_t)strlen(text));
	}
}

/* As whoever has looked at what became of them does. */
static void
empty(void)
{
	o->count = 0;
	o->used_bytes = 0;
}

TestSuite(outbox, .init = begin, .fini = end);

/* --- the tests ------------------------------------------------------------------ */

Test(outbox, has_room_for_so_many_and_so_much)
{
	static const struct {
		const char *why;
		int count;
		size_t used, len;
		bool want;
	} cases[] = {
		{ "nothing is in it", 0, 0, OUTBOX_PIECE, true },
		{ "the last place", OUTBOX_ITEMS - 1, 0, 1, true },
		{ "no place", OUTBOX_ITEMS, 0, 1, false },
		{ "the last byte", 1, OUTBOX_BYTES - 10, 10, true },
		{ "one byte too many", 1, OUTBOX_BYTES - 10, 11, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		o->count = cases[i].count;
		o->used_bytes = cases[i].used;
		cr_expect_eq(outbox_has_room(o, cases[i].len), cases[i].want,
		    "%s", cases[i].why);
	}
	empty();
}

Test(outbox, copies_the_slices)
{
	char one[] = "one ", two[] = "two";
	const struct iovec v[] = { { one, 4 }, { two, 3 } };

	cr_expect_eq(outbox_put(o, owner(0), fds[0], v, 2, 7), 0);
	memset(one, 'x', 4);
	memset(two, 'x', 3);
	put(1, "another");
	cr_expect_eq(o->used_bytes, 14u);
	outbox_send(o);
	cr_expect_str_eq(come(0), "one two");
	cr_expect_str_eq(come(1), "another");
}

#if SOCKET_IO_DIRECT
/* From three on; a ring costs more than it saves for fewer. */
Test(outbox, leaves_as_one_call)
{
	need_ring();
	for (int count = 1; count <= COUNT; count++) {
		bool is_one = count >= 3;

		door.enters = door.sends = 0;
		put_all(count);
		outbox_send(o);
		cr_expect_eq(door.enters, is_one ? 1u : 0u, "%d of them", count);
		cr_expect_eq(door.sends, is_one ? 0u : (unsigned)count,
		    "%d of them", count);
		expect_all(count);
		empty();
	}
	cr_expect_eq(door.setups, 1u, "one ring for all");
}
#endif

static void
expect_no_gap(void)
{
	put_all(6);
	o->owners[0] = o->owners[3] = o->owners[5] = NULL;
	outbox_send(o);
	cr_assert_eq(o->count, 3);
	cr_expect_eq(o->owners[0], owner(1));
	cr_expect_eq(o->owners[1], owner(2));
	cr_expect_eq(o->owners[2], owner(4));
	for (int i = 0; i < 6; i++) {
		bool was_taken = i == 0 || i == 3 || i == 5;
		char text[16];

		snprintf(text, sizeof text, "piece %d", i);
		cr_expect_str_eq(come(i), was_taken ? "(nothing)" : text);
	}
	for (int i = 0; i < 3; i++)
		cr_expect_eq(o->items[i].sent, 7);
}

Test(outbox, what_was_taken_out_leaves_no_gap)
{
	expect_no_gap();
}

Test(outbox, what_was_taken_out_leaves_no_gap_one_by_one)
{
	o->burst_was_asked = true;
	expect_no_gap();
	cr_expect_null(o->burst);
}

/* One has no room, one is dead, one has room for a part. */
static void
expect_as_far_as_it_goes(void)
{
	static char large[3 * OUTBOX_PIECE];
	const struct iovec v = { large, sizeof large };
	int little = 1;
	ssize_t sent;

	setsockopt(fds[3], SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
	while ((sent = send(fds[1], large, sizeof large, 0)) > 0)
		continue;
	close(peers[2]);
	peers[2] = -1;
	put_all(3);
	outbox_put(o, owner(3), fds[3], &v, 1, v.iov_len);
	put(4, "the last");
	outbox_send(o);
	cr_expect_eq(o->items[0].sent, 7);
	cr_expect_eq(o->items[1].sent, -EAGAIN);
	cr_expect_eq(o->items[2].sent, -EPIPE);
	cr_expect_gt(o->items[3].sent, 0);
	cr_expect_lt(o->items[3].sent, (ssize_t)sizeof large);
	cr_expect_str_eq(come(4), "the last");
}

Test(outbox, each_goes_as_far_as_it_goes)
{
	expect_as_far_as_it_goes();
}

Test(outbox, each_goes_as_far_as_it_goes_one_by_one)
{
	o->burst_was_asked = true;
	expect_as_far_as_it_goes();
}

/* --- rings that fail -------------------------------------------------------------- */

Test(outbox, without_a_ring_nothing_is_lost_and_none_asked_for_again)
{
	struct rlimit before, none;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int round = 0; round < 3; round++) {
		put_all(COUNT);
		outbox_send(o);
		expect_all(COUNT);
		empty();
	}
	cr_expect_eq(door.enters, 0u);
	cr_expect_leq(door.setups, 1u);
	setrlimit(RLIMIT_NOFILE, &before);
}

#if SOCKET_IO_DIRECT
static void
expect_without_it_from_here_on(void)
{
	cr_expect_null(o->burst, "it is not to be used any more");
	door.enters = door.setups = 0;
	put_all(COUNT);
	outbox_send(o);
	expect_all(COUNT);
	cr_expect_eq(door.enters, 0u);
	cr_expect_eq(door.setups, 0u);
}

Test(outbox, a_ring_that_takes_a_few_leaves_the_rest_to_us)
{
	need_ring();
	for (int takes = 1; takes < COUNT; takes += 5) {
		o->burst_was_asked = false;
		door.takes = takes;
		put_all(COUNT);
		outbox_send(o);
		expect_all(COUNT);
		empty();
		expect_without_it_from_here_on();
		empty();
	}
}

Test(outbox, a_ring_that_breaks_leaves_all_to_us)
{
	need_ring();
	door.refuses_submit = true;
	put_all(COUNT);
	outbox_send(o);
	expect_all(COUNT);
	empty();
	expect_without_it_from_here_on();
}

/* It may have left: who sends it again may send it twice. */
Test(outbox, what_a_ring_took_and_told_nothing_of_has_failed)
{
	need_ring();
	door.takes = 1;
	door.says = 2;
	door.refuses_wait = true;
	put_all(3);
	outbox_send(o);
	cr_expect_eq(o->items[0].sent, 7);
	cr_expect_eq(o->items[1].sent, -EIO);
	cr_expect_eq(o->items[2].sent, 7);
	cr_expect_str_eq(come(0), "piece 0");
	cr_expect_str_eq(come(1), "(nothing)");
	cr_expect_str_eq(come(2), "piece 2");
	empty();
	door.takes = door.says = -1;
	expect_without_it_from_here_on();
}

/* What it tells later is of pieces that are no more. */
Test(outbox, a_ring_that_took_all_and_did_not_tell_is_given_up_too)
{
	need_ring();
	door.takes = 2;
	door.says = 3;
	door.refuses_wait = true;
	put_all(3);
	outbox_send(o);
	cr_expect_eq(o->items[1].sent, 7);
	cr_expect_eq(o->items[2].sent, -EIO);
	for (int i = 0; i < 2; i++)
		cr_expect_str_eq(come(i), i == 0 ? "piece 0" : "piece 1");
	empty();
	door.takes = door.says = -1;
	door.refuses_wait = false;
	put_all(COUNT);
	outbox_send(o);
	expect_all(COUNT);
	empty();
	expect_without_it_from_here_on();
}
#endif
