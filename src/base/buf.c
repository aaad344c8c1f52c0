/* buf -- see buf.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void
buf_fini(struct buf *b)
{
	free(b->bytes);
	*b = (struct buf){ 0 };
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->bytes != NULL)
		b->bytes[0] = '\0';
}

char *
buf_room(struct buf *b, size_t len)
{
	assert(len < SIZE_MAX / 2 - b->len); /* so that doubling ends */
	if (b->len + len + 1 > b->space) {
		size_t space = b->space == 0 ? 256 : b->space;

		while (space < b->len + len + 1)
			space *= 2;
		b->bytes = mem_realloc(b->bytes, space);
		b->space = space;
		b->bytes[b->len] = '\0';
	}
	return b->bytes + b->len;
}

void
buf_grew(struct buf *b, size_t len)
{
	b->len += len;
	b->bytes[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	char *room = buf_room(b, len);

	if (len > 0)
		memcpy(room, bytes, len);
	buf_grew(b, len);
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	int len;

	/* Mostly it fits, and is formatted once. */
	buf_room(b, 63);
	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(b->bytes + b->len, b->space - b->len, fmt, args);
	va_end(args);
	if (len > 0 && (size_t)len >= b->space - b->len)
		vsnprintf(buf_room(b, (size_t)len), (size_t)len + 1, fmt, again);
	va_end(again);
	buf_grew(b, len > 0 ? (size_t)len : 0);
}

void
buf_json_string(struct buf *b, const char *text, size_t len)
{
	char out[TEXT_JSON_STEP_MAX];
	size_t start = 0, i = 0;

	buf_add(b, "\"", 1);
	while (i < len) {
		size_t used, made = text_json_step(text + i, len - i, out, &used);

		/* What needs no change goes over in long stretches. */
		if (made != used) {
			buf_add(b, text + start, i - start);
			buf_add(b, out, made);
			start = i + used;
		}
		i += used;
	}
	buf_add(b, text + start, len - start);
	buf_add(b, "\"", 1);
}
