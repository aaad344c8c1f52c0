/* show -- the server's documents as text for people, 80 columns wide.
 * SPDX-License-Identifier: MIT
 *
 * Pure: documents in, text out.  `status` and `watch` are made of the same
 * parts.  With colour off (no terminal, NO_COLOR) nothing but text is
 * written.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SHOW_WIDTH 80

/* How a page is to look, and what was before it. */
struct show {
	bool colour;
	const json_t *before;  /* status of a moment ago, for rates; may be NULL */
};

/* Parts of a status document; each ends with a line feed. */
void show_head(const struct show *s, const json_t *status, const char *server,
    struct buf *out);
void show_rollout(const struct show *s, const json_t *rollout,
    bool env_disabled, struct buf *out);
void show_versions(const struct show *s, const json_t *status,
    struct buf *out);
void show_traffic(const struct show *s, const json_t *status,
    struct buf *out);
/* Nothing without signals in the rules. */
void show_signals(const struct show *s, const json_t *status,
    struct buf *out);
void show_rules(const struct show *s, const json_t *status, struct buf *out);
/* The other rollouts, a line each; nothing if there is but one. */
void show_others(const struct show *s, const json_t *status,
    struct buf *out);
void show_stages(const struct show *s, const json_t *rollout,
    struct buf *out);

/* Endpoints that are not used, and names that cannot be resolved; nothing if
 * all is well. */
void show_trouble(const struct show *s, const json_t *status,
    struct buf *out);
/* Of GET /endpoints, and of the answer to a change of one. */
void show_endpoints(const struct show *s, const json_t *document,
    struct buf *out);
/* Of GET /routes. */
void show_routes(const struct show *s, const json_t *document,
    struct buf *out);
/* Of GET /differences: at most max rows (0 = all). */
void show_top_differences(const struct show *s, const json_t *document,
    size_t max, struct buf *out);
void show_differences(const struct show *s, const json_t *document,
    struct buf *out);
void show_events(const struct show *s, const json_t *document,
    struct buf *out);
/* Of GET /overrides. */
void show_overrides(const struct show *s, const json_t *document,
    struct buf *out);
void show_user(const json_t *document, struct buf *out);
/* Of GET /plan, and beside the newest decision of GET /events. */
void show_plan(const struct show *s, const json_t *plan, struct buf *out);
void show_why(const struct show *s, const json_t *events, const json_t *plan,
    struct buf *out);
/* Is there one among those events, for show_why()? */
bool show_has_decision(const json_t *events);
/* One line: what holds now, as the answer to a change. */
void show_change(const json_t *document, struct buf *out);

#endif
