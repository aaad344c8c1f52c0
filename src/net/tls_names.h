/* tls_names -- which certificate for which server name (SNI).
 * SPDX-License-Identifier: MIT
 *
 * The names of all certificates of one listener, exact ones and those that
 * begin with "*." for exactly one label.  Pure; filled by one thread, then
 * read by many.
 */
#ifndef NET_TLS_NAMES_H
#define NET_TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct tls_names;

struct tls_names *tls_names_new(void) MUST_CHECK;
void tls_names_free(struct tls_names **n);
/* "api.example" or "*.example"; any case.  false: not a name that a client
 * could ask for, or an earlier certificate has it already. */
bool tls_names_add(struct tls_names *n, const char *name, size_t len,
    unsigned index);
/* The index given with the exact name, else with the wildcard above it, else
 * fallback. */
unsigned tls_names_find(const struct tls_names *n, const char *host,
    unsigned fallback);

#endif
