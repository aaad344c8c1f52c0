/* listener -- listening sockets, one per worker on the same address.
 * SPDX-License-Identifier: MIT
 *
 * SO_REUSEPORT lets the kernel spread new connections over the workers, so
 * they share nothing.  Bound on the control thread at start, where an error
 * can be told; accepting happens on the worker's loop.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/err.h"
#include "net/loop.h"

/* A bound, listening, non-blocking socket.  Port 0 picks one: *addr is
 * updated to the address really bound.  -1 and err on failure. */
int listener_bind(struct sockaddr_storage *addr, socklen_t addr_len,
    struct err *err) MUST_CHECK;
/* "127.0.0.1:8080", "[::1]:8080" */
void listener_format(const struct sockaddr_storage *addr, char *out,
    size_t space);

struct listener {
	struct event acceptable;
	struct event retry;      /* pauses accepting when descriptors are out */
	struct loop *loop;       /* borrows */
	int fd;                  /* owns; -1 = closed */
	/* fd is the callee's from then on. */
	void (*accepted)(void *arg, const struct listener *from, int fd,
	    const struct sockaddr *peer);
	void *arg;
};

/* Take the bound socket over and begin to accept. */
void listener_start(struct listener *s, struct loop *l, int fd,
    void (*accepted)(void *arg, const struct listener *from, int fd,
    const struct sockaddr *peer), void *arg);
/* Accept what the kernel has queued already, then close: a connection that
 * was made is not reset. */
void listener_stop(struct listener *s);
/* Accept no more: what is queued is for another process that has the same
 * socket.  (Not just a close: an epoll set watches on until the last copy of
 * a descriptor is gone.) */
void listener_release(struct listener *s);

#endif
