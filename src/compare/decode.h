/* decode -- a body without its content codings.
 * SPDX-License-Identifier: MIT
 *
 * gzip (also several members behind each other) and deflate (with or without
 * the zlib wrapper: servers send both), br, zstd (windows up to 8 MiB, RFC
 * 9659), and up to DECODE_CODINGS_MAX of them in a row, the last one off
 * first; identity as it is.  Each is bounded against bombs as room.h says; a
 * decoder's own window may take 16 MiB more while it runs.  Pure; memory is
 * the arena's.
 */
#ifndef COMPARE_DECODE_H
#define COMPARE_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/room.h"

#define DECODE_CODINGS_MAX 4

/* codings is the Content-Encoding in lower case, "" for none.  Of identity,
 * *out is in itself.  false: *why is a static reason ("is damaged"). */
bool decode_body(const char *codings, struct bytes in, struct arena *a,
    struct bytes *out, const char **why) MUST_CHECK;

#endif
