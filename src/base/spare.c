/* spare -- see spare.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/spare.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SPARES_MAX 0
#else
#define SPARES_MAX 64
#endif

void *
spare_take(struct spare *s, size_t bytes)
{
	void *block = s->first;

	if (block == NULL)
		return mem_alloc(bytes);
	memcpy(&s->first, block, sizeof s->first);
	s->count--;
	return block;
}

void
spare_give(struct spare *s, void *block)
{
	if (s->count + 1 > SPARES_MAX) {
		free(block);
		return;
	}
	memcpy(block, &s->first, sizeof s->first);
	s->first = block;
	s->count++;
}

void
spare_fini(struct spare *s)
{
	while (s->first != NULL)
		free(spare_take(s, 0));
}
