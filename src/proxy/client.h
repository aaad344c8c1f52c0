/* client -- a downstream connection: requests in, answers out, in order.
 * SPDX-License-Identifier: MIT
 *
 * Reads one request at a time: bytes of the next one (pipelining) wait until
 * the running answer has been written, so answers cannot change places.  A
 * client that closes its side is taken as gone, as nginx does: the exchange
 * is cancelled, so that nobody pays for an answer that nobody reads.  Only
 * who has said that the request is its last ("Connection: close", HTTP/1.0)
 * may close its side and still read.
 */
#ifndef PROXY_CLIENT_H
#define PROXY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/ip.h"
#include "http/chunk.h"
#include "net/stream.h"
#include "observe/outcome.h"
#include "proxy/intake.h"
#include "proxy/patience.h"

struct exchange;
struct framing;
struct head;
struct listen;
struct request;
struct worker;

enum client_state {
	CLIENT_IDLE = 0, /* between requests */
	CLIENT_HEAD,     /* some of a head has come */
	CLIENT_BODY,     /* its request is still coming */
	CLIENT_WAIT,     /* the request is whole, the answer is not */
	CLIENT_LINGER,   /* answered and half closed; what comes is thrown away */
	CLIENT_TUNNEL,   /* a websocket stands: tunnel.c moves the bytes */
};

/* Small on purpose: thousands of them are between requests. */
struct client {
	struct stream stream;
	struct worker *worker;      /* borrows */
	TAILQ_ENTRY(client) link;   /* in worker->clients */
	struct request *request;    /* owns a reference; NULL between requests */
	struct exchange *exchange;  /* borrows: the primary leg; cleared at its end */
	struct intake intake;
	struct chunk_decoder chunks;
	uint64_t left_bytes;        /* of a BODY_LENGTH request */
	struct patience patience;
	struct deferred later;      /* look at pipelined bytes; or free it */
	uint32_t seen;              /* bytes of the head that were looked at */
	enum client_state state;
	bool keep_alive;            /* what the answer's head has promised */
	bool ends_by_close;         /* its head gave no length: a close is its end */
	bool asks_head;             /* a HEAD was refused: no content (9110, 9.3.2) */
	struct ip ip;               /* its address, as far as the connection tells */
	bool counted;               /* as one of its address */
};

/* Let in by admission_enter(): fd becomes the client's.  ip: who is really
 * connected; from: of the config in force. */
void client_new(struct worker *w, int fd, const struct ip *ip, bool counted,
    const struct listen *from);

/* The running answer was written to its end. */
void client_answer_done(struct client *c);
/* No answer came and nothing was written: answer by ourselves.  detail may
 * be empty; it is for the client's developer, so nothing of a backend. */
void client_answer_own(struct client *c, enum outcome why,
    const char *detail, const char *version);
/* An answer broke off behind its head: cut the connection, so that the
 * client sees that it is not complete. */
void client_cut(struct client *c);
/* Will the connection stay open behind this answer? */
bool client_may_keep(const struct client *c);
/* Close at once; a running exchange is cancelled. */
void client_close(struct client *c);
/* Stopping: between requests it is kept for drain_idle_ms only. */
void client_drain(struct client *c);
/* Stopping, and the time is over. */
void client_end(struct client *c);
/* Its own fault: answered, if nothing was, and closed. */
void client_refuse(struct client *c, enum outcome why, const char *detail);
/* No room for one more request: no memory is spent on it.  Without a body
 * behind it the connection stays, so that coming again costs the least. */
void client_turn_away(struct client *c, enum outcome why,
    const struct head *h, const struct framing *framing);
/* Its request is answered with that status, and no backend is asked.  The
 * request may be gone afterwards. */
void client_turn_out(struct client *c, enum outcome why, unsigned status);
/* It has rested long enough: give it up, unless its next request is here. */
void client_idle_over(struct client *c);
/* Close without a word; a running exchange ends so. */
void client_give_up(struct client *c, enum outcome why);

#endif
