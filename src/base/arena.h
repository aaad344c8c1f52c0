/* arena -- memory that dies together.
 * SPDX-License-Identifier: MIT
 *
 * Blocks are chained and only freed whole; arena_reset() keeps one, so the
 * jobs of a thread that reuses its arena allocate nothing.  One thread at a
 * time.  A cap makes the arena safe for peer-sized data: with one, no memory
 * is a NULL; without one, the process ends as with mem_alloc().
 *
 * An owner whose jobs are small may lend the first bytes: right after
 * arena_init() it sets next and left to a buffer aligned to 16 that outlives
 * the arena.  arena_reset() does not get it back.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* owns; newest first */
	char *next;                 /* borrows: free space of the newest block */
	size_t left;                /* bytes behind next */
	size_t used_bytes;          /* handed out so far */
	size_t cap_bytes;           /* never hand out more; 0 = no cap */
};

/* cap_bytes 0 = no cap. */
void arena_init(struct arena *a, size_t cap_bytes);
void arena_fini(struct arena *a);
/* Forget everything but keep the largest block for the next job. */
void arena_reset(struct arena *a);

/* Aligned to 16 bytes, distinct even for 0 bytes.  NULL when the cap is
 * reached (or, with a cap, memory is out); never NULL without a cap. */
void *arena_alloc(struct arena *a, size_t bytes) MUST_CHECK;
void *arena_zalloc(struct arena *a, size_t bytes) MUST_CHECK;
/* The same of one that has no cap: never NULL. */
void *arena_need(struct arena *a, size_t bytes) MUST_CHECK;
/* NUL-terminated copy. */
char *arena_strndup(struct arena *a, const char *text, size_t len) MUST_CHECK;

#endif
