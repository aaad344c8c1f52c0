/* table -- see table.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/fields.h"

#define CELL_MAX 512

void
table_init(struct table *t, const struct column *columns, size_t count)
{
	*t = (struct table){ .columns = columns, .column_count = count };
}

void
table_fini(struct table *t)
{
	for (size_t i = 0; i < t->cell_count; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ .cells = NULL };
}

static void
put(struct table *t, const char *text)
{
	struct buf plain = { 0 };

	if (t->cell_count == t->cell_space) {
		t->cell_space = t->cell_space * 2 + 32;
		t->cells = mem_realloc(t->cells,
		    t->cell_space * sizeof *t->cells);
	}
	add_plain(&plain, text, 0);
	t->cells[t->cell_count++] = mem_strdup(plain.len > 0 ? plain.bytes : "");
	buf_fini(&plain);
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	char text[CELL_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	put(t, text);
}

void
table_take(struct table *t, struct buf *cell)
{
	put(t, cell->len > 0 ? cell->bytes : "");
	buf_clear(cell);
}

static size_t
width_of(const struct table *t, size_t column)
{
	size_t width = text_columns(t->columns[column].title);

	if (width < t->columns[column].min)
		width = t->columns[column].min;
	for (size_t i = column; i < t->cell_count; i += t->column_count) {
		size_t columns = text_columns(t->cells[i]);

		width = columns > width ? columns : width;
	}
	return width;
}

static void
trim_line(struct buf *out)
{
	while (out->len > 0 && out->bytes[out->len - 1] == ' ')
		out->bytes[--out->len] = '\0';
	buf_puts(out, "\n");
}

static void
print_cell(const struct table *t, size_t column, size_t width,
    const char *text, struct buf *out)
{
	int pad = (int)(width - text_columns(text));

	buf_printf(out, "%s", column > 0 ? "  " : "");
	if (t->columns[column].align == ALIGN_RIGHT)
		buf_printf(out, "%*s%s", pad, "", text);
	else
		buf_printf(out, "%s%*s", text, pad, "");
}

void
table_print(const struct table *t, struct buf *out)
{
	size_t *widths = mem_alloc(t->column_count * sizeof *widths);

	for (size_t c = 0; c < t->column_count; c++) {
		widths[c] = width_of(t, c);
		print_cell(t, c, widths[c], t->columns[c].title, out);
	}
	trim_line(out);
	for (size_t i = 0; i < t->cell_count; i++) {
		size_t c = i % t->column_count;

		print_cell(t, c, widths[c], t->cells[i], out);
		if (c == t->column_count - 1)
			trim_line(out);
	}
	free(widths);
}
