/* signal_keys -- the table of "signals"; for config/ alone.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_SIGNAL_KEYS_H
#define CONFIG_SIGNAL_KEYS_H

#include "config/keys.h"
#include "config/signal_rules.h"

extern const struct key_table signal_table;

/* The list has been read into struct rules: make it ready to use. */
void check_signals(struct reader *r, const struct json *list, void *target);
/* All is read, and with it every spread: the mark. */
void signal_rules_mark(struct signal_rules *s);

#endif
