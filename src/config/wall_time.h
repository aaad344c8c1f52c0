/* wall_time -- times as people write them (RFC 3339), to microseconds.
 * SPDX-License-Identifier: MIT
 *
 * Pure.
 */
#ifndef CONFIG_WALL_TIME_H
#define CONFIG_WALL_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* "2026-12-24T18:00:00Z", "18:00:00.123456", "+01:00" for Z; or "2026-12-24",
 * which is its beginning in UTC. */
bool wall_time_parse(const char *text, int64_t *us_out) MUST_CHECK;
/* "+01:00", "-05:30", "Z"; the whole of the text. */
bool wall_time_offset(const char *text, int32_t *minutes_out) MUST_CHECK;
/* "09:30", to "24:00"; likewise. */
bool wall_time_of_day(const char *text, uint32_t *minutes_out) MUST_CHECK;

#endif
