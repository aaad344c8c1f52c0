/* buf -- a growing text or byte buffer, for output that has an end.
 * SPDX-License-Identifier: MIT
 *
 * Our-sized: it aborts when memory is out.  NUL-terminated behind len
 * whenever bytes is not NULL; it is NULL only before the first call that
 * adds (even nothing) or makes room.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/compiler.h"

struct buf {
	char *bytes;  /* owns; NULL while empty */
	size_t len;
	size_t space;
};

void buf_fini(struct buf *b);
/* len = 0, the memory is kept. */
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Room for len more bytes; returns where they go.  Then buf_grew(). */
char *buf_room(struct buf *b, size_t len);
void buf_grew(struct buf *b, size_t len);
/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void buf_json_string(struct buf *b, const char *text, size_t len);

#endif
