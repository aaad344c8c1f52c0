/* mirror_keys -- the tables of "mirror" and "rewrite"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_MIRROR_KEYS_H
#define CONFIG_MIRROR_KEYS_H

#include "config/keys.h"

extern const struct key_table mirror_table, rewrite_table;
/* The value of a header field: perhaps a secret, never shown. */
extern const struct key_type key_field_value;

#endif
