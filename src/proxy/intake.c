/* intake -- see intake.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Read at once while something is kept: heads are small. */
#define KEPT_READ_BYTES 16384

void
intake_fini(struct intake *in)
{
	free(in->bytes);
	*in = (struct intake){ 0 };
}

/* Our-sized: reading stops once a head's limit is reached.  A quarter to
 * spare, so that a head that drips in is not moved for every drop. */
static void
append(struct intake *in, const char *bytes, size_t len)
{
	if (in->space - in->len < len) {
		in->space = in->len + (uint32_t)len;
		in->space += in->space / 4 + 64;
		in->bytes = mem_realloc(in->bytes, in->space);
	}
	memcpy(in->bytes + in->len, bytes, len);
	in->len += (uint32_t)len;
}

enum io
intake_read(struct intake *in, struct stream *s, size_t most,
    char **bytes_out, size_t *len_out, size_t *fresh_out)
{
	char *fresh = s->loop->read_buffer;
	enum io io;

	if (most > LOOP_READ_BYTES)
		most = LOOP_READ_BYTES;
	if (in->len > 0 && most > KEPT_READ_BYTES)
		most = KEPT_READ_BYTES;
	io = stream_read(s, fresh, most, fresh_out);
	if (in->len > 0 && *fresh_out > 0)
		append(in, fresh, *fresh_out);
	*bytes_out = in->len > 0 ? in->bytes : fresh;
	*len_out = in->len > 0 ? in->len : *fresh_out;
	return io;
}

void
intake_keep(struct intake *in, struct loop *l, char *bytes, size_t len,
    size_t used)
{
	size_t left = len - used;

	if (bytes != in->bytes) {
		if (left == 0)
			return;
		append(in, bytes + used, left);
		return;
	}
	if (used == 0)
		return;
	/* Slices of these bytes may still wait to be written. */
	stream_flush_gathered(l);
	if (left == 0) {
		intake_fini(in);
		return;
	}
	memmove(in->bytes, in->bytes + used, left);
	in->len = (uint32_t)left;
}
