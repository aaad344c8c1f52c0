/* show_sample -- the kept answers of a pair as pages.
 * SPDX-License-Identifier: MIT
 *
 * Of GET /samples/{pair}.  Pure.  No line is longer than width, but for what
 * is one word of ours.
 */
#ifndef CTL_SHOW_SAMPLE_H
#define CTL_SHOW_SAMPLE_H

#include "ctl/show.h"

/* What is known of the pair and of each of its answers. */
void show_sample_head(const struct show *s, const json_t *sample,
    size_t width, struct buf *out);
/* Both bodies in two columns: "|" between lines that differ, "<" and ">" beside
 * those that only one has. */
void show_sample_sides(const struct show *s, const json_t *sample,
    size_t width, struct buf *out);
/* Both bodies as a patch, with three lines around each change. */
void show_sample_unified(const struct show *s, const json_t *sample,
    struct buf *out);
/* When each answer's parts came, and the events of streams side by side. */
void show_sample_timeline(const struct show *s, const json_t *sample,
    size_t width, struct buf *out);

#endif
