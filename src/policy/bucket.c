/* bucket -- the sticky place of an id on the rollout scale; see bucket.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/bucket.h"

#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* for a hash state on the stack */
#include <xxhash.h>

#define SEPARATOR '\x1f'
#define WHOLE_MAX 1024

/* Too long for one piece; never so for an identity, but the function
 * promises any length. */
static uint64_t
hash_parts(const char *salt, const char *domain, const char *id,
    size_t id_len)
{
	static const char separator = SEPARATOR;
	XXH3_state_t state;

	XXH3_INITSTATE(&state);
	XXH3_64bits_reset(&state);
	XXH3_64bits_update(&state, salt, strlen(salt));
	XXH3_64bits_update(&state, &separator, 1);
	XXH3_64bits_update(&state, domain, strlen(domain));
	XXH3_64bits_update(&state, &separator, 1);
	XXH3_64bits_update(&state, id, id_len);
	return XXH3_64bits_digest(&state);
}

static uint64_t
hash_whole(const char *salt, const char *domain, const char *id,
    size_t id_len)
{
	size_t salt_len = strlen(salt), domain_len = strlen(domain);
	char whole[WHOLE_MAX], *end = whole;

	if (id_len > WHOLE_MAX || salt_len > WHOLE_MAX ||
	    domain_len > WHOLE_MAX ||
	    salt_len + domain_len + id_len + 2 > WHOLE_MAX)
		return hash_parts(salt, domain, id, id_len);
	end = mempcpy(end, salt, salt_len);
	*end++ = SEPARATOR;
	end = mempcpy(end, domain, domain_len);
	*end++ = SEPARATOR;
	if (id_len > 0)
		end = mempcpy(end, id, id_len);
	return XXH3_64bits(whole, (size_t)(end - whole));
}

uint32_t
bucket_of(const char *salt, const char *domain, const char *id,
    size_t id_len)
{
	uint64_t hash = hash_whole(salt, domain, id, id_len);

	return (uint32_t)((unsigned __int128)hash * BUCKET_COUNT >> 64);
}
