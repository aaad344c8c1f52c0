/* url_form -- a URL written in the one way that equal URLs share.
 * SPDX-License-Identifier: MIT
 *
 * RFC 3986, section 6.2: scheme and host in lower case, the scheme's own port
 * left out, "/" for no path, percent-encoding only where it is needed and in
 * capitals (so what is not ASCII is the same encoded or not).  Nothing is
 * resolved or looked up, and "." and ".." stay as they are.  Pure.
 */
#ifndef COMPARE_URL_FORM_H
#define COMPARE_URL_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"

/* Whole URLs and relative ones.  sort_query: the parts of the query between
 * "&" in the order of their bytes.  NULL: the arena is full. */
const char *url_form(const char *text, size_t len, bool sort_query,
    struct arena *a, size_t *len_out) MUST_CHECK;

#endif
