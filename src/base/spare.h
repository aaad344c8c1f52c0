/* spare -- blocks of one size that are kept for their next use.
 * SPDX-License-Identifier: MIT
 *
 * For objects that are made and freed once a request and are larger than
 * what malloc keeps at hand: taking one from here is a tenth of the price,
 * and its memory is still warm.  A few dozen are kept, the rest goes back.
 * Under a sanitizer every block comes from malloc and goes back to it, so
 * that a use after the free is seen.
 *
 * One thread.
 */
#ifndef BASE_SPARE_H
#define BASE_SPARE_H

#include <stddef.h>

#include "base/compiler.h"

/* All zero is an empty one. */
struct spare {
	void *first;    /* owns; each block begins with the next one's address */
	unsigned count;
};

/* A block with any content; always of the same size, which is at least a
 * pointer's. */
void *spare_take(struct spare *s, size_t bytes) MUST_CHECK;
void spare_give(struct spare *s, void *block);
void spare_fini(struct spare *s);

#endif
