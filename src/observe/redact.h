/* redact -- takes out of texts what the rules' patterns find.
 * SPDX-License-Identifier: MIT
 *
 * For every text of a peer that is written down: paths and errors in records
 * and in the access log, and, through compare/redact.h, answers and what is
 * shown of them.  What several patterns find is taken out of the text as it
 * was, so that none of them hides from another.  Where a pattern gives up at
 * its bounds nobody knows what it would have found: the whole text goes.
 *
 * A redactor is one thread's; its rules may be changed between two calls.
 */
#ifndef OBSERVE_REDACT_H
#define OBSERVE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "config/redact_rules.h"
#include "observe/access.h"
#include "observe/record.h"

/* What stands in the place of what was taken out.  It does not begin like JSON:
 * what has it in front is not taken for a document. */
#define REDACTED "<redacted>"

struct redactor {
	const struct redact_rules *rules; /* borrows; NULL = nothing is taken out */
	struct regex_room *room;          /* owns; made when it is needed */
	struct buf spans;                 /* owns; scratch, like the next two */
	struct buf text, part;
};

/* A zeroed one is ready for use. */
void redactor_fini(struct redactor *r);

static inline bool
redactor_has_patterns(const struct redactor *r)
{
	return r->rules != NULL && r->rules->pattern_count > 0;
}

/* Append text to out, which is not the redactor's; true = something was taken
 * out. */
bool redact_text(struct redactor *r, const char *text, size_t len,
    struct buf *out);
/* Where there is something to take out: spans in order, which do not overlap;
 * they are the redactor's until its next use.  false: a pattern gave up, and
 * all of it is to go. */
bool redact_spans(struct redactor *r, const char *text, size_t len,
    const struct regex_hit **out, size_t *count_out) MUST_CHECK;
/* Is there anything to take out? */
bool redact_finds(struct redactor *r, const char *text, size_t len);
/* The same in place, in a NUL-terminated text; one that fills its space may
 * have been cut within what would have been found: it goes as a whole. */
void redact_field(struct redactor *r, char *text, size_t space);
/* Of a request's path: also what is percent-encoded, by segments. */
void redact_path(struct redactor *r, char *path, size_t space);

/* The texts of a peer in a record. */
void redact_leg(struct redactor *r, struct leg_record *leg);
void redact_access(struct redactor *r, struct access_record *a);

#endif
