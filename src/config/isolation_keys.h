/* isolation_keys -- the table of "isolation"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_ISOLATION_KEYS_H
#define CONFIG_ISOLATION_KEYS_H

#include "config/keys.h"

struct rules;

extern const struct key_table isolation_table;

/* What the rest of the rules must have for it, and it for them. */
void check_isolation(struct reader *r, const struct json *object,
    const struct rules *rules);

#endif
