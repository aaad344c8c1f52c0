/* body_lines -- a kept body as lines that can be set beside another's.
 * SPDX-License-Identifier: MIT
 *
 * A document is indented, a member or an item a line, its numbers as they were
 * written; a stream or a text has the lines it has.  What could steer a
 * terminal is a space.  Pure; apart from the other files because jansson and
 * base/json.h call their kinds alike.
 */
#ifndef CTL_BODY_LINES_H
#define CTL_BODY_LINES_H

#include <stddef.h>

#include "base/buf.h"

struct line {
	const char *text; /* borrows from the body_lines; no NUL behind it */
	size_t len;
};

struct body_lines {
	struct buf text;    /* owns */
	struct line *lines; /* owns */
	size_t count;
};

/* form: as the server names it, "json", "stream" ...; what is no document
 * though its form says so (it was cut) is shown as text. */
void body_lines_make(const char *form, const char *body, size_t len,
    struct body_lines *out);
/* The events of a stream, each in one line. */
void body_events_make(const char *body, size_t len, struct body_lines *out);
void body_lines_fini(struct body_lines *b);

#endif
