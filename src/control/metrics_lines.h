/* metrics_lines -- lines of Prometheus text, for the files that write them.
 * SPDX-License-Identifier: MIT
 *
 *   metrics_text.c    the whole of it, and most families
 *   metrics_alerts.c  those of alerts
 *   metrics_probes.c  those of probes
 *   metrics_routes.c  those of routes
 *   metrics_merge.c   those of several rollouts in one text
 */
#ifndef CONTROL_METRICS_LINES_H
#define CONTROL_METRICS_LINES_H

#include <inttypes.h>
#include <stdint.h>

#include "base/buf.h"
#include "control/metrics_families.h"

struct courier;
struct poller;
struct route_board;

enum family {
#define FAMILY(id, name, type, labels, help) FAMILY_##id,
	FAMILY_TABLE(FAMILY)
#undef FAMILY
	FAMILY_COUNT
};

struct metrics_family {
	const char *name, *type, *labels, *help;
};
extern const struct metrics_family metrics_families[FAMILY_COUNT];

/* The text of one rollout. */
struct metrics_part {
	const char *name;
	struct buf text;
};
/* The parts have the same families in the same order: each family once, with the
 * rollout's name as the first label of every series. */
void metrics_merge(struct buf *b, const struct metrics_part *parts,
    size_t count);

/* Of NULL: nothing but their heads. */
void metrics_add_alerts(struct buf *b, struct courier *c);
void metrics_add_probes(struct buf *b, struct poller *p);
void metrics_add_routes(struct buf *b, const struct route_board *routes);

static inline void
add_head(struct buf *b, enum family f)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", metrics_families[f].name,
	    metrics_families[f].help, metrics_families[f].name, metrics_families[f].type);
}

/* A label's value: backslash, quote and line feed are escaped, no more. */
static inline void
add_label(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s%s=\"", b->bytes[b->len - 1] == '{' ? "" : ",", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\n')
			buf_puts(b, "\\n");
		else if (*p == '\\' || *p == '"')
			buf_printf(b, "\\%c", *p);
		else
			buf_add(b, p, 1);
	}
	buf_puts(b, "\"");
}

static inline void
add_number(struct buf *b, double value)
{
	buf_printf(b, " %.9g\n", value);
}

static inline void
add_count(struct buf *b, uint64_t value)
{
	buf_printf(b, " %" PRIu64 "\n", value);
}

/* A family of one series without labels. */
static inline void
add_single(struct buf *b, enum family f, double value)
{
	add_head(b, f);
	buf_puts(b, metrics_families[f].name);
	add_number(b, value);
}

#endif
