/* answer -- the way back: from a backend's bytes to the client.
 * SPDX-License-Identifier: MIT
 *
 * Parses the answer's head by the strict grammar, decides how it is framed
 * towards the client, and passes the body on piece by piece as it comes,
 * with a copy to the capture where the pair is to be compared.
 */
#ifndef PROXY_ANSWER_H
#define PROXY_ANSWER_H

#include <stddef.h>

#include "base/compiler.h"

struct buf;
struct exchange;
struct stream;
struct worker;

enum answer_progress {
	ANSWER_MORE = 0, /* used what could be used; wait for more */
	ANSWER_COMPLETE, /* the answer has ended at *used_out */
	ANSWER_FAILED,   /* the exchange has been failed: do not touch it */
	ANSWER_SWITCHED, /* a websocket: what is behind *used_out is its first bytes */
};

/* Use the bytes that came; *used_out of them are done with. */
enum answer_progress answer_feed(struct exchange *x, const char *bytes,
    size_t len, size_t fresh, size_t *used_out) MUST_CHECK;
/* What ends a chunked body in either direction, with its trailers. */
void answer_write_last_chunk(struct worker *w, struct stream *s,
    const struct buf *trailers);
/* The body has ended: write what ends it towards the client. */
void answer_write_end(struct exchange *x);

#endif
