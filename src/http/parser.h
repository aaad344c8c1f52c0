/* parser -- bytes to a head, by the strict grammar, for both legs.
 * SPDX-License-Identifier: MIT
 *
 * llhttp reads the grammar; what Debian's llhttp 8.1 lets pass or leaves to
 * its caller is refused here before and after it: bare LF and CR, folded
 * fields, space before a colon, empty names, NUL and control characters in
 * values, "CR CR LF" ending a head, more than one SP in the start line.
 * Nothing is repaired.  Only methods that llhttp has in its list are known:
 * another one is HEAD_UNKNOWN_METHOD.  Pure; no allocation; any
 * thread.  Source: RFC 9112 sections 2 to 5, RFC 9110 section 5.
 */
#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

#include <stddef.h>

#include "base/compiler.h"
#include "http/head.h"

enum head_result {
	HEAD_OK = 0,      /* *head filled, head->len bytes were the head */
	HEAD_MORE,        /* no empty line yet; come again with more bytes */
	HEAD_BAD,         /* not HTTP by the strict grammar */
	HEAD_TOO_LARGE,   /* over max_bytes without an end */
	HEAD_TOO_MANY,    /* over max_fields */
	HEAD_LONG_LINE,   /* the request line alone is over max_bytes */
	HEAD_VERSION,     /* HTTP, but neither 1.0 nor 1.1 */
	HEAD_UNKNOWN_METHOD,
};

struct head_limits {
	uint32_t max_bytes;  /* <= 16 MiB */
	uint32_t max_fields; /* <= HEAD_FIELDS_MAX */
};

/* Parse a request head from the start of the bytes (one empty line before
 * the request line is allowed, RFC 9112 2.2, and counted into head->len).
 * *why gets a static sentence, "" if there is no more to say than the
 * result does.  Called again from the start
 * when more has come; seen is how many bytes earlier calls have already
 * looked at (0 at first), so a head that drips in costs linear time. */
enum head_result parse_request_head(const char *bytes, size_t len,
    size_t seen, const struct head_limits *lim, struct head *head,
    const char **why) MUST_CHECK;
enum head_result parse_response_head(const char *bytes, size_t len,
    size_t seen, const struct head_limits *lim, struct head *head,
    const char **why) MUST_CHECK;

#endif
