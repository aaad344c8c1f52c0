/* json_text -- JSON strings and numbers as the admin API writes them.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_JSON_TEXT_H
#define CONTROL_JSON_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"

/* A string that may have been cut in the middle of a character, or may come
 * from a peer: bytes that are not UTF-8 become U+FFFD.  Never NULL. */
json_t *json_text(const char *text) MUST_CHECK;
/* The same of bytes, NUL among them. */
json_t *json_text_of(const char *bytes, size_t len) MUST_CHECK;
/* json_text(), but null for "". */
json_t *json_text_or_null(const char *text) MUST_CHECK;
/* "2026-01-31T12:34:56.123456Z" */
json_t *json_time(int64_t wall_us) MUST_CHECK;
/* Thousandths of a percent as percent: 5, 0.001. */
json_t *json_percent(uint32_t milli) MUST_CHECK;
json_t *json_count(uint64_t n) MUST_CHECK;
/* Indented, members in the order they were set, a line feed at the end.
 * Drops the reference. */
void json_print(json_t *document, struct buf *out);

#endif
