/* rewrite -- a JSON body with some of its members set.
 * SPDX-License-Identifier: MIT
 *
 * What is not named stays byte for byte as the client wrote it.  A member
 * that is there gets the new value, under every repetition of its name, as
 * backends differ in which they read; one that is not is added if the object
 * above it is there.  Pure; memory is the arena's.
 */
#ifndef POLICY_REWRITE_H
#define POLICY_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "config/mirror_rules.h"

/* Append the body as it is to be to *out.  false: it is not JSON, or the arena
 * is full; *out is as before. */
bool rewrite_body(const struct body_edit *edits, size_t count,
    const char *body, size_t len, struct arena *a, struct buf *out)
    MUST_CHECK;

#endif
