/* request -- one client's request, shared by the exchanges that serve it.
 * SPDX-License-Identifier: MIT
 *
 * Holds what all legs need: the head (copied, with its bytes), who asked,
 * what was decided and by which snapshot, the captured body, and the pair of
 * answers that is to be compared.  Counted by reference within its worker:
 * the client holds one while it waits, each exchange holds one.
 *
 * A body is captured only when somebody may need it again: to find the
 * identity in it, to fall back, to mirror.  Over limits.capture (or over the
 * worker's share of limits.shadow_bytes) the capture is given up, never the
 * request.
 */
#ifndef PROXY_REQUEST_H
#define PROXY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/buf.h"
#include "base/ident.h"
#include "config/snapshot.h"
#include "http/forwarded.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/target.h"
#include "http/trace.h"
#include "observe/sample.h"
#include "policy/decide.h"
#include "policy/identity.h"

struct client;
struct exchange;
struct worker;

/* Heads up to this size need no memory of their own. */
#define REQUEST_INLINE_HEAD 1536
#define REQUEST_NAME_MAX 128

enum shadow_plan {
	SHADOW_NO = 0,   /* not chosen for mirroring */
	SHADOW_WAITING,  /* chosen; begins when the body is whole, or later:
	                  * see shadow_must_wait() */
	SHADOW_STARTED,
	SHADOW_DROPPED,  /* chosen and refused; counted by reason */
	SHADOW_JUDGED,   /* all legs had ended once; a fallback may run on */
};

struct request {
	unsigned refs;              /* of this worker's thread */
	struct worker *worker;      /* borrows */
	struct course *course;      /* borrows: its rollout, as the worker has it */
	struct client *client;      /* borrows; NULL once the client has left it */
	struct snapshot *snapshot;  /* owns a reference: pinned for life */

	char pair[IDENT_TEXT_LEN + 1];
	char id[REQUEST_NAME_MAX + 1]; /* x-request-id: the client's, or the pair */
	int64_t start_us;           /* wall clock, for the record */
	uint64_t start_ns;          /* clock of loop->now_ns, at its head */

	char *head_bytes;           /* owns, or inline_head */
	struct target target;
	struct framing framing;
	char peer_ip[IP_TEXT_MAX];  /* of the connection */
	struct forwarded from;      /* who asks, and whether the peer is trusted */
	char trace_id[TRACE_ID_LEN + 1]; /* "" = in no trace */
	bool trace_passes;          /* a valid traceparent came with it */

	bool secure;                /* it came by TLS */
	char *client_subject;       /* owns; of its certificate; NULL = none */

	struct identity user, session;
	struct decision decision;
	bool decided;
	bool held;                  /* decided, and waits for the rest of its body */
	bool continue_sent;         /* we have answered Expect ourselves */

	struct buf trailers;        /* owns; behind the body, if they are passed */
	struct blob *body;          /* owns; what was captured; NULL = nothing yet */
	bool capturing;             /* append what comes */
	bool body_lost;             /* over a cap: no fallback, no shadow */
	bool body_whole;            /* the request has ended */
	uint64_t body_bytes;        /* received so far */

	enum shadow_plan shadow;
	unsigned legs_open;
	bool answered[VERSION_COUNT];
	struct answer answers[VERSION_COUNT]; /* bodies owned */
	bool has_control;
	struct answer control;      /* body owned; of a second call to legacy */

	struct head head;           /* last but one: large and rarely full */
	char inline_head[REQUEST_INLINE_HEAD];
};

/* Copy a head whose framing and target were found good; the caller holds
 * the reference.  peer: who is connected. */
struct request *request_new(struct worker *w, const struct head *head,
    const struct target *target, const struct framing *framing,
    const struct ip *peer) MUST_CHECK;
struct request *request_ref(struct request *r);
void request_unref(struct request **r);

/* The head is there: find who asks, decide, begin the exchanges, or wait
 * for the body if only it can tell. */
void request_begin(struct request *r);
/* Some of the body, decoded; the slice must stay until the gathered bytes
 * are flushed. */
void request_body(struct request *r, const char *bytes, size_t len);
/* Some of its trailers: kept for every leg. */
void request_trailers(struct request *r, const char *bytes, size_t len);
/* Are they, or those of its answer, to be passed on? */
bool request_passes_trailers(const struct request *r);
bool request_wants_trailers(const struct request *r);
/* The body is whole: what waited for it begins. */
void request_end(struct request *r);
/* The client went away or was refused: nothing new begins. */
void request_abandon(struct request *r);

/* May a failed exchange be tried on legacy (all that was received is still
 * there to be sent again)? */
bool request_is_repeatable(const struct request *r);
/* Has legacy no such route? */
bool request_is_enhanced_only(const struct request *r);
/* Does its method ask for nothing to be done (RFC 9110, section 9.2.1), so
 * that it may reach a version twice? */
bool request_is_safe(const struct request *r);
/* Legacy will not answer in enhanced's place any more: a shadow that had to
 * wait for that begins. */
void request_settled(struct request *r);
/* A leg begins / has ended with this answer (its body is taken over). */
void request_leg_began(struct request *r);
void request_leg_ended(struct request *r, enum leg leg,
    enum version version, struct answer *answer);

#endif
