/* alert_keys -- the tables of "alerts"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_ALERT_KEYS_H
#define CONFIG_ALERT_KEYS_H

#include "config/keys.h"

extern const struct key_table alerts_table;
/* Of whatever is spoken to by libcurl; check_target_tls() looks at its object
 * from the one that holds it. */
extern const struct key_table alert_tls_table;
void check_target_tls(struct reader *r, const struct json *object);
/* Begins with one of the two and a host, without credentials? */
bool url_has_form(const char *url, const char *plain, const char *safe);

#endif
