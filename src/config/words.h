/* words -- the words of the configuration for its enum values.
 * SPDX-License-Identifier: MIT
 *
 * The same words are read from the files, written to events and shown by
 * the status page, so they stand once, here.  The lists end with NULL and
 * are indexed by the enum.
 */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

#include "config/config.h"

extern const char *const version_words[];
extern const char *const log_level_words[];
extern const char *const trace_words[];
extern const char *const client_verify_words[];
extern const char *const tls_minimum_words[];
extern const char *const balance_words[];
extern const char *const dns_family_words[];
extern const char *const trailers_words[];
extern const char *const keep_bodies_words[];
extern const char *const keep_users_words[];
extern const char *const source_kind_words[];
extern const char *const fallback_words[]; /* bit i of enum fallback_on */
extern const char *const fold_how_words[];
extern const char *const measure_words[];
extern const char *const isolation_words[];
extern const char *const condition_test_words[];
extern const char *const guard_action_words[];
extern const char *const guard_mode_words[];
extern const char *const sticky_words[]; /* enum sticky_by */
extern const char *const advance_words[];
extern const char *const severity_words[];
extern const char *const target_kind_words[];
extern const char *const probe_per_words[];
extern const char *const starttls_words[];
extern const char *const string_words[]; /* enum string_mode */
extern const char *const text_flag_words[]; /* enum text_flag_kind */
extern const char *const query_words[];
extern const char *const array_words[];
extern const char *const pin_words[];
extern const char *const signal_kind_words[];
extern const char *const signal_absent_words[];
extern const char *const signal_unit_words[];

/* "error_rate", "rollback", "critical", "jwt_claim" */
const char *measure_name(enum measure m);
const char *guard_action_name(enum guard_action action);
const char *severity_name(enum severity severity);
const char *source_kind_name(enum source_kind kind);
enum measure_unit measure_unit(enum measure m);

#endif
