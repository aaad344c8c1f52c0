/* hops -- how far a request has come, and how far it may go.
 * SPDX-License-Identifier: MIT
 *
 * RFC 9110 section 7.6.2: OPTIONS with Max-Forwards goes on with one less,
 * and is answered here when nothing is left.  Section 7.6.3: a request whose
 * Via names understudy over and over goes in a circle, because a backend's
 * URL leads back to us.  Pure.
 */
#ifndef HTTP_HOPS_H
#define HTTP_HOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/head.h"

/* Several understudies behind each other are a set-up, this many a circle. */
#define HOPS_MAX 8

enum hops {
	HOPS_FINE = 0,
	HOPS_LAST,   /* Max-Forwards: 0 */
	HOPS_CIRCLE,
	HOPS_BAD,    /* Max-Forwards of OPTIONS is no number, or there are two */
};

enum hops hops_check(const struct head *h) MUST_CHECK;
/* Is this the field that goes on with one less, and with which number?
 * The head has passed hops_check(). */
bool hops_left(const struct head *h, const struct field *f,
    uint64_t *left_out) MUST_CHECK;

#endif
