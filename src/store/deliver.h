/* deliver -- hands spooled batches to PostgreSQL, exactly once.
 * SPDX-License-Identifier: MIT
 *
 * One transaction claims the batches' numbers in table `batches`, copies the
 * rows of those it could claim, and commits.  A number that is there already
 * was committed before (the answer, or our deletion from the spool, was
 * lost), so its rows are not sent.  A transaction of ours that a dead
 * connection left running holds its claim until it ends; the new one waits
 * for it, and then sees the truth.  So it does not matter when either side
 * is killed.
 *
 * Rows that PostgreSQL refuses for their contents would be refused for
 * ever: they are found by halving the lines under savepoints, logged and
 * left out.
 */
#ifndef STORE_DELIVER_H
#define STORE_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "store/postgres.h"
#include "store/spool.h"

struct delivery {
	uint64_t written; /* records that arrived now */
	uint64_t dropped; /* rows that were refused */
};

/* false: nothing of it is known to have arrived; try again later. */
bool deliver(struct pg *pg, const char *instance,
    const struct spool_load *load, struct delivery *out, struct err *err)
    MUST_CHECK;

/* The first statements of a write transaction, up to the ';' of the last. */
#define DELIVER_BEGIN \
	"BEGIN;" \
	"SET LOCAL statement_timeout = '25s';" \
	"SELECT set_config('synchronous_commit', 'local', true)" \
	" WHERE current_setting('synchronous_commit') = 'off';"

/* Forget the numbers below oldest (the oldest batch still in the spool)
 * that were written over an hour ago: their deletion from the spool has
 * long been on the disk, so they cannot come again. */
bool deliver_prune(struct pg *pg, const char *instance, int64_t oldest,
    struct err *err) MUST_CHECK;

#endif
