/* log -- one JSON object a line on standard error.
 * SPDX-License-Identifier: MIT
 *
 * Every line has "ts", "level", "event" (a fixed word to search for) and
 * "msg" (a sentence for people).  A line is written with one write(2) of at
 * most 4 KiB (PIPE_BUF), so threads do not mix even on a pipe; a message too
 * long for that is cut and ends in "...".  Only further members of more than
 * 3.5 KiB make a longer line.  Levels: error (an operator must act), warn (we
 * coped), info (state changes), debug.  Any thread; nothing is allocated
 * while the reader keeps up, and errno stays as it is.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

enum log_level { LOG_ERROR = 0, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Write lines up to this level (default LOG_INFO).  Before threads start. */
void log_set_level(enum log_level level);
bool log_level_parse(const char *name, enum log_level *out) MUST_CHECK;

/* From now on nobody waits for who reads standard error (log_output.h).
 * Before threads start. */
void log_unblock(void);
/* Write what its reader was behind with, waiting so long at most, and say
 * what was lost. */
void log_flush(unsigned patience_ms);

/* event: a literal, at most 32 letters. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The same with further members: extra_json is a text like
 * "\"epoch\":3,\"stage\":\"off\"" (no braces), or NULL. */
void log_event_with(enum log_level level, const char *event,
    const char *extra_json, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A limiter for lines that repeat: true at most once a second per site;
 * *suppressed_out says how many were held back since.  Any thread. */
struct log_limit {
	_Atomic uint64_t next_ns; /* of clock_ns(): the next line may come */
	_Atomic unsigned long suppressed; /* since the last one */
};
bool log_limit_pass(struct log_limit *limit, unsigned long *suppressed_out);

#endif
