/* shadow -- mirroring: whether, and with what limits.
 * SPDX-License-Identifier: MIT
 *
 * Nothing here returns an error to the primary, delays its bytes or holds
 * its memory.  What cannot be mirrored is counted by reason and forgotten.
 *
 * A version whose shadows fail one after the other rests: a connection for
 * each request that is refused, reset or never answered costs CPU time and
 * descriptors that the primary needs, and says nothing new.  The rest is a
 * hold (policy/hold.h) of the worker's own: it concerns shadows only, and also
 * the last endpoint of a version, which is never held from users.
 */
#ifndef PROXY_SHADOW_H
#define PROXY_SHADOW_H

#include <stdbool.h>

#include "observe/stats.h"

struct exchange;
struct request;

/* Do the rules allow it for the request's method? */
bool shadow_may_mirror(const struct request *r);
/* The request is whole, but legacy may still have to answer it in enhanced's
 * place, and must not get twice what is not safe to do twice. */
bool shadow_must_wait(const struct request *r);
/* The request is whole: send it to the other version as well, if there is
 * room, and of a share of these also to legacy once more. */
void shadow_begin(struct request *r);
/* A shadow has come to its end (x->outcome): count it towards the rest. */
void shadow_ended(const struct exchange *x);
/* Chosen for mirroring, but not mirrored. */
void shadow_drop(struct request *r, enum metric reason);

#endif
