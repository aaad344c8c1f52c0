/* upgrade -- is a websocket asked for, and has the backend agreed?
 * SPDX-License-Identifier: MIT
 *
 * "websocket" is the only protocol that is switched to (RFC 9110 section
 * 7.8, RFC 6455 section 4).  Any other token ends here: h2c, for one, would
 * carry requests past everything that is decided and checked per request.
 * Pure.
 */
#ifndef HTTP_UPGRADE_H
#define HTTP_UPGRADE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "http/framing.h"
#include "http/head.h"

/* GET of HTTP/1.1 without a body and without "close", whose Connection lists
 * "upgrade" and whose Upgrade lists "websocket".  What is no such request
 * goes on as an ordinary one, without its Upgrade. */
bool upgrade_is_asked(const struct head *h, const struct framing *f)
    MUST_CHECK;

/* A 101 whose Connection lists "upgrade" and whose Upgrade says "websocket"
 * and nothing else, and that announces no body. */
bool upgrade_is_granted(const struct head *h) MUST_CHECK;

#endif
