/* writer -- heads written afresh from what was parsed.
 * SPDX-License-Identifier: MIT
 *
 * Nothing of the peer's framing passes through: names, values and the start
 * line are copied field by field, hop-by-hop fields are left out and our own
 * framing, Via, X-Forwarded-* and x-request-id are put in.  Pure; writes
 * into a caller's space and fails if it does not fit.
 */
#ifndef HTTP_WRITER_H
#define HTTP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/edits.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/target.h"

struct forward {
	const char *prefix;      /* of the URL, "" if none; no "/" at its end */
	const char *host;        /* sent instead of the client's Host; NULL = keep */
	bool trusted;            /* keep what the peer says of those behind it:
				  * X-Forwarded-*, Forwarded, X-Real-IP */
	const char *peer_ip;     /* added to X-Forwarded-For, and to a Forwarded
				  * that is kept; NULL = nothing */
	const char *proto;       /* "http" or "https": X-Forwarded-Proto if absent */
	const char *traceparent; /* instead of the one that came and of any
				  * tracestate; "" = neither; NULL = both pass */
	const char *request_id;  /* x-request-id, if the client sent none; or NULL */
	const char *client_subject; /* x-client-cert-subject; NULL = none.  What the
				  * client says itself is always left out */
	enum body_kind body;     /* how the body will be framed upstream */
	uint64_t length;         /* with BODY_LENGTH */
	bool send_expect;        /* pass Expect: 100-continue on */
	const char *leg;         /* adds "x-understudy-leg: LEG"; NULL = nothing */
	bool websocket;          /* ask for it, afresh */
	bool trailers;           /* of the body are passed on: so is Trailer */
	bool te_trailers;        /* those of the answer are welcome */
	const struct edits *edits; /* of this version; NULL = none */
	const char *default_host; /* the endpoint's own; sent when host is NULL and
				   * an HTTP/1.0 client sent none */
};

/* Bytes written, or 0 if space was too small.  Leaves out what is marked
 * hop (call framing_mark_hop_by_hop() before) and a client's own
 * x-understudy-leg.  Host is, in this order: f->host, the authority of an
 * absolute target, the client's Host, f->default_host, empty.
 * X-Forwarded-For becomes one field at the end, Via gets a field of its
 * own.  X-Forwarded-Host tells the client's Host where f->host replaces it.
 * Expect: 100-continue goes only by send_expect.  BODY_CLOSE is no framing of
 * a request. */
size_t write_request_head(const struct head *h, const struct target *t,
    const struct forward *f, char *out, size_t space) MUST_CHECK;

struct answer_frame {
	enum body_kind body;     /* towards the client; BODY_CLOSE for a 1.0 client */
	uint64_t length;
	bool has_length;         /* Content-Length even with BODY_NONE (HEAD, 304) */
	bool keep_alive;         /* else "Connection: close" */
	bool websocket;          /* a 101 that grants it, afresh */
	bool trailers;           /* are passed on: so is Trailer */
	const char *date;        /* Date if the answer has none; NULL = none then */
	uint8_t client_minor;    /* 0: add "Connection: keep-alive" when kept; no
				  * BODY_CHUNKED for such a client */
	const char *version;     /* x-understudy-version, or NULL */
	const char *request_id;  /* x-request-id if the answer has none, or NULL */
};

/* A final answer's head.  The answer's own x-understudy-version is dropped.
 * BODY_CLOSE always says "Connection: close". */
size_t write_response_head(const struct head *h,
    const struct answer_frame *a, char *out, size_t space) MUST_CHECK;
/* A 1xx, relayed as it is but for hop-by-hop fields. */
size_t write_interim_head(const struct head *h, char *out, size_t space)
    MUST_CHECK;

/* A whole small answer of our own: JSON {"error": word, "message": text}. */
struct own_answer {
	unsigned status;
	const char *word, *message;
	bool keep_alive;
	bool head_only;          /* without the body (HEAD) */
	unsigned retry_after_s;  /* 0 = no such field */
	const char *date;        /* these may be NULL: no such field */
	const char *request_id, *version;
};
size_t write_own_answer(const struct own_answer *a, char *out, size_t space)
    MUST_CHECK;

#endif
