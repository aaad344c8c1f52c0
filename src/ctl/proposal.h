/* proposal -- the rule that would silence a place, as a fragment of rules.
 * SPDX-License-Identifier: MIT
 *
 * Where all that is known says that a place is noise, it is pinned as noise:
 * it stays counted.  Any other JSON Pointer is ignored.  "text", "status" and
 * their like have no place in a document, and can be pinned only.  Pure.
 */
#ifndef CTL_PROPOSAL_H
#define CTL_PROPOSAL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

/* Can a rule name that path?  One that was cut in a record cannot be. */
bool proposal_check(const char *path, struct err *err) MUST_CHECK;
/* Of GET /differences: the fragment, and a line about what it would silence. */
void proposal_write(const char *path, const json_t *differences,
    struct buf *rule, struct buf *why);

#endif
