/* rewriting -- a request as its version wants it.
 * SPDX-License-Identifier: MIT
 *
 * The rules may give a version another path, other fields and other members of
 * a JSON body, and a mirrored request keys of its own.  A body can only be
 * rewritten whole, so such a request waits for its body; what cannot be
 * rewritten (too large, coded, not JSON) goes as it came, and is counted.
 */
#ifndef PROXY_REWRITING_H
#define PROXY_REWRITING_H

#include <stdbool.h>

#include "config/version.h"
#include "http/edits.h"

struct exchange;
struct request;

/* Of the configuration: headers of one version and `fresh`. */
#define REWRITING_FIELDS_MAX (64 + 32)
/* A fresh key: the pair's name, "-", the leg's. */
#define REWRITING_KEY_MAX 64

struct rewriting {
	struct edits edits;
	struct field_edit fields[REWRITING_FIELDS_MAX];
	char key[REWRITING_KEY_MAX];
};

/* Must a request that this version serves be whole before it is sent? */
bool rewriting_waits(const struct request *r, enum version version);

/* What its head is made into; NULL: nothing.  space holds what is returned. */
const struct edits *rewriting_head(const struct exchange *x,
    struct rewriting *space);

/* Put the body as it is to be sent into x->rewritten, which counts in
 * limits.shadow_bytes until it is dropped.  false: as it came. */
bool rewriting_body(struct exchange *x);
void rewriting_drop(struct exchange *x);

#endif
