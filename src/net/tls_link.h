/* tls_link -- one TLS connection over a non-blocking socket.
 * SPDX-License-Identifier: MIT
 *
 * Moves bytes through OpenSSL and says what it waits for; knows nothing of
 * events.  Only stream.c calls it: to the rest a stream is a stream, whose
 * ->tls says how its handshake went and who the peer is.
 */
#ifndef NET_TLS_LINK_H
#define NET_TLS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/compiler.h"

struct ssl_st;
struct tls_server;

enum tls_io {
	TLS_DONE = 0,
	TLS_WANT_READ,  /* try again when the socket can be read */
	TLS_WANT_WRITE, /* ... written */
	TLS_END,        /* the peer has said that nothing more will come */
	TLS_BROKEN,     /* tls->why says why */
};

/* Why a handshake failed, for the counters. */
enum tls_fault_kind {
	TLS_FAULT_NONE = 0,
	TLS_FAULT_CLOSED,      /* the peer went away */
	TLS_FAULT_PLAIN,       /* it speaks HTTP without TLS */
	TLS_FAULT_CERTIFICATE, /* its certificate, or that it has none; or ours
	                        * was refused */
	TLS_FAULT_PROTOCOL,    /* no TLS, no common version, cipher or ALPN */
};

struct tls {
	struct ssl_st *ssl;    /* owns */
	char *why;             /* owns; a sentence; NULL = nothing has failed */
	char *peer;            /* owns; subject of a client's verified certificate,
	                        * RFC 4514 in ASCII; NULL = has shown none */
	enum tls_fault_kind fault;
	enum tls_io wants;     /* the handshake: WANT_READ or WANT_WRITE */
	enum tls_io end;       /* TLS_END or TLS_BROKEN: no more will be read */
	bool handshaking;
	bool read_wants_write, write_wants_read;
	bool said_end;
};

/* Takes ssl over. */
struct tls *tls_new(struct ssl_st *ssl, int fd) MUST_CHECK;
void tls_free(struct tls **t);

/* DONE, WANT_* or BROKEN. */
enum tls_io tls_handshake(struct tls *t) MUST_CHECK;
/* Until space is full or nothing is left.  DONE with *got_out > 0, or one of
 * the others with 0.  *more_out: there may be more, or an end. */
enum tls_io tls_read(struct tls *t, char *space, size_t len, size_t *got_out,
    bool *more_out) MUST_CHECK;
/* *sent_out bytes of the slices were taken, whatever is returned: DONE (all
 * of them), WANT_* or BROKEN.  What was not taken must be offered again, in
 * front of anything else. */
enum tls_io tls_write(struct tls *t, const struct iovec *slices, int count,
    size_t *sent_out) MUST_CHECK;
/* Has it read bytes that nobody took yet? */
bool tls_has_bytes(const struct tls *t);
/* Nothing for us has come, and no end?  Deals with what is not for us. */
bool tls_is_quiet(struct tls *t) MUST_CHECK;
/* Say that nothing more will come, without waiting for an answer.  false: try
 * again when the socket can be written. */
bool tls_say_end(struct tls *t);

/* Was an earlier session resumed? */
bool tls_is_resumed(const struct tls *t);

#endif
