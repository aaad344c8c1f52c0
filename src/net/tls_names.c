/* tls_names -- see tls_names.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/tls_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define NAME_MAX_BYTES 253 /* RFC 1035 */

struct tls_names {
	struct map *indexes; /* owns: lower-case name -> index + 1 */
};

struct tls_names *
tls_names_new(void)
{
	struct tls_names *n = mem_zalloc(sizeof *n);

	n->indexes = map_new();
	return n;
}

void
tls_names_free(struct tls_names **slot)
{
	struct tls_names *n = *slot;

	*slot = NULL;
	if (n == NULL)
		return;
	map_free(&n->indexes, NULL);
	free(n);
}

/* Lower case, without the dot of the root; the length, or 0 if it is no
 * name. */
static size_t
normalize(const char *name, size_t len, char out[NAME_MAX_BYTES + 1])
{
	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len > NAME_MAX_BYTES || memchr(name, '\0', len) != NULL)
		return 0;
	for (size_t i = 0; i < len; i++)
		out[i] = name[i] >= 'A' && name[i] <= 'Z' ?
		    (char)(name[i] - 'A' + 'a') : name[i];
	out[len] = '\0';
	return len;
}

bool
tls_names_add(struct tls_names *n, const char *name, size_t len,
    unsigned index)
{
	char text[NAME_MAX_BYTES + 1];
	const char *star;

	len = normalize(name, len, text);
	if (len == 0)
		return false;
	star = memchr(text, '*', len);
	/* Only a whole first label may be a star (RFC 6125, 6.4.3). */
	if (star != NULL && (star != text || len < 3 || text[1] != '.' ||
	    memchr(text + 1, '*', len - 1) != NULL))
		return false;
	if (map_get(n->indexes, text, len) != NULL)
		return false;
	map_put(n->indexes, text, len, (void *)((uintptr_t)index + 1));
	return true;
}

unsigned
tls_names_find(const struct tls_names *n, const char *host,
    unsigned fallback)
{
	char text[NAME_MAX_BYTES + 1];
	size_t len = normalize(host, strlen(host), text), skip;
	void *found;

	/* A star is no letter of a host's name. */
	if (len == 0 || memchr(text, '*', len) != NULL)
		return fallback;
	found = map_get(n->indexes, text, len);
	skip = strcspn(text, ".");
	if (found == NULL && skip > 0 && skip < len) {
		text[skip - 1] = '*';
		found = map_get(n->indexes, text + skip - 1, len - skip + 1);
	}
	return found != NULL ? (unsigned)((uintptr_t)found - 1) : fallback;
}
