/* json_diff -- where two JSON documents differ.
 * SPDX-License-Identifier: MIT
 *
 * Object members are matched by name, whatever their order (the first of a
 * repeated name with the first, and so on); array items as a rule says, else
 * by position with the fewest edits.  Numbers are compared as values
 * (number.h), strings as a rule says (string_rules.h).  Places that the rules
 * leave out are not looked at.  A difference's path is a JSON Pointer in which
 * every array index reads "*"; over 150 bytes it ends in an ellipsis.  All of
 * it is in docs/comparison.md, for who writes rules.
 *
 * Without a rule strings are the same when equal, and also
 *  - when both begin like a JSON object or array and are JSON documents
 *    without a difference (arguments of tool calls: spaces and order of
 *    members do not count);
 *  - when both are texts, and as alike as rules.text_similarity asks.  A text
 *    is longer than 40 bytes, has a space or a character beyond ASCII, and
 *    does not begin like JSON: ids, hashes, URLs and structured values stay
 *    exact.  How alike is recorded whatever the rule.
 *
 * Linear in time (members in changed order, keys and sets: n log n): matching
 * items tries what it likes within a budget in proportion to both documents,
 * and compares by place when that is spent.  Depth is bounded by the parser,
 * memory by the arena.  What it finds is mirrored when the documents are
 * exchanged.  Pure.
 */
#ifndef COMPARE_JSON_DIFF_H
#define COMPARE_JSON_DIFF_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/difference.h"
#include "config/config.h"

/* Texts up to this length must be equal. */
#define JSON_DIFF_SHORT_TEXT 40

/* Add the differences to *out.  false: the arena's cap was reached and the rest was not
 * looked at; what was found until then stands. */
bool json_diff(const struct json *legacy, const struct json *enhanced,
    const struct compare_rules *rules, struct arena *a,
    struct diff_set *out) MUST_CHECK;

#endif
