/* bucket -- the sticky place of an id on the rollout scale.
 * SPDX-License-Identifier: MIT
 *
 * XXH3_64bits of salt, 0x1F, domain, 0x1F, id (the bytes as they are),
 * brought to 0..99999 by the high half of hash x 100000.  Published with
 * test vectors (docs/bucketing.md); it never changes: a change would move
 * every user of every running rollout.  Pure.
 */
#ifndef POLICY_BUCKET_H
#define POLICY_BUCKET_H

#include <stddef.h>
#include <stdint.h>

#define BUCKET_COUNT 100000
#define BUCKET_NONE UINT32_MAX /* no identity */

#define BUCKET_DOMAIN_ROLLOUT "rollout"
#define BUCKET_DOMAIN_SHADOW "shadow"
#define BUCKET_DOMAIN_CONTROL "control"

uint32_t bucket_of(const char *salt, const char *domain, const char *id,
    size_t id_len);

#endif
