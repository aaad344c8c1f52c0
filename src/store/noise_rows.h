/* noise_rows -- what was learned of noise, in the local file.
 * SPDX-License-Identifier: MIT
 *
 * A row for each place of the board (observe/noise.h); what it says of the
 * place is worked out anew when it is read.  Control thread.
 */
#ifndef STORE_NOISE_ROWS_H
#define STORE_NOISE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "observe/noise.h"
#include "store/sqlite.h"

/* All or none of these rows are written. */
bool noise_rows_save(sqlite3 *db, const struct noise_row *rows, size_t count,
    struct err *err) MUST_CHECK;
/* Put all rows on the board, in the order that it asks for. */
bool noise_rows_load(sqlite3 *db, struct noise_board *board,
    struct err *err) MUST_CHECK;

#endif
