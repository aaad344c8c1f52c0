/* location -- see location.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/location.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both are zeroed whole before they are filled, padding and all. */
static int
compare(const void *a, const void *b)
{
	const struct location *x = a, *y = b;

	return memcmp(&x->addr, &y->addr, sizeof x->addr);
}

bool
location_lookup(const char *host, struct location *out, size_t *count_out,
    struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	size_t count = 0;
	int code = getaddrinfo(host, NULL, &hints, &found);

	*count_out = 0;
	if (code != 0)
		return err_set(err, "%s", gai_strerror(code));
	for (const struct addrinfo *a = found;
	    a != NULL && count < LOCATIONS_MAX; a = a->ai_next) {
		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		memset(&out[count], 0, sizeof out[count]);
		memcpy(&out[count].addr, a->ai_addr, a->ai_addrlen);
		out[count++].addr_len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	*count_out = location_sort(out, count);
	return count > 0 || err_set(err, "no IPv4 or IPv6 address");
}

size_t
location_sort(struct location *set, size_t count)
{
	size_t kept = 0;

	qsort(set, count, sizeof set[0], compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare(&set[kept - 1], &set[i]) != 0)
			set[kept++] = set[i];
	return kept;
}

size_t
location_prefer(struct location *set, size_t count, enum dns_family family)
{
	sa_family_t wanted = family == DNS_IPV6 ? AF_INET6 : AF_INET;
	size_t kept = 0;

	if (family == DNS_ALL)
		return count;
	for (size_t i = 0; i < count; i++)
		if (set[i].addr.ss_family == wanted)
			set[kept++] = set[i];
	return kept > 0 ? kept : count;
}

bool
location_is_same(const struct location *a, const struct location *b)
{
	return compare(a, b) == 0;
}

bool
location_is_same_set(const struct location *a, size_t a_count,
    const struct location *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!location_is_same(&a[i], &b[i]))
			return false;
	return true;
}

void
location_set_port(struct location *l, uint16_t port)
{
	if (l->addr.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&l->addr)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&l->addr)->sin_port = htons(port);
}

void
location_format(const struct location *l, char out[LOCATION_TEXT_MAX])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&l->addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&l->addr;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (l->addr.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof ip);
		snprintf(out, LOCATION_TEXT_MAX, "[%s]:%u", ip,
		    (unsigned)ntohs(v6->sin6_port));
	} else {
		inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof ip);
		snprintf(out, LOCATION_TEXT_MAX, "%s:%u", ip,
		    (unsigned)ntohs(v4->sin_port));
	}
}
