/* arena -- see arena.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_BYTES 16384
#define BLOCK_BYTES_MAX (1024 * 1024)
#define ALIGNMENT 16

struct arena_block {
	struct arena_block *older;
	size_t space;
	_Alignas(ALIGNMENT) char bytes[];
};

/* Blocks come from malloc(), which aligns for max_align_t and no more. */
_Static_assert(_Alignof(max_align_t) >= ALIGNMENT, "malloc aligns for us");

void
arena_init(struct arena *a, size_t cap_bytes)
{
	*a = (struct arena){ .cap_bytes = cap_bytes };
}

static void
free_blocks(struct arena_block *b)
{
	while (b != NULL) {
		struct arena_block *older = b->older;

		free(b);
		b = older;
	}
}

void
arena_fini(struct arena *a)
{
	free_blocks(a->blocks);
	*a = (struct arena){ .cap_bytes = a->cap_bytes };
}

void
arena_reset(struct arena *a)
{
	struct arena_block *kept = a->blocks;

	a->used_bytes = 0;
	if (kept == NULL)
		return;
	/* The newest may be what a cap left over: the largest serves best. */
	for (struct arena_block *b = kept->older, *older; b != NULL; b = older) {
		struct arena_block *smaller = b->space > kept->space ? kept : b;

		older = b->older;
		kept = smaller == b ? kept : b;
		free(smaller);
	}
	a->blocks = kept;
	kept->older = NULL;
	a->next = kept->bytes;
	a->left = kept->space;
}

static bool
add_block(struct arena *a, size_t bytes)
{
	size_t space = BLOCK_BYTES;
	struct arena_block *b;

	/* Doubling keeps large jobs at few blocks; the limit keeps what a
	 * reset holds back small. */
	if (a->blocks != NULL)
		space = a->blocks->space * 2;
	if (space > BLOCK_BYTES_MAX)
		space = BLOCK_BYTES_MAX;
	/* What the cap forbids to hand out need not be there. */
	if (a->cap_bytes != 0 && space > a->cap_bytes - a->used_bytes)
		space = a->cap_bytes - a->used_bytes;
	if (space < bytes)
		space = bytes;
	b = a->cap_bytes == 0 ? mem_alloc(sizeof *b + space) :
	    mem_try_alloc(sizeof *b + space);
	if (b == NULL)
		return false;
	b->older = a->blocks;
	b->space = space;
	a->blocks = b;
	a->next = b->bytes;
	a->left = space;
	return true;
}

void *
arena_alloc(struct arena *a, size_t bytes)
{
	void *ptr;

	if (bytes > SIZE_MAX / 4)
		return NULL;
	if (bytes == 0)
		bytes = 1;
	bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (a->cap_bytes != 0 && a->used_bytes + bytes > a->cap_bytes)
		return NULL;
	if (bytes > a->left && !add_block(a, bytes))
		return NULL;
	ptr = a->next;
	a->next += bytes;
	a->left -= bytes;
	a->used_bytes += bytes;
	return ptr;
}

void *
arena_zalloc(struct arena *a, size_t bytes)
{
	void *ptr = arena_alloc(a, bytes);

	if (ptr != NULL)
		memset(ptr, 0, bytes);
	return ptr;
}

void *
arena_need(struct arena *a, size_t bytes)
{
	void *memory = arena_zalloc(a, bytes);

	assert(memory != NULL);
	return memory;
}

char *
arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
