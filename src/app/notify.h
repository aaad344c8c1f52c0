/* notify -- telling the service manager what happens (sd_notify(3)).
 * SPDX-License-Identifier: MIT
 *
 * One datagram of NAME=VALUE lines to the socket that NOTIFY_SOCKET names;
 * nothing at all where nobody asked for it.  Written out here because it is
 * twenty lines, and libsystemd is a library more to load and to trust.
 */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include <sys/types.h>

/* Serving. */
void notify_ready(void);
/* A reload or an upgrade has begun; notify_ready() ends it. */
void notify_reloading(void);
void notify_stopping(void);
/* Another process is the service from now on, and serves. */
void notify_succeeded(pid_t pid);

#endif
