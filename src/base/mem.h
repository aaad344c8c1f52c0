/* mem -- memory of our own size: it is there or the process ends.
 * SPDX-License-Identifier: MIT
 *
 * What a peer chooses the size of must not come from here: it has a cap,
 * a counter and a failure path (mem_try_alloc).  Release with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/compiler.h"

/* These abort the process with a message when memory is out. */
void *mem_alloc(size_t bytes) MUST_CHECK;
void *mem_zalloc(size_t bytes) MUST_CHECK;
/* bytes is rounded up to a multiple of the alignment. */
void *mem_aligned_zalloc(size_t alignment, size_t bytes) MUST_CHECK;
void *mem_realloc(void *ptr, size_t bytes) MUST_CHECK;
char *mem_strdup(const char *text) MUST_CHECK;
char *mem_strndup(const char *text, size_t len) MUST_CHECK;

/* printf into memory of its own; the caller owns the result. */
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_CHECK;

/* NULL when memory is out; for peer-sized things. */
void *mem_try_alloc(size_t bytes) MUST_CHECK;

#endif
