/* media -- what a Content-Type says.
 * SPDX-License-Identifier: MIT
 *
 * The text is a field's value in lower case, as a sample holds it.  Pure.
 */
#ifndef COMPARE_MEDIA_H
#define COMPARE_MEDIA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Bytes of "type/subtype", without the parameters. */
size_t media_len(const char *type);
/* Is it that one, whatever its parameters? */
bool media_is(const char *type, const char *name);
/* Does "type/subtype" begin, end with that? */
bool media_begins(const char *type, const char *prefix);
bool media_ends(const char *type, const char *suffix);
/* The value of a parameter (of Content-Disposition, too), unquoted.  false:
 * it has none, or one that does not fit. */
bool media_param(const char *type, const char *name, char *out, size_t space)
    MUST_CHECK;

#endif
