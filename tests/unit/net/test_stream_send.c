/* test_stream_send -- what is posted, and sent together at the end of the turn.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/outbox.h"
#include "net/stream.h"
#include "net/stream_send.h"

/* More than an outbox takes. */
#define COUNT (OUTBOX_ITEMS + 5)

struct end {
	struct stream s;
	int peer;
	unsigned drained, failed, kept;
	void (*when_kept)(void); /* NULL = nothing */
};

static struct loop loop;
static struct end ends[COUNT];

static void
on_readable(void *arg UNUSED)
{
}

static void
on_drained(void *arg)
{
	((struct end *)arg)->drained++;
}

static void
on_failed(void *arg)
{
	((struct end *)arg)->failed++;
}

static void
on_kept(void *arg)
{
	struct end *e = arg;

	e->kept++;
	if (e->when_kept != NULL)
		e->when_kept();
}

static const struct stream_ops ops = { .readable = on_readable,
	.drained = on_drained, .failed = on_failed, .kept = on_kept };

static void
begin(void)
{
	struct err err = { "" };
	int fds[2];

	cr_assert(loop_init(&loop, &err), "%s", err.text);
	for (int i = 0; i < COUNT; i++) {
		ends[i] = (struct end){ .peer = -1 };
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
		    fds), 0);
		ends[i].peer = fds[1];
		stream_open(&ends[i].s, &loop, fds[0], &ops, &ends[i]);
	}
	/* As if the kernel had told of all of them at once. */
	loop.watches.telling = COUNT;
}

static void
end(void)
{
	for (int i = 0; i < COUNT; i++) {
		stream_close(&ends[i].s);
		close(ends[i].peer);
	}
	loop_fini(&loop);
}

static void
post(struct end *e, const char *text)
{
	stream_write(&e->s, text, strlen(text));
	stream_post_gathered(&loop);
}

/* What has come at the other end. */
static const char *
come(const struct end *e)
{
	static char text[256];
	ssize_t got = read(e->peer, text, sizeof text - 1);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

static void
no_burst(void)
{
	loop.outbox->burst_was_asked = true;
}

/* Returns how much it was. */
static size_t
fill(struct end *e)
{
	static const char waste[4096];
	ssize_t sent;
	size_t sum = 0;

	while ((sent = send(e->s.fd, waste, sizeof waste, 0)) > 0)
		sum += (size_t)sent;
	return sum;
}

static void
drain(struct end *e, size_t len)
{
	char waste[4096];

	while (len > 0) {
		ssize_t got = read(e->peer, waste,
		    len < sizeof waste ? len : sizeof waste);

		cr_assert_gt(got, 0);
		len -= (size_t)got;
	}
}

TestSuite(stream_send, .init = begin, .fini = end);

Test(stream_send, leaves_at_the_end_of_the_turn)
{
	post(&ends[0], "what was posted");
	cr_expect_str_eq(come(&ends[0]), "");
	cr_expect_eq(stream_left(&ends[0].s), 0u);
	cr_expect_eq(stream_unsent(&ends[0].s), 0u);
	cr_expect_not(stream_revoke(&ends[0].s, 0));
	stream_send_posted(&loop);
	cr_expect_str_eq(come(&ends[0]), "what was posted");
	cr_expect_eq(stream_left(&ends[0].s), 15u);
}

static void
post_to_all(void)
{
	char text[16];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			snprintf(text, sizeof text, "%d", i);
			post(&ends[i], text);
		}
		stream_send_posted(&loop);
		for (int i = 0; i < COUNT; i++) {
			snprintf(text, sizeof text, "%d", i);
			cr_expect_str_eq(come(&ends[i]), text);
		}
	}
}

Test(stream_send, each_gets_what_is_its_own)
{
	post_to_all();
}

Test(stream_send, each_gets_what_is_its_own_one_by_one)
{
	no_burst();
	post_to_all();
	cr_expect_null(loop.outbox->burst);
}

Test(stream_send, a_full_outbox_leaves_at_once)
{
	for (int i = 0; i <= OUTBOX_ITEMS; i++)
		post(&ends[i], "x");
	cr_expect_str_eq(come(&ends[0]), "x");
	cr_expect_str_eq(come(&ends[OUTBOX_ITEMS - 1]), "x");
	cr_expect_str_eq(come(&ends[OUTBOX_ITEMS]), "");
	stream_send_posted(&loop);
	cr_expect_str_eq(come(&ends[OUTBOX_ITEMS]), "x");
}

Test(stream_send, nobody_waits_while_few_have_something_to_tell)
{
	loop.watches.telling = 1;
	post(&ends[0], "now");
	cr_expect_str_eq(come(&ends[0]), "now");
}

/* Whatever is done to the stream next. */
Test(stream_send, leaves_before_anything_else_happens)
{
	static char large[OUTBOX_PIECE + 1];

	post(&ends[0], "one ");
	post(&ends[0], "two");
	cr_expect_str_eq(come(&ends[0]), "one two");
	post(&ends[1], "an end");
	cr_expect(stream_finish(&ends[1].s));
	cr_expect_str_eq(come(&ends[1]), "an end");
	post(&ends[2], "a close");
	stream_close(&ends[2].s);
	cr_expect_str_eq(come(&ends[2]), "a close");
	post(&ends[3], "small");
	stream_write(&ends[3].s, large, sizeof large);
	stream_flush_gathered(&loop);
	cr_expect_eq(strncmp(come(&ends[3]), "small", 5), 0);
	post(&ends[4], "the rest");
	stream_send_posted(&loop);
	cr_expect_str_eq(come(&ends[4]), "the rest");
	cr_expect_str_eq(come(&ends[1]), "");
}

/* Where it is the next to be told of something itself. */
Test(stream_send, leaves_before_its_own_callback)
{
	post(&ends[0], "first");
	cr_assert_eq(write(ends[0].peer, "x", 1), 1);
	cr_expect_eq(watch_tell(&loop.watches), 1);
	cr_expect_str_eq(come(&ends[0]), "first");
}

static void
post_without_room(void)
{
	size_t full = fill(&ends[1]);

	for (int i = 0; i < 4; i++)
		post(&ends[i], "late");
	stream_send_posted(&loop);
	cr_expect_eq(ends[0].kept, 0u);
	cr_expect_eq(ends[1].kept, 1u);
	cr_expect_eq(stream_unsent(&ends[1].s), 4u);
	cr_expect_eq(stream_left(&ends[1].s), 0u);
	drain(&ends[1], full);
	loop_run_once(&loop);
	cr_expect_eq(ends[1].drained, 1u);
	cr_expect_eq(ends[1].failed, 0u);
	cr_expect_str_eq(come(&ends[1]), "late");
	cr_expect_str_eq(come(&ends[3]), "late");
}

Test(stream_send, what_finds_no_room_is_kept)
{
	post_without_room();
}

Test(stream_send, what_finds_no_room_is_kept_one_by_one)
{
	no_burst();
	post_without_room();
}

/* Four pieces, of which the second and the third find no room. */
static void
post_two_without_room(size_t full[2], void (*when_kept)(void))
{
	full[0] = fill(&ends[1]);
	full[1] = fill(&ends[2]);
	ends[1].when_kept = when_kept;
	for (int i = 0; i < 4; i++)
		post(&ends[i], "late");
	stream_send_posted(&loop);
	cr_expect_eq(ends[1].kept, 1u);
}

static void
post_again(void)
{
	post(&ends[0], " and on");
	post(&ends[3], " and on");
	post(&ends[5], "new");
}

/* What is posted then is in the outbox of the next turn, behind what was sent. */
Test(stream_send, who_is_told_may_post_again)
{
	size_t full[2];

	post_two_without_room(full, post_again);
	cr_expect_eq(ends[2].kept, 1u);
	cr_expect_str_eq(come(&ends[0]), "late");
	cr_expect_str_eq(come(&ends[3]), "late");
	cr_expect_str_eq(come(&ends[5]), "");
	stream_send_posted(&loop);
	cr_expect_str_eq(come(&ends[0]), " and on");
	cr_expect_str_eq(come(&ends[3]), " and on");
	cr_expect_str_eq(come(&ends[5]), "new");
	for (int i = 1; i <= 2; i++) {
		drain(&ends[i], full[i - 1]);
		loop_run_once(&loop);
		cr_expect_str_eq(come(&ends[i]), "late");
	}
}

static void
close_the_others(void)
{
	stream_close(&ends[0].s);
	stream_close(&ends[2].s);
	stream_close(&ends[3].s);
}

/* All have been sent by then: none is sent again, or told behind its end. */
Test(stream_send, who_is_told_may_close_the_others)
{
	size_t full[2];

	post_two_without_room(full, close_the_others);
	cr_expect_eq(ends[2].kept, 0u);
	cr_expect_str_eq(come(&ends[0]), "late");
	cr_expect_str_eq(come(&ends[3]), "late");
	drain(&ends[2], full[1]);
	cr_expect_str_eq(come(&ends[2]), "");
}

static void
post_to_the_dead(void)
{
	close(ends[1].peer);
	ends[1].peer = -1;
	for (int i = 0; i < 4; i++)
		post(&ends[i], "bye");
	stream_send_posted(&loop);
	cr_expect_eq(ends[1].failed, 0u, "not while somebody is on the stack");
	loop_drain_deferred(&loop);
	cr_expect_eq(ends[1].failed, 1u);
	cr_expect_eq(ends[1].s.error, EPIPE);
	cr_expect_eq(stream_left(&ends[1].s), 0u, "nothing of it was seen");
	cr_expect_eq(ends[0].failed + ends[2].failed + ends[3].failed, 0u);
	cr_expect_str_eq(come(&ends[3]), "bye");
}

Test(stream_send, a_failure_is_told_between_turns)
{
	post_to_the_dead();
}

Test(stream_send, a_failure_is_told_between_turns_one_by_one)
{
	no_burst();
	post_to_the_dead();
}
