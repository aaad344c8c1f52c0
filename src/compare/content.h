/* content -- what a body is: JSON, an event stream, a form, text, other bytes.
 * SPDX-License-Identifier: MIT
 *
 * By its media type, and where that does not say JSON, also by looking: what
 * begins with "{" or "[" and parses is JSON whatever it is called.  What has
 * structure becomes a tree of JSON, which one comparison serves:
 *
 *   JSON          the document; of a chat API, as message.h has it
 *   JSON lines    NDJSON, JSON Lines, json-seq (RFC 7464): an array of the
 *                 documents
 *   event stream  the message that it folds to (fold.h)
 *   form          an object of the fields (form.h)
 *   parts         multipart/form-data: an object of the parts by name, others
 *                 an array; a part is {"type", "filename", "body"}, its body
 *                 read by its own type: a tree, a string, or of other bytes
 *                 their length and hash
 *
 * Text of another character set is made UTF-8 first (charset.h).  What is
 * called JSON, a stream or multipart and cannot be read as such is text or
 * other bytes, and broken.  Pure; memory is the arena's.
 */
#ifndef COMPARE_CONTENT_H
#define COMPARE_CONTENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/decode.h"
#include "observe/sample.h"

enum content_form {
	CONTENT_NOTHING = 0, /* no body, or an empty one */
	CONTENT_JSON,
	CONTENT_LINES,
	CONTENT_STREAM,
	CONTENT_FORM,
	CONTENT_PARTS,
	CONTENT_TEXT,        /* well-formed UTF-8 */
	CONTENT_BINARY,
	CONTENT_FORM_COUNT
};

/* Parts of a body, with those inside of parts; and how deep they go. */
#define CONTENT_PARTS_MAX 1000
#define CONTENT_DEPTH_MAX 3

struct content {
	enum content_form form;
	bool broken;             /* not what its type promises */
	struct bytes bytes;      /* borrows from the answer's body or the arena */
	const struct json *tree; /* in the arena; NULL of text and other bytes */
	char why[80];            /* why it cannot be compared, "" if it can */
};

/* What a stream's message is called where it was kept in the place of its
 * events (keep.h); the form is CONTENT_STREAM. */
#define CONTENT_MESSAGE "message"

/* "json", "stream" */
const char *content_form_name(enum content_form form);

/* The body's bytes without their content codings; form and tree are not known
 * yet.  false: out->why says why. */
bool content_decode(const struct answer *answer, struct arena *a,
    struct content *out) MUST_CHECK;
/* Find out form and tree; dialects as of message_init().  false: c->why says
 * why ("too large to compare"). */
bool content_read(const struct answer *answer,
    const struct dialects *dialects, struct arena *a, struct content *c)
    MUST_CHECK;

/* Of other bytes: "123 bytes, xxh3 0123456789abcdef". */
#define CONTENT_HASH_MAX 64
void content_hash(struct bytes b, char out[CONTENT_HASH_MAX]);

#endif
