/* test_stream -- gathering, back-pressure and failures over a socket pair.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"

struct stage {
	struct loop loop;
	struct stream s;
	int peer;
	unsigned readable, drained, failed;
	size_t bytes;          /* read, of all */
	enum io last;          /* what the last read said */
	bool close_when_readable;
};

static void
on_readable(void *arg)
{
	struct stage *st = arg;
	char bytes[64];
	size_t got;

	st->readable++;
	if (st->close_when_readable)
		stream_close(&st->s);
	else {
		st->last = stream_read(&st->s, bytes, sizeof bytes, &got);
		st->bytes += got;
		if (st->last == IO_EOF || st->last == IO_FAIL)
			stream_pause(&st->s, PAUSE_ENDED);
	}
}

static void
on_nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

static void
on_drained(void *arg)
{
	((struct stage *)arg)->drained++;
}

static void
on_connected(void *arg)
{
	(void)arg;
}

static void
on_failed(void *arg)
{
	struct stage *st = arg;

	st->failed++;
	stream_close(&st->s);
}

static const struct stream_ops ops = { on_readable, on_drained, on_connected,
	on_failed, NULL };

static struct stage *
stage_new(void)
{
	struct stage *st = calloc(1, sizeof *st);
	struct err err = { "" };
	int fds[2];

	cr_assert(loop_init(&st->loop, &err), "%s", err.text);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
	    0);
	st->peer = fds[1];
	stream_open(&st->s, &st->loop, fds[0], &ops, st);
	return st;
}

static void
stage_free(struct stage *st)
{
	stream_close(&st->s);
	if (st->peer != -1)
		close(st->peer);
	loop_fini(&st->loop);
	free(st);
}

static size_t
drain_peer(struct stage *st)
{
	char bytes[65536];
	size_t total = 0;
	ssize_t got;

	while ((got = read(st->peer, bytes, sizeof bytes)) > 0)
		total += (size_t)got;
	return total;
}

Test(stream, slices_leave_in_order_at_the_flush_and_not_before)
{
	struct stage *st = stage_new();
	char bytes[32] = "";

	stream_write(&st->s, "one ", 4);
	stream_write_small(&st->s, "two ", 4);
	stream_write(&st->s, "three", 5);
	cr_expect_eq(read(st->peer, bytes, sizeof bytes), -1);
	stream_flush_gathered(&st->loop);
	cr_expect_eq(read(st->peer, bytes, sizeof bytes), 13);
	cr_expect_str_eq(bytes, "one two three");
	cr_expect_eq(st->s.accepted_bytes, 13u);
	stage_free(st);
}

Test(stream, what_was_not_flushed_can_be_revoked)
{
	struct stage *st = stage_new();
	char bytes[32];
	uint64_t mark = st->s.accepted_bytes;

	stream_write(&st->s, "no", 2);
	cr_expect(stream_revoke(&st->s, mark));
	stream_flush_gathered(&st->loop);
	cr_expect_eq(read(st->peer, bytes, sizeof bytes), -1);
	stream_write(&st->s, "yes", 3);
	stream_flush_gathered(&st->loop);
	cr_expect_not(stream_revoke(&st->s, mark));
	stage_free(st);
}

Test(stream, keeps_what_the_socket_does_not_take_and_tells_when_it_is_gone)
{
	struct stage *st = stage_new();
	char *big = malloc(1 << 20);
	size_t total = 0;

	memset(big, 'x', 1 << 20);
	stream_write(&st->s, big, 1 << 20);
	stream_flush_gathered(&st->loop);
	memset(big, 'y', 1 << 20); /* the slice is ours again */
	cr_expect_gt(stream_unsent(&st->s), 0u);
	while (total < 1 << 20) {
		total += drain_peer(st);
		if (stream_unsent(&st->s) > 0)
			loop_run_once(&st->loop);
	}
	cr_expect_eq(total, (size_t)1 << 20);
	cr_expect_gt(st->drained, 0u);
	cr_expect_null(st->s.unsent.bytes, "the memory is given back");
	free(big);
	stage_free(st);
}

/* A feeder that asks how much there is room for never makes it keep more
 * than STREAM_HIGH_BYTES and what one write brings beyond. */
Test(stream, has_room_for_what_may_be_kept)
{
	struct stage *st = stage_new();
	char *big = calloc(1, LOOP_READ_BYTES);

	cr_expect_eq(stream_room(&st->s), (size_t)STREAM_READ_BYTES);
	for (int i = 0; i < 200; i++) {
		stream_write(&st->s, big, stream_room(&st->s));
		stream_flush_gathered(&st->loop);
		cr_expect_leq(stream_unsent(&st->s), STREAM_HIGH_BYTES + 200u);
		if (stream_unsent(&st->s) == 0)
			continue;
		cr_expect_leq(stream_room(&st->s), (size_t)STREAM_HIGH_BYTES);
	}
	cr_expect_geq(stream_unsent(&st->s), STREAM_HIGH_BYTES, "it was filled");
	free(big);
	stage_free(st);
}

/* Larger pieces as soon as it takes them, small ones again behind a small one
 * or where the socket is nearly full. */
Test(stream, has_more_room_while_the_peer_keeps_up)
{
	struct stage *st = stage_new();
	char *big = calloc(1, LOOP_READ_BYTES);
	size_t room;

	stream_write(&st->s, big, STREAM_READ_BYTES);
	stream_flush_gathered(&st->loop);
	room = stream_room(&st->s);
	cr_expect_gt(room, (size_t)STREAM_READ_BYTES);
	cr_expect_leq(room, (size_t)LOOP_READ_BYTES);
	stream_write(&st->s, big, room);
	stream_flush_gathered(&st->loop);
	cr_expect_eq(stream_unsent(&st->s), 0u, "what fits is taken whole");
	cr_expect_lt(stream_room(&st->s), room, "nobody has read");
	cr_expect_eq(drain_peer(st), STREAM_READ_BYTES + room);
	cr_expect_geq(stream_room(&st->s), room);
	stream_write(&st->s, big, 100);
	stream_flush_gathered(&st->loop);
	cr_expect_eq(stream_room(&st->s), (size_t)STREAM_READ_BYTES);
	free(big);
	stage_free(st);
}

Test(stream, a_failed_write_is_told_between_turns_only)
{
	struct stage *st = stage_new();

	close(st->peer);
	st->peer = -1;
	stream_pause(&st->s, PAUSE_BUSY);
	stream_write(&st->s, "x", 1);
	stream_flush_gathered(&st->loop);
	cr_expect_eq(st->failed, 0u);
	loop_drain_deferred(&st->loop);
	cr_expect_eq(st->failed, 1u);
	cr_expect_eq(st->s.error, EPIPE);
	stage_free(st);
}

/* One turn that does not sleep if nothing has happened. */
static void
turn(struct stage *st)
{
	static const struct timeval now = { 0 };

	event_base_once(st->loop.base, -1, EV_TIMEOUT, on_nothing, NULL, &now);
	loop_run_once(&st->loop);
}

Test(stream, reading_is_on_only_when_no_reason_is_left)
{
	struct stage *st = stage_new();

	stream_pause(&st->s, PAUSE_BUSY);
	stream_pause(&st->s, PAUSE_PEER_FULL);
	cr_assert_eq(write(st->peer, "x", 1), 1);
	turn(st);
	stream_resume(&st->s, PAUSE_BUSY);
	turn(st);
	cr_expect_eq(st->readable, 0u);
	stream_resume(&st->s, PAUSE_PEER_FULL);
	turn(st);
	cr_expect_eq(st->readable, 1u, "though the byte was told of before");
	turn(st);
	cr_expect_eq(st->readable, 1u, "and not again for nothing");
	stage_free(st);
}

Test(stream, reads_on_where_more_had_come_than_was_read)
{
	struct stage *st = stage_new();
	char bytes[300] = { 0 };

	cr_assert_eq(write(st->peer, bytes, sizeof bytes), 300);
	for (int i = 0; i < 9; i++)
		turn(st);
	cr_expect_eq(st->bytes, sizeof bytes);
	cr_expect_eq(st->readable, 5u, "64 bytes a turn");
	stage_free(st);
}

Test(stream, reads_an_end_that_came_with_bytes)
{
	struct stage *st = stage_new();

	cr_assert_eq(write(st->peer, "last", 4), 4);
	close(st->peer);
	st->peer = -1;
	for (int i = 0; i < 3; i++)
		turn(st);
	cr_expect_eq(st->bytes, 4u);
	cr_expect_eq(st->last, IO_EOF);
	stage_free(st);
}

/* A connection on the loopback: there are no resets between two ends of a
 * socket pair. */
static void
connect_pair(int fds[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int door = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(door, (struct sockaddr *)&a, len), 0);
	cr_assert_eq(listen(door, 1), 0);
	cr_assert_eq(getsockname(door, (struct sockaddr *)&a, &len), 0);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(connect(fds[1], (struct sockaddr *)&a, len), 0);
	fds[0] = accept4(door, NULL, NULL, SOCK_NONBLOCK);
	cr_assert_neq(fds[0], -1);
	close(door);
}

/* libevent's edges do not tell this from bytes alone, and nothing would come
 * behind them. */
Test(stream, reads_a_reset_that_came_behind_bytes)
{
	const struct linger reset = { .l_onoff = 1 };
	struct stage *st = stage_new();
	int fds[2];

	stream_close(&st->s);
	close(st->peer);
	connect_pair(fds);
	st->peer = -1;
	stream_open(&st->s, &st->loop, fds[0], &ops, st);
	cr_assert_eq(write(fds[1], "cut", 3), 3);
	cr_assert_eq(setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &reset,
	    sizeof reset), 0);
	close(fds[1]);
	for (int i = 0; i < 3; i++)
		turn(st);
	cr_expect_eq(st->last, IO_FAIL);
	cr_expect_eq(st->s.error, ECONNRESET);
	stage_free(st);
}

/* TCP's urgent byte cuts a read short. */
Test(stream, reads_what_came_behind_an_urgent_byte)
{
	struct stage *st = stage_new();
	int fds[2];

	stream_close(&st->s);
	close(st->peer);
	connect_pair(fds);
	st->peer = fds[1];
	stream_open(&st->s, &st->loop, fds[0], &ops, st);
	cr_assert_eq(send(fds[1], "ab", 2, 0), 2);
	cr_assert_eq(send(fds[1], "!", 1, MSG_OOB), 1);
	cr_assert_eq(send(fds[1], "cde", 3, 0), 3);
	for (int i = 0; i < 4; i++)
		turn(st);
	cr_expect_eq(st->bytes, 5u);
	stage_free(st);
}

/* A reader that never gets to the end must not keep others from theirs. */
Test(stream, has_one_turn_like_everybody)
{
	struct stage *st = stage_new(), *other = calloc(1, sizeof *other);
	char bytes[1000] = { 0 };
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
	    0);
	stream_open(&other->s, &st->loop, fds[0], &ops, other);
	cr_assert_eq(write(st->peer, bytes, sizeof bytes), 1000);
	turn(st);
	cr_assert_eq(write(fds[1], bytes, 1), 1);
	turn(st);
	cr_expect_eq(st->readable, 2u);
	cr_expect_eq(other->readable, 1u);
	stream_close(&other->s);
	close(fds[1]);
	free(other);
	stage_free(st);
}

Test(stream, may_be_closed_inside_its_own_callback)
{
	struct stage *st = stage_new();

	st->close_when_readable = true;
	cr_assert_eq(write(st->peer, "x", 1), 1);
	loop_run_once(&st->loop);
	cr_expect_eq(st->readable, 1u);
	cr_expect_not(stream_is_open(&st->s));
	stage_free(st);
}
