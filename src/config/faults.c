/* faults -- everything that is wrong with a configuration; see faults.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/faults.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

struct fault {
	unsigned file;   /* text_file.order */
	size_t offset;
	size_t sequence; /* qsort is not stable */
	char *line;      /* owns */
};

void
faults_fini(struct faults *f)
{
	size_t kept = f->count < FAULTS_MAX ? f->count : FAULTS_MAX;

	for (size_t i = 0; i < kept; i++)
		free(f->items[i].line);
	free(f->items);
	*f = (struct faults){ 0 };
}

void
faults_add(struct faults *f, const struct text_file *file, size_t offset,
    const char *pointer, const char *fmt, va_list args)
{
	char message[768];
	size_t line, column;
	struct fault *one;

	if (f->count++ >= FAULTS_MAX)
		return;
	if (f->items == NULL)
		f->items = mem_zalloc(FAULTS_MAX * sizeof *f->items);
	vsnprintf(message, sizeof message, fmt, args);
	json_place(file->text, offset, &line, &column);
	one = &f->items[f->count - 1];
	one->file = file->order;
	one->offset = offset;
	one->sequence = f->count;
	one->line = mem_printf("%s:%zu:%zu: %s: %s", file->name, line, column,
	    pointer[0] != '\0' ? pointer : "/", message);
}

static int
compare_faults(const void *left, const void *right)
{
	const struct fault *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->sequence < b->sequence ? -1 : 1;
}

void
faults_write(struct faults *f, struct buf *out)
{
	size_t kept = f->count < FAULTS_MAX ? f->count : FAULTS_MAX;

	if (kept > 1)
		qsort(f->items, kept, sizeof *f->items, compare_faults);
	for (size_t i = 0; i < kept; i++)
		buf_printf(out, "%s\n", f->items[i].line);
	if (f->count > kept)
		buf_printf(out, "... and %zu more\n", f->count - kept);
}
