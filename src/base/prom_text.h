/* prom_text -- numbers out of the text that Prometheus scrapes.
 * SPDX-License-Identifier: MIT
 *
 * The exposition format 0.0.4, and of OpenMetrics what is like it: a line is
 * name{label="value",...} number, and perhaps more behind the number.  Lines
 * that are not of that form are passed over, as a scraper of one number must
 * not fail for another's.  Pure.
 */
#ifndef BASE_PROM_TEXT_H
#define BASE_PROM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define PROM_LABELS_MAX 16
#define PROM_STORE_MAX 512

/* What is asked for: a name, and labels that a series must have (others, it
 * may). */
struct prom_selector {
	size_t name_len;           /* of store */
	struct prom_label {
		size_t name, name_len;   /* in store */
		size_t value, value_len; /* likewise, unescaped */
	} labels[PROM_LABELS_MAX];
	size_t label_count;
	char store[PROM_STORE_MAX];
};

/* "name" or name{label="value"}.  false: *why says what is wrong. */
bool prom_selector_parse(const char *text, size_t len,
    struct prom_selector *out, const char **why) MUST_CHECK;

/* The sum of all series that match, and how many they are.  A number that is
 * none (NaN) makes the sum none. */
size_t prom_text_sum(const struct prom_selector *s, const char *text,
    size_t len, double *sum_out);

#endif
