/* access -- a line of the access log: what is in it, and how it is written.
 * SPDX-License-Identifier: MIT
 *
 * A worker fills a record of fixed size and gives it to a sink; a thread of
 * its own makes the line (app/access_log.c).  Never in it: queries, bodies,
 * cookies, authorization, user and session ids.
 */
#ifndef OBSERVE_ACCESS_H
#define OBSERVE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ident.h"
#include "base/ip.h"
#include "observe/record.h"

/* PHASE(NAME, "word in the log", "how far it came") */
#define ACCESS_PHASE_TABLE(PHASE) \
	PHASE(ACCEPT, "accept", "the connection was refused before a byte was read") \
	PHASE(GREETING, "greeting", "the PROXY header was awaited") \
	PHASE(HEAD, "head", "the request's head was being read") \
	PHASE(BODY, "body", "the request's body was being read, which names the user; " \
	    "nothing was sent yet") \
	PHASE(CONNECT, "connect", "a connection to the backend was being made") \
	PHASE(SEND, "send", "the request was being sent") \
	PHASE(WAIT, "wait", "the request was sent, the answer's head was awaited") \
	PHASE(RELAY, "relay", "the answer was being passed on") \
	PHASE(END, "end", "the answer was passed on to its end")

enum access_phase {
#define PHASE(NAME, word, text) ACCESS_##NAME,
	ACCESS_PHASE_TABLE(PHASE)
#undef PHASE
	ACCESS_PHASE_COUNT
};
const char *access_phase_word(enum access_phase p);
const char *access_phase_text(enum access_phase p);

struct access_record {
	int64_t ts_us;              /* wall clock at the request's head; without
	                             * one, when it was refused */
	bool has_leg;               /* it was given to a backend */
	bool reused, retried;       /* the connection; the request */
	bool falls_back;            /* failed, and legacy answers instead */
	uint8_t leg;                /* enum leg */
	uint8_t version;            /* enum version */
	uint8_t outcome;            /* enum outcome */
	uint8_t phase;              /* enum access_phase */
	uint16_t status;            /* sent to the client; 0 = nothing */
	uint16_t upstream_status;   /* of the backend's answer; 0 = none */
	const char *decision;       /* a static word; NULL = nothing was decided */
	/* Since the request's head; the others since the leg's beginning.
	 * 0 = never. */
	uint64_t begin_us;
	uint64_t first_byte_us, first_content_us, latency_us;
	uint64_t request_bytes, response_bytes; /* of bodies */
	struct ip client;
	char pair[IDENT_TEXT_LEN + 1];
	char trace_id[IDENT_TEXT_LEN + 1];
	char id[RECORD_ID_MAX + 1]; /* x-request-id */
	const char *rollout;        /* interned; NULL = there is but one */
	char stage[64];
	char method[16];
	char path[RECORD_PATH_MAX]; /* without the query; cut if longer */
	char route[64];
	char upstream[96];          /* URL of the endpoint */
	char error[120];            /* detail of a failure */
};

/* Append the record as one JSON object and a LF.  Whatever the texts hold,
 * it is one line of valid JSON and UTF-8. */
void access_write_line(const struct access_record *r, struct buf *out);

/* Where records go; plugged in by app.  Copies, never blocks; false = full,
 * dropped.  Any thread. */
struct access_sink {
	bool (*put)(void *arg, const struct access_record *r);
	void *arg;
};

#endif
