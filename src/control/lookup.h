/* lookup -- asks for names that a new configuration brings, with a bound.
 * SPDX-License-Identifier: MIT
 *
 * A reload may name a host that nobody has asked for yet, and getaddrinfo()
 * blocks for as long as a dead name server likes; the guard, on the same
 * thread, must not stand still that long.  So each question has a thread of
 * its own, and who asks waits for it until a given moment and no longer.  A
 * question that is not answered by then goes on: its answer is kept for who
 * asks again, which is what the message says.
 *
 * One thread asks (control).  Threads that still wait at the end are left
 * behind, and the last of them cleans up.
 */
#ifndef CONTROL_LOOKUP_H
#define CONTROL_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "control/resolver.h"

struct lookup;

/* ask is called on threads of lookup's, several at once; arg outlives them. */
struct lookup *lookup_new(resolver_ask *ask, void *arg) MUST_CHECK;
void lookup_stop(struct lookup **l);

/* An answer that has been kept, or that comes until then (clock_ns()).  What
 * was given is given again to who asks with the same until_ns, so that a
 * reload sees one answer for one name, and is then forgotten. */
bool lookup_ask(struct lookup *l, const char *host, uint64_t until_ns,
    struct location *out, size_t *count_out, struct err *err) MUST_CHECK;

#endif
