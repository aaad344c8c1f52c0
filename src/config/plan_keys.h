/* plan_keys -- the tables of "stages", "hours" and "freezes"; for config/.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_PLAN_KEYS_H
#define CONFIG_PLAN_KEYS_H

#include "config/keys.h"

extern const struct key_table stage_table, hours_table, freeze_table;
extern const struct key_type key_moment;


#endif
