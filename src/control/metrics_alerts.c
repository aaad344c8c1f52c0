/* metrics_alerts -- what was sent to each target of alerts.
 * SPDX-License-Identifier: MIT
 */
#include <stddef.h>

#include "control/courier.h"
#include "control/metrics_lines.h"

void
metrics_add_alerts(struct buf *b, struct courier *courier)
{
	static const struct {
		enum family family;
		size_t offset;
	} kinds[] = {
		{ FAMILY_ALERTS_SENT, offsetof(struct courier_row, sent) },
		{ FAMILY_ALERTS_FAILED, offsetof(struct courier_row, failed) },
		{ FAMILY_ALERTS_RETRIED, offsetof(struct courier_row, retried) },
		{ FAMILY_ALERTS_DROPPED, offsetof(struct courier_row, dropped) },
		{ FAMILY_ALERTS_HELD, offsetof(struct courier_row, held) },
		{ FAMILY_ALERTS_WAITING, offsetof(struct courier_row, waiting) },
	};
	struct courier_row rows[ALERT_TARGETS_MAX];
	size_t count = courier == NULL ? 0 : courier_rows(courier, rows);

	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		add_head(b, kinds[k].family);
		for (size_t i = 0; i < count; i++) {
			buf_printf(b, "%s{", metrics_families[kinds[k].family].name);
			add_label(b, "target", rows[i].name);
			buf_puts(b, "}");
			add_count(b, *(const uint64_t *)(const void *)
			    ((const char *)&rows[i] + kinds[k].offset));
		}
	}
	add_single(b, FAMILY_ALERTS_LOST, courier == NULL ? 0 :
	    (double)courier_lost(courier));
}
