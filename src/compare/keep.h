/* keep -- the answers of a pair that differs, made ready to be kept.
 * SPDX-License-Identifier: MIT
 *
 * Each body is unpacked and read as for the comparison, redacted (redact.h),
 * cut to keep.max, and kept in one of these forms:
 *
 *   json         the document
 *   json lines   the documents, as an array
 *   form, multipart  as an object or an array, see content.h
 *   stream       the events, each redacted
 *   message      the message that a stream folds to, as JSON: where events
 *                could not be redacted for certain, or are too many
 *   text         itself; also a document that a pattern has broken
 *   binary       length and hash, never the bytes
 *   nothing      there was no body
 *
 * What is called JSON, a stream or multipart and cannot be read as such is
 * not kept at all once the rules have pointers: nobody knows where they lead
 * in it.  At most keep.per_hour pairs are kept in an hour; the sink may refuse
 * more.  Compare threads; nothing here waits.
 */
#ifndef COMPARE_KEEP_H
#define COMPARE_KEEP_H

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/content.h"
#include "observe/kept.h"
#include "observe/record.h"
#include "observe/redact.h"
#include "observe/sample.h"
#include "observe/stats.h"

/* Pairs kept in this hour, of all threads.  A zeroed one is ready. */
struct keep_rate {
	_Atomic uint64_t hour;  /* clock_ns() in hours + 1; 0 = none yet */
	_Atomic uint64_t count; /* of it */
};

/* If the pair's rules ask for it, and the hour has room: keep it.  verdict as
 * settled.  redactor has the pair's rules; a is scratch memory, reset. */
void keep_pair(const struct sample *s, enum verdict verdict,
    struct redactor *redactor, struct arena *a, struct keep_rate *rate,
    const struct record_sink *sink, struct compare_stats *stats);

/* An answer as it was kept, to be compared anew.  out->body and out->headers
 * are the caller's to unref. */
void keep_restore(const struct kept_answer *k, struct answer *out);

#endif
