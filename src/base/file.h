/* file -- the whole of a file at once, with a bound.
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

/* Add all that is left of it.  false: err says the system's reason, or that it
 * is longer than max. */
bool file_read_all(int fd, size_t max, struct buf *out, struct err *err)
    MUST_CHECK;

#endif
