/* address -- where to listen and whom to call, from text to sockaddr.
 * SPDX-License-Identifier: MIT
 *
 * "HOST:PORT", "[IPV6]:PORT", "unix:PATH" and "http[s]://HOST[:PORT][/BASE]".
 * Splitting is pure; only address_resolve() of a name asks the outside, and
 * through the loader's port.  Errors are the second half of a fault: what is
 * wrong and what to do.
 */
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/load.h"
#include "config/location.h"

#define HOST_TEXT_MAX 253 /* RFC 1035 */

struct host_port {
	char host[HOST_TEXT_MAX + 1]; /* without the brackets of IPv6 */
	uint16_t port;
	bool has_port;
	bool is_bracketed; /* was written as [IPV6] */
};

struct url_parts {
	struct host_port at;
	const char *authority; /* borrows: slices of the text */
	size_t authority_len;
	bool tls;              /* https */
	const char *prefix;    /* "/base" without a trailing "/", or empty */
	size_t prefix_len;
};

bool host_port_split(const char *text, size_t len, struct host_port *out,
    struct err *err) MUST_CHECK;
bool url_split(const char *text, struct url_parts *out, struct err *err)
    MUST_CHECK;

/* Numeric addresses here, names through ports->resolve.  out has room for
 * LOCATIONS_MAX; the port is set. */
bool address_resolve_all(const struct config_ports *ports,
    const struct host_port *at, struct location *out, size_t *count_out,
    bool *is_name_out, struct err *err) MUST_CHECK;
/* The first of them to listen at.  A name that has both kinds gives its IPv4
 * address; [::1] can be written out. */
bool address_resolve(const struct config_ports *ports,
    const struct host_port *at, struct sockaddr_storage *out,
    socklen_t *out_len, struct err *err) MUST_CHECK;
bool address_unix(const char *path, struct sockaddr_storage *out,
    socklen_t *out_len, struct err *err) MUST_CHECK;
/* 127/8, ::1 (also mapped) or a Unix socket? */
bool address_is_loopback(const struct sockaddr_storage *addr);
/* The same place?  Port 0 is never the same as anything. */
bool address_is_same(const struct sockaddr_storage *a,
    const struct sockaddr_storage *b);

#endif
