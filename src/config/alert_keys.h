/* alert_keys -- the tables of "alerts"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_ALERT_KEYS_H
#define CONFIG_ALERT_KEYS_H

#include "config/keys.h"

extern const struct key_table alerts_table;

#endif
