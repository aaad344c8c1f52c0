/* admin_listen -- the admin socket: TCP or Unix.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_ADMIN_LISTEN_H
#define CONTROL_ADMIN_LISTEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* Bound, listening, non-blocking, close-on-exec.  A Unix socket gets mode
 * 0660; a file in its way is removed only if it is a socket that nobody
 * answers on. */
bool admin_listen(const struct address *address, int *fd_out,
    struct err *err) MUST_CHECK;
/* The address really bound: "127.0.0.1:43121", "[::1]:43121", "unix:/x". */
bool admin_listen_name(int fd, const struct address *address,
    struct buf *out, struct err *err) MUST_CHECK;
/* Remove the socket file of a Unix address. */
void admin_listen_clean(const struct address *address);

#endif
