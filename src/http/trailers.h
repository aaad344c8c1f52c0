/* trailers -- the fields behind a chunked body, written afresh.
 * SPDX-License-Identifier: MIT
 *
 * chunk.h has checked the section: each line a token, a colon and text, and
 * none of the fields that frame, route or authenticate (RFC 9110 section
 * 6.5.1).  They are never merged into the head.  Pure.
 */
#ifndef HTTP_TRAILERS_H
#define HTTP_TRAILERS_H

#include <stddef.h>

#include "base/compiler.h"
#include "http/chunk.h"

/* Each line may grow by a space. */
#define TRAILERS_SPACE (CHUNK_TRAILERS_MAX + CHUNK_TRAILERS_MAX / 4)

/* Write the whole section's fields again, name, colon, space, value; returns
 * the bytes written.  space is at least TRAILERS_SPACE. */
size_t write_trailers(const char *section, size_t len, char *out,
    size_t space) MUST_CHECK;

#endif
