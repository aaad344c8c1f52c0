/* trace -- the traceparent of W3C Trace Context, level 1.
 * SPDX-License-Identifier: MIT
 *
 * understudy writes no spans, so it has no place in a trace: a valid
 * traceparent passes as it came, with its tracestate.  One that is not valid
 * is as good as none (section 3.2.2.3, 4.2): both fields are dropped and a
 * trace may be begun.  Pure.
 */
#ifndef HTTP_TRACE_H
#define HTTP_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ident.h"
#include "http/head.h"

#define TRACE_ID_LEN 32
/* "00-" trace-id "-" parent-id "-" flags */
#define TRACE_PARENT_LEN 55

/* Is there exactly one traceparent, and is it valid?  Then its trace-id is
 * written to id_out, else "". */
bool trace_find(const struct head *h, char id_out[TRACE_ID_LEN + 1]);
/* A traceparent that begins a trace: the ident is the trace-id, its second
 * half the parent-id. */
void trace_begin(const char ident[IDENT_TEXT_LEN + 1], bool sampled,
    char out[TRACE_PARENT_LEN + 1]);

#endif
