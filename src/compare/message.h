/* message -- one message grown from the events of a stream.
 * SPDX-License-Identifier: MIT
 *
 * A chat answer arrives as hundreds of small JSON documents.  Each is merged
 * into one tree shaped like the answer that would have come without
 * streaming, so that both are compared, ignored and shown by the same rules
 * and the borders of the chunks leave no trace.  How is the dialect's to say
 * (config/dialects.h): it is found by the first event that shows it, and
 * "plain" holds until then.  Whatever the dialect:
 *
 *   an event that ends the stream leaves /done = true
 *   one of a kind that the dialect does not name leaves /other/KIND = true
 *   data that is no JSON object is joined under /text, unless the dialect
 *   names the event's kind
 *
 * An event that differs from the one before in one joined string only (most
 * of most streams) is not parsed: the string goes on.
 *
 * Memory and work are bounded by the arena and as grown.h says.  Pure; one
 * thread.
 */
#ifndef COMPARE_MESSAGE_H
#define COMPARE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/grown.h"
#include "config/dialects.h"
#include "observe/signs.h"

/* The last event, and the one string in it that was joined. */
struct message_last {
	struct buf name, data;
	size_t at, len;        /* of the string in data */
	struct grown *into;
	bool good;             /* the next may be like it */
};

struct message {
	struct growth growth;
	struct arena scratch;  /* owns; one event's parsed tree */
	struct grown *root;    /* in the growth's arena; NULL if that is full */
	const struct dialects *dialects; /* borrows */
	const struct dialect *dialect;   /* of what came so far */
	struct signs signs;
	struct message_last last;
	uint64_t events;
};

/* dialects NULL: those that are built in. */
void message_init(struct message *m, struct arena *a,
    const struct dialects *dialects);
void message_fini(struct message *m);
/* Merge one event: its name ("message" if it had none) and its data. */
void message_add(struct message *m, const char *event, const char *data,
    size_t len);
/* The tree so far, an object; lives as long as the arena.  No message_add()
 * after.  NULL when a bound was reached. */
const struct json *message_finish(struct message *m) MUST_CHECK;

/* The same of an answer that was not streamed: if it is of a dialect other
 * than "plain", what a stream would have left out of its tree is taken out.
 * text: what the tree was read from.  false: the arena is full. */
bool message_of_whole(struct json *tree, const char *text, size_t len,
    struct arena *a, const struct dialects *dialects) MUST_CHECK;

#endif
