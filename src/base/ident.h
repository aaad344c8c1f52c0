/* ident -- unique names for requests and pairs.
 * SPDX-License-Identifier: MIT
 *
 * 128 bits: a random prefix per process and generator (getrandom) and a
 * mixed counter; unique, cheap, and not a secret.  One generator per
 * thread.
 */
#ifndef BASE_IDENT_H
#define BASE_IDENT_H

#include <stdint.h>

#define IDENT_TEXT_LEN 32

struct ident_source {
	uint64_t high;
	uint64_t counter;
};

void ident_source_init(struct ident_source *s);
/* 32 lower-case hex digits and a NUL. */
void ident_next(struct ident_source *s, char out[IDENT_TEXT_LEN + 1]);

#endif
