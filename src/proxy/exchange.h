/* exchange -- one request and its one answer with one backend.
 * SPDX-License-Identifier: MIT
 *
 * The primary leg relays to a client; a shadow or control leg is another
 * exchange with no client, not a mode of the first.  Two halves run on their own: the
 * request towards the backend, the answer from it.  An exchange ends once,
 * in exchange_finish(), with a row of the outcome table; its memory goes
 * between two turns of the loop.
 *
 *   HALF_IDLE -> HALF_HEAD -> HALF_BODY -> HALF_ENDED   (any may skip ahead)
 *
 * 1xx answers move no half.
 */
#ifndef PROXY_EXCHANGE_H
#define PROXY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/blob.h"
#include "base/buf.h"
#include "config/version.h"
#include "http/chunk.h"
#include "http/framing.h"
#include "net/loop.h"
#include "observe/outcome.h"
#include "policy/decide.h"
#include "policy/hold.h"
#include "proxy/tunnel.h"

struct client;
struct reading;
struct replica;
struct request;
struct upstream;
struct worker;

#define EXCHANGE_MAGIC 0x65786368 /* "exch" */
/* After so many endpoints where no connection could be made, one more ends
 * the exchange. */
#define EXCHANGE_TRIES 2

enum half {
	HALF_IDLE = 0, /* nothing yet */
	HALF_HEAD,     /* head sent / being waited for */
	HALF_BODY,
	HALF_ENDED,
};

struct exchange {
	uint32_t magic;
	struct worker *worker;        /* borrows */
	TAILQ_ENTRY(exchange) link;   /* in worker->exchanges, until the end */
	struct request *request;      /* owns a reference */
	struct client *client;        /* borrows; NULL: a shadow, or the client left */
	struct upstream *upstream;    /* borrows from the pool until it is returned */
	enum leg leg;
	enum version version;         /* whose answer it is */
	enum backend_id backend;      /* who is asked */
	enum why why;                 /* WHY_FALLBACK for the second try */
	enum outcome outcome;         /* OUTCOME_OPEN until the end */
	enum half req, res;

	struct wheel_entry timer;
	uint64_t timer_mark;          /* progress at arming: bytes moved */
	uint64_t end_ns;              /* without a client: total deadline; else 0 */
	struct deferred burial;

	uint64_t left_mark;           /* upstream's stream_left() before the request */
	enum trial trial;             /* what the endpoint was when chosen */
	enum trial rest_trial;        /* of a shadow: does it end a rest? */
	unsigned tried_count;         /* endpoints where connecting failed */
	const struct replica *tried[EXCHANGE_TRIES]; /* compared, never followed */
	size_t head_bytes;            /* of the request as it was written */
	bool retried;                 /* a stale connection was replaced once */
	bool heard;                   /* any byte of an answer has come */
	bool committed;               /* the answer's head was written to the client */
	bool falls_back;              /* failed, and legacy answers instead */
	bool request_broken;          /* sending failed; the answer may still come */
	bool send_chunked;            /* framing towards the backend */
	bool feeds;                   /* some of a whole body is still to be sent */
	size_t fed_bytes;             /* of that body */
	struct tunnel tunnel;         /* the answer was a websocket's 101 */

	/* the answer */
	uint16_t status;
	struct framing framing;       /* as it comes */
	enum body_kind relay_as;      /* as it is passed to the client */
	struct chunk_decoder chunks;
	uint64_t left_bytes;          /* of a BODY_LENGTH answer */
	uint64_t client_mark;         /* client's accepted_bytes before the head */
	struct blob *captured;        /* owns; for comparison */
	struct blob *headers;         /* owns; those that the rules choose, likewise */
	bool capture, truncated;
	bool no_room;                 /* truncated for want of room, not by size */
	struct reading *reading;      /* owns; NULL = nobody looks into the answer */
	struct isolating *isolating;  /* owns; NULL = nor for foreign ids */
	struct buf rewritten;         /* owns; the request's body for this version */
	struct buf trailers;          /* owns; the answer's, if they are passed on */
	bool streamed;                /* text/event-stream */
	char content_type[160], content_encoding[32]; /* as in struct answer */

	/* the timeline: clock of loop->now_ns; 0 = not yet */
	uint64_t start_ns;            /* began; a leg's latencies count from here */
	uint64_t first_byte_ns, first_content_ns, last_content_ns, longest_gap_ns;
	uint64_t request_bytes, response_bytes;
	char error[120];
};

/* Begin: take a connection, send the head and what is captured of the body.
 * Never finishes before it returns. */
struct exchange *exchange_begin(struct request *r, struct client *c,
    enum leg leg, enum version version, enum why why);
/* More of the request's body, and its end. */
void exchange_send_body(struct exchange *x, const char *bytes, size_t len);
void exchange_send_end(struct exchange *x);

/* End it from the client's side (gone, refused, drained). */
void exchange_cancel(struct exchange *x, enum outcome why);
/* It failed by the backend: finish, then retry, fall back, or tell the
 * client. */
void exchange_fail(struct exchange *x, enum outcome why, const char *detail);

/* The answer's head was read: from now on the idle deadline holds. */
void exchange_answer_began(struct exchange *x);

/* Would exchange_fail() with this outcome let legacy answer, provided that
 * the client has seen nothing yet?  Counts a fallback that the rules want
 * and a lost body forbids. */
bool exchange_would_fall_back(const struct exchange *x, enum outcome why);

/* May it be given to an endpoint that is not up, as none is?  Only for a
 * client, and not what legacy can answer at once. */
bool exchange_may_panic(const struct exchange *x);

/* Is the client to be held because the backend does not take more? */
bool exchange_is_full(const struct exchange *x);
/* How much of the client may be read at once: see stream_room(). */
size_t exchange_room(const struct exchange *x);

/* From the pool: events of the attached connection. */
void exchange_on_readable(struct exchange *x);
void exchange_on_drained(struct exchange *x);
void exchange_on_connected(struct exchange *x);
void exchange_on_failed(struct exchange *x);
/* From the client: its output fell to low water. */
void exchange_on_client_drained(struct exchange *x);

#endif
