/* fingerprint -- see fingerprint.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/fingerprint.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

uint64_t
fingerprint_seed(void)
{
	static _Atomic uint64_t seed;
	uint64_t now = atomic_load(&seed), made = 0;

	if (now != 0)
		return now;
	while (getrandom(&made, sizeof made, 0) != (ssize_t)sizeof made)
		if (errno != EINTR)
			abort(); /* a seed that can be guessed is none */
	made |= 1;
	if (atomic_compare_exchange_strong(&seed, &now, made))
		return made;
	return now;
}

uint64_t
fingerprint(uint64_t seed, const void *bytes, size_t len)
{
	uint64_t hash = XXH3_64bits_withSeed(bytes, len, seed);

	return hash != 0 ? hash : 1;
}
