/* stream -- see stream.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/stream.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/socket_io.h"
#include "net/stream_parts.h"
#include "net/stream_send.h"
#include "net/tls_link.h"

void
stream_fail(struct stream *s, int error)
{
	if (s->error != 0)
		return;
	s->error = error;
	loop_defer(s->loop, &s->report);
}

static void
on_report(void *arg)
{
	struct stream *s = arg;

	s->ops->failed(s->arg);
}

/* The kernel tells of room only when a write has found none. */
void
stream_want_writable(struct stream *s, bool on)
{
	s->writing = on;
	/* Most clients' sockets are never full. */
	if (on && !watch_room(&s->loop->watches, &s->watch, s->fd))
		stream_fail(s, errno);
}

static bool
wants_reading(const struct stream *s)
{
	if (!s->open)
		return false;
	if (s->tls != NULL && s->tls->handshaking)
		return !s->connecting && s->tls->wants == TLS_WANT_READ;
	return s->paused == 0 || (s->tls != NULL && s->tls->write_wants_read);
}

/* The kernel has told of what was not read, and does not tell again.  Not
 * read here and now: others have their turn first. */
void
stream_read_later(struct stream *s)
{
	if (s->unread && wants_reading(s))
		watch_again(&s->loop->watches, &s->watch);
}

/* A step of the handshake.  true: it is done, and the stream still open. */
static bool
shake(struct stream *s)
{
	enum tls_io io = tls_handshake(s->tls);

	stream_want_writable(s, io == TLS_WANT_WRITE);
	if (io == TLS_BROKEN)
		stream_fail(s, EPROTO);
	if (io == TLS_WANT_READ)
		s->unread = false;
	if (io != TLS_DONE)
		return false;
	stream_resume(s, PAUSE_CONNECTING);
	s->ops->connected(s->arg);
	if (s->open && stream_unsent(s) > 0)
		stream_send_unsent(s);
	return s->open && s->error == 0;
}

/* The same where reading is not what comes next anyway. */
static void
shake_only(struct stream *s)
{
	if (shake(s)) {
		s->unread |= tls_has_bytes(s->tls);
		stream_read_later(s);
	}
}

static void
finish_connect(struct stream *s)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == EINPROGRESS)
		return;
	s->connecting = false;
	if (error != 0) {
		stream_want_writable(s, false);
		stream_fail(s, error);
		return;
	}
	if (s->tls != NULL) {
		shake_only(s);
		return;
	}
	stream_resume(s, PAUSE_CONNECTING);
	s->ops->connected(s->arg);
}

static void
on_writable(struct stream *s)
{
	bool reads = s->tls != NULL && s->tls->read_wants_write;

	if (s->connecting)
		finish_connect(s);
	else if (stream_is_shaking(s))
		shake_only(s);
	if (s->open && s->error == 0 && !s->connecting && !stream_is_shaking(s))
		stream_send_unsent(s);
	if (reads && s->open && s->error == 0)
		s->ops->readable(s->arg);
}

/* What comes before the bytes of a TLS stream.  true: there may be some. */
static bool
is_ready_to_read(struct stream *s)
{
	/* The first request may have come with the end of the handshake. */
	if (s->tls->handshaking)
		return shake(s) && s->paused == 0;
	if (s->tls->write_wants_read)
		stream_send_unsent(s);
	return s->open && s->paused == 0;
}

static void
on_ready(struct watch *w, unsigned what)
{
	struct stream *s = (struct stream *)((char *)w -
	    offsetof(struct stream, watch));
	struct loop *l = s->loop;

	loop_enter(l);
	stream_settle_first(s);
	s->unread |= (what & WATCH_READ) != 0;
	s->ended |= (what & WATCH_END) != 0;
	if ((what & WATCH_WRITE) != 0 && s->writing)
		on_writable(s);
	if (s->unread && wants_reading(s) &&
	    (s->tls == NULL || is_ready_to_read(s)))
		s->ops->readable(s->arg);
	/* Nobody reads on, and whoever waits for the answer has gone.  Of a
	 * backend, what it sent before its reset is still to be read. */
	if ((what & WATCH_FAILED) != 0 && s->open && s->accepted &&
	    s->paused != 0)
		stream_fail(s, ECONNRESET);
	stream_read_later(s);
	stream_post_gathered(l);
}

static void
stream_prepare(struct stream *s, struct loop *l, int fd,
    const struct stream_ops *ops, void *arg)
{
	int on = 1;

	*s = (struct stream){ .loop = l, .ops = ops, .arg = arg, .fd = fd, .open = true,
		.report = { .run = on_report, .arg = s } };
	if (fd == -1)
		return;
	/* Small pieces (events of a stream) must leave at once. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void
stream_open(struct stream *s, struct loop *l, int fd,
    const struct stream_ops *ops, void *arg)
{
	stream_prepare(s, l, fd, ops, arg);
	s->accepted = true;
	if (!watch_begin(&l->watches, &s->watch, fd, false, on_ready))
		stream_fail(s, errno);
}

void
stream_connect(struct stream *s, struct loop *l, const struct sockaddr *addr,
    socklen_t addr_len, const struct stream_ops *ops, void *arg)
{
	int fd = socket(addr->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = fd == -1 ? errno : 0;

	stream_prepare(s, l, fd, ops, arg);
	s->paused = PAUSE_CONNECTING;
	if (error == 0 && connect(fd, addr, addr_len) == -1 &&
	    errno != EINPROGRESS)
		error = errno;
	if (error == 0 && !watch_begin(&l->watches, &s->watch, fd, true,
	    on_ready))
		error = errno;
	if (error != 0) {
		stream_fail(s, error);
		return;
	}
	s->connecting = s->writing = true;
}

void
stream_secure(struct stream *s, struct ssl_st *ssl)
{
	if (ssl == NULL) {
		stream_fail(s, ENOMEM);
		return;
	}
	s->tls = tls_new(ssl, s->fd);
	stream_read_later(s);
}

void
stream_spoil(struct stream *s)
{
	const struct linger reset = { .l_onoff = 1 };

	stream_settle(s);
	s->spoiled = true;
	(void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

bool
stream_finish(struct stream *s)
{
	stream_settle(s);
	s->ending = s->tls != NULL && s->error == 0 && !tls_say_end(s->tls);
	if (s->ending)
		stream_want_writable(s, true);
	else
		(void)shutdown(s->fd, SHUT_WR);
	return !s->ending;
}

static void
close_tls(struct stream *s)
{
	/* Cut within what was to be sent: that is no end. */
	if (s->error == 0 && !s->spoiled && stream_unsent(s) == 0)
		(void)tls_say_end(s->tls);
	tls_free(&s->tls);
}

void
stream_refuse(struct stream *s, struct loop *l, int error,
    const struct stream_ops *ops, void *arg)
{
	stream_prepare(s, l, -1, ops, arg);
	s->paused = PAUSE_CONNECTING;
	stream_fail(s, error);
}

void
stream_close(struct stream *s)
{
	if (!s->open)
		return;
	stream_settle(s);
	s->open = false;
	stream_forget_gathered(s);
	loop_undefer(s->loop, &s->report);
	if (s->tls != NULL)
		close_tls(s);
	if (s->fd != -1) {
		watch_end(&s->loop->watches, &s->watch, s->fd);
		close(s->fd);
	}
	s->fd = -1;
	unsent_drop(&s->unsent);
}

bool
stream_is_open(const struct stream *s)
{
	return s->open;
}

bool
stream_is_shaking(const struct stream *s)
{
	return s->tls != NULL && s->tls->handshaking;
}

const char *
stream_why(const struct stream *s)
{
	return s->tls != NULL && s->tls->why != NULL ? s->tls->why :
	    strerror(s->error);
}

bool
stream_is_quiet(struct stream *s)
{
	bool quiet;
	char byte;

	if (s->tls != NULL)
		quiet = tls_is_quiet(s->tls);
	else
		quiet = recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
		    errno == EAGAIN;
	s->unread &= !quiet;
	return quiet;
}

bool
stream_is_read_out(struct stream *s)
{
	return !s->unread || stream_is_quiet(s);
}

static enum io
read_tls(struct stream *s, char *space, size_t len, size_t *got_out)
{
	if (s->tls->handshaking)
		return IO_AGAIN;
	switch (tls_read(s->tls, space, len, got_out, &s->unread)) {
	case TLS_DONE:
		return IO_OK;
	case TLS_WANT_WRITE:
		stream_want_writable(s, true); /* fall through */
	case TLS_WANT_READ:
		return IO_AGAIN;
	case TLS_END:
		return IO_EOF;
	case TLS_BROKEN:
		break;
	}
	s->error = EPROTO;
	return IO_FAIL;
}

/* A short read has emptied the socket, unless there is an end behind it. */
enum io
stream_read(struct stream *s, char *space, size_t len, size_t *got_out)
{
	ssize_t got;

	*got_out = 0;
	if (s->tls != NULL)
		return read_tls(s, space, len, got_out);
	got = socket_recv(s->fd, space, len);
	s->unread = got > 0 && ((size_t)got == len || s->ended);
	if (got > 0) {
		*got_out = (size_t)got;
		return IO_OK;
	}
	if (got == 0)
		return IO_EOF;
	if (errno == EAGAIN) /* never EINTR, on a socket that does not block */
		return IO_AGAIN;
	s->error = errno;
	return IO_FAIL;
}

void
stream_pause(struct stream *s, enum pause why)
{
	s->paused |= (uint8_t)why;
}

void
stream_resume(struct stream *s, enum pause why)
{
	s->paused &= (uint8_t)~why;
	stream_read_later(s);
}
