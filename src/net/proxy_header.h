/* proxy_header -- the PROXY protocol: who is really connected.
 * SPDX-License-Identifier: MIT
 *
 * A load balancer that passes bytes on (HAProxy, an AWS or Google network
 * load balancer) puts one header in front of them that tells the address of
 * its own peer.  Text (version 1) or binary (version 2), after HAProxy's
 * proxy-protocol.txt.  Strict: what is not one by the letter is refused, for
 * behind it stands whatever somebody wants to be taken for somebody else.
 * Pure.
 */
#ifndef NET_PROXY_HEADER_H
#define NET_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/ip.h"

/* Of version 2.  The document wants all of it in the smallest segment (536
 * bytes), but certificates and names in TLVs are known to be longer. */
#define PROXY_HEADER_MAX 4096
/* Of version 1, its CR LF included. */
#define PROXY_HEADER_TEXT_MAX 107

enum proxy_header_result {
	PROXY_HEADER_OK = 0,
	PROXY_HEADER_MORE, /* every byte so far belongs to the header */
	PROXY_HEADER_BAD,
};

struct proxy_header {
	size_t len;       /* behind it the connection's own bytes begin */
	bool has_source;  /* false: LOCAL or UNKNOWN, the peer speaks for itself */
	struct ip source;
};

/* Reads the header at the start of the bytes; *why_out says what is wrong
 * with it.  Addresses of datagrams and of Unix sockets are no client's: the
 * first are refused, the second are as good as UNKNOWN.  A CRC32C is
 * verified, other TLVs only have to fill their place. */
enum proxy_header_result proxy_header_parse(const char *bytes, size_t len,
    struct proxy_header *out, const char **why_out) MUST_CHECK;

#endif
