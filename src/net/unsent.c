/* unsent -- see unsent.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/unsent.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
reserve(struct unsent *u, size_t more)
{
	if (u->at > 0 && u->len + more > u->space) {
		memmove(u->bytes, u->bytes + u->at, u->len - u->at);
		u->len -= u->at;
		u->at = 0;
	}
	if (u->len + more > u->space) {
		u->space = u->len + (uint32_t)more;
		u->bytes = mem_realloc(u->bytes, u->space);
	}
}

void
unsent_keep(struct unsent *u, const struct iovec *slices, int count,
    size_t total, size_t sent)
{
	reserve(u, total - sent);
	for (int i = 0; i < count; i++) {
		const struct iovec *v = &slices[i];
		size_t skip = sent < v->iov_len ? sent : v->iov_len;
		size_t len = v->iov_len - skip;

		sent -= skip;
		if (len == 0)
			continue;
		memcpy(u->bytes + u->len, (const char *)v->iov_base + skip, len);
		u->len += (uint32_t)len;
	}
}

void
unsent_drop(struct unsent *u)
{
	free(u->bytes);
	*u = (struct unsent){ 0 };
}
