/* line_diff -- which lines of two texts are the same, in their order.
 * SPDX-License-Identifier: MIT
 *
 * With the fewest lines that only one of them has.  What is the same at both
 * ends is put aside; where what is left is too much to be looked at line by
 * line (LINE_DIFF_MAX pairs of lines) all of it counts as exchanged.  Pure.
 */
#ifndef CTL_LINE_DIFF_H
#define CTL_LINE_DIFF_H

#include <stddef.h>

#include "ctl/body_lines.h"

#define LINE_DIFF_MAX ((size_t)4 << 20)

struct line_step {
	enum { LINE_SAME = 0, LINE_LEFT, LINE_RIGHT } kind;
	size_t left, right; /* the next line of either, before the step */
};

struct line_diff {
	struct line_step *steps; /* owns */
	size_t count;
};

/* Of a run of lines that differ, those of the left come first. */
void line_diff_make(const struct body_lines *left,
    const struct body_lines *right, struct line_diff *out);
void line_diff_fini(struct line_diff *d);

#endif
