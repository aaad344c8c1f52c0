/* sse -- whole events of a stream, however the bytes are cut.
 * SPDX-License-Identifier: MIT
 *
 * WHATWG HTML, "Server-sent events": sse_scan.h reads the lines; "data" lines
 * are joined by LF, an event without data is not dispatched, an unfinished one
 * at the end neither.  An event name with a NUL in it is ignored (the standard
 * does so with ids only).  Pure; memory is capped.
 */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "http/sse_scan.h"

struct sse_event {
	const char *event; /* "message" if not named; NUL-terminated */
	const char *data;  /* NUL-terminated; borrows until the callback returns */
	size_t data_len;
	const char *id;    /* last event id, "" if none */
};

typedef void (*sse_callback)(void *arg, const struct sse_event *event);

struct sse_parser {
	struct sse_scan scan;
	struct buf value;   /* of the line that is read, if no data */
	struct buf data, event, id;
	size_t cap_bytes;   /* of one event's data, of a name, of an id */
	bool has_data;
	bool overflow;      /* a cap was hit; feeding stops */
};

void sse_init(struct sse_parser *p, size_t cap_bytes);
void sse_fini(struct sse_parser *p);
/* false once an event went over the cap. */
bool sse_feed(struct sse_parser *p, const char *bytes, size_t len,
    sse_callback on_event, void *arg) MUST_CHECK;

#endif
