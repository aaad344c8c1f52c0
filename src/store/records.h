/* records -- writes batches into the tables of a SQLite store.
 * SPDX-License-Identifier: MIT
 *
 * One transaction a batch, several rows a statement, statements prepared
 * once.  Recorder thread.
 */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/keep.h"
#include "store/batch.h"
#include "store/pace.h"

struct records;

struct records_options {
	const char *instance;              /* copied */
	const char *(*why_word)(unsigned); /* may be NULL */
	struct pace *pace;                 /* borrows; kept within a batch, if
	                                      not NULL */
};

/* Open the file and bring its tables up to date. */
bool records_open(const char *path, const struct records_options *options,
    struct records **out, struct err *err) MUST_CHECK;
void records_close(struct records **r);

/* Write the whole batch or nothing.  A row that SQLite refuses for its
 * contents is left out and counted in *refused_out.  May be called again
 * with the same batch after a failure, whatever became of the first try. */
bool records_write(struct records *r, const struct batch *b,
    unsigned *refused_out, struct err *err) MUST_CHECK;

/* Some of the oldest kept answers go, see trim.h. */
bool records_trim(struct records *r, const struct keep_settings *keep,
    uint64_t *rows_out, bool *more_out, struct err *err) MUST_CHECK;

#endif
