/* probe_answer -- the number in what a probe was answered.
 * SPDX-License-Identifier: MIT
 *
 * Pure.  false: there is none, and why says so for people.
 */
#ifndef CONTROL_PROBE_ANSWER_H
#define CONTROL_PROBE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "config/probe_rules.h"

#define PROBE_WHY_MAX 160

/* An answer came, whole, with this status. */
bool probe_answer_read(const struct probe_rule *p, long status,
    const char *body, size_t len, double *out, char why[PROBE_WHY_MAX])
    MUST_CHECK;

#endif
