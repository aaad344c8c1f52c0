/* outcome -- how an exchange ended; one table for code, records and manual.
 * SPDX-License-Identifier: MIT
 *
 * OUTCOME(NAME, "name", blame, status, fallback, "what happened")
 *   blame     who caused it; UPSTREAM counts as a failure of that version
 *   status    what the client gets if nothing was sent yet; 0 = the answer
 *             itself, or nothing
 *   fallback  which enum fallback_on bit lets legacy answer instead; 0 none
 * Append only: the name is stored in records and metric labels.
 */
#ifndef OBSERVE_OUTCOME_H
#define OBSERVE_OUTCOME_H

#include <stdbool.h>

#include "config/config.h"

enum blame { BLAME_NOBODY = 0, BLAME_CLIENT, BLAME_UPSTREAM, BLAME_SELF };

#define OUTCOME_TABLE(OUTCOME) \
	OUTCOME(OPEN, "open", NOBODY, 0, 0, "still running") \
	OUTCOME(DONE, "done", NOBODY, 0, 0, "the answer was relayed to its last byte") \
	OUTCOME(UPSTREAM_5XX, "upstream_5xx", UPSTREAM, 0, FALLBACK_5XX, \
	    "the backend answered with a status of 500 or more") \
	OUTCOME(CONNECT_FAILED, "connect_failed", UPSTREAM, 502, FALLBACK_CONNECT, \
	    "no connection to the backend could be made") \
	OUTCOME(CONNECT_TIMEOUT, "connect_timeout", UPSTREAM, 504, FALLBACK_CONNECT, \
	    "no connection within timeouts.connect") \
	OUTCOME(FIRST_BYTE_TIMEOUT, "first_byte_timeout", UPSTREAM, 504, \
	    FALLBACK_TIMEOUT, "no answer within timeouts.first_byte") \
	OUTCOME(UPSTREAM_IDLE, "upstream_idle", UPSTREAM, 504, FALLBACK_TIMEOUT, \
	    "the backend fell silent for timeouts.idle within its answer") \
	OUTCOME(UPSTREAM_RESET, "upstream_reset", UPSTREAM, 502, FALLBACK_INVALID, \
	    "the backend closed or reset before its answer began") \
	OUTCOME(UPSTREAM_BAD_HEAD, "upstream_bad_head", UPSTREAM, 502, FALLBACK_INVALID, \
	    "the backend's answer is not HTTP by the strict grammar") \
	OUTCOME(UPSTREAM_BAD_BODY, "upstream_bad_body", UPSTREAM, 502, FALLBACK_INVALID, \
	    "the backend's chunked body is malformed") \
	OUTCOME(UPSTREAM_CUT, "upstream_cut", UPSTREAM, 502, FALLBACK_INVALID, \
	    "the backend closed before the end of its answer") \
	OUTCOME(CLIENT_GONE, "client_gone", CLIENT, 0, 0, \
	    "the client closed before the answer ended") \
	OUTCOME(CLIENT_BAD_HEAD, "client_bad_head", CLIENT, 400, 0, \
	    "the request is not HTTP by the strict grammar") \
	OUTCOME(CLIENT_BAD_BODY, "client_bad_body", CLIENT, 400, 0, \
	    "the request's chunked body is malformed") \
	OUTCOME(CLIENT_HEAD_TOO_LARGE, "client_head_too_large", CLIENT, 431, 0, \
	    "the request's head is over limits.head") \
	OUTCOME(CLIENT_HEAD_TIMEOUT, "client_head_timeout", CLIENT, 408, 0, \
	    "the request's head took longer than timeouts.head") \
	OUTCOME(CLIENT_IDLE, "client_idle", CLIENT, 408, 0, \
	    "the client fell silent for timeouts.idle within a message") \
	OUTCOME(SHED, "shed", SELF, 503, 0, "over limits.connections") \
	OUTCOME(SHADOW_TIMEOUT, "shadow_timeout", UPSTREAM, 0, 0, \
	    "a shadow was ended at shadow.timeout") \
	OUTCOME(DRAINED, "drained", SELF, 503, 0, "ended because understudy stops") \
	OUTCOME(SHADOW_TOO_LARGE, "shadow_too_large", SELF, 0, 0, \
	    "a shadow's answer went over limits.capture and was not read on") \
	OUTCOME(SHED_ADDRESS, "shed_address", SELF, 503, 0, \
	    "over limits.connections_per_address") \
	OUTCOME(SHED_EXCHANGES, "shed_exchanges", SELF, 503, 0, \
	    "over limits.exchanges") \
	OUTCOME(SHED_MEMORY, "shed_memory", SELF, 503, 0, \
	    "limits.memory is nearly used up") \
	OUTCOME(CLIENT_SLOW_BODY, "client_slow_body", CLIENT, 408, 0, \
	    "the request's body came slower than limits.body_rate") \
	OUTCOME(CLIENT_SLOW_READER, "client_slow_reader", CLIENT, 0, 0, \
	    "the client took its answer slower than limits.send_rate") \
	OUTCOME(TUNNELLED, "tunnelled", NOBODY, 0, 0, \
	    "a websocket stood, and was closed; counted from its beginning") \
	OUTCOME(CLIENT_NOT_SERVED, "client_not_served", CLIENT, 501, 0, \
	    "the request's method or transfer coding is not served") \
	OUTCOME(CLIENT_VERSION, "client_version", CLIENT, 505, 0, \
	    "the request's version of HTTP is neither 1.0 nor 1.1") \
	OUTCOME(CLIENT_LONG_TARGET, "client_long_target", CLIENT, 414, 0, \
	    "the request line alone is over limits.head") \
	OUTCOME(CIRCLE, "circle", SELF, 508, 0, \
	    "the request has come through understudy 8 times: a backend's URL " \
	    "leads back here") \
	OUTCOME(LAST_HOP, "last_hop", NOBODY, 200, 0, \
	    "OPTIONS with Max-Forwards: 0 was answered here") \
	OUTCOME(CLIENT_NO_TLS, "client_no_tls", CLIENT, 400, 0, \
	    "plain HTTP came to a listener that speaks TLS; use https://") \
	OUTCOME(SHADOW_NO_ROOM, "shadow_no_room", SELF, 0, 0, \
	    "a shadow's answer found no room in limits.shadow_bytes and was not " \
	    "read on") \
	OUTCOME(GREETING_BAD, "greeting_bad", CLIENT, 0, 0, \
	    "the connection did not begin with the PROXY header that its listener " \
	    "asks for") \
	OUTCOME(GREETING_TIMEOUT, "greeting_timeout", CLIENT, 0, 0, \
	    "no PROXY header within timeouts.head") \
	OUTCOME(GREETING_UNTRUSTED, "greeting_untrusted", CLIENT, 0, 0, \
	    "the peer is not in proxy_networks of its listener") \
	OUTCOME(NO_ENDPOINT, "no_endpoint", UPSTREAM, 503, FALLBACK_CONNECT, \
	    "every endpoint of the version is down or held") \
	OUTCOME(NO_SOCKET, "no_socket", SELF, 503, 0, \
	    "understudy had no descriptor, port or memory left for a connection") \
	OUTCOME(CLIENT_TOO_MANY_FIELDS, "client_too_many_fields", CLIENT, 431, 0, \
	    "the request's head has more fields than limits.fields") \
	OUTCOME(ANSWER_ERROR, "answer_error", UPSTREAM, 0, 0, \
	    "the answer came whole and says, in its body, that it failed") \
	OUTCOME(ANSWER_CUT, "answer_cut", UPSTREAM, 0, 0, \
	    "the answer's message ended before its end: no end of the stream, half a " \
	    "JSON document") \
	OUTCOME(ANSWER_EMPTY, "answer_empty", UPSTREAM, 0, 0, \
	    "the answer came whole and has no content") \
	OUTCOME(NOT_IN, "not_in", NOBODY, 404, 0, \
	    "only enhanced has the route, and the request is not for enhanced; " \
	    "the status is the route's `otherwise`")

enum outcome {
#define OUTCOME(NAME, name, blame, status, fallback, text) OUTCOME_##NAME,
	OUTCOME_TABLE(OUTCOME)
#undef OUTCOME
	OUTCOME_COUNT
};

struct outcome_row {
	const char *name; /* lower case: "connect_timeout" */
	enum blame blame;
	unsigned status;
	unsigned fallback;
	const char *text;
};

/* The table's row; never NULL.  Pure, any thread. */
const struct outcome_row *outcome_info(enum outcome o);
/* Does it count as a failure of the version that ended so? */
bool outcome_is_failure(enum outcome o);
/* Does a leg that ended so say anything about its version?  Not while it
 * runs, and not when the client or understudy itself ended it. */
bool outcome_is_counted(enum outcome o);

#endif
