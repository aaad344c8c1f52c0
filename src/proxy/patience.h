/* patience -- how long a client is waited for, and how slow it may be.
 * SPDX-License-Identifier: MIT
 *
 * One deadline a client, by what is waited for:
 *   between requests   timeouts.idle, then closed without a word
 *   the head           timeouts.head as a total: what drips in gains nothing
 *   the body           timeouts.idle in which nothing of it came, and
 *                      limits.body_rate over each span of timeouts.rate
 *   taking our output  timeouts.idle without a byte taken; or, where it is
 *                      set, limits.send_rate over each span
 * Only the client's own slowness counts.  While we hold it back because the
 * backend is full, the span says nothing; output is only watched while there
 * is some that it has not taken, so a stream whose backend has nothing to
 * say is never slow.  Once the answer is coming, or while a 100 is waited
 * for, a body may be as slow as a conversation, but not stand still: who
 * neither sends nor takes anything for timeouts.idle is given up.
 */
#ifndef PROXY_PATIENCE_H
#define PROXY_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/wheel.h"

struct client;

struct patience {
	struct wheel_entry timer;
	uint64_t mark;        /* bytes that had moved when the span began */
	uint64_t span_end_ns; /* of the body's span */
	uint64_t moved_ns;    /* when the client last did its part for the body */
	uint64_t taken;       /* stream_taken() when that was looked at */
	bool excused;         /* the client was held back during the span */
	bool held;            /* ... since the deadline was last looked at */
};

void patience_init(struct client *c);
void patience_end(struct client *c);

/* From now on this is waited for. */
void patience_for_request(struct client *c);
void patience_for_head(struct client *c);
void patience_for_body(struct client *c);
void patience_for_answer(struct client *c); /* not the client's turn: no deadline */
void patience_for_close(struct client *c, uint32_t after_ms);

/* Some of the body has come. */
void patience_body_came(struct client *c);
/* The body is held back because the backend does not take more. */
void patience_excuse(struct client *c);
/* Output is kept: watch that it is taken.  Empty: nothing is owed. */
void patience_output_kept(struct client *c);
void patience_output_empty(struct client *c);

#endif
