/* compare_keys -- what the rows of "compare" are made of.
 * SPDX-License-Identifier: MIT
 *
 * The rows stand in compare_keys.c, as keys.h says of all; private to it are
 * the types of compare_types.c and the checks of compare_checks.c.
 */
#ifndef CONFIG_COMPARE_KEYS_H
#define CONFIG_COMPARE_KEYS_H

#include "base/compiler.h"
#include "base/regex.h"
#include "config/keys.h"

extern const struct key_type key_regex, key_decimal, key_header;

/* text_keys.c: of struct text_rules. */
extern const struct key_table text_table;

/* A regular expression; NULL: a fault has been noted. */
struct regex *read_pattern_text(struct reader *r, const struct json *value,
    enum regex_span span) MUST_CHECK;

/* Finish functions: of "compare" itself, of the items of "fields" and
 * "headers", of the lists. */
void check_compare(struct reader *r, const struct json *object,
    void *target);
void check_field(struct reader *r, const struct json *object, void *target);
void check_fields(struct reader *r, const struct json *list, void *target);
void check_header(struct reader *r, const struct json *object,
    void *target);
void check_headers(struct reader *r, const struct json *list, void *target);

#endif
