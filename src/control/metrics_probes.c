/* metrics_probes -- what probes have said.
 * SPDX-License-Identifier: MIT
 */
#include "base/clock.h"
#include "control/metrics_lines.h"
#include "control/poller.h"

static void
begin(struct buf *b, enum family f, const struct probe_row *row)
{
	buf_printf(b, "%s{", metrics_families[f].name);
	add_label(b, "probe", row->name);
	buf_puts(b, "}");
}

static void
add_values(struct buf *b, const struct probe_row *rows, size_t count)
{
	add_head(b, FAMILY_PROBE_VALUE);
	for (size_t i = 0; i < count; i++) {
		if (!rows[i].has_value)
			continue;
		begin(b, FAMILY_PROBE_VALUE, &rows[i]);
		add_number(b, rows[i].value);
	}
}

static void
add_ages(struct buf *b, const struct probe_row *rows, size_t count)
{
	uint64_t now_ns = clock_ns();

	add_head(b, FAMILY_PROBE_AGE);
	for (size_t i = 0; i < count; i++) {
		if (!rows[i].has_value)
			continue;
		begin(b, FAMILY_PROBE_AGE, &rows[i]);
		add_number(b, rows[i].at_ns >= now_ns ? 0 :
		    (double)(now_ns - rows[i].at_ns) / 1e9);
	}
}

void
metrics_add_probes(struct buf *b, struct poller *poller)
{
	struct probe_row rows[PROBE_RULES_MAX];
	size_t count = poller_rows(poller, rows);

	add_values(b, rows, count);
	add_ages(b, rows, count);
	add_head(b, FAMILY_PROBE_ASKED);
	for (size_t i = 0; i < count; i++) {
		begin(b, FAMILY_PROBE_ASKED, &rows[i]);
		add_count(b, rows[i].asked);
	}
	add_head(b, FAMILY_PROBE_FAILED);
	for (size_t i = 0; i < count; i++) {
		begin(b, FAMILY_PROBE_FAILED, &rows[i]);
		add_count(b, rows[i].failed);
	}
}
