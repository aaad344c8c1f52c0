/* smoke_keys -- the tables of "smoke"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_SMOKE_KEYS_H
#define CONFIG_SMOKE_KEYS_H

#include <stdint.h>

#include "config/keys.h"

extern const struct key_table smoke_table;
/* Of a stage: true, false or names of checks, into a uint32_t of bits. */
extern const struct key_type key_smoke_names;
/* Perhaps credentials, never shown. */
extern const struct key_type key_smoke_headers;

/* No two checks of one name. */
void check_smoke(struct reader *r, const struct json *list, void *target);
/* The bits of all checks. */
uint32_t smoke_all(const struct reader *r);

#endif
