/* log_output -- lines to standard error, without waiting for its reader.
 * SPDX-License-Identifier: MIT
 *
 * Whoever reads the log may stop reading, and must not stop us with that: a
 * pipe, a terminal or a socket that is full is not waited for.  Its lines are
 * kept, in their order, up to a number; further ones are lost and counted.  As
 * long as the reader keeps up, a line has left when log_output_line() returns,
 * so nothing is lost in a crash.  A file takes everything at once, and is
 * written as before.
 *
 * No thread of its own: each line takes those with it that wait, and the
 * control thread flushes at every tick.  Only log.c calls this.
 */
#ifndef BASE_LOG_OUTPUT_H
#define BASE_LOG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* So many lines are kept. */
#define LOG_OUTPUT_LINES 1024

/* From now on nothing waits; what is kept is written on abort().  Before
 * threads start, and before rights are given up. */
void log_output_unblock(void);
/* Write a line, its end included.  Any thread. */
void log_output_line(const char *line, size_t len);
/* Write what is kept, for so long at most.  true: nothing is kept. */
bool log_output_flush(unsigned patience_ms);
/* How many lines were lost since this was asked last. */
unsigned long log_output_take_lost(void);

#endif
