/* stream_send -- the way out of a stream: gathered, posted, kept.
 * SPDX-License-Identifier: MIT
 *
 * Contracts in stream.h, stream_send.h and stream_parts.h.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "net/outbox.h"
#include "net/socket_io.h"
#include "net/stream.h"
#include "net/stream_parts.h"
#include "net/stream_send.h"
#include "net/tls_link.h"

/* The slices of the stream that is being written in this callback.  One set
 * for each thread is enough: another stream's write flushes them first. */
#define GATHER_SLICES 64
#define GATHER_SMALL 24
/* Up to so many bytes are put together and sent as one piece: the copy costs
 * less than the kernel's walk over a vector (docs/performance-notes.md). */
#define GATHER_FLAT OUTBOX_PIECE

static _Thread_local struct {
	struct iovec slices[GATHER_SLICES];
	char small[GATHER_SLICES][GATHER_SMALL];
	char flat[GATHER_FLAT];
	int count;
	size_t bytes;
} gather;

/* Several small slices cost the kernel more than one copy of ours. */
static ssize_t
send_plain(struct stream *s, struct iovec *slices, int count)
{
	struct msghdr m = { .msg_iov = slices, .msg_iovlen = (size_t)count };
	char *to = gather.flat;

	if (count == 1)
		return socket_send(s->fd, slices[0].iov_base, slices[0].iov_len);
	if (gather.bytes > GATHER_FLAT)
		return sendmsg(s->fd, &m, MSG_NOSIGNAL);
	for (int i = 0; i < count; i++)
		to = mempcpy(to, slices[i].iov_base, slices[i].iov_len);
	return socket_send(s->fd, gather.flat, gather.bytes);
}

/* Send slices.  Returns how many bytes were taken; a failure is reported. */
static size_t
send_slices(struct stream *s, struct iovec *slices, int count)
{
	size_t taken = 0;
	ssize_t sent;

	if (s->tls == NULL) {
		sent = send_plain(s, slices, count);
		if (sent != -1)
			return (size_t)sent;
		if (errno != EAGAIN)
			stream_fail(s, errno);
		return 0;
	}
	if (tls_write(s->tls, slices, count, &taken) == TLS_BROKEN)
		stream_fail(s, EPROTO);
	return taken;
}

/* Something is unsent: wait for what sending waits for. */
static void
wait_to_send(struct stream *s)
{
	if (stream_is_shaking(s))
		return; /* the handshake waits for its own */
	stream_want_writable(s, s->tls == NULL || !s->tls->write_wants_read);
	if (s->tls != NULL)
		stream_read_later(s);
}

/* --- what is sent at the end of the turn ------------------------------------ */

/* Below so many sockets that have something to tell, nobody else's bytes are
 * worth waiting for. */
#define POST_LEAST 4

static void
took(struct stream *s, const struct burst_send *item)
{
	struct iovec whole = { .iov_base = (void *)(uintptr_t)item->bytes,
		.iov_len = item->len };
	size_t sent = item->sent > 0 ? (size_t)item->sent : 0;

	s->posted = 0;
	if (item->sent < 0 && item->sent != -EAGAIN)
		stream_fail(s, (int)-item->sent);
	if (sent == item->len)
		return;
	unsent_keep(&s->unsent, &whole, 1, item->len, sent);
	if (s->error == 0)
		wait_to_send(s);
}

/* What it has posted leaves before anything else happens to it. */
void
stream_settle(struct stream *s)
{
	struct outbox *o = s->loop->outbox;
	struct burst_send *item;

	if (s->posted == 0)
		return;
	item = &o->items[s->posted - 1];
	o->owners[s->posted - 1] = NULL;
	item->sent = socket_send(s->fd, item->bytes, item->len);
	if (item->sent == -1)
		item->sent = -errno;
	took(s, item);
}

static void
tell_kept(struct stream *s)
{
	if (stream_unsent(s) > 0 && s->error == 0 && s->ops->kept != NULL)
		s->ops->kept(s->arg);
}

void
stream_settle_first(struct stream *s)
{
	if (s->posted == 0)
		return;
	stream_settle(s);
	tell_kept(s);
}

void
stream_send_posted(struct loop *l)
{
	struct stream *owners[OUTBOX_ITEMS];
	struct outbox *o = l->outbox;
	int count;

	if (o->count == 0)
		return;
	outbox_send(o);
	count = o->count;
	for (int i = 0; i < count; i++) {
		owners[i] = o->owners[i];
		took(owners[i], &o->items[i]);
	}
	/* Whoever is told may post again. */
	o->count = 0;
	o->used_bytes = 0;
	for (int i = 0; i < count; i++)
		tell_kept(owners[i]);
}

/* Is it as good to wait as to send now? */
static bool
may_wait(const struct stream *s)
{
	return s->loop->watches.telling >= POST_LEAST &&
	    gather.bytes <= OUTBOX_PIECE && s->tls == NULL && !s->connecting &&
	    s->error == 0 && s->posted == 0 && stream_unsent(s) == 0;
}

void
stream_post_gathered(struct loop *l)
{
	struct stream *s = l->gathering;

	if (s == NULL)
		return;
	if (!may_wait(s)) {
		stream_flush_gathered(l);
		return;
	}
	if (!outbox_has_room(l->outbox, gather.bytes))
		stream_send_posted(l);
	l->gathering = NULL;
	s->posted = (uint8_t)(1 + outbox_put(l->outbox, s, s->fd,
	    gather.slices, gather.count, gather.bytes));
	s->accepted_bytes += gather.bytes;
	gather.count = 0;
	gather.bytes = 0;
}

void
stream_flush_gathered(struct loop *l)
{
	struct stream *s = l->gathering;
	size_t sent = 0;

	if (s == NULL)
		return;
	stream_settle(s);
	l->gathering = NULL;
	if (s->error == 0 && !s->connecting && stream_unsent(s) == 0 &&
	    !stream_is_shaking(s))
		sent = send_slices(s, gather.slices, gather.count);
	s->flows = sent == gather.bytes && sent >= STREAM_READ_BYTES / 2;
	/* What never left can be sent over another connection. */
	if (s->error == 0 || (s->paused & PAUSE_CONNECTING) != 0) {
		s->accepted_bytes += gather.bytes;
		if (sent < gather.bytes) {
			unsent_keep(&s->unsent, gather.slices, gather.count,
			    gather.bytes, sent);
			if (s->error == 0)
				wait_to_send(s);
		}
	}
	gather.count = 0;
	gather.bytes = 0;
}

static void
begin_gathering(struct stream *s)
{
	if (s->loop->gathering == s && gather.count < GATHER_SLICES)
		return;
	stream_post_gathered(s->loop);
	s->loop->gathering = s;
}

void
stream_write(struct stream *s, const void *bytes, size_t len)
{
	if (len == 0 || !s->open)
		return;
	begin_gathering(s);
	gather.slices[gather.count++] = (struct iovec){
		.iov_base = (void *)(uintptr_t)bytes, .iov_len = len };
	gather.bytes += len;
}

void
stream_write_small(struct stream *s, const void *bytes, size_t len)
{
	assert(len <= GATHER_SMALL);
	if (len == 0 || !s->open)
		return;
	begin_gathering(s);
	memcpy(gather.small[gather.count], bytes, len);
	stream_write(s, gather.small[gather.count], len);
}

void
stream_forget_gathered(struct stream *s)
{
	if (s->loop->gathering != s)
		return;
	s->loop->gathering = NULL;
	gather.count = 0;
	gather.bytes = 0;
}

bool
stream_revoke(struct stream *s, uint64_t mark)
{
	if (s->accepted_bytes != mark)
		return false;
	stream_forget_gathered(s);
	return true;
}

/* Send what was kept, and tell what room there is. */
void
stream_send_unsent(struct stream *s)
{
	size_t before = stream_unsent(s), left;

	if (before > 0) {
		struct iovec rest = { .iov_base = s->unsent.bytes + s->unsent.at,
			.iov_len = before };

		s->unsent.at += (uint32_t)send_slices(s, &rest, 1);
	}
	left = stream_unsent(s);
	if (s->error != 0 || left == 0)
		stream_want_writable(s, false);
	else
		wait_to_send(s);
	if (s->error != 0)
		return;
	if (left == 0)
		unsent_drop(&s->unsent);
	if ((before != left && left <= STREAM_LOW_BYTES) || s->ending) {
		s->ending = false;
		s->ops->drained(s->arg);
	}
}

/* --- what it has to send ------------------------------------------------------ */

const char *
stream_kept(const struct stream *s, size_t *len_out)
{
	*len_out = stream_unsent(s);
	return s->unsent.bytes + s->unsent.at;
}

size_t
stream_unsent(const struct stream *s)
{
	return s->unsent.len - s->unsent.at;
}

uint64_t
stream_left(const struct stream *s)
{
	size_t posted = s->posted == 0 ? 0 :
	    s->loop->outbox->items[s->posted - 1].len;

	return s->accepted_bytes - stream_unsent(s) - posted;
}
