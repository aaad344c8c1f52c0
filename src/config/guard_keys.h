/* guard_keys -- the tables of "guard" and "breaker"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_GUARD_KEYS_H
#define CONFIG_GUARD_KEYS_H

#include "config/keys.h"

extern const struct key_table guard_table, breaker_table;
/* No two rules of one name. */
void check_guard_names(struct reader *r, const struct json *list,
    void *target);

#endif
