/* cookie -- one cookie out of the Cookie fields.
 * SPDX-License-Identifier: MIT
 *
 * RFC 6265 section 4.2: "name=value" pairs between ";", in one field or
 * several; names are case-sensitive; a value may stand in double quotes,
 * which do not belong to it.  Nothing is decoded.  Pure; slices of the head.
 */
#ifndef POLICY_COOKIE_H
#define POLICY_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "http/head.h"

/* The first cookie of that name; false: none. */
bool cookie_find(const struct head *h, const char *name, size_t name_len,
    const char **value_out, size_t *value_len_out) MUST_CHECK;

#endif
