/* trim -- the oldest kept answers go: those over keep.total, over keep.for.
 * SPDX-License-Identifier: MIT
 *
 * A pair goes as a whole: its answers have one time.  In a SQLite file a few
 * at a time, so that nobody waits for the file; in PostgreSQL, where several
 * instances share the table and each may trim it, all at once.
 */
#ifndef STORE_TRIM_H
#define STORE_TRIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/keep.h"
#include "store/postgres.h"
#include "store/sqlite.h"

/* *rows_out: how many answers have gone; *more_out: call again soon. */
bool trim_sqlite(sqlite3 *db, const struct keep_settings *keep,
    int64_t now_us, uint64_t *rows_out, bool *more_out, struct err *err)
    MUST_CHECK;
bool trim_postgres(struct pg *pg, const struct keep_settings *keep,
    int64_t now_us, uint64_t *rows_out, struct err *err) MUST_CHECK;

#endif
