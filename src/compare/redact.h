/* redact -- answers, and what is shown of them, without what must not be kept.
 * SPDX-License-Identifier: MIT
 *
 * Two kinds of rules: places of the document (JSON Pointers), and patterns,
 * which are looked for in every string, every name and every number, then
 * once more in the whole that was written.  A string that holds JSON is gone
 * through as the document that it holds, at its own place.
 *
 * Where a rule cannot be applied for certain (a string that begins like JSON
 * and is none, under a place that has rules below it; a pattern that gives
 * up), the whole of it reads REDACTED.  Pure but for memory.
 */
#ifndef COMPARE_REDACT_H
#define COMPARE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/difference.h"
#include "compare/room.h"
#include "config/dialects.h"
#include "observe/redact.h"

/* Is there any rule at all? */
static inline bool
redactor_is_idle(const struct redactor *r)
{
	return r == NULL || r->rules == NULL ||
	    r->rules->pattern_count + r->rules->pointer_count +
	    r->rules->header_count == 0;
}

/* --- documents ------------------------------------------------------------- */

struct redact_result {
	bool full;      /* the arena was: what was written must not be used */
	bool changed;   /* something was taken out that was not before */
	bool is_text;   /* a pattern matched across values: it is no JSON now */
	bool cut;       /* it had more than max bytes */
};

/* Append the tree as JSON, at most max bytes of it. */
struct redact_result redact_tree(struct redactor *r, const struct json *tree,
    struct arena *a, size_t max, struct buf *out);
/* The same of any text; only patterns apply. */
struct redact_result redact_plain(struct redactor *r, struct bytes text,
    size_t max, struct buf *out);

/* Append an event stream (of one of these dialects, as of message_init()), each
 * event by itself, where texts that go on over
 * several events are gone through as one.  false: that is not certain to be
 * enough (of the message that it folds to, something would still be taken
 * out), or it has more than max bytes; then what was written must not be
 * used. */
bool redact_stream(struct redactor *r, struct bytes text,
    const struct dialects *dialects, struct arena *a, size_t max,
    struct buf *out) MUST_CHECK;

/* --- differences ----------------------------------------------------------- */

/* Take out of a difference's path, "/a/b", "header:a" or a word, what patterns
 * find in its names. */
void redact_place(struct redactor *r, const char *path, struct buf *out);

/* A difference on its way to be shown. */
struct redact_pair {
	const char *path;               /* as it was */
	struct shown legacy, enhanced;  /* in and out: may then be in the bufs */
	/* The texts that the values are parts of; len 0: they are whole. */
	struct shown legacy_whole, enhanced_whole;
	struct buf legacy_space, enhanced_space; /* own; zeroed at first */
};

void redact_values(struct redactor *r, struct redact_pair *p);

#endif
