/* keep_keys -- the tables of "keep" and "redact"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_KEEP_KEYS_H
#define CONFIG_KEEP_KEYS_H

#include "config/keys.h"

/* Of struct keep_settings and struct redact_rules. */
extern const struct key_table keep_table, redact_table;

#endif
