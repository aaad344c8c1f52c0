/* map -- see map.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fingerprint.h"
#include "base/mem.h"

#define FIRST_SPACE 16

struct entry {
	char *key;      /* owns; NULL = free */
	size_t key_len;
	uint64_t hash;
	void *value;
};

struct map {
	struct entry *entries; /* owns; space is a power of two */
	size_t space, count;
	uint64_t seed;
};

struct map *
map_new(void)
{
	struct map *m = mem_zalloc(sizeof *m);

	/* One for the process: copies of a map then hash alike. */
	m->seed = fingerprint_seed();
	m->space = FIRST_SPACE;
	m->entries = mem_zalloc(m->space * sizeof m->entries[0]);
	return m;
}

void
map_free(struct map **slot, void (*drop)(void *value))
{
	struct map *m = *slot;

	if (m == NULL)
		return;
	*slot = NULL;
	for (size_t i = 0; i < m->space; i++) {
		if (m->entries[i].key == NULL)
			continue;
		if (drop != NULL)
			drop(m->entries[i].value);
		free(m->entries[i].key);
	}
	free(m->entries);
	free(m);
}

/* The entry of the key, or the free one where it belongs. */
static struct entry *
find(const struct map *m, const void *key, size_t key_len, uint64_t hash)
{
	size_t i = hash & (m->space - 1);

	for (;; i = (i + 1) & (m->space - 1)) {
		struct entry *e = &m->entries[i];

		if (e->key == NULL || (e->hash == hash &&
		    e->key_len == key_len && (key_len == 0 ||
		    memcmp(e->key, key, key_len) == 0)))
			return e;
	}
}

static uint64_t
hash_of(const struct map *m, const void *key, size_t key_len)
{
	return XXH3_64bits_withSeed(key, key_len, m->seed);
}

void *
map_get(const struct map *m, const void *key, size_t key_len)
{
	const struct entry *e = find(m, key, key_len,
	    hash_of(m, key, key_len));

	return e->key == NULL ? NULL : e->value;
}

static void
grow(struct map *m)
{
	struct entry *old = m->entries;
	size_t old_space = m->space;

	m->space *= 2;
	m->entries = mem_zalloc(m->space * sizeof m->entries[0]);
	for (size_t i = 0; i < old_space; i++)
		if (old[i].key != NULL)
			*find(m, old[i].key, old[i].key_len, old[i].hash) =
			    old[i];
	free(old);
}

void *
map_put(struct map *m, const void *key, size_t key_len, void *value)
{
	uint64_t hash = hash_of(m, key, key_len);
	struct entry *e;
	void *before;

	/* Over two thirds full the walks grow long. */
	if ((m->count + 1) * 3 > m->space * 2)
		grow(m);
	e = find(m, key, key_len, hash);
	before = e->value;
	if (e->key == NULL) {
		e->key = mem_strndup(key, key_len);
		e->key_len = key_len;
		e->hash = hash;
		before = NULL;
		m->count++;
	}
	e->value = value;
	return before;
}

/* Entries behind a gap move up, so that no walk ends before its key (Knuth,
 * volume 3, section 6.4, algorithm R). */
static void
close_gap(struct map *m, size_t gap)
{
	size_t mask = m->space - 1;

	for (size_t i = (gap + 1) & mask; m->entries[i].key != NULL;
	    i = (i + 1) & mask) {
		size_t home = m->entries[i].hash & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		m->entries[gap] = m->entries[i];
		m->entries[i] = (struct entry){ 0 };
		gap = i;
	}
}

void *
map_remove(struct map *m, const void *key, size_t key_len)
{
	struct entry *e = find(m, key, key_len, hash_of(m, key, key_len));
	void *value = e->value;

	if (e->key == NULL)
		return NULL;
	free(e->key);
	*e = (struct entry){ 0 };
	m->count--;
	close_gap(m, (size_t)(e - m->entries));
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

bool
map_next(const struct map *m, size_t *cursor, const char **key_out,
    size_t *key_len_out, void **value_out)
{
	while (*cursor < m->space) {
		const struct entry *e = &m->entries[(*cursor)++];

		if (e->key == NULL)
			continue;
		*key_out = e->key;
		*key_len_out = e->key_len;
		*value_out = e->value;
		return true;
	}
	return false;
}
