/* dialect_keys -- the table of "dialects", and those that are built in; for
 * config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_DIALECT_KEYS_H
#define CONFIG_DIALECT_KEYS_H

#include "config/keys.h"

extern const struct key_table dialect_table;

/* rules/dialects.json, byte by byte; made by the build. */
extern const char dialects_data[];
extern const size_t dialects_data_len;

/* Of the list: rules->reads gets what it makes with those that are built
 * in. */
void check_dialects(struct reader *r, const struct json *list, void *target);

#endif
