/* ip -- addresses of the Internet and networks of them.
 * SPDX-License-Identifier: MIT
 *
 * One form for both families: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291,
 * 2.5.5.2).  So 10.0.0.1 and ::ffff:10.0.0.1 are the same address, whichever
 * socket it came through, and a network of either family is matched by one
 * comparison.  Pure.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"

/* "255.255.255.255", "ffff:...:ffff" and a NUL. */
#define IP_TEXT_MAX 46

struct ip {
	uint8_t bytes[16];
};

/* An IPv4 or IPv6 address in its usual forms; no port, no brackets, no zone. */
bool ip_parse(const char *text, size_t len, struct ip *out) MUST_CHECK;
/* The address of a socket's peer; false (and ::) for other families. */
bool ip_of_sockaddr(const struct sockaddr *addr, struct ip *out);
/* "10.0.0.1", "2001:db8::1"; returns the length. */
size_t ip_format(const struct ip *ip, char out[IP_TEXT_MAX]);

struct network {
	struct ip base;
	uint8_t bits; /* of the 16 bytes: 10.0.0.0/8 has 104 */
};

/* "10.0.0.0/8", "2001:db8::/32", or a single address.  false: not of that
 * form, or a bit behind the prefix is set ("10.0.0.1/8"), in which case
 * *has_host_bits says so. */
bool network_parse(const char *text, size_t len, struct network *out,
    bool *has_host_bits) MUST_CHECK;
/* Is it in one of them? */
bool networks_have(const struct network *list, size_t count,
    const struct ip *ip);

#endif
