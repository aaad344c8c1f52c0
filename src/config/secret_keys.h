/* secret_keys -- the types of values that are shown nowhere; for config/.
 * SPDX-License-Identifier: MIT
 *
 * key_secret stands in the file itself, key_secret_file names a file of one
 * line, read with the configuration.  Both write the same kind of field: a
 * char *.  No fault shows the value.
 */
#ifndef CONFIG_SECRET_KEYS_H
#define CONFIG_SECRET_KEYS_H

#include "config/keys.h"

#define SECRET_MAX_BYTES 4096

extern const struct key_type key_secret, key_secret_file;

#endif
