/* sticky_rows -- the versions that sessions keep, in the local file.
 * SPDX-License-Identifier: MIT
 *
 * A row for each page of a rollout's table (observe/sticky.h).  Control thread.
 */
#ifndef STORE_STICKY_ROWS_H
#define STORE_STICKY_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "observe/sticky.h"
#include "store/sqlite.h"

/* All or none of these pages are written. */
bool sticky_rows_save(sqlite3 *db, const char *rollout,
    const struct sticky *s, const size_t *pages, size_t count,
    struct err *err) MUST_CHECK;
/* What is damaged is left out. */
bool sticky_rows_load(sqlite3 *db, const char *rollout, struct sticky *s,
    struct err *err) MUST_CHECK;
bool sticky_rows_forget(sqlite3 *db, const char *rollout, struct err *err)
    MUST_CHECK;

#endif
