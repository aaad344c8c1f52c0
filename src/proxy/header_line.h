/* header_line -- a chosen header of an answer, as it is kept for comparison.
 * SPDX-License-Identifier: MIT
 *
 * "name:value\n"; several fields of the name are one list, as RFC 9110
 * (section 5.3) has it.  Of a value over HEADER_KEPT_MAX the beginning is
 * kept, and its length and hash behind that, so that two of them still are
 * equal only if they are.  Pure.
 */
#ifndef PROXY_HEADER_LINE_H
#define PROXY_HEADER_LINE_H

#include <stddef.h>

#include "http/head.h"

#define HEADER_KEPT_MAX 1000
/* Of the name: config/compare_types.c. */
#define HEADER_LINE_MAX (HEADER_KEPT_MAX + 200)

/* The bytes of the line, without a NUL; 0: the answer has no such field.
 * name is in lower case. */
size_t header_line(const struct head *h, const char *name,
    char out[HEADER_LINE_MAX]);

#endif
