/* door -- from an accepted connection to a client, or to a closed one.
 * SPDX-License-Identifier: MIT
 *
 * In this order: is there room at all, who is it really (its PROXY header,
 * where the listener asks for one: greeting.h), is there room for that
 * address, and only then a client.
 */
#ifndef PROXY_DOOR_H
#define PROXY_DOOR_H

#include <sys/socket.h>

#include "base/ip.h"

struct worker;

/* Accepted: fd is the door's.  listen: index in settings.listen, whose
 * items a reload may change, but not their number. */
void door_accept(struct worker *w, int fd, const struct sockaddr *peer,
    unsigned listen);
/* It is known who is connected; admission_enter() has let it in. */
void door_let_in(struct worker *w, int fd, const struct ip *ip,
    unsigned listen);

#endif
