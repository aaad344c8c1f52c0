/* forwarded -- who asks, when others stand between.
 * SPDX-License-Identifier: MIT
 *
 * X-Forwarded-For and Forwarded (RFC 7239) are what a peer says of those
 * behind it, so they are worth as much as the peer: nothing, unless its
 * address is in a network that the operator has listed.  Then the chain is
 * followed from the peer outwards as long as each address is listed too; the
 * first that is not is the client.  What is no address ends the walk: the
 * one before it is the last of whom anybody we trust knows anything.
 */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/ip.h"
#include "http/head.h"

struct forwarded {
	bool is_trusted;  /* the peer is listed: its fields are passed on */
	struct ip client; /* the peer itself, or what its fields lead to */
};

/* X-Forwarded-For is followed if there is one, else Forwarded.  Members may
 * carry a port; IPv6 may stand in brackets.  Without listed networks it
 * looks at nothing.  Pure. */
void forwarded_find(const struct head *h, const struct ip *peer,
    const struct network *trusted, size_t trusted_count,
    struct forwarded *out);

/* Does every quoted string in the value of a Forwarded end?  What is put
 * behind one that does not would be a part of it. */
bool forwarded_is_whole(const char *text, size_t len) MUST_CHECK;

#endif
