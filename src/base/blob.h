/* blob -- immutable bytes shared by count.
 * SPDX-License-Identifier: MIT
 *
 * The only container of a body that may cross a thread: filled once by its
 * maker, read-only from the first blob_ref() on.  The count is atomic.
 */
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct blob {
	_Atomic unsigned refs;
	size_t len;   /* bytes in use */
	size_t space; /* bytes allocated */
	char bytes[];
};

/* A blob with room for space bytes and len 0; NULL when memory is out
 * (peer-sized).  The caller holds the only reference and may fill it. */
struct blob *blob_new(size_t space) MUST_CHECK;
/* Append while still the only holder, growing as needed (*b may move).
 * false: over cap_bytes or out of memory, *b unchanged. */
bool blob_append(struct blob **b, const void *bytes, size_t len,
    size_t cap_bytes) MUST_CHECK;
/* The space that blob_append() would make of it (NULL: of a new one), so that
 * it can be paid for before.  false: over cap_bytes. */
bool blob_space_after(const struct blob *b, size_t len, size_t cap_bytes,
    size_t *space_out) MUST_CHECK;
struct blob *blob_ref(struct blob *b);
/* Drops the reference and leaves NULL. */
void blob_unref(struct blob **b);

#endif
