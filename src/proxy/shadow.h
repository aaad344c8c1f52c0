/* shadow -- mirroring: whether, and with what limits.
 * SPDX-License-Identifier: MIT
 *
 * Nothing here returns an error to the primary, delays its bytes or holds
 * its memory.  What cannot be mirrored is counted by reason and forgotten.
 */
#ifndef PROXY_SHADOW_H
#define PROXY_SHADOW_H

#include <stdbool.h>

#include "observe/stats.h"

struct request;

/* Do the rules allow it for the request's method? */
bool shadow_may_mirror(const struct request *r);
/* The request is whole, but legacy may still have to answer it in enhanced's
 * place, and must not get twice what is not safe to do twice. */
bool shadow_must_wait(const struct request *r);
/* The request is whole: send it to the other version as well, if there is
 * room, and of a share of these also to legacy once more. */
void shadow_begin(struct request *r);
/* Chosen for mirroring, but not mirrored. */
void shadow_drop(struct request *r, enum metric reason);

#endif
