/* start_rows -- the numbers at the stage's start, in the local file.
 * SPDX-License-Identifier: MIT
 *
 * They carry when the stage began: rows of another beginning (a crash came
 * between the state and them) are no rows of this one.
 */
#ifndef STORE_START_ROWS_H
#define STORE_START_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "observe/stage_start.h"
#include "store/sqlite.h"

/* Instead of the rollout's that are there, in one transaction. */
bool start_rows_save(sqlite3 *db, const char *rollout, int64_t stage_us,
    const struct stage_start *rows, size_t count, struct err *err) MUST_CHECK;
/* At most max. */
bool start_rows_load(sqlite3 *db, const char *rollout, int64_t stage_us,
    struct stage_start *rows, size_t max, size_t *count_out, struct err *err)
    MUST_CHECK;

#endif
