/* noise_keys -- the table of "noise"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_NOISE_KEYS_H
#define CONFIG_NOISE_KEYS_H

#include "config/keys.h"

extern const struct key_table noise_table;

#endif
