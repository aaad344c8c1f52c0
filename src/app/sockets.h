/* sockets -- every listening socket of the process, opened first of all.
 * SPDX-License-Identifier: MIT
 *
 * Opened before anything else, while privileges may still be there; taken
 * over from a predecessor or from systemd where they were inherited.  Each
 * address has a socket for each worker (SO_REUSEPORT), so that they share
 * nothing.  After an upgrade there may be more sockets than workers: a worker
 * then takes several, for a socket that nobody accepts from is a queue that
 * clients wait in for ever.  Or there may be fewer, where no more could be
 * bound (systemd passes one; a dropped privilege binds none): workers then
 * share.  Control thread.
 */
#ifndef APP_SOCKETS_H
#define APP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "app/inherited.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "proxy/worker.h"

struct socket_place {
	char *text;                    /* owns; as configured */
	struct sockaddr_storage bound; /* really */
	socklen_t bound_len;
	int *fds;                      /* owns the list */
	size_t count;
};

struct sockets {
	struct socket_place *places;   /* owns; one for each of settings.listen */
	size_t place_count;
	char *admin_text;              /* owns; NULL = no admin listener */
	int admin_fd;                  /* -1 = none */
	bool is_dealt;                 /* the workers own the descriptors */
	bool is_admin_given;           /* the admin listener owns it */
};

/* Claim and bind all that the settings ask for. */
bool sockets_open(const struct settings *settings, struct inherited *in,
    struct sockets **out, struct err *err) MUST_CHECK;
/* Close what has not been given away. */
void sockets_close(struct sockets **s);

/* What one worker gets. */
struct worker_hand {
	struct worker_socket *sockets; /* the caller's to free */
	size_t count;
};

/* From the first call on the descriptors are the workers'. */
bool sockets_deal(struct sockets *s, unsigned worker, unsigned workers,
    struct worker_hand *out, struct err *err) MUST_CHECK;
/* The admin listener's, or -1; the caller's from then on. */
int sockets_give_admin(struct sockets *s);

/* The lines of UNDERSTUDY_SOCKETS; see inherited.h. */
void sockets_describe(const struct sockets *s, struct buf *out);
/* All descriptors; the caller frees the list. */
int *sockets_list(const struct sockets *s, size_t *count_out);
/* Of which address is it?  -1: none. */
int sockets_place_of(const struct sockets *s, int fd);

#endif
