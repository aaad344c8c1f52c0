/* access_log -- the thread that writes the access log.
 * SPDX-License-Identifier: MIT
 *
 * Workers put records into a bounded ring (full: dropped and counted); the
 * thread makes lines of them and writes many at once.  A file that cannot be
 * written loses lines, counted and said, and holds nobody up: not the
 * workers, not the end of the process.  A line that was written by half is
 * completed before anything else, so that what is in the file stays whole
 * lines.  The ring and the thread are made when the log is first switched on.
 *
 * The functions are the control thread's; the sink is any thread's.
 */
#ifndef APP_ACCESS_LOG_H
#define APP_ACCESS_LOG_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "observe/access.h"
#include "observe/stats.h"

struct access_log;

/* Switched off.  stats: the thread's own slots. */
struct access_log *access_log_new(struct worker_stats *stats) MUST_CHECK;
/* Open what the settings name and write there from now on, or switch off; and
 * leave out what the rules redact.  false: nothing has changed.  Call it
 * before the config is published; a reference is taken. */
bool access_log_apply(struct access_log *a, struct config *config,
    struct err *err) MUST_CHECK;
/* The file may have been renamed: open its name again.  A failure is logged,
 * and the old file kept. */
void access_log_reopen(struct access_log *a);
struct access_sink access_log_sink(struct access_log *a);
/* Write what is in the ring and end; nobody may put any more. */
void access_log_free(struct access_log **a);

#endif
