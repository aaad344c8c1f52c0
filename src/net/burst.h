/* burst -- many send(2) as one system call: io_uring.
 * SPDX-License-Identifier: MIT
 *
 * Entering the kernel is a good part of what a small send costs
 * (docs/performance-notes.md).  Nothing is waited for: the sends are those of
 * sockets that do not block, and all are done when the call returns.  Where
 * the kernel has no such ring, or does not let us have one, there is none:
 * the caller sends by himself.
 */
#ifndef NET_BURST_H
#define NET_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"

#define BURST_SENDS 32

struct burst_send {
	int fd;
	const void *bytes;
	size_t len;
	ssize_t sent; /* out: as of send(2), but -errno */
};

struct burst; /* one thread's */

/* NULL: there is none.  By the thread that uses it. */
struct burst *burst_new(void);
void burst_free(struct burst **r);
/* At most BURST_SENDS, none of them twice on a socket.  The first few that are
 * returned are done; fewer than count: it is not to be used any more. */
int burst_send(struct burst *r, struct burst_send *sends, int count) MUST_CHECK;

#endif
