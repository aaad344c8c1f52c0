/* fingerprint -- 64 bits for a text, under a key of one's own.
 * SPDX-License-Identifier: MIT
 *
 * For tables that are told apart by hash alone: XXH3 with a random seed, so
 * that peers cannot aim at one place, or at one another's.  Nothing that
 * leaves the process may be made of it: store/hash.h is for that.
 */
#ifndef BASE_FINGERPRINT_H
#define BASE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/* Of this process: random, never 0, the same at every call.  Any thread. */
uint64_t fingerprint_seed(void);
/* Never 0. */
uint64_t fingerprint(uint64_t seed, const void *bytes, size_t len);

#endif
