/* table -- aligned columns of text.
 * SPDX-License-Identifier: MIT
 *
 * Cells are given row by row and printed when all are known.  No ANSI in
 * here: a row may be wrapped in a style when it is printed.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"

struct column {
	const char *title;
	enum { ALIGN_LEFT = 0, ALIGN_RIGHT } align;
	size_t min; /* columns taken at least */
};

struct table {
	const struct column *columns; /* borrows */
	size_t column_count;
	char **cells;                 /* owns, each too; row by row */
	size_t cell_count, cell_space;
};

void table_init(struct table *t, const struct column *columns, size_t count);
void table_fini(struct table *t);
/* The next cell; control characters become spaces. */
void table_cell(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same from a buffer, which is emptied. */
void table_take(struct table *t, struct buf *cell);
/* Titles and rows, two spaces between columns, no white space at the ends of
 * lines. */
void table_print(const struct table *t, struct buf *out);

#endif
