/* fold -- an event stream's bytes to one message, as they come.
 * SPDX-License-Identifier: MIT
 *
 * http/sse finds the events, message.h merges them; together they do not care
 * where the bytes were cut.  An event that the stream did not finish does not
 * count (WHATWG).  Pure; one thread; memory is the arena's, and bounded for
 * one line or event by FOLD_EVENT_MAX.
 */
#ifndef COMPARE_FOLD_H
#define COMPARE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/message.h"
#include "http/sse.h"

#define FOLD_EVENT_MAX ((size_t)8 << 20)

struct fold {
	struct sse_parser sse;
	struct message message;
	bool too_large;
};

/* dialects: as of message_init(). */
void fold_init(struct fold *f, struct arena *a,
    const struct dialects *dialects);
void fold_fini(struct fold *f);
void fold_feed(struct fold *f, const char *bytes, size_t len);
/* The message, an object in the arena; NULL when a bound was reached.
 * *events_out: how many events there were.  Nothing may be fed after. */
const struct json *fold_finish(struct fold *f, uint64_t *events_out)
    MUST_CHECK;

/* All at once. */
const struct json *fold_stream(const char *bytes, size_t len, struct arena *a,
    const struct dialects *dialects, uint64_t *events_out) MUST_CHECK;

#endif
