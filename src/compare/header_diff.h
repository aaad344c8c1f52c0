/* header_diff -- where the headers that the rules choose differ.
 * SPDX-License-Identifier: MIT
 *
 * A difference's path is "header:NAME": missing, extra, or another value by
 * the header's rule.  The values are as struct answer has them; without a rule
 * of their own they must be equal.  A tolerance holds where both are JSON
 * numbers.  Pure.
 */
#ifndef COMPARE_HEADER_DIFF_H
#define COMPARE_HEADER_DIFF_H

#include "base/arena.h"
#include "compare/difference.h"
#include "config/compare_rules.h"
#include "observe/sample.h"

/* Add the differences to *out.  a is scratch memory; when it is full, values
 * are the same only if equal. */
void header_diff(const struct answer *legacy, const struct answer *enhanced,
    const struct compare_rules *rules, struct arena *a, struct diff_set *out);

#endif
