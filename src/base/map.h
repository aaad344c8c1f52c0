/* map -- a hash table from byte strings to pointers.
 * SPDX-License-Identifier: MIT
 *
 * Open addressing, keys copied, hashed with XXH3 under a per-process seed so
 * that peers cannot aim at one slot.  Our-sized: cap what peers put in.
 * One thread at a time, or read-only by many.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct map;

struct map *map_new(void) MUST_CHECK;
/* drop (may be NULL) is called with each value. */
void map_free(struct map **m, void (*drop)(void *value));
void *map_get(const struct map *m, const void *key, size_t key_len);
/* Returns the value that was there before, or NULL. */
void *map_put(struct map *m, const void *key, size_t key_len, void *value);
/* Takes the entry out and returns its value, or NULL. */
void *map_remove(struct map *m, const void *key, size_t key_len);
size_t map_count(const struct map *m);
/* Walk: *cursor starts at 0; false at the end.  No changes meanwhile. */
bool map_next(const struct map *m, size_t *cursor, const char **key_out,
    size_t *key_len_out, void **value_out);

#endif
