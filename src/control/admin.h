/* admin -- everything understudy itself answers, by evhttp.
 * SPDX-License-Identifier: MIT
 *
 * A listener of its own on the control thread's event base: health,
 * readiness, metrics, the API.  Bearer tokens with roles (tokens.h).
 * Routes are one table (method, path, role, handler, help) in
 * admin_routes.c; what a handler sees and answers is struct admin_call
 * (admin_call.h), which knows nothing of evhttp.
 *
 * Limits: 16 KiB of head, 64 KiB of body, 10 s between two reads or writes.
 * What evhttp refuses itself (garbage, a body over the limit) it answers
 * with 400 or 413 and closes.
 */
#ifndef CONTROL_ADMIN_H
#define CONTROL_ADMIN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "control/rollout.h"
#include "observe/divergence.h"
#include "observe/noise.h"

struct event_base;
struct ssl_st;
struct resolver;
struct courier;
struct minutes;
struct poller;
struct sample_reader;

/* What each rollout has for itself. */
struct admin_rollout {
	struct rollout *rollout;
	struct store *store;
	struct stats_board *board;
	struct latch *latch;
	struct poller *poller;       /* may be NULL (unit tests) */
	struct minutes *minutes;     /* likewise */
};

struct admin_ports {
	struct admin_rollout of;     /* the one that is asked about: the main one, or
	                              * by the query "rollout=NAME" */
	const struct admin_rollout *rollouts; /* all, the main one first; borrows */
	size_t rollout_count;
	struct recorder *recorder;   /* may be NULL (unit tests) */
	struct divergence *divergence;
	struct noise_board *noise;   /* may be NULL (unit tests) */
	struct sample_reader *samples; /* likewise */
	struct resolver *resolver;   /* may be NULL (unit tests) */
	struct courier *courier;     /* likewise */
	/* Read the config file again and apply it; for POST /api/v1/reload. */
	bool (*reload)(void *arg, const char *actor, const char *reason,
	    struct err *err);
	/* Are all workers serving, and not draining? */
	bool (*ready)(void *arg);
	/* true: the listener speaks TLS now, and *out is the SSL of a new
	 * connection, the caller's to free; NULL = always plain. */
	bool (*tls)(void *arg, struct ssl_st **out);
	/* Say that it is not ready (or is again), and serve on. */
	void (*drain)(void *arg, bool drain, const char *actor,
	    const char *reason);
	void *arg;
	const char *version;         /* of the program: "0.1.0"; NULL = not said */
};

struct admin;

/* fd: what admin_listen() made, or inherited; taken over, also on failure. */
bool admin_start(struct event_base *base, const struct config *config,
    const struct admin_ports *ports, int fd, struct admin **out,
    struct err *err) MUST_CHECK;
/* The token file may have changed (reload).  false: the old tokens hold.
 * a NULL (no admin listener) is fine. */
bool admin_reload_tokens(struct admin *a, const struct config *config,
    struct err *err) MUST_CHECK;
/* "127.0.0.1:43121", "unix:/run/x": the address really bound (port 0 in the
 * config). */
const char *admin_address(const struct admin *a);
/* Another process is about to answer on the same socket (or is not, after
 * all): connections wait in its queue.  a NULL is fine, here and below. */
void admin_pause(struct admin *a, bool pause);
/* It does now: let go of the socket, which this process then does not remove;
 * is_taken false: nobody has it, close and remove it. */
void admin_retire(struct admin *a, bool is_taken);
void admin_stop(struct admin **a);

/* Append docs/api.md, from the route table. */
void admin_write_reference(struct buf *out);
/* Append docs/openapi.json, from the same. */
void admin_write_openapi(struct buf *out);

#endif
