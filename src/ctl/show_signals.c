/* show_signals -- what the answers of each version say of themselves.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show.h"

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/table.h"

/* "82% of 1,234", "12ms of 990", "70.5 of 12". */
static void
add_said(struct buf *cell, const json_t *signal)
{
	if (!(field_number(signal, "n") > 0)) {
		buf_puts(cell, "-");
		return;
	}
	if (json_is_number(field(signal, "share")))
		add_share(cell, field_number(signal, "share"));
	else if (json_is_number(field(signal, "mean_ms")))
		add_latency(cell, field_number(signal, "mean_ms"));
	else
		buf_printf(cell, "%.6g", field_number(signal, "mean"));
	buf_puts(cell, " of ");
	add_count(cell, field_number(signal, "n"));
}

void
show_signals(const struct show *s UNUSED, const json_t *status,
    struct buf *out)
{
	static const struct column columns[] = {
		{ "signals, lately", ALIGN_LEFT, 37 },
		{ "legacy", ALIGN_LEFT, 18 }, { "enhanced", ALIGN_LEFT, 18 },
	};
	static const char *const versions[] = { "legacy.recent.signals",
		"enhanced.recent.signals" };
	json_t *signals = (json_t *)field(field(status, "versions"),
	    versions[0]), *row;
	struct buf cell = { 0 };
	const char *name;
	struct table t;

	if (json_object_size(signals) == 0)
		return;
	table_init(&t, columns, COUNT_OF(columns));
	json_object_foreach(signals, name, row) {
		add_plain(&cell, name, 32);
		table_take(&t, &cell);
		for (size_t v = 0; v < COUNT_OF(versions); v++) {
			add_said(&cell, json_object_get(field(field(status,
			    "versions"), versions[v]), name));
			table_take(&t, &cell);
		}
	}
	table_print(&t, out);
	table_fini(&t);
	buf_fini(&cell);
}
