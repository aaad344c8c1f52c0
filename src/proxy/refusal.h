/* refusal -- is this head a request to be served, and if not, why?
 * SPDX-License-Identifier: MIT
 *
 * The one place where what http/ found in a request's head becomes an
 * outcome, and with it the status that the client gets.  Pure.
 */
#ifndef PROXY_REFUSAL_H
#define PROXY_REFUSAL_H

#include "base/compiler.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/parser.h"
#include "observe/outcome.h"

/* The outcome to refuse it with, *why for the client's developer; or
 * OUTCOME_OPEN: serve it, its body comes as *framing says.  The parser has
 * come to this result, and it is not HEAD_MORE. */
enum outcome refusal_of(enum head_result result, const struct head *h,
    struct target *target_out, struct framing *framing,
    const char **why) MUST_CHECK;

#endif
