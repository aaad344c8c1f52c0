/* edits -- what a request's head is to be made into, beside what is ours.
 * SPDX-License-Identifier: MIT
 *
 * A version may be called by another path, with other fields or credentials
 * than the client sent.  The writer asks here; nothing is parsed again and
 * nothing but the start line and whole fields changes.  Framing and routing
 * fields are never edited (the configuration refuses them).  Pure.
 */
#ifndef HTTP_EDITS_H
#define HTTP_EDITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "http/head.h"

/* One field; the first edit of a name holds. */
struct field_edit {
	const char *name;     /* lower case; borrows */
	size_t name_len;
	const char *value;    /* borrows; NULL = the field is left out */
	bool only_if_there;   /* replace what the client sent, add nothing */
};

struct edits {
	const struct field_edit *fields; /* borrows */
	size_t count;
	const char *path_from;           /* a prefix by whole segments; NULL = none */
	size_t path_from_len;
	const char *path_to;
};

/* Is this field of the client's replaced or left out? */
bool edits_take(const struct edits *e, const struct head *h,
    const struct field *f);
/* Is this edit to be written?  Not if it only takes something away, an
 * earlier one has its name, or the client sent none where that is asked. */
bool edits_adds(const struct edits *e, size_t i, const struct head *h);
/* The path with its prefix exchanged: *to_out in place of the first
 * *skip_out bytes; "" and 0 if it does not begin so. */
void edits_path(const struct edits *e, const char *path, size_t len,
    const char **to_out, size_t *skip_out);

#endif
