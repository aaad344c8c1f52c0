/* show_routes -- each route in the last minutes, version by version.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show.h"

#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/style.h"

#define CELL 20

static void
pad(struct buf *out, const struct buf *cell, size_t width)
{
	size_t used = cell->len > 0 ? text_columns(cell->bytes) : 0;

	if (cell->len > 0)
		buf_add(out, cell->bytes, cell->len);
	buf_printf(out, "%*s", used < width ? (int)(width - used) : 1, "");
}

static void
add_number(struct buf *out, double value, bool is_time)
{
	/* Less than a number of three digits shows is no "-". */
	if (is_time && value > 0)
		add_latency(out, value);
	else if (is_time)
		buf_puts(out, "0ms");
	else
		add_share(out, value);
}

/* "0.22% (0.1%-0.4%)", or "unknown (17 of 59)". */
static void
add_measured(struct buf *out, const json_t *m, bool is_time, size_t width)
{
	struct buf cell = { 0 };

	if (json_is_number(field(m, "value"))) {
		add_number(&cell, field_number(m, "value"), is_time);
		buf_puts(&cell, " (");
		add_number(&cell, field_number(m, "low"), is_time);
		buf_puts(&cell, "-");
		add_number(&cell, field_number(m, "high"), is_time);
		buf_puts(&cell, ")");
	} else {
		buf_printf(&cell, "unknown (%.0f of %.0f)", field_number(m, "n"),
		    field_number(m, "needs"));
	}
	pad(out, &cell, width);
	buf_fini(&cell);
}

static void
add_beside(struct buf *out, const json_t *v)
{
	if (!(field_number(v, "fallbacks") > 0 || field_number(v, "compared") > 0))
		return;
	buf_printf(out, "  %-9s ", "");
	if (field_number(v, "fallbacks") > 0) {
		add_count(out, field_number(v, "fallbacks"));
		buf_puts(out, " fell back");
	}
	if (field_number(v, "compared") > 0) {
		if (field_number(v, "fallbacks") > 0)
			buf_puts(out, ", ");
		add_count(out, field_number(v, "different"));
		buf_puts(out, " of ");
		add_count(out, field_number(v, "compared"));
		buf_puts(out, " differ");
	}
	buf_puts(out, "\n");
}

static void
trim(struct buf *out)
{
	while (out->len > 0 && out->bytes[out->len - 1] == ' ')
		out->bytes[--out->len] = '\0';
}

static void
add_version(struct buf *out, const char *name, const json_t *v)
{
	struct buf cell = { 0 };

	add_count(&cell, field_number(v, "requests"));
	buf_printf(out, "  %-9s ", name);
	pad(out, &cell, 10);
	buf_fini(&cell);
	if (field_number(v, "requests") > 0) {
		add_measured(out, field(v, "error_rate"), false, CELL);
		add_measured(out, field(v, "latency_p50_ms"), true, CELL);
		add_measured(out, field(v, "latency_p95_ms"), true, CELL);
	}
	trim(out);
	buf_puts(out, "\n");
	add_beside(out, v);
}

static void
add_route(const struct show *s, const json_t *row, struct buf *out)
{
	static const char *const versions[] = { "legacy", "enhanced" };

	style_begin(out, s->colour, STYLE_BOLD);
	add_plain(out, json_is_string(field(row, "route")) ?
	    field_text(row, "route") : "all requests", SHOW_WIDTH);
	style_end(out, s->colour);
	buf_puts(out, "\n");
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		add_version(out, versions[i], field(row, versions[i]));
}

void
show_routes(const struct show *s, const json_t *document, struct buf *out)
{
	const json_t *rows = field(document, "routes");
	double left_out = field_number(document, "left_out");

	buf_printf(out, "  %-9s %-10s%-*s%-*sp95\n", "", "requests", CELL,
	    "errors", CELL, "p50");
	for (size_t i = 0; i < json_array_size(rows); i++)
		add_route(s, json_array_get(rows, i), out);
	if (left_out > 0)
		buf_printf(out, "%.0f more routes are counted in the whole only\n",
		    left_out);
}
