/* metrics_text -- everything countable as Prometheus text (format 0.0.4).
 * SPDX-License-Identifier: MIT
 *
 * Two tables make the exposition and docs/metrics.md: metrics.def (plain
 * slots of the workers) and the families with labels in metrics_text.c.
 * Control thread only.
 */
#ifndef CONTROL_METRICS_TEXT_H
#define CONTROL_METRICS_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "control/admin.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Append the whole exposition. */
void metrics_write_text(const struct admin_ports *ports, uint64_t uptime_ms,
    struct buf *out);
/* Append docs/metrics.md. */
void metrics_write_reference(struct buf *out);

#endif
