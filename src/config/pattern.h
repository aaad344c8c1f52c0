/* pattern -- is this text a pattern, a pointer, a name that can work?
 * SPDX-License-Identifier: MIT
 *
 * Pure syntax checks for the texts of rules.  false: *why says what is
 * wrong and what to do, as the second half of a fault.
 */
#ifndef CONFIG_PATTERN_H
#define CONFIG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* RFC 6901, not empty. */
bool pointer_is_ok(const char *text, const char **why) MUST_CHECK;
/* A "*" stands for one whole segment, or at the very end for any rest. */
bool route_pattern_is_ok(const char *text, const char **why) MUST_CHECK;
/* "/presence/{user}": one {name} segment, any "*" segments. */
bool path_template_is_ok(const char *text, const char **why) MUST_CHECK;
/* RFC 9110 token: header and cookie names, methods. */
bool is_token(const char *text, size_t len);
/* Names of stages and guard rules: letters, digits, "-", "_", "."; they
 * become labels, SQL values and words on a command line. */
bool is_name(const char *text, size_t len);

#endif
