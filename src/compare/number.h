/* number -- two JSON numbers: the same, within a tolerance, or which is more.
 * SPDX-License-Identifier: MIT
 *
 * Decided on the decimal digits as written, never through a double: 1, 1.0
 * and 10e-1 are the same, integers of any size are exact, and 0.1 is within
 * 0.2 of 0.3.  Linear in the digits, whatever the exponents; no memory.  All
 * texts are valid JSON numbers (RFC 8259).  Exponents beyond 10^15 are the
 * same only if written the same, and never within a tolerance.  Pure.
 */
#ifndef COMPARE_NUMBER_H
#define COMPARE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/value_rules.h"

bool number_is_same(const char *a, size_t a_len, const char *b, size_t b_len);

/* The same, or no further apart than t says: by its absolute distance, or by
 * its share of the one with the larger magnitude. */
bool number_is_within(const char *a, size_t a_len, const char *b,
    size_t b_len, const struct tolerance *t);

/* Equal for numbers that are the same. */
uint64_t number_hash(const char *text, size_t len);

#endif
