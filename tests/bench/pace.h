/* pace -- a load generator that keeps its own time.
 * SPDX-License-Identifier: MIT
 *
 * wrk shows what a proxy can take; it sends the next request when the last
 * one is answered, so a proxy that stalls is asked less and its stall counts
 * once.  pace sends by a schedule: request n is due at start + n / rate, and
 * its latency counts from then, whether or not a connection was free.
 *
 * One thread, epoll, plain or TLS; connections to 127.0.0.1.  Six kinds of
 * load (enum load).  Who measures goes through gates: pace says "ready" when
 * the connections stand and waits for a line on its standard input; it says
 * "done", with figures, and keeps the connections until that input ends.
 *
 *   pace.c       options, the loop, what is printed
 *   connection.c one connection: connect, handshake, send, read an answer
 *
 * Never installed.  Not an example of how to read HTTP: it believes its peer.
 */
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/hist.h"

#define PACE_HEAD_MAX 4096

enum load {
	LOAD_CLOSED = 0, /* each connection asks again when it is answered */
	LOAD_RATE,       /* by the schedule, on connections that are kept */
	LOAD_FRESH,      /* as closed, but each request on a connection of its own */
	LOAD_EVENTS,     /* event streams, begun by the schedule: the delay of
	                    each event, which carries the time of its sending */
	LOAD_HOLD,       /* one request each, then idle */
	LOAD_SLOW,       /* reads its answer a few bytes at a time */
};

enum connection_state {
	CONNECTION_CLOSED = 0,
	CONNECTION_CONNECTING,
	CONNECTION_HANDSHAKE,
	CONNECTION_IDLE,
	CONNECTION_SENDING,
	CONNECTION_HEAD,    /* of the answer */
	CONNECTION_BODY,
};

struct connection {
	TAILQ_ENTRY(connection) link;   /* in pace->idle while it is idle */
	struct pace *pace;              /* borrows */
	int fd;                         /* owns; -1 = none */
	SSL *ssl;                       /* owns; NULL = plain */
	enum connection_state state;
	uint32_t watched;               /* of epoll */
	uint64_t due_ns;                /* of the request that is under way */
	size_t sent_bytes;
	uint64_t body_left_bytes;
	char head[PACE_HEAD_MAX];
	size_t head_len;
	uint64_t stamp;                 /* digits of an event's time so far */
	bool in_stamp;
	unsigned events;                /* seen on this stream */
	uint8_t tail;                   /* bytes of the last chunk seen */
};
TAILQ_HEAD(connection_list, connection);

struct pace {
	/* as asked for */
	enum load load;
	unsigned port, connections, rate;
	unsigned inflight;              /* requests at once, at most, by LOAD_RATE */
	double seconds;
	size_t body_bytes, slow_bytes;
	bool tls, resume;
	const char *path;

	char *request;                  /* owns; head and body */
	size_t request_len;
	SSL_CTX *tls_ctx;               /* owns */
	SSL_SESSION *session;           /* owns; the newest, with resume */
	int epoll_fd;
	struct connection *all;         /* owns */
	struct connection_list idle;    /* least lately used first */
	uint64_t start_ns, end_ns, next_read_ns;
	uint64_t scheduled;             /* connections opened, requests begun */
	unsigned opened, opening;
	uint64_t answered, failed, resumed;
	struct hist latency;            /* of requests; of first events */
	struct hist later;              /* of the events after the first */
};

/* pace.c */
uint64_t now_ns(void);
/* It stands and is idle; an answer is complete and it is idle; it is of no
 * more use: count, go on. */
void pace_on_open(struct connection *c);
void pace_on_answer(struct connection *c);
void pace_on_failure(struct connection *c, const char *what);
/* An event came that was sent at sent_ns. */
void pace_on_event(struct connection *c, uint64_t sent_ns);

/* connection.c */
void connection_open(struct connection *c);
void connection_close(struct connection *c);
/* Send pace->request; the connection is idle. */
void connection_ask(struct connection *c);
/* Something is to be done about it, says epoll. */
void connection_on_ready(struct connection *c);
/* With LOAD_SLOW: take this much of the answer. */
void connection_read_some(struct connection *c, size_t bytes);

#endif
