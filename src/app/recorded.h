/* recorded -- an answer that somebody has written down, made one again.
 * SPDX-License-Identifier: MIT
 *
 * Bytes that begin as an answer does ("HTTP/1.1 200 OK", or "HTTP/2 200" as
 * `curl -i` has it) have a head, which is read by the proxy's own grammar once
 * its lines end as they must; interim answers in front of it are left out.  A
 * chunked body is taken apart, unless whoever wrote it down has done so.  All
 * other bytes are the body of a 200.
 *
 * The outcome is the one that the proxy would have given: a body that is
 * shorter than its head says is cut, and a whole one is read for what it says
 * of itself (proxy/reading.h).  Pure.
 */
#ifndef APP_RECORDED_H
#define APP_RECORDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/rules.h"
#include "observe/sample.h"

/* More bytes than that are not read. */
#define RECORDED_MAX ((size_t)64 << 20)

/* type: the media type, whatever the head says; NULL: the head's, or, where
 * there is none, that of an event stream or JSON lines by looks.  false: err
 * says what is wrong with the head.  out->body and out->headers are the
 * caller's to unref, then too. */
bool recorded_read(const char *bytes, size_t len, const char *type,
    const struct rules *rules, struct answer *out, struct err *err)
    MUST_CHECK;

#endif
