/* text_set -- is this text one of a list?
 * SPDX-License-Identifier: MIT
 *
 * Made once, in an arena, and asked by any number of threads: a hash index
 * over the texts under the process's key (fingerprint.h).
 */
#ifndef BASE_TEXT_SET_H
#define BASE_TEXT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* All zero is an empty one. */
struct text_set {
	char *const *texts;  /* borrows */
	size_t count;
	uint32_t *places;    /* index + 1, 0 = free; mask + 1 of them */
	uint32_t mask;
};

/* texts: NULL-terminated, living as long as the set.  The arena has no cap. */
void text_set_make(struct text_set *s, char *const *texts, struct arena *a);
bool text_set_has(const struct text_set *s, const char *text, size_t len);

#endif
