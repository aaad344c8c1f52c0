/* location -- what a name stands for: sets of addresses.
 * SPDX-License-Identifier: MIT
 *
 * A set is sorted and holds each address once, so that two answers to the
 * same question compare equal in whatever order a name server gives them.
 * Pure but for location_lookup(), which asks the system and blocks: the
 * loader and the resolver's thread call it, nobody else.
 */
#ifndef CONFIG_LOCATION_H
#define CONFIG_LOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* "[0000:...]:65535" and its NUL. */
#define LOCATION_TEXT_MAX 64

/* Every address of a host name, by getaddrinfo() (hosts file, DNS, whatever
 * nsswitch says), port 0; at most LOCATIONS_MAX.  err: the system's words. */
bool location_lookup(const char *host, struct location *out,
    size_t *count_out, struct err *err) MUST_CHECK;

/* Sort, drop doubles; the new count. */
size_t location_sort(struct location *set, size_t count);
/* Keep those of the family: one kind if there is any of it, else the other
 * (DNS_ALL: both).  The new count; never 0 unless it was. */
size_t location_prefer(struct location *set, size_t count,
    enum dns_family family);
bool location_is_same_set(const struct location *a, size_t a_count,
    const struct location *b, size_t b_count);
bool location_is_same(const struct location *a, const struct location *b);

void location_set_port(struct location *l, uint16_t port);
/* "127.0.0.1:9001", "[::1]:9001" */
void location_format(const struct location *l, char out[LOCATION_TEXT_MAX]);

#endif
