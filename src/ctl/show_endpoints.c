/* show_endpoints -- who serves each version, and who does not.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show.h"

#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/style.h"
#include "ctl/table.h"

static bool
is_in_use(const json_t *e)
{
	return strcmp(field_text(e, "state"), "up") == 0 ||
	    strcmp(field_text(e, "state"), "unknown") == 0;
}

static void
endpoint_row(struct table *t, const json_t *e)
{
	static const char *const numbers[] = { "outstanding", "exchanges",
		"failures" };
	struct buf cell = { 0 };

	table_cell(t, "%s", field_text(e, "version"));
	add_plain(&cell, field_text(e, "address"), 30);
	table_take(t, &cell);
	table_cell(t, "%s", field_text(e, "state"));
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		add_count(&cell, field_number(e, numbers[i]));
		table_take(t, &cell);
	}
	buf_fini(&cell);
}

/* Below the table: what each one that is not used suffers from. */
static void
add_reason(const struct show *s, const json_t *e, struct buf *out)
{
	if (is_in_use(e))
		return;
	style_begin(out, s->colour, STYLE_WARN);
	add_plain(out, field_text(e, "url"), 60);
	buf_printf(out, " is %s", field_text(e, "state"));
	style_end(out, s->colour);
	buf_puts(out, "\n  ");
	add_plain(out, field_text(e, "reason"), SHOW_WIDTH - 2);
	buf_puts(out, "\n");
}

void
show_endpoints(const struct show *s, const json_t *document, struct buf *out)
{
	static const struct column columns[] = {
		{ "version", ALIGN_LEFT, 8 }, { "address", ALIGN_LEFT, 21 },
		{ "state", ALIGN_LEFT, 7 }, { "running", ALIGN_RIGHT, 7 },
		{ "exchanges", ALIGN_RIGHT, 9 }, { "failures", ALIGN_RIGHT, 8 },
	};
	const json_t *rows = field(document, "endpoints");
	struct table t;

	table_init(&t, columns, COUNT_OF(columns));
	for (size_t i = 0; i < json_array_size(rows); i++)
		endpoint_row(&t, json_array_get(rows, i));
	table_print(&t, out);
	table_fini(&t);
	for (size_t i = 0; i < json_array_size(rows); i++)
		add_reason(s, json_array_get(rows, i), out);
}

void
show_trouble(const struct show *s, const json_t *status, struct buf *out)
{
	const json_t *rows = field(status, "endpoints");
	const json_t *names = field(status, "names");

	for (size_t i = 0; i < json_array_size(rows); i++)
		add_reason(s, json_array_get(rows, i), out);
	for (size_t i = 0; i < json_array_size(names); i++) {
		const json_t *n = json_array_get(names, i);

		if (field_true(n, "ok"))
			continue;
		style_text(out, s->colour, STYLE_WARN, "name ");
		add_plain(out, field_text(n, "host"), 40);
		buf_puts(out, " cannot be resolved:\n  ");
		add_plain(out, field_text(n, "error"), SHOW_WIDTH - 2);
		buf_puts(out, "\n");
	}
}
