/* stream -- one non-blocking socket, plain or TLS: read at once, write
 * gathered, pause by reasons.
 * SPDX-License-Identifier: MIT
 *
 * Writing never copies when the peer keeps up: stream_write() notes the
 * slices of the current callback, and one writev(2) at its end (or before
 * another stream is written) sends them.  What the socket does not take is
 * copied and sent when it can.  So slices must stay as they are until
 * stream_flush_gathered(), which every callback of a watch ends with.
 *
 * Nothing here calls back before it returns: a failure to write is reported
 * through ops->failed between two turns of the loop.
 *
 * With TLS all numbers are of plain bytes, the handshake comes before
 * everything that ops tell, and an end that the peer has not announced
 * (close_notify) is a failure to read, not an end.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "net/loop.h"
#include "net/unsent.h"
#include "net/watch.h"

struct ssl_st;
struct tls;

/* Unsent bytes of one stream: at HIGH its feeder is to be paused, at LOW it
 * is told to go on.  A feeder that reads no more than stream_room() at once
 * keeps a stream below HIGH and what its own framing adds. */
#define STREAM_HIGH_BYTES (32 * 1024)
#define STREAM_LOW_BYTES (8 * 1024)
#define STREAM_READ_BYTES (32 * 1024) /* while nothing is known of the peer */

enum io { IO_OK = 0, IO_AGAIN, IO_EOF, IO_FAIL };

/* Why reading is off.  It is on exactly when the set is empty, so two
 * parties can pause and resume without knowing of each other. */
enum pause {
	PAUSE_PEER_FULL = 1 << 0,  /* the other side's output is at high water */
	PAUSE_BUSY = 1 << 1,       /* pipelined bytes wait for the running answer */
	PAUSE_CONNECTING = 1 << 2, /* no connection yet */
	PAUSE_ENDED = 1 << 3,      /* end of file was read */
};

struct stream_ops {
	/* Bytes can be read (or end of file, or an error, from stream_read). */
	void (*readable)(void *arg);
	/* Output fell to low water after having been at high, or is empty. */
	void (*drained)(void *arg);
	/* A connection that was being made is there, its TLS handshake done. */
	void (*connected)(void *arg);
	/* Writing, connecting or the handshake failed (stream->error,
	 * stream_why()); nothing is written any more.  Called between turns. */
	void (*failed)(void *arg);
	void (*kept)(void *arg); /* see stream_send.h; may be NULL */
};

/* Small on purpose: an idle connection is little more than one of these. */
struct stream {
	struct loop *loop;         /* borrows */
	const struct stream_ops *ops;
	void *arg;
	struct watch watch;
	struct deferred report;    /* ops->failed */
	struct tls *tls;           /* owns; NULL = plain (tls_link.h) */
	int fd;                    /* owns; -1 = none could be had */
	int error;                 /* errno of what failed, 0 = nothing */
	uint8_t paused;            /* enum pause bits */
	bool open, connecting;     /* until stream_close(); until it stands */
	bool accepted;             /* the peer asks, we answer: stream_open() */
	bool spoiled;              /* see stream_spoil() */
	bool writing;              /* waits for room in the socket */
	bool unread;               /* the socket may hold something */
	bool ended;                /* WATCH_END was told */
	bool ending;               /* stream_finish() is to be tried again */
	bool flows;                /* its last piece was large, and taken whole */
	uint8_t posted;            /* its place in the loop's outbox + 1; 0 = none */
	struct unsent unsent;
	uint64_t accepted_bytes;   /* sent or kept: not to be revoked any more */
};

/* Take a connected socket over, reading. */
void stream_open(struct stream *s, struct loop *l, int fd,
    const struct stream_ops *ops, void *arg);
/* Begin to connect; ops->connected or ops->failed tells, always later. */
void stream_connect(struct stream *s, struct loop *l,
    const struct sockaddr *addr, socklen_t addr_len,
    const struct stream_ops *ops, void *arg);
/* Make it TLS, as the SSL's state says a server or a client; takes it over.
 * NULL (no memory) fails the stream.  On an open stream at once, behind
 * stream_connect() when it stands.  ops->connected or ops->failed tells. */
void stream_secure(struct stream *s, struct ssl_st *ssl);
/* Like a connection that could not be made: ops->failed tells later. */
void stream_refuse(struct stream *s, struct loop *l, int error,
    const struct stream_ops *ops, void *arg);
/* The bytes that are kept, of a stream that never was connected all that was
 * written; borrowed until the next write or flush. */
const char *stream_kept(const struct stream *s, size_t *len_out);
/* Close at once; unsent output is lost.  Safe inside its own callbacks. */
void stream_close(struct stream *s);
/* The close that is to come must not look like an end of what was sent: the
 * peer gets a reset, and no close_notify. */
void stream_spoil(struct stream *s);
/* Say that nothing more will be written, and read on.  false: no room for it;
 * ops->drained tells when to try again. */
bool stream_finish(struct stream *s);
bool stream_is_open(const struct stream *s);
/* Has its handshake not ended yet? */
bool stream_is_shaking(const struct stream *s);
/* What stream->error means; good until it is closed. */
const char *stream_why(const struct stream *s);
/* Has the peer said nothing, not even that it closes?  (TLS's own: no matter.) */
bool stream_is_quiet(struct stream *s) MUST_CHECK;
/* The same behind a stream_read(), and cheaper where that read has told. */
bool stream_is_read_out(struct stream *s) MUST_CHECK;

/* One read(2), or what TLS has of it, of at most space bytes. */
MUST_CHECK enum io stream_read(struct stream *s, char *space, size_t len,
    size_t *got_out);
/* Send the slice after all earlier ones.  Stays the caller's, see above. */
void stream_write(struct stream *s, const void *bytes, size_t len);
/* The same for a few bytes that are copied at once (chunk sizes): len <= 24. */
void stream_write_small(struct stream *s, const void *bytes, size_t len);
/* Forget what was written since the last flush; true = nothing behind `mark`
 * (an earlier accepted_bytes) has left or will leave. */
bool stream_revoke(struct stream *s, uint64_t mark);
void stream_flush_gathered(struct loop *l);
/* Bytes that are kept because the socket did not take them. */
size_t stream_unsent(const struct stream *s);
/* How much its feeder may read at once: what the socket will take whole,
 * STREAM_READ_BYTES to LOOP_READ_BYTES; while the peer does not keep up, only
 * what may still be kept. */
size_t stream_room(const struct stream *s);
/* Bytes that the kernel has taken: what is not among them, the peer cannot
 * have seen.  Still right when the stream has failed. */
uint64_t stream_left(const struct stream *s);
/* Bytes that have left; while some are kept, only those that the peer's side
 * has taken: that moves even when the kernel's buffer stays full. */
uint64_t stream_taken(const struct stream *s);
void stream_pause(struct stream *s, enum pause why);
void stream_resume(struct stream *s, enum pause why);

#endif
