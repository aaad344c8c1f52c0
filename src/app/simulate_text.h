/* simulate_text -- what came of a simulation, for people and for programs.
 * SPDX-License-Identifier: MIT
 *
 * Pure.
 */
#ifndef APP_SIMULATE_TEXT_H
#define APP_SIMULATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/simulate.h"
#include "base/buf.h"

/* What was decided, in the simulation or live. */
struct simulate_event {
	int64_t at_us;
	size_t order;             /* in which they came */
	bool is_live;
	char *kind, *name, *text; /* own */
};

struct simulate_events {
	struct simulate_event *list; /* owns */
	size_t count;
};

/* Texts are copied. */
void simulate_events_add(struct simulate_events *e, int64_t at_us,
    bool is_live, const char *kind, const char *name, const char *text);
/* By their time; at one moment what was live comes first. */
void simulate_events_sort(struct simulate_events *e);
void simulate_events_fini(struct simulate_events *e);

/* What the rules ask for and records do not tell: a JSON list of sentences,
 * or a line for each. */
void simulate_write_unknown(const struct config *config,
    const struct simulate_counts *counts, bool json, struct buf *out);
/* After simulation_end(). */
void simulate_write_text(const struct config *config, struct simulation *s,
    const struct simulate_events *events, struct buf *out);
void simulate_write_json(const struct config *config, struct simulation *s,
    const struct simulate_events *events, struct buf *out);

#endif
