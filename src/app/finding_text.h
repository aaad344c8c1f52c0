/* finding_text -- what was found of two answers, for people and for programs.
 * SPDX-License-Identifier: MIT
 *
 * Values are one line each, as a record has them (compare/shorten.h), so no
 * answer steers the terminal.  Pure.
 */
#ifndef APP_FINDING_TEXT_H
#define APP_FINDING_TEXT_H

#include "base/buf.h"
#include "compare/judge.h"

/* The verdict in one line, then a place and both values for each. */
void finding_write_text(const struct finding *f, struct buf *out);
/* Members of a JSON object, without its braces: "verdict": ... */
void finding_write_json(const struct finding *f, struct buf *out);

#endif
