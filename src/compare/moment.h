/* moment -- a point in time as answers write it.
 * SPDX-License-Identifier: MIT
 *
 * RFC 3339 ("2026-11-28T09:30:00.25+01:00"; a space or small letters too; a
 * leap second is the second after), or seconds or milliseconds since 1970 in
 * digits, with or without a fraction: from 10^11 on they are milliseconds
 * (the year 5138 in the one, 1973 in the other); or as headers have it ("Sat,
 * 28 Nov 2026 09:30:00 GMT").  A time without an offset is read as well, but is
 * known only against another one without.  What is finer than a nanosecond is
 * cut off.  Pure.
 */
#ifndef COMPARE_MOMENT_H
#define COMPARE_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct moment {
	int64_t seconds;      /* since 1970 */
	uint32_t nanoseconds;
	bool is_local;        /* no offset was given */
};

bool moment_read(const char *text, size_t len, struct moment *out) MUST_CHECK;

/* Are two at most so far apart, either way? */
bool moment_is_within(const struct moment *a, const struct moment *b,
    uint64_t ms);

#endif
