/* inherited -- listening sockets that another process opened for us.
 * SPDX-License-Identifier: MIT
 *
 * Two ways to be given sockets, told by the environment:
 *   UNDERSTUDY_SOCKETS        from the process that we are to succeed: one
 *                             line "KIND FD TEXT" each (see successor.h)
 *   LISTEN_PID, LISTEN_FDS    from systemd (sd_listen_fds(3)): descriptors
 *                             3 and up, LISTEN_FDNAMES for messages
 * A socket is matched with an address of the configuration by where it is
 * bound; a predecessor's also by the text that it was configured with, when
 * that asked for port 0.  Whoever wants a socket claims it; what nobody
 * claimed is said and closed.  Control thread, at start.
 */
#ifndef APP_INHERITED_H
#define APP_INHERITED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* Who may claim it. */
enum inherited_kind { INHERITED_ANY = 0, INHERITED_LISTEN, INHERITED_ADMIN };

#define INHERITED_VARIABLE "UNDERSTUDY_SOCKETS"

struct inherited_socket {
	int fd;                       /* owns until claimed, then -1 */
	enum inherited_kind kind;
	char *text;                   /* owns; as configured, or its name */
	struct sockaddr_storage name; /* where it is bound */
};

struct inherited {
	struct inherited_socket *sockets; /* owns */
	size_t count;
	int channel;                  /* owns; to the predecessor, -1 = none */
	pid_t predecessor;            /* 0 = none */
};

/* Read the environment, check each descriptor, and remove the variables, so
 * that no child takes them for its own. */
bool inherited_read(struct inherited *in, struct err *err) MUST_CHECK;
void inherited_fini(struct inherited *in);

/* A socket bound to that address, now the caller's; -1 = none is left. */
int inherited_claim(struct inherited *in, enum inherited_kind kind,
    const struct address *address);
/* Close what was not claimed.  From systemd that is a fault, since clients
 * would wait there for ever; from a predecessor it is an address that is
 * given up. */
bool inherited_settle(struct inherited *in, struct err *err) MUST_CHECK;

#endif
