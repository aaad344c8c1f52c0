/* probe_keys -- the tables of "probes"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_PROBE_KEYS_H
#define CONFIG_PROBE_KEYS_H

#include "config/keys.h"

extern const struct key_table probe_table;
/* No two probes of one name. */
void check_probes(struct reader *r, const struct json *list, void *target);

#endif
