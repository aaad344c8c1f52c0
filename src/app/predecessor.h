/* predecessor -- the process that this one takes over from.
 * SPDX-License-Identifier: MIT
 *
 * The other end of successor.h: tell it that we serve, and wait until it has
 * stopped to decide.  Both processes accept for that moment, and both have
 * the state of the rollout; only one of them may change it.  Control thread,
 * at start; blocking is right here, since the workers serve already.
 */
#ifndef APP_PREDECESSOR_H
#define APP_PREDECESSOR_H

#include <stdbool.h>

#include "app/inherited.h"
#include "app/sockets.h"
#include "base/compiler.h"
#include "base/err.h"

/* Take over.  Nothing to do without a predecessor.  One that died has been
 * succeeded as well; one that lives and has hung up does not want us: false. */
bool predecessor_relieve(struct inherited *in, const struct sockets *sockets,
    struct err *err) MUST_CHECK;

#endif
