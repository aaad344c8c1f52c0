/* reply -- how the demo backend sends: whole, in pieces, or not at all.
 * SPDX-License-Identifier: MIT
 *
 * A chat backend is slow on purpose, so every answer waits on a timer of its
 * own and is sent from there; nothing is freed on the stack of evhttp's
 * request callback.  The client may be gone by then: evhttp takes the
 * connection off the request (its connection is NULL) and leaves the request
 * to us, which reply.c honours everywhere.  One thread, one event base.
 */
#ifndef DEMO_REPLY_H
#define DEMO_REPLY_H

#include <sys/queue.h>

#include <jansson.h>

struct event_base;
struct evhttp_request;
struct reply;

/* All answers that are not yet sent. */
struct replies {
	struct event_base *base;          /* borrowed, outlives us */
	TAILQ_HEAD(, reply) pending;      /* owns */
};

void replies_init(struct replies *r, struct event_base *base);
/* Drops what is pending; before evhttp_free(). */
void replies_fini(struct replies *r);

/* Answer at once.  Takes body. */
void reply_now(struct evhttp_request *req, int status, json_t *body);
/* {"error": {"message", "type", "param", "code"}}, at once. */
void reply_error(struct evhttp_request *req, int status, const char *type,
    const char *message);

/* Status 200 with body after delay_ms.  Takes body. */
void reply_whole(struct replies *r, struct evhttp_request *req,
    unsigned delay_ms, json_t *body);
/* A text/event-stream: one event for each item of the array, then
 * "data: [DONE]".  The first comes after 40% of delay_ms and the rest is
 * spread over the remaining time.  Takes events. */
void reply_stream(struct replies *r, struct evhttp_request *req,
    unsigned delay_ms, json_t *events);

/* Three ways to fail, see fault.h.  A hang ends when the client goes. */
void reply_hang(struct replies *r, struct evhttp_request *req);
void reply_reset(struct replies *r, struct evhttp_request *req,
    unsigned delay_ms);
void reply_garbage(struct replies *r, struct evhttp_request *req,
    unsigned delay_ms);

#endif
