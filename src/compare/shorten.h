/* shorten -- values cut to what a record can hold and a person can read.
 * SPDX-License-Identifier: MIT
 *
 * The result is always valid UTF-8 on one line: control characters (C0, DEL,
 * C1) become spaces, so a backend's bytes can neither break a log line nor
 * steer a terminal, and what is not UTF-8 becomes U+FFFD.  A cut is shown as
 * an ellipsis.  Pure.
 */
#ifndef COMPARE_SHORTEN_H
#define COMPARE_SHORTEN_H

#include <stddef.h>

/* Write at most space - 1 bytes (space of at least 8) and a NUL. */
void shorten(char *out, size_t space, const char *text, size_t len);

/* Both of two texts that differ.  If they begin alike for longer than would
 * leave room for the difference, the common beginning is left out of both. */
void shorten_pair(char *a_out, char *b_out, size_t space, const char *a,
    size_t a_len, const char *b, size_t b_len);

#endif
