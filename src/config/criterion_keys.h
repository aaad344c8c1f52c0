/* criterion_keys -- the tables of overrides and of their criteria.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_CRITERION_KEYS_H
#define CONFIG_CRITERION_KEYS_H

#include "config/keys.h"

struct rules;

extern const struct key_table criterion_table, override_table;

/* What the rest of the rules must have for the overrides. */
void check_overrides(struct reader *r, const struct json *object,
    const struct rules *rules);

#endif
