/* greeting -- a connection whose PROXY header is still to come.
 * SPDX-License-Identifier: MIT
 *
 * On a listener with proxy_protocol every connection begins with one, and
 * nothing is taken for HTTP or TLS before it: what begins otherwise, is not
 * whole within timeouts.head from the accept, or comes from a peer that is
 * not in proxy_networks, is closed without a word and counted by its
 * outcome.  The header is taken off the socket to its last byte and no
 * further, so that whoever reads on finds what was sent behind it.
 */
#ifndef PROXY_GREETING_H
#define PROXY_GREETING_H

#include <sys/queue.h>

#include "base/ip.h"

struct greeting;
struct worker;
TAILQ_HEAD(greetings, greeting); /* in worker->greetings */

/* Admitted by admission_enter(); fd is the greeting's.  It ends in
 * door_let_in() or in a closed connection.  listen: index in
 * settings.listen; peer: by the socket. */
void greeting_new(struct worker *w, int fd, const struct ip *peer,
    unsigned listen);
/* Stopping: go on only with those of whose header some has come. */
void greeting_drain(struct worker *w);
/* Stopping, and the time is over. */
void greeting_end(struct worker *w);

#endif
