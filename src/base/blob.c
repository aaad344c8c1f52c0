/* blob -- see blob.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/blob.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct blob *
blob_new(size_t space)
{
	struct blob *b = space > SIZE_MAX / 2 ? NULL :
	    mem_try_alloc(sizeof *b + space);

	if (b == NULL)
		return NULL;
	atomic_init(&b->refs, 1);
	b->len = 0;
	b->space = space;
	return b;
}

bool
blob_space_after(const struct blob *b, size_t len, size_t cap_bytes,
    size_t *space_out)
{
	size_t used = b == NULL ? 0 : b->len, space;

	if (cap_bytes > SIZE_MAX / 4)
		cap_bytes = SIZE_MAX / 4; /* so that doubling ends */
	if (len > cap_bytes || used > cap_bytes - len)
		return false;
	*space_out = b == NULL ? len : b->space;
	if (used + len <= *space_out)
		return true;
	space = *space_out < 512 ? 512 : *space_out;
	while (space < used + len)
		space *= 2;
	*space_out = space > cap_bytes ? cap_bytes : space;
	return true;
}

bool
blob_append(struct blob **slot, const void *bytes, size_t len,
    size_t cap_bytes)
{
	struct blob *b = *slot;
	size_t space;

	assert(atomic_load_explicit(&b->refs, memory_order_relaxed) == 1);
	if (!blob_space_after(b, len, cap_bytes, &space))
		return false;
	if (space > b->space) {
		b = realloc(b, sizeof *b + space);
		if (b == NULL)
			return false;
		b->space = space;
		*slot = b;
	}
	if (len > 0)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	return true;
}

struct blob *
blob_ref(struct blob *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
blob_unref(struct blob **slot)
{
	struct blob *b = *slot;

	*slot = NULL;
	if (b != NULL &&
	    atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
		free(b);
}
