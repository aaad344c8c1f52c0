/* address -- from text to sockaddr; contract in address.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"

/* --- splitting ----------------------------------------------------------- */

static bool
port_parse(const char *text, size_t len, uint16_t *out, struct err *err)
{
	char digits[8];
	uint64_t port;

	if (len == 0)
		return err_set(err, "has no port; write HOST:PORT");
	if (len > 5 || !text_copy(digits, sizeof digits, text, len) ||
	    strspn(digits, "0123456789") != len || !text_u64(digits, &port) ||
	    port > 65535)
		return err_set(err, "has the port \"%.*s\"; write a number up to "
		    "65535", (int)(len < 20 ? len : 20), text);
	*out = (uint16_t)port;
	return true;
}

static bool
host_is_ok(const struct host_port *at)
{
	const char *p = at->host;
	size_t ok = strspn(p, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (at->is_bracketed)
		ok = strspn(p, "0123456789abcdefABCDEF:.");
	return p[0] != '\0' && p[ok] == '\0';
}

bool
host_port_split(const char *text, size_t len, struct host_port *out,
    struct err *err)
{
	const char *end = text + len, *host = text, *host_end, *port;

	*out = (struct host_port){ .is_bracketed = len > 0 && text[0] == '[' };
	if (out->is_bracketed) {
		host++;
		host_end = memchr(host, ']', (size_t)(end - host));
		if (host_end == NULL)
			return err_set(err, "has a \"[\" without its \"]\"; write "
			    "[IPV6]:PORT");
		port = host_end + 1;
	} else {
		host_end = memchr(text, ':', len);
		if (host_end == NULL)
			host_end = end;
		port = host_end;
	}
	if (port < end && (*port != ':' ||
	    memchr(port + 1, ':', (size_t)(end - port - 1)) != NULL))
		return err_set(err, "is not HOST:PORT; IPv6 addresses go in "
		    "brackets: [::1]:8080");
	if (!text_copy(out->host, sizeof out->host, host,
	    (size_t)(host_end - host)) || !host_is_ok(out))
		return err_set(err, "has no valid host; write HOST:PORT, with a "
		    "name, an IPv4 address or [IPV6]");
	if (port == end)
		return true;
	out->has_port = true;
	return port_parse(port + 1, (size_t)(end - port - 1), &out->port, err);
}

static bool
prefix_is_ok(const char *prefix, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)prefix[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			return false;
	}
	return true;
}

bool
url_split(const char *text, struct url_parts *out, struct err *err)
{
	size_t len = strlen(text);

	*out = (struct url_parts){ 0 };
	out->tls = strncasecmp(text, "https://", 8) == 0;
	if (!out->tls && strncasecmp(text, "http://", 7) != 0)
		return err_set(err, "is not a URL of a backend; write "
		    "http://HOST:PORT or https://HOST:PORT");
	if (strpbrk(text, "?#") != NULL)
		return err_set(err, "has a query or a fragment; leave it out");
	out->authority = text + (out->tls ? 8 : 7);
	out->authority_len = strcspn(out->authority, "/");
	if (memchr(out->authority, '@', out->authority_len) != NULL)
		return err_set(err, "carries a user name; credentials do not "
		    "belong here, leave them out");
	out->prefix = out->authority + out->authority_len;
	out->prefix_len = len - (size_t)(out->prefix - text);
	while (out->prefix_len > 0 && out->prefix[out->prefix_len - 1] == '/')
		out->prefix_len--;
	if (!prefix_is_ok(out->prefix, out->prefix_len))
		return err_set(err, "has a path with characters that a URL cannot "
		    "hold; percent-encode them");
	if (!host_port_split(out->authority, out->authority_len, &out->at, err))
		return false;
	if (out->at.has_port && out->at.port == 0)
		return err_set(err, "has port 0; write the backend's port");
	if (!out->at.has_port)
		out->at.port = out->tls ? 443 : 80;
	return true;
}

/* --- resolving ----------------------------------------------------------- */

static bool
resolve_numeric(const struct host_port *at, struct sockaddr_storage *out,
    socklen_t *out_len)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	memset(out, 0, sizeof *out);
	if (!at->is_bracketed &&
	    inet_pton(AF_INET, at->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(at->port);
		*out_len = sizeof *v4;
		return true;
	}
	if (at->is_bracketed &&
	    inet_pton(AF_INET6, at->host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(at->port);
		*out_len = sizeof *v6;
		return true;
	}
	return false;
}

/* "10.0.0.256" or "1.2.3" is a typing error, and getaddrinfo() would make
 * something of the second. */
static bool
looks_numeric(const char *host)
{
	return host[strspn(host, "0123456789.")] == '\0';
}

bool
address_resolve_all(const struct config_ports *ports,
    const struct host_port *at, struct location *out, size_t *count_out,
    bool *is_name_out, struct err *err)
{
	struct err why = { "" };

	*is_name_out = false;
	*count_out = 1;
	if (resolve_numeric(at, &out->addr, &out->addr_len))
		return true;
	if (at->is_bracketed || looks_numeric(at->host))
		return err_set(err, "has \"%s\", which is not an IP address; "
		    "correct it", at->host);
	if (!ports->resolve(ports->arg, at->host, out, count_out, &why))
		return err_set(err, "has the host \"%s\", which cannot be resolved "
		    "(%s); correct it or write the IP address", at->host, why.text);
	for (size_t i = 0; i < *count_out; i++)
		location_set_port(&out[i], at->port);
	*is_name_out = true;
	return true;
}

bool
address_resolve(const struct config_ports *ports, const struct host_port *at,
    struct sockaddr_storage *out, socklen_t *out_len, struct err *err)
{
	struct location found[LOCATIONS_MAX];
	size_t count;
	bool is_name;

	if (!address_resolve_all(ports, at, found, &count, &is_name, err))
		return false;
	(void)location_prefer(found, count, DNS_IPV4);
	*out = found[0].addr;
	*out_len = found[0].addr_len;
	return true;
}

bool
address_unix(const char *path, struct sockaddr_storage *out,
    socklen_t *out_len, struct err *err)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;
	size_t len = strlen(path);

	if (len == 0)
		return err_set(err, "has no path; write unix:PATH");
	if (len >= sizeof un->sun_path)
		return err_set(err, "has a path of %zu bytes; a Unix socket's may "
		    "have %zu, use a shorter one", len, sizeof un->sun_path - 1);
	memset(out, 0, sizeof *out);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len + 1);
	*out_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return true;
}

/* --- questions ----------------------------------------------------------- */

bool
address_is_loopback(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)addr;

	if (addr->ss_family == AF_UNIX)
		return true;
	if (addr->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		return v6->sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

bool
address_is_same(const struct sockaddr_storage *a,
    const struct sockaddr_storage *b)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;

	if (a->ss_family != b->ss_family)
		return false;
	if ((a->ss_family == AF_INET && v4->sin_port == 0) ||
	    (a->ss_family == AF_INET6 && v6->sin6_port == 0))
		return false;
	/* Both were zeroed whole before they were filled. */
	return memcmp(a, b, sizeof *a) == 0;
}
