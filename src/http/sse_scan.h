/* sse_scan -- the lines of an event stream, as they come and unkept.
 * SPDX-License-Identifier: MIT
 *
 * WHATWG HTML, "Server-sent events": CR, LF and CRLF end lines, a BOM at the
 * start is skipped, comments and unknown fields are passed over, one space
 * behind the colon is.  Values are handed out where they lie, in as many
 * pieces as they came in, so nothing is kept and no length is a burden.  What
 * the lines add up to is the caller's: sse.h gathers whole events.
 *
 * Pure; one thread.
 */
#ifndef HTTP_SSE_SCAN_H
#define HTTP_SSE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum sse_field {
	SSE_NO_FIELD = 0, /* "retry", unknown, or a comment */
	SSE_DATA,
	SSE_EVENT,
	SSE_ID,
};

struct sse_piece {
	enum sse_field field; /* SSE_NO_FIELD: an empty line, the event is over */
	const char *bytes;    /* borrows from the input; perhaps none */
	size_t len;
	bool first, last;     /* of its line's value */
};

struct sse_scan {
	uint8_t state;        /* enum state, see sse_scan.c */
	uint8_t field;        /* enum sse_field of the line that is read */
	uint8_t name_len;     /* bytes of the BOM or of a field's name so far */
	bool after_cr;        /* an LF now belongs to the CR before it */
	bool first;           /* nothing of the value was handed out */
	char name[6];         /* of a field; the longest that is known has 5 */
};

/* All zero is one that has read nothing. */

/* The next piece from bytes[*used..len), which is stepped over.  false: there
 * is none, and all was used. */
bool sse_scan_next(struct sse_scan *s, const char *bytes, size_t len,
    size_t *used, struct sse_piece *out) MUST_CHECK;

#endif
