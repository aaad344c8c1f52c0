/* framing -- how long a message's body is, and whether that is certain.
 * SPDX-License-Identifier: MIT
 *
 * RFC 9112 section 6, without its leniencies: whatever two parsers could
 * read differently is an error.  Pure.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/head.h"
#include "http/target.h"

enum body_kind {
	BODY_NONE = 0, /* the message ends with its head */
	BODY_LENGTH,   /* Content-Length bytes follow (it may say 0) */
	BODY_CHUNKED,
	BODY_CLOSE,    /* response only: until the connection ends */
};

struct framing {
	enum body_kind kind;
	uint64_t length;    /* BODY_LENGTH; for HEAD and 304 answers 0 */
	bool keep_alive;    /* may the connection carry another message? */
	bool expects_100;   /* request: waits for a 100 before its body */
	bool not_served;    /* refused request: right, but nothing we do (501) */
	bool asks_websocket; /* request: see upgrade.h */
	bool announces;     /* HEAD and 304 answers: Content-Length is there ... */
	uint64_t announced; /* ... and says this, though no body follows */
};

/* Check what the head alone cannot: exactly one valid Host (1.0: at most
 * one), target form, no Transfer-Encoding with HTTP/1.0, only "chunked",
 * never beside Content-Length, one Content-Length of digits only, Connection
 * a list of at most 100 tokens, Host the same as an absolute target's
 * authority.  CONNECT, TRACE and other codings in front of "chunked" are not
 * served.  The target is handed out, as target_parse() would: it must be
 * taken apart to know.
 * false: *why says what is wrong; answer 400, or 501 if out->not_served, and
 * close. */
bool framing_of_request(const struct head *h, struct target *target_out,
    struct framing *out, const char **why) MUST_CHECK;

/* head_request: the answer belongs to a HEAD.  Statuses 1xx, 204, 304 have
 * no body; 1xx and 204 that announce one are broken, and so is a 101 (one
 * that was asked for is upgrade.h's).  false: a broken answer; *why says it. */
bool framing_of_response(const struct head *h, bool head_request,
    struct framing *out, const char **why) MUST_CHECK;

/* Mark (field->hop) what is not forwarded: Connection and the fields it
 * names, Keep-Alive, Proxy-*, TE, Trailer, Transfer-Encoding, Upgrade.
 * RFC 9110 section 7.6.1.  What Connection must not name stays: a client
 * could otherwise take a field away that the upstream relies on (Host,
 * Content-*, Authorization, Cookie, Via, Forwarded, X-Forwarded-*, X-Real-IP,
 * traceparent, tracestate, x-request-id).
 * Call it after framing_of_*(), which bounds the work. */
void framing_mark_hop_by_hop(struct head *h);

#endif
