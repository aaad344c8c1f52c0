/* spool -- the queue of batches on their way to PostgreSQL.
 * SPDX-License-Identifier: MIT
 *
 * A table of the local file: number, row count and, for each table, the
 * lines that COPY will send.  The recorder puts batches in, the carrier
 * takes the oldest, sends them and deletes them; each has a connection of
 * its own.  A batch stays until PostgreSQL has it for certain, so it may be
 * sent twice; deliver.h makes it arrive once.
 *
 * The spool is capped by the bytes of the lines in it: over the cap a new
 * batch is refused and the caller counts its records as dropped.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "store/batch.h"
#include "store/health.h"
#include "store/pace.h"
#include "store/row.h"
#include "store/sqlite.h"

struct spool;

/* health is borrowed until the close: its spool_rows and spool_bytes are
 * kept up to date by all who share it. */
bool spool_open(const char *path, struct health *health, struct spool **out,
    struct err *err) MUST_CHECK;
void spool_close(struct spool **s);
/* The connection, for what else is in the file; borrowed. */
sqlite3 *spool_file(struct spool *s);

/* Set health's counts to what is in the file.  Before threads start. */
bool spool_measure(struct spool *s, struct err *err) MUST_CHECK;

/* Put a batch, keeping pace (may be NULL).  true with *full_out: over
 * max_bytes, nothing was taken.  May be repeated with the same batch after a
 * failure. */
bool spool_put(struct spool *s, const struct batch *b,
    const char *(*why_word)(unsigned), struct pace *pace, uint64_t max_bytes,
    bool *full_out, struct err *err) MUST_CHECK;

/* Batches that travel together. */
#define SPOOL_LOAD_MAX 64
#define SPOOL_LOAD_BYTES 2000000 /* no more is added when over this */

struct spool_load {
	unsigned count;
	struct spooled {
		int64_t number;
		unsigned rows;
		uint64_t bytes;
		struct buf lines[TABLE_COUNT]; /* owns */
	} batches[SPOOL_LOAD_MAX];
};

/* The oldest batches with a number below `below`, at most max.  An empty load
 * means that there are none. */
bool spool_peek(struct spool *s, int64_t below, unsigned max,
    struct spool_load *out, struct err *err) MUST_CHECK;
void spool_load_fini(struct spool_load *load);
/* PostgreSQL has them. */
bool spool_forget(struct spool *s, const struct spool_load *load,
    struct err *err) MUST_CHECK;
/* Give the pages that a drained spool no longer needs back to the disk, a
 * few at a time. */
void spool_shrink(struct spool *s);

#endif
